"""Which language a page speaks, its words, and how it writes amounts and days."""

import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from ledgerline.documents.locales import Locality, locality

SOURCE: Final = "en"
NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français", "it": "Italiano",
        "nl": "Nederlands", "pl": "Polski", "pt": "Português", "sv": "Svenska", "tr": "Türkçe",
        "ar": "العربية", "ja": "日本語",
    }
)  # fmt: skip
"""The languages of pages, each by its own name."""
_RIGHT_TO_LEFT: Final = frozenset({"ar"})
_WISH: Final = re.compile(r"\s*(?P<code>[A-Za-z]{2,3})[A-Za-z0-9-]*\s*(?:;\s*q=(?P<q>[0-9.]+))?\s*")


@dataclass(frozen=True, slots=True)
class Language:
    """A language of pages, and how what is counted is written in it."""

    code: str
    locality: Locality

    @property
    def direction(self) -> str:
        """Return ``rtl`` where lines run from right to left."""
        return "rtl" if self.code in _RIGHT_TO_LEFT else "ltr"

    @property
    def name(self) -> str:
        """Return its own name."""
        return NAMES[self.code]


def language_of(
    chosen: str | None, locale: str, accepted: str | None, *, offered: Collection[str] = NAMES
) -> Language:
    """Find the language of a page: the one that was chosen, else the person's, else the browser's.

    A person's locale also says how amounts and days are written, as long as it is of the language.
    """
    own = locale.partition("-")[0].lower()
    wishes = [chosen or "", own, *_accepted(accepted)]
    code = next((wish for wish in wishes if wish in offered), SOURCE)
    return Language(code, locality(locale if own == code else code))


def _accepted(header: str | None) -> Sequence[str]:
    found = [_WISH.fullmatch(part) for part in (header or "").split(",")]
    weighed = [(-_weight(one["q"]), one["code"].lower()) for one in found if one is not None]
    return [code for _, code in sorted(weighed, key=lambda each: each[0])]


def _weight(q: str | None) -> float:
    try:
        return 1.0 if q is None else float(q)
    except ValueError:
        return 0.0


@cache
def catalogue(code: str, package: str = "ledgerline.web") -> Catalog:
    """Read the messages of a language as the translators of a package keep them."""
    folder = files(package).joinpath("catalogs")
    with folder.joinpath(f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


@cache
def translations(code: str, package: str = "ledgerline.web") -> Translations:
    """Return the words of a language; what is written in a package itself is English."""
    compiled = io.BytesIO()
    write_mo(compiled, Catalog() if code == SOURCE else catalogue(code, package))
    compiled.seek(0)
    return Translations(compiled)
