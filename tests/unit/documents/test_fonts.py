"""The fonts, texts and templates shipped with the package: pinned, complete, closed."""

import re
import tomllib
from hashlib import sha256
from importlib.resources import files
from typing import Final

import pytest

from ledgerline.documents.faces import COMMITTED, EXTRA, printed_by
from ledgerline.documents.glyphs import SQUARE, Ink
from ledgerline.documents.texts import CATALOGUE, Texts

PACKAGE: Final = files("ledgerline.documents")
FONTS_BYTES_MAX: Final = 2_700_000
BLANKS: Final = re.compile(r"\{[a-z]+\}")


def _words(texts: Texts) -> dict[str, str]:
    return {name: getattr(texts, name) for name in Texts.__dataclass_fields__}


def test_fonts_are_the_pinned_files_and_stay_small() -> None:
    # given the manifest and the folder
    folder = PACKAGE.joinpath("fonts")
    manifest = tomllib.loads(folder.joinpath("fonts.toml").read_text("utf-8"))["font"]
    shipped = {entry.name for entry in folder.iterdir() if entry.name.endswith(".ttf")}
    committed = [font for font in manifest if "package" not in font]
    # then every file is listed, unchanged, and licensed beside it
    assert {font["file"] for font in committed} == shipped
    contents = {font["file"]: folder.joinpath(font["file"]).read_bytes() for font in committed}
    for font in committed:
        assert sha256(contents[font["file"]]).hexdigest() == font["sha256"], font["file"]
    assert sum(map(len, contents.values())) <= FONTS_BYTES_MAX
    assert "SIL OPEN FONT LICENSE" in folder.joinpath("OFL.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("family", "covered", "missing"),
    [
        ("Noto Sans", "AzéßŁΩЖ€•…", "אم山\x00"),
        ("Noto Sans Arabic", "محمدإ،", "ए山\x00"),
        ("Noto Sans Hebrew", "דודש", "A山\x00"),
        ("Noto Sans Thai", "สวัสดี", "A山\x00"),
        ("Noto Sans Ethiopic", "አማርኛ", "山\x00"),
        ("Noto Sans Bengali", "বাংলা", "山\x00"),
        ("Noto Sans CJK", "山田직골骨□、", "م\x00"),
        ("Ledgerline Box", "□", "A\x00"),
    ],
)
def test_coverage_is_read_from_the_fonts(family: str, covered: str, missing: str) -> None:
    (known,) = (f for f in (*COMMITTED, *EXTRA) if f.name == family)
    printed = printed_by(known)
    assert printed is not None
    assert set(covered) <= printed
    assert not set(missing) & printed


def test_latin_letters_are_looked_for_first_and_the_square_last() -> None:
    assert COMMITTED[0].name == "Noto Sans"
    assert COMMITTED[-1].name == "Ledgerline Box"


def test_every_family_of_the_extra_has_what_its_blocks_promise() -> None:
    for family in EXTRA:
        printed = printed_by(family)
        assert printed is not None, family.name
        assert all(any(chr(point) in printed for point in block) for block in family.blocks)


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_shipped_text_can_be_printed(language: str) -> None:
    for name, words in _words(CATALOGUE[language]).items():
        ink = Ink(region="ja")
        assert ink.text(words, run=300) == words, name
        assert ink.families()


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_language_fills_in_the_same_blanks(language: str) -> None:
    english = _words(CATALOGUE["en"])
    for name, words in _words(CATALOGUE[language]).items():
        assert sorted(BLANKS.findall(words)) == sorted(BLANKS.findall(english[name])), name
        assert words == words.strip(), name
        assert words, name


def test_there_are_words_for_every_language_that_was_promised() -> None:
    promised = (
        "en de fr es it pt pt-BR nl sv nb da fi is pl cs sk hu ro bg el hr sl et lv lt ja ko"
        " zh-Hans zh-Hant th vi id hi tr uk ar he"
    )
    assert set(promised.split()) == CATALOGUE.keys()


def test_templates_read_nothing_and_import_nothing() -> None:
    for template in PACKAGE.joinpath("templates").iterdir():
        source = template.read_text("utf-8")
        for reach in ("#import", "#include", "read(", 'image("', "@preview", "datetime.today"):
            assert reach not in source, (template.name, reach)
        tables = re.findall(r"(?<![\w-])table\(", source)
        assert len(tables) == source.count("table.header("), template.name
        assert source.count("image(") == source.count("alt: "), template.name


@pytest.mark.parametrize(
    ("_case", "text", "shown"),
    [
        ("spaces", "  Anna \t Berg\n", "Anna Berg"),
        ("composed", "Zoe\u0308", "Zoë"),
        ("Persian joiner", "می\u200cکنم", "می\u200cکنم"),
        ("Latin joiner", "of\u200cfer", "offer"),
        ("mark at the start", "\u05c1דגש", "דגש"),
        ("mark of another script", "a\u064b", SQUARE),
        ("joiner that shapes", "क्\u200dष", "क्\u200dष"),
        ("letters of the extra", "山田", "山田"),
        ("long word", "a" * 23, "a" * 22 + "\u200ba"),
    ],
)
def test_text_is_made_printable(_case: str, text: str, shown: str) -> None:
    assert Ink(region="ja").text(text) == shown
