"""How both syntaxes are spelled: the only place where text is escaped and numbers are written."""

import re
from typing import Final

# What XML 1.0 has no way to say at all, not even escaped.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_RATE_PLACES: Final = 4  # parts per million, as percent


def plain(text: str | None) -> str | None:
    """Bring a text into the form it is written in: single spaces, and None if nothing is left."""
    if text is None:
        return None
    return " ".join(_FORBIDDEN.sub("", text).split()) or None


def element(name: str, text: str | None, attributes: str = "") -> str:
    """Write an element, or nothing without a text: EN 16931 allows no empty elements."""
    if not text:
        return ""
    return f"<{name}{attributes}>{text.translate(_ESCAPES)}</{name}>"


def group(name: str, *parts: str) -> str:
    """Write an element around others, or nothing around nothing."""
    inner = "".join(parts)
    return f"<{name}>{inner}</{name}>" if inner else ""


def amount(minor: int, exponent: int) -> str:
    """Write minor units with every decimal of their currency: "17.99", "1990"."""
    sign = "-" if minor < 0 else ""
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    return sign + (f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits)


def price(scaled: int, *, exponent: int, extra: int) -> str:
    """Write a price in 10^-``extra`` of a minor unit, without the zeros nobody needs."""
    digits = amount(scaled, exponent + extra)
    whole, _, decimals = digits.partition(".")
    shown = decimals.rstrip("0").ljust(exponent, "0")
    return f"{whole}.{shown}" if shown else whole


def percent(rate_ppm: int) -> str:
    """Write a rate as percent: "19", "25.5"."""
    whole, _, decimals = amount(rate_ppm, _RATE_PLACES).partition(".")
    shown = decimals.rstrip("0")
    return f"{whole}.{shown}" if shown else whole
