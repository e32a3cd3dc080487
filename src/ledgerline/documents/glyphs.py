"""What the committed fonts can print, and how any other text is made printable.

PDF/A-3a with PDF/UA-1 refuses a document for one glyph that no font has. A customer's name must
never block a receipt, so every text from outside passes through `printable` first.
"""

import struct
import tomllib
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
CHARACTERS_MAX: Final = 300
RUN_CHARACTERS_MAX: Final = 22
CODE_CHARACTERS_MAX: Final = 30

_BREAK: Final = "\N{ZERO WIDTH SPACE}"
_JOINERS: Final = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
_SPACES: Final = frozenset({"Zs", "Zl", "Zp"})
_UNICODE_BMP: Final = (3, 1)
_SEGMENT_MAPPING: Final = 4
_END_OF_SEGMENTS: Final = 0xFFFF


def _table(font: bytes, tag: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        name, _, offset, length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if name == tag:
            return font[offset : offset + length]
    raise AssertionError(tag)


def _segment_mapping(cmap: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", cmap, 2)
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * index)
        (kind,) = struct.unpack_from(">H", cmap, offset)
        if (platform, encoding) == _UNICODE_BMP and kind == _SEGMENT_MAPPING:
            return cmap[offset:]
    raise AssertionError(count)


def coverage(font: bytes) -> frozenset[str]:
    """List the characters an OpenType font has a glyph for.

    Source: OpenType 1.9, `cmap` format 4, the only one the committed fonts carry.
    """
    table = _segment_mapping(_table(font, b"cmap"))
    (doubled,) = struct.unpack_from(">H", table, 6)
    count = doubled // 2
    shape = f">{count}H"
    ends = struct.unpack_from(shape, table, 14)
    starts = struct.unpack_from(shape, table, 16 + doubled)
    deltas = struct.unpack_from(shape, table, 16 + 2 * doubled)
    offsets_at = 16 + 3 * doubled
    offsets = struct.unpack_from(shape, table, offsets_at)
    covered: set[str] = set()
    for index, (start, end, delta, offset) in enumerate(
        zip(starts, ends, deltas, offsets, strict=True)
    ):
        if start == _END_OF_SEGMENTS:
            continue
        if offset == 0:
            covered.update(chr(c) for c in range(start, end + 1) if (c + delta) & 0xFFFF)
            continue
        glyphs_at = offsets_at + 2 * index + offset
        glyphs = struct.unpack_from(f">{end - start + 1}H", table, glyphs_at)
        covered.update(chr(start + n) for n, glyph in enumerate(glyphs) if glyph)
    return frozenset(covered)


def _families() -> dict[str, frozenset[str]]:
    """Read what each family covers: a character counts when every file of the family has it.

    Controls do not count, although fonts map some: PDF/A disallows them in text.
    """
    folder = files("ledgerline.documents").joinpath("fonts")
    families: dict[str, frozenset[str]] = {}
    for font in tomllib.loads(folder.joinpath("fonts.toml").read_text("utf-8"))["font"]:
        mapped = coverage(folder.joinpath(font["file"]).read_bytes())
        covered = frozenset(c for c in mapped if unicodedata.category(c) != "Cc")
        families[font["family"]] = covered & families.get(font["family"], covered)
    return families


COVERAGE: Final = _families()
FAMILIES: Final = tuple(COVERAGE)

_PLAIN: Final = frozenset(chr(c) for c in range(0x20, 0x7F))


def _clusters(text: str) -> Iterator[str]:
    """Cut the text into base characters, each with the marks and joiners that follow it."""
    cluster = ""
    for character in text:
        if cluster and _extends(character):
            cluster += character
            continue
        if cluster:
            yield cluster
        cluster = character
    if cluster:
        yield cluster


def _extends(character: str) -> bool:
    return unicodedata.category(character).startswith("M") or character in _JOINERS


def _is_ignorable(character: str) -> bool:
    """Tell invisible formatting (bidi overrides, soft hyphens, variation selectors) from text."""
    is_selector = "\ufe00" <= character <= "\ufe0f"
    is_format = unicodedata.category(character) == "Cf" and character not in _JOINERS
    return is_selector or is_format


def _printable_cluster(cluster: str) -> str:
    base = cluster[0]
    if base == " ":
        return base
    if _extends(base):
        return ""  # a mark without a letter to stand on
    keeps_joiners = unicodedata.bidirectional(base) == "AL"
    kept = cluster if keeps_joiners else "".join(c for c in cluster if c not in _JOINERS)
    # Marks are drawn by the font of their base, so one family must have the whole cluster.
    if any(family.issuperset(kept) for family in COVERAGE.values()):
        return kept
    return REPLACEMENT


def _without_repeats(parts: Iterator[str]) -> Iterator[str]:
    before = ""
    for part in parts:
        if part and not (part == before == REPLACEMENT):
            yield part
        before = part or before


def _is_space(character: str) -> bool:
    return character in "\t\n\r\f\v" or unicodedata.category(character) in _SPACES


def _breakable(text: str, *, run: int) -> str:
    """Allow a break inside words that are longer than a column is sure to hold."""
    words = text.split()
    if len(text) > run and max(map(len, words), default=0) > run:
        words = [_broken(word, run=run) for word in words]
    return " ".join(words)


def _broken(word: str, *, run: int) -> str:
    clusters = tuple(_clusters(word))
    pieces = ("".join(clusters[at : at + run]) for at in range(0, len(clusters), run))
    return _BREAK.join(pieces)


def printable(text: str, *, run: int = RUN_CHARACTERS_MAX) -> str:
    """Rewrite the text so that the committed fonts can print all of it; never refuse.

    Characters without a glyph (emoji, other scripts, controls) become one U+FFFD a run, invisible
    formatting goes, white space becomes single spaces, and what is longer than `CHARACTERS_MAX`
    ends in an ellipsis. A word longer than `run` carries zero-width spaces where it may break.
    """
    if len(text) <= CHARACTERS_MAX and _PLAIN.issuperset(text):
        return _breakable(text, run=run)
    head = unicodedata.normalize("NFC", text[: 2 * CHARACTERS_MAX])
    visible = "".join(" " if _is_space(c) else c for c in head if not _is_ignorable(c))
    clusters = _clusters(visible)
    clean = "".join(_without_repeats(map(_printable_cluster, clusters)))
    if len(clean) > CHARACTERS_MAX:
        clean = clean[: CHARACTERS_MAX - 1] + "…"
    return _breakable(clean, run=run)


def code(text: str) -> str:
    """Rewrite a number or reference as `printable` does; its narrow letters fit longer runs."""
    return printable(text, run=CODE_CHARACTERS_MAX)
