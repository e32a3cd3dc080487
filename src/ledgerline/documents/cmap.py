"""Which characters an OpenType font has a glyph for.

Source: OpenType 1.9, table `cmap`, formats 4 and 12: the only ones of the fonts in use.
"""

import struct
import unicodedata
from collections.abc import Iterator
from typing import Final

_COLLECTION: Final = b"ttcf"
_TABLES: Final = {(3, 10): 12, (3, 1): 4, (0, 4): 12, (0, 3): 4}  # encoding: format, best first
_END_OF_SEGMENTS: Final = 0xFFFF


def coverage(font: bytes) -> frozenset[str]:
    """List the characters of a font, or of the first font of a collection.

    Controls do not count, although fonts map some: PDF/A disallows them in text.
    """
    return frozenset(c for c in _mapped(font) if unicodedata.category(c) != "Cc")


def _mapped(font: bytes) -> Iterator[str]:
    cmap = _table(font, b"cmap")
    kind, at = _best(cmap)
    return _groups(cmap[at:]) if kind == max(_TABLES.values()) else _segments(cmap[at:])


def _table(font: bytes, tag: bytes) -> bytes:
    (start,) = struct.unpack_from(">I", font, 12) if font.startswith(_COLLECTION) else (0,)
    (count,) = struct.unpack_from(">H", font, start + 4)
    for index in range(count):
        name, _, offset, length = struct.unpack_from(">4sIII", font, start + 12 + 16 * index)
        if name == tag:
            return font[offset : offset + length]
    raise AssertionError(tag)


def _best(cmap: bytes) -> tuple[int, int]:
    """Return format and offset of the mapping that knows most."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    found = {}
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * index)
        (kind,) = struct.unpack_from(">H", cmap, offset)
        found[platform, encoding] = kind, offset
    for encoding, kind in _TABLES.items():
        if encoding in found and found[encoding][0] == kind:
            return found[encoding]
    raise AssertionError(found)


def _groups(table: bytes) -> Iterator[str]:
    (count,) = struct.unpack_from(">I", table, 12)
    for index in range(count):
        start, end, glyph = struct.unpack_from(">III", table, 16 + 12 * index)
        yield from map(chr, range(start if glyph else start + 1, end + 1))


def _segments(table: bytes) -> Iterator[str]:
    (doubled,) = struct.unpack_from(">H", table, 6)
    count = doubled // 2
    shape = f">{count}H"
    ends = struct.unpack_from(shape, table, 14)
    starts = struct.unpack_from(shape, table, 16 + doubled)
    deltas = struct.unpack_from(shape, table, 16 + 2 * doubled)
    offsets_at = 16 + 3 * doubled
    offsets = struct.unpack_from(shape, table, offsets_at)
    segments = zip(starts, ends, deltas, offsets, strict=True)
    for index, (start, end, delta, offset) in enumerate(segments):
        if start == _END_OF_SEGMENTS:
            continue
        if offset == 0:
            yield from (chr(c) for c in range(start, end + 1) if (c + delta) & 0xFFFF)
            continue
        glyphs_at = offsets_at + 2 * index + offset
        glyphs = struct.unpack_from(f">{end - start + 1}H", table, glyphs_at)
        yield from (chr(start + n) for n, glyph in enumerate(glyphs) if glyph)
