"""Every pair of text and ground can be read: at least 4.5 to 1, computed from the tokens."""

import math
import re
from typing import Final

import pytest

from ledgerline.web import assets

TEXT_MIN: Final = 4.5  # WCAG 2.2, 1.4.3
MARK_MIN: Final = 3.0  # WCAG 2.2, 1.4.11
_PAIR: Final = re.compile(r"--([a-z0-9-]+): light-dark\(oklch\(([^)]+)\),\s*oklch\(([^)]+)\)\)")
GROUNDS: Final = ("bg", "surface", "surface-2")
PAIRS: Final = (
    *((ink, ground) for ink in ("ink", "ink-2") for ground in GROUNDS),
    *(("ink-3", ground) for ground in ("bg", "surface")),
    ("accent", "bg"), ("accent", "surface"), ("accent-ink", "accent"), ("accent-ink", "accent-2"),
    *((tone, ground) for tone in ("good", "warn", "bad") for ground in ("bg", "surface")),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "accent")),
    *(("ink", f"{tone}-soft") for tone in ("good", "warn", "bad", "accent")),
)  # fmt: skip
MARKS: Final = (("field", "surface"), ("accent", "surface"))


def _tokens() -> dict[str, tuple[str, str]]:
    text = assets.read("tokens.css").decode()
    return {name: (light, dark) for name, light, dark in _PAIR.findall(text)}


def _luminance(oklch: str) -> float:
    """Source: CSS Color 4, OKLab to linear sRGB; WCAG 2.2, relative luminance."""
    light, chroma, hue = (float(part.rstrip("%")) for part in oklch.split())
    lightness, angle = light / 100, math.radians(hue)
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("0% 0 0", "100% 0 0") == pytest.approx(21, abs=0.01)
    assert contrast("100% 0 0", "100% 0 0") == 1


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read(ink: str, ground: str, theme: int) -> None:
    tokens = _tokens()
    assert contrast(tokens[ink][theme], tokens[ground][theme]) >= TEXT_MIN


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_edges_of_fields_can_be_seen(mark: str, ground: str, theme: int) -> None:
    tokens = _tokens()
    assert contrast(tokens[mark][theme], tokens[ground][theme]) >= MARK_MIN
