"""What a browser may do with a page, and links that nobody can guess."""

from typing import Final
from uuid import UUID

import pytest

from ledgerline.web.links import (
    checkout_path,
    checkout_reference,
    form_token,
    is_form_token,
    read_checkout_reference,
)
from ledgerline.web.policy import content_policy, headers_of

KEY: Final = bytes(range(32))
SESSION: Final = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def test_a_page_loads_nothing_but_its_own_and_no_script_without_the_nonce() -> None:
    policy = content_policy("abc", frames=("https://psp.example",))
    assert "unsafe" not in policy
    assert "*" not in policy
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'nonce-abc'"]
    assert rules["frame-src"] == ["'self'", "https://psp.example"]
    assert rules["frame-ancestors"] == ["'none'"]
    assert rules["form-action"] == ["'self'"]
    assert rules["require-trusted-types-for"] == ["'script'"]
    assert rules["trusted-types"] == ["'none'"]


def test_only_a_page_that_is_meant_for_a_frame_is_shown_in_one() -> None:
    assert headers_of("abc")["X-Frame-Options"] == "DENY"
    framed = headers_of("abc", framed=True)
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in framed["Content-Security-Policy"]
    assert framed["X-Content-Type-Options"] == "nosniff"
    assert framed["Cache-Control"] == "no-store"


def test_a_reference_is_read_back_and_nothing_else_is() -> None:
    reference = checkout_reference(KEY, SESSION)
    assert checkout_path(KEY, SESSION) == f"/checkout/{reference}"
    assert read_checkout_reference(KEY, reference) == SESSION
    assert len(reference.partition("-")[2]) == 32  # 160 bits
    for forged in (
        reference[:-1], reference + "a", reference.upper(), reference.partition("-")[0], "", "cs_-",
        checkout_reference(bytes(32), SESSION), "ü" + reference,
    ):  # fmt: skip
        assert read_checkout_reference(KEY, forged) is None, forged


@pytest.mark.parametrize("said", [(), ("a",), ("ab", ""), ("a", "b", ""), ("b", "a")])
def test_a_form_is_sealed_with_all_it_says(said: tuple[str, ...]) -> None:
    token = form_token(KEY, "a", "b")
    assert is_form_token(KEY, token, "a", "b")
    assert not is_form_token(KEY, token, *said)
    assert not is_form_token(KEY, "ü", "a", "b")
