"""Cursors of lists: opaque, authenticated, and bound to one list with its filters."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ledgerline.api.refusals import InvalidCursor
from ledgerline.base.crypto import hmac_sha256

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT_BYTES: Final = 8
_ID_BYTES: Final = 16
_TAG_BYTES: Final = 16
_BYTES: Final = _INSTANT_BYTES + _ID_BYTES + _TAG_BYTES
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list that is sorted newest first: what follows is older."""

    at: datetime
    id: UUID


TOP: Final = Place(datetime(9999, 12, 31, tzinfo=UTC), UUID(int=(1 << 128) - 1))


def write_cursor(key: bytes, place: Place, *, scope: str) -> str:
    """Name a place of the list ``scope`` stands for (its route and filters)."""
    micros = (place.at - _EPOCH) // _MICROSECOND
    payload = micros.to_bytes(_INSTANT_BYTES, signed=True) + place.id.bytes
    return base64.urlsafe_b64encode(payload + _tag(key, payload, scope)).decode().rstrip("=")


def read_cursor(key: bytes, text: str, *, scope: str) -> Place:
    """Find the place again; raises ``InvalidCursor`` for another list or filter."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    payload, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
    if len(raw) != _BYTES or not hmac.compare_digest(tag, _tag(key, payload, scope)):
        raise InvalidCursor("this cursor was not made for this list and its filters")
    micros = int.from_bytes(payload[:_INSTANT_BYTES], signed=True)
    return Place(_EPOCH + micros * _MICROSECOND, UUID(bytes=payload[_INSTANT_BYTES:]))


def _tag(key: bytes, payload: bytes, scope: str) -> bytes:
    return hmac_sha256(key, b"api cursor\x00" + scope.encode() + b"\x00" + payload)[:_TAG_BYTES]
