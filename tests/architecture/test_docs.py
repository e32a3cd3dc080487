"""Documentation names what exists, and every page is found from ``docs/README.md``."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import pytest

from tests.architecture.modules import PACKAGE, ROOT

INDEX: Final = PurePosixPath("docs/README.md")
PAGES_MIN: Final = 30
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_FENCE: Final = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_FILE: Final = re.compile(r"[\w./-]*/[\w.-]+\.(?:py|sql)")
_ANY: Final = re.compile(r"[<>…*{}]")  # a placeholder names many files, or none yet
_ELSEWHERE: Final = ("http://", "https://", "mailto:", "#")


def pages() -> dict[PurePosixPath, str]:
    """Read every page, by its path from the root."""
    found = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    return {
        PurePosixPath(path.relative_to(ROOT).as_posix()): path.read_text("utf-8")
        for path in sorted(found)
    }


def links(page: PurePosixPath, text: str) -> Iterator[PurePosixPath]:
    """Give the targets of relative links, from the root; what leaves it begins with dots."""
    for target in _LINK.findall(_FENCE.sub("", text)):
        if not target.startswith(_ELSEWHERE):
            yield _joined(page.parent, target.partition("#")[0])


def _joined(folder: PurePosixPath, target: str) -> PurePosixPath:
    parts: list[str] = []
    for part in (*folder.parts, *PurePosixPath(target).parts):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)


def files_named(text: str) -> Iterator[str]:
    """Give the Python and SQL files that a page names in backticks, with their folders."""
    for code in _CODE.findall(_FENCE.sub("", text)):
        for word in code.split():
            if _FILE.fullmatch(word) and not _ANY.search(word):
                yield word


def missing(page: PurePosixPath, text: str, *, root: Path = ROOT) -> list[str]:
    """List what a page links to or names and what is not there.

    A file is named from the root, or from the package where it is clear which one is meant.
    """
    lost = [f"{page}: link to {one}" for one in links(page, text) if not (root / one).exists()]
    package = root / PACKAGE.relative_to(ROOT)
    return lost + [
        f"{page}: {name}"
        for name in files_named(text)
        if not any((folder / name).is_file() for folder in (root, package, package.parent))
    ]


def reached(texts: Mapping[PurePosixPath, str], start: PurePosixPath) -> set[PurePosixPath]:
    """Follow links from a page to page."""
    seen: set[PurePosixPath] = set()
    ahead = [start]
    while ahead:
        page = ahead.pop()
        if page in texts and page not in seen:
            seen.add(page)
            ahead.extend(links(page, texts[page]))
    return seen


def test_pages_are_found() -> None:
    assert INDEX in pages()
    assert len(pages()) >= PAGES_MIN


def test_everything_that_pages_name_exists() -> None:
    assert [lost for page, text in pages().items() for lost in missing(page, text)] == []


def test_every_page_is_found_from_the_index() -> None:
    documentation = {page for page in pages() if page.parts[0] == "docs"}
    assert documentation - reached(pages(), INDEX) == set()


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("link", "See [it](gone.md).", "docs/how-to/planted.md: link to docs/how-to/gone.md"),
        (
            "link with a place",
            "[it](../gone.md#here)",
            "docs/how-to/planted.md: link to docs/gone.md",
        ),
        (
            "link out of the tree",
            "[it](../../../gone.md)",
            "docs/how-to/planted.md: link to ../gone.md",
        ),
        ("file", "In `src/ledgerline/gone.py`.", "docs/how-to/planted.md: src/ledgerline/gone.py"),
        ("file of the package", "`flows/gone.py`", "docs/how-to/planted.md: flows/gone.py"),
        ("statements", "`rules/gone.sql`", "docs/how-to/planted.md: rules/gone.sql"),
        ("in a command", "`python tests/gone.py --all`", "docs/how-to/planted.md: tests/gone.py"),
    ],
)
def test_planted_name_of_nothing_is_found(_case: str, text: str, expected: str) -> None:
    assert missing(PurePosixPath("docs/how-to/planted.md"), text) == [expected]


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        (
            "file from the root",
            "`src/ledgerline/base/money.py` and `migrations/0001_foundation.sql`",
        ),
        ("file of the package", "`base/money.py`, `ledgerline/composition.py`"),
        ("placeholders", "`flows/<verb>_<object>.py`, `*/rules/*.py`, `tests/…/test_a.py`"),
        ("bare name", "`store.sql`, `rules.py`"),
        ("block", "```sh\npython tests/gone.py # [it](gone.md)\n```"),
        ("block in a list", "1. So:\n\n   ```sh\n   `tests/gone.py` [it](gone.md)\n   ```\n"),
        ("elsewhere", "[it](https://example.org/gone.md) and [here](#gone)"),
        ("link", "[it](../README.md), [all](../decisions/README.md#decisions)"),
    ],
)
def test_what_exists_or_stands_for_many_passes(_case: str, text: str) -> None:
    assert missing(PurePosixPath("docs/how-to/planted.md"), text) == []


def test_planted_page_that_nothing_links_to_is_found() -> None:
    texts = {INDEX: "[a](a.md)", PurePosixPath("docs/a.md"): "", PurePosixPath("docs/b.md"): ""}
    assert set(texts) - reached(texts, INDEX) == {PurePosixPath("docs/b.md")}
