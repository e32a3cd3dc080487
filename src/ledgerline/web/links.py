"""Links that whoever has them may use, and the words of forms: sealed by a key, kept nowhere."""

import base64
import hmac
from typing import Final
from uuid import UUID

from ledgerline.base.crypto import hmac_sha256
from ledgerline.base.ids import PREFIXES, WrongIdKind, decode, encode

_TAG_BYTES: Final = 20
_KIND: Final = "checkout_session"


def checkout_reference(key: bytes, session_id: UUID) -> str:
    """Name a checkout session in an address that nobody can guess: 160 bits stand behind its id."""
    return f"{encode(PREFIXES[_KIND], session_id)}-{_tag(key, 'checkout link', session_id.bytes)}"


def checkout_path(key: bytes, session_id: UUID) -> str:
    """Return the address of a checkout page below its origin."""
    return f"/checkout/{checkout_reference(key, session_id)}"


def read_checkout_reference(key: bytes, text: str) -> UUID | None:
    """Find the session of a reference; None for anything that was not made here."""
    head, _, _ = text.partition("-")
    try:
        session_id = decode(PREFIXES[_KIND], head)
    except WrongIdKind:
        return None
    known = checkout_reference(key, session_id)
    return session_id if hmac.compare_digest(known.encode(), text.encode()) else None


def sign_in_path(secret: str) -> str:
    """Return the address of a sign-in link below its origin."""
    return f"/console/sign-in/{secret}"


def form_token(key: bytes, *said: str) -> str:
    """Seal what a form was rendered with, so that nobody else can make one.

    It takes the place of a cookie: a page that is reached by its address alone has no session.
    """
    return _tag(key, "form", "\0".join(said).encode())


def is_form_token(key: bytes, token: str, *said: str) -> bool:
    """Tell whether a form is one of ours, as it was rendered."""
    return hmac.compare_digest(form_token(key, *said).encode(), token.encode())


def portal_path(token: str) -> str:
    """Return where a link into the portal leads, below its origin."""
    return f"/portal/open/{token}"


def _tag(key: bytes, purpose: str, message: bytes) -> str:
    tag = hmac_sha256(key, f"ledgerline {purpose}, format 1\0".encode() + message)
    return base64.b32encode(tag[:_TAG_BYTES]).decode().lower()
