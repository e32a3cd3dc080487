"""The seller's colour and logo, as far as they can be printed."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

import typst

from ledgerline.documents.faces import FOLDER, typesetting

INK: Final = "#16202c"
CONTRAST_MIN: Final = 4.5  # WCAG 2.1 AA for text, which PDF/UA readers expect

_STEP: Final = 0.94
_LINEAR_MAX: Final = 0.03928
_TRIAL: Final = b"""#set document(title: "logo", date: auto)
#set page(width: auto, height: 12mm, margin: 0pt)
#image(bytes(sys.inputs.logo), format: "svg", alt: "logo", height: 12mm)"""
_PAGE: Final = re.compile(rb"/MediaBox\s*\[\s*0\s+0\s+([0-9.]+)")
_WIDEST: Final = 60 * 72 / 25.4  # points: beyond that its width is given instead of its height


def _luminance(channels: tuple[float, float, float]) -> float:
    """Source: WCAG 2.1, relative luminance."""
    linear = [c / 12.92 if c <= _LINEAR_MAX else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast_to_white(colour: str) -> float:
    """Return the contrast of `#rrggbb` to white: 1 to 21."""
    return 1.05 / (_luminance(_channels(colour)) + 0.05)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255


@lru_cache(maxsize=1_000)
def readable(colour: str | None) -> str:
    """Return the colour, darkened until text in it can be read on white; ink without one."""
    if colour is None:
        return INK
    shade = colour
    channels = _channels(colour)
    while contrast_to_white(shade) < CONTRAST_MIN:
        channels = (channels[0] * _STEP, channels[1] * _STEP, channels[2] * _STEP)
        shade = "#" + "".join(f"{round(c * 255):02x}" for c in channels)
    return shade


class Logo(StrEnum):
    """How a logo is drawn: as high as the head allows, or as wide."""

    HIGH = "high"
    WIDE = "wide"


@lru_cache(maxsize=100)
def drawable(logo: str) -> Logo | None:
    """Tell how a logo is drawn in a PDF/A-3a and PDF/UA-1 document; None if it cannot be.

    One that cannot must not block documents: they show the seller's name instead. It is measured
    here once, for a document that measures is laid out twice.
    """
    compiler = typst.Compiler(
        _TRIAL, root=FOLDER, font_paths=typesetting(frozenset()), ignore_system_fonts=True
    )
    try:
        pdf, _ = compiler.compile_with_warnings(
            format="pdf", sys_inputs={"logo": logo}, pdf_standards=["a-3a", "ua-1"], timestamp=0
        )
    except typst.TypstError:
        return None
    assert isinstance(pdf, bytes), type(pdf)
    page = _PAGE.search(pdf)
    assert page is not None, "a PDF says how large its pages are"
    return Logo.WIDE if float(page[1]) > _WIDEST else Logo.HIGH
