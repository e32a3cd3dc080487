"""As what somebody works whom an identity provider lets in."""

import pytest

from ledgerline.access.contract import Claims
from ledgerline.access.model import Admission, ProviderRefused, Role
from ledgerline.access.rules.providers import role_by, verified_email

_MAPPED = Admission(roles=(("books", Role.FINANCE), ("desk", Role.SUPPORT)), adds_people=True)


def _said(*groups: str, email: str | None = "ida@corp.example") -> Claims:
    return Claims("1", email, "Ida", frozenset(groups))


def test_the_first_group_that_has_one_gives_the_role() -> None:
    assert role_by(_MAPPED, _said("desk", "books"), None) is Role.FINANCE
    assert role_by(_MAPPED, _said("desk"), Role.OWNER) is Role.SUPPORT
    for current in (None, Role.OWNER):
        with pytest.raises(ProviderRefused):
            role_by(_MAPPED, _said("staff"), current)


def test_without_groups_people_stay_what_they_are() -> None:
    assert role_by(Admission(), _said("books"), Role.AUDITOR) is Role.AUDITOR
    with pytest.raises(ProviderRefused):
        role_by(Admission(), _said("books"), None)


def test_only_a_verified_address_says_who_somebody_is() -> None:
    assert verified_email(_said()) == "ida@corp.example"
    with pytest.raises(ProviderRefused):
        verified_email(_said(email=None))
