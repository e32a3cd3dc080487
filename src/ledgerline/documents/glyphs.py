"""What fonts can print, and how any other text is made printable.

PDF/A-3a with PDF/UA-1 refuses a document for one glyph that no font has. A customer's name must
never block a document, so every text from outside passes through here first: what no font of ours
ever has becomes a square. What a font of the extra has is kept, and remembered.
"""

import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from ledgerline.documents import faces
from ledgerline.documents.faces import COMMITTED, EXTRA, Family, printed_by

SQUARE: Final = "\N{WHITE SQUARE}"
CHARACTERS_MAX: Final = 300
RUN_CHARACTERS_MAX: Final = 22
CODE_CHARACTERS_MAX: Final = 30
FAMILIES: Final = tuple(family.name for family in COMMITTED)

_BREAK: Final = "\N{ZERO WIDTH SPACE}"
_JOINERS: Final = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
_SPACES: Final = frozenset({"Zs", "Zl", "Zp"})
_NOWHERE: Final = frozenset({"Cc", "Cn", "Co", "Cs"})
_PLAIN: Final = frozenset(chr(c) for c in range(0x20, 0x7F))
_LATIN: Final = COMMITTED[0]
_REMEMBERED: Final = 50_000

# Scripts in which joiners change the letters around them and are no mere formatting.
_JOINING: Final = frozenset({"Lo", "Mc", "Mn"})


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


@lru_cache(_REMEMBERED)
def _drawn(cluster: str) -> tuple[str, Family | None]:
    """Return what is printed for a cluster and the family that has it.

    Marks are drawn by the font of their base, so one family must have the whole cluster.
    """
    base = cluster[0]
    if _extends(base):
        return "", None  # a mark without a letter to stand on
    keeps_joiners = unicodedata.category(base) in _JOINING
    kept = cluster if keeps_joiners else "".join(c for c in cluster if c not in _JOINERS)
    letters = [c for c in kept if c not in _JOINERS]
    for family in COMMITTED:
        covered = printed_by(family)
        assert covered is not None, family.name
        if covered.issuperset(letters):
            return kept, family
    needed = None if unicodedata.category(base) in _NOWHERE else _extra(ord(base))
    if needed is None:
        return SQUARE, None
    covered = printed_by(needed)
    return (kept, needed) if covered is None or covered.issuperset(letters) else (SQUARE, None)


def _extra(point: int) -> Family | None:
    """Find the family of the extra, installed or not, that is there for this code point."""
    for family in EXTRA:
        if any(point in block for block in family.blocks):
            return family
    return None


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


def _printed(text: str, draw: Callable[[str], str], *, run: int) -> str:
    if len(text) <= CHARACTERS_MAX and _PLAIN.issuperset(text):
        return _breakable(text, run=run)
    head = unicodedata.normalize("NFC", text[: 2 * CHARACTERS_MAX])
    visible = "".join(" " if _is_space(c) else c for c in head if not _is_ignorable(c))
    parts: list[str] = []
    for cluster in _clusters(visible):
        part = cluster if cluster == " " else draw(cluster)
        if part and not (part == SQUARE and parts and parts[-1] == SQUARE):
            parts.append(part)
    clean = "".join(parts)
    if len(clean) > CHARACTERS_MAX:
        clean = clean[: CHARACTERS_MAX - 1] + "…"
    return _breakable(clean, run=run)


@lru_cache(_REMEMBERED // 10)
def _needed_by(text: str) -> dict[Family, None]:
    """Return the families of the extra that a text is printed with, in the order of need."""
    if _PLAIN.issuperset(text):
        return {}
    families = (_drawn(cluster)[1] for cluster in _clusters(text))
    return {f: None for f in families if f is not None and f.package is not None}


class Ink:
    """Make the texts of one document printable, and remember which families they need."""

    def __init__(self, *, region: str) -> None:
        """`region` says whose form Chinese characters take: a key of `faces.REGIONS`."""
        self._region = region
        self._needed: dict[Family, None] = {}

    def text(self, text: str, *, run: int = RUN_CHARACTERS_MAX) -> str:
        """Rewrite the text so that fonts can print all of it; never refuse.

        Characters no font has (emoji, private use, controls) become one square a run, invisible
        formatting goes, white space becomes single spaces, and what is longer than
        `CHARACTERS_MAX` ends in an ellipsis. A word longer than `run` carries zero-width spaces
        where it may break.
        """
        return _printed(text, self._draw, run=run)

    def need(self, content: object) -> None:
        """Take note of what all texts in a content are printed with; they are left as they are."""
        if isinstance(content, str):
            self._needed |= _needed_by(content)
        elif isinstance(content, dict):
            self.need(list(content.values()))
        elif isinstance(content, list | tuple):
            for part in content:
                self.need(part)

    def language_of(self, text: str) -> str | None:
        """Name the language a text from outside most likely is in, by its letters, or None."""
        if text.isascii():
            return None
        for cluster in _clusters(text):
            family = _drawn(cluster)[1]
            if family is not None and family is not _LATIN:
                return self._region if family.regional else family.language
        return None

    def families(self) -> tuple[str, ...]:
        """Name the families to set the document in; raises `FontsMissing`."""
        absent = [family for family in self._needed if printed_by(family) is None]
        if absent:
            raise faces.missing(absent)
        return FAMILIES[:1] + tuple(f.of(self._region) for f in self._needed) + FAMILIES[1:]

    def needed(self) -> tuple[Family, ...]:
        """List the families of the extra that the document needs, installed or not."""
        return tuple(sorted(self._needed, key=lambda family: family.name))

    def packages(self) -> frozenset[str]:
        """Name the packages whose fonts the document needs."""
        return frozenset(f.package for f in self._needed if f.package is not None)

    def _draw(self, cluster: str) -> str:
        part, family = _drawn(cluster)
        if family is not None and family.package is not None:
            self._needed[family] = None
        return part
