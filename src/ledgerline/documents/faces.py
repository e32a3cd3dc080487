"""The font set: what is committed, what an extra adds, and what each can print.

Every file is pinned by its SHA-256 in `fonts/fonts.toml`. A file of the extra that is not there, or
is another one than the pinned, is missing: a document that needs it is refused, so that one
rendering key always means the same bytes.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Final

import typst

from ledgerline.base.errors import Rejected
from ledgerline.documents.cmap import coverage

INSTALL: Final = "pip install 'ledgerline[fonts]'"
FOLDER: Final = Path(str(files("ledgerline.documents").joinpath("fonts")))
REGIONS: Final = {"ja": "JP", "ko": "KR", "zh-Hans": "SC", "zh-Hant": "TC"}


class FontsMissing(Rejected):
    """A document holds letters of a script whose fonts are not installed."""

    code: ClassVar[str] = "fonts_missing"


@dataclass(frozen=True, slots=True)
class Family:
    """Fonts of one design: `files` with their hashes, `package` where they are installed from.

    `blocks` are the ranges of code points that need it (empty of what is committed: there the
    font itself tells). A `regional` family has one name for each of `REGIONS`.
    """

    name: str
    files: tuple[tuple[str, str], ...]
    scripts: tuple[str, ...]
    package: str | None = None
    language: str | None = None
    blocks: tuple[range, ...] = ()
    regional: bool = False

    def of(self, region: str) -> str:
        """Name the family as the typesetter knows it; `region` is a key of `REGIONS`."""
        return f"{self.name} {REGIONS[region]}" if self.regional else self.name


def _range(block: str) -> range:
    first, _, last = block.partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


def _families() -> tuple[Family, ...]:
    """Read the manifest; files of one family stand next to each other there."""
    found: dict[str, Family] = {}
    for font in tomllib.loads((FOLDER / "fonts.toml").read_text("utf-8"))["font"]:
        name = font["family"]
        before = found[name].files if name in found else ()
        found[name] = Family(
            name=name,
            files=(*before, (font["file"], font["sha256"])),
            scripts=tuple(font["scripts"]),
            package=font.get("package"),
            language=font.get("language"),
            blocks=tuple(map(_range, font.get("blocks", ()))),
            regional=font.get("regional", False),
        )
    return tuple(found.values())


FAMILIES: Final = _families()
COMMITTED: Final = tuple(family for family in FAMILIES if family.package is None)
EXTRA: Final = tuple(family for family in FAMILIES if family.package is not None)


def _folder(package: str | None) -> Path | None:
    if package is None:
        return FOLDER
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) if places else None


@cache
def printed_by(family: Family) -> frozenset[str] | None:
    """Read what a family can print: what all its files can. None when it is not installed."""
    folder = _folder(family.package)
    covered: frozenset[str] | None = None
    for name, expected in family.files:
        path = None if folder is None else folder / name
        if path is None or not path.is_file():
            return None
        content = path.read_bytes()
        if sha256(content).hexdigest() != expected:
            return None
        covered = coverage(content) if covered is None else covered & coverage(content)
    return covered


@cache
def typesetting(packages: frozenset[str]) -> typst.Fonts:
    """Load the committed fonts and those of packages; nothing is taken from the system.

    Where a package has a family that is committed too, the committed one is first and is taken.
    """
    folders = [FOLDER, *(_folder(package) for package in sorted(packages))]
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[folder for folder in folders if folder is not None],
    )


def set_hash(families: Sequence[Family]) -> str:
    """Name the committed fonts with those of `families` by what they hold, as 16 digits."""
    names = sorted({pinned for family in (*COMMITTED, *families) for _, pinned in family.files})
    return sha256("\n".join(names).encode()).hexdigest()[:16]


def missing(families: Iterable[Family]) -> FontsMissing:
    """Refuse for the sake of families that are not installed."""
    scripts = sorted({script for family in families for script in family.scripts})
    return FontsMissing(
        f"no font is installed for {', '.join(scripts)}: {INSTALL}",
        scripts=scripts,
        install=INSTALL,
    )
