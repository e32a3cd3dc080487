"""Cursors of lists: opaque, authenticated, and bound to one list with its filters."""

import base64
import binascii
import hmac
from typing import Final
from uuid import UUID

from ledgerline.api.refusals import InvalidCursor
from ledgerline.base.crypto import hmac_sha256

_ID_BYTES: Final = 16
_TAG_BYTES: Final = 16
_BYTES: Final = _ID_BYTES + _TAG_BYTES

TOP: Final = UUID(int=(1 << 128) - 1)
"""What every id is below: a list is sorted by id, the newest first."""


def write_cursor(key: bytes, last: UUID, *, scope: str) -> str:
    """Name the last row of a page of the list ``scope`` stands for (its route and filters)."""
    tagged = last.bytes + _tag(key, last.bytes, scope)
    return base64.urlsafe_b64encode(tagged).decode().rstrip("=")


def read_cursor(key: bytes, text: str, *, scope: str) -> UUID:
    """Find the row again; raises ``InvalidCursor`` for another list or filter."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    payload, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
    if len(raw) != _BYTES or not hmac.compare_digest(tag, _tag(key, payload, scope)):
        raise InvalidCursor("this cursor was not made for this list and its filters")
    return UUID(bytes=payload)


def _tag(key: bytes, payload: bytes, scope: str) -> bytes:
    return hmac_sha256(key, b"api cursor\x00" + scope.encode() + b"\x00" + payload)[:_TAG_BYTES]
