"""The fonts, texts and templates shipped with the package: pinned, complete, closed."""

import tomllib
from hashlib import sha256
from importlib.resources import files
from typing import Final

import pytest

from ledgerline.documents.glyphs import COVERAGE, FAMILIES, printable
from ledgerline.documents.texts import CATALOGUE, Texts

PACKAGE: Final = files("ledgerline.documents")
FONTS_BYTES_MAX: Final = 1_500_000


def _words(texts: Texts) -> list[str]:
    fields = [getattr(texts, name) for name in Texts.__dataclass_fields__ if name != "months"]
    return [*fields, *texts.months]


def test_fonts_are_the_pinned_files_and_stay_small() -> None:
    # given the manifest and the folder
    folder = PACKAGE.joinpath("fonts")
    manifest = tomllib.loads(folder.joinpath("fonts.toml").read_text("utf-8"))["font"]
    shipped = {entry.name for entry in folder.iterdir() if entry.name.endswith(".ttf")}
    # then every file is listed, unchanged, and licensed beside it
    assert {font["file"] for font in manifest} == shipped
    contents = {font["file"]: folder.joinpath(font["file"]).read_bytes() for font in manifest}
    for font in manifest:
        assert sha256(contents[font["file"]]).hexdigest() == font["sha256"], font["file"]
    assert sum(map(len, contents.values())) <= FONTS_BYTES_MAX
    assert "SIL OPEN FONT LICENSE" in folder.joinpath("OFL.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("family", "covered", "missing"),
    [
        ("Noto Sans", "AzéßŁΩЖ€•…\ufffd", "אم山□\x00"),
        ("Noto Sans Arabic", "محمدإ،", "A山\x00"),
        ("Noto Sans Hebrew", "דודש", "A山\x00"),
    ],
)
def test_coverage_is_read_from_the_fonts(family: str, covered: str, missing: str) -> None:
    assert set(covered) <= COVERAGE[family]
    assert not set(missing) & COVERAGE[family]


def test_families_are_tried_in_the_order_of_the_manifest() -> None:
    assert FAMILIES == ("Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew")


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_shipped_text_can_be_printed(language: str) -> None:
    for words in _words(CATALOGUE[language]):
        assert printable(words, run=100) == words


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_language_fills_in_the_same_blanks(language: str) -> None:
    texts = CATALOGUE[language]
    for sentence in (texts.paid, texts.refunded):
        assert sentence.count("{amount}") == 1
        assert sentence.count("{date}") == 1
    assert texts.page.count("{page}") == 1
    assert all(blank in texts.date_pattern for blank in ("{day}", "{month}", "{year}"))


def test_templates_read_nothing_and_import_nothing() -> None:
    for template in PACKAGE.joinpath("templates").iterdir():
        source = template.read_text("utf-8")
        for reach in ("#import", "#include", "read(", "image(", "@preview", "datetime.today"):
            assert reach not in source, (template.name, reach)
        assert source.count("table(") == source.count("table.header(")


@pytest.mark.parametrize(
    ("_case", "text", "shown"),
    [
        ("spaces", "  Anna \t Berg\n", "Anna Berg"),
        ("composed", "Zoe\u0308", "Zoë"),
        ("Persian joiner", "می\u200cکنم", "می\u200cکنم"),
        ("Latin joiner", "of\u200cfer", "offer"),
        ("mark at the start", "\u05c1דגש", "דגש"),
        ("mark of another script", "a\u064b", "\ufffd"),
        ("long word", "a" * 23, "a" * 22 + "\u200ba"),
    ],
)
def test_text_is_made_printable(_case: str, text: str, shown: str) -> None:
    assert printable(text) == shown
