"""Standard Webhooks v1: HMAC-SHA256 over id, timestamp and the raw bytes.

Source: Standard Webhooks specification 1.0, "Verifying signatures".
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from ledgerline.payments.refusals import SignatureRefused

BODY_BYTES_MAX: Final = 256 * 1024
TOLERANCE_SECONDS: Final = 300
_SIGNATURES_MAX: Final = 16  # one per key in rotation is the use; more only costs time
_ID_CHARACTERS_MAX: Final = 255
_TIMESTAMP_DIGITS_MAX: Final = 12
_SERIALIZED_KEY: Final = "whsec_"


def verified_id(
    headers: Mapping[str, str], raw: bytes, *, secrets: Sequence[str], now: datetime
) -> str:
    """Return the signed message id, or raise ``SignatureRefused`` with the reason.

    Any of ``secrets`` may have signed, so that one can be rotated. ``now`` is wall time.
    """
    if len(raw) > BODY_BYTES_MAX:
        raise SignatureRefused("the body is too large", reason="oversize")
    given = {name.lower(): value for name, value in headers.items()}
    message_id = given.get("webhook-id", "")
    timestamp = given.get("webhook-timestamp", "")
    if not _is_id(message_id) or not _is_whole(timestamp):
        raise SignatureRefused("id or timestamp is missing", reason="headers")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureRefused("signed too long ago or in the future", reason="timestamp")
    signed = f"{message_id}.{timestamp}.".encode() + raw
    expected = [_signature(secret, signed) for secret in secrets]
    claimed = given.get("webhook-signature", "").split(" ")[:_SIGNATURES_MAX]
    matches = [
        hmac.compare_digest(one.encode(), other) for one in claimed for other in expected
    ]  # all of them: where it stops would tell which key is close
    if not any(matches):
        raise SignatureRefused("no signature matches", reason="signature")
    return message_id


def is_key(secret: str) -> bool:
    """Say whether a secret can be used: what stands behind the prefix is base64 and not empty."""
    return _decoded(secret) is not None


def _signature(secret: str, signed: bytes) -> bytes:
    return b"v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256"))


def _key(secret: str) -> bytes:
    key = _decoded(secret)
    assert key is not None, "a configured webhook secret is not base64 or empty"
    return key


def _decoded(secret: str) -> bytes | None:
    """Return the key bytes: base64 behind the prefix of the specification, else the text itself."""
    if not secret.startswith(_SERIALIZED_KEY):
        return secret.encode() or None
    try:
        return base64.b64decode(secret.removeprefix(_SERIALIZED_KEY), validate=True) or None
    except binascii.Error:
        return None


def _is_id(text: str) -> bool:
    return 0 < len(text) <= _ID_CHARACTERS_MAX and text.isascii() and text.isprintable()


def _is_whole(text: str) -> bool:
    return len(text) <= _TIMESTAMP_DIGITS_MAX and text.isascii() and text.isdigit()
