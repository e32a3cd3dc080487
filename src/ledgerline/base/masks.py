"""What others send is kept without card numbers and e-mail addresses: both are masked first."""

import json
import re
import unicodedata
from typing import Any, Final
from urllib.parse import unquote_plus

from ledgerline.base.cards import mask_cards

EMAIL: Final = re.compile(
    r"\w[\w.+%!#$&'*=?^`{|}~-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63})+"  # wider than any mail system is
)
EMAIL_MASK: Final = "***"
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


def mask_text(text: str) -> str:
    """Mask card numbers (the first 6 and last 4 digits stay) and e-mail addresses of a text.

    A text with neither comes back unchanged, another in NFKC form, in which both are found.
    """
    masked = mask_cards(text)
    compatible = masked if masked.isascii() else unicodedata.normalize("NFKC", masked)
    return EMAIL.sub(EMAIL_MASK, compatible) if EMAIL.search(compatible) else masked


def mask_address(address: str) -> str:
    """Mask an e-mail address of somebody: its first letter and what comes after the @ stay."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}{EMAIL_MASK}{at}{domain}" if local else EMAIL_MASK


def mask_body(raw: bytes) -> bytes:
    """Mask what a provider sent: every string, number and name in JSON, else the text.

    A body with nothing to mask comes back byte for byte. It is for people to read: signatures are
    over the bytes that came in. Never raises, whatever the bytes are.
    """
    try:
        plain = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique)
        masked = _masked(plain)
        return raw if masked == plain else json.dumps(masked, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return _mask_unreadable(raw)


def _masked(value: Any) -> Any:
    match value:
        case dict():
            return {mask_text(name): _masked(part) for name, part in value.items()}
        case list():
            return [_masked(part) for part in value]
        case str():
            return mask_text(value)
        case int() | float():
            return _number(value)
        case _:
            return value


def _number(value: float) -> float | str:
    """Mask a card number that came as a number; ``4.0`` is the whole number 4."""
    text = str(value) if isinstance(value, int) else f"{value:.0f}"
    masked = mask_cards(text)
    return value if masked == text else masked


def _mask_unreadable(raw: bytes) -> bytes:
    """Mask what is no JSON text; where escapes hide something, it is kept without escapes."""
    text = raw.decode("utf-8", "replace")
    bare = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), unquote_plus(text))
    if mask_text(bare) != bare:
        return mask_text(bare).encode("utf-8", "replace")
    masked = mask_text(text)
    return raw if masked == text else masked.encode("utf-8", "replace")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key stands twice")
    return fields
