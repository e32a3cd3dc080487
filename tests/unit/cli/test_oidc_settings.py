"""What the environment says of the identity provider."""

from typing import Final

import pytest

from ledgerline.access.model import Role
from ledgerline.cli.oidc_settings import ROLES, read_oidc_settings
from ledgerline.cli.settings import CommandFailed

_SAID: Final = {
    "LEDGERLINE_OIDC_ISSUER": "https://login.example.com/realms/corp",
    "LEDGERLINE_OIDC_CLIENT_ID": "ledgerline",
    "LEDGERLINE_OIDC_ROLES": "books=finance, desk=support",
    "LEDGERLINE_OIDC_UNKNOWN": "add",
}


def test_it_is_off_unless_a_provider_is_named() -> None:
    assert read_oidc_settings({}) is None
    assert list(ROLES) == list(Role)


def test_groups_give_roles_in_their_order() -> None:
    said = read_oidc_settings(_SAID)
    assert said is not None
    assert said.roles == (("books", "finance"), ("desk", "support"))
    assert (said.adds_people, said.groups_claim, said.name) == (True, "groups", "your company")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "http://login.example.com"),
        ("ISSUER", "https://login.example.com?a=b"),
        ("CLIENT_ID", ""),
        ("ROLES", "books=king"),
        ("ROLES", "finance"),
        ("ROLES", ""),
        ("UNKNOWN", "perhaps"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(CommandFailed, match="LEDGERLINE_OIDC_"):
        read_oidc_settings({**_SAID, f"LEDGERLINE_OIDC_{name}": value})
