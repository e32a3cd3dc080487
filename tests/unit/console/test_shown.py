"""How the console writes amounts and files, and what its templates and styles must not do."""

import re
from importlib.resources import files
from typing import Final

import pytest

from ledgerline.console.exporting import cell
from ledgerline.console.shown import Writer, decimal_of, minor_of
from ledgerline.web import assets
from ledgerline.web.language import language_of

STYLE_BYTES_MAX: Final = 30_000
SCRIPT_LINES_MAX: Final = 300
_FOLDER: Final = files("ledgerline.console").joinpath("templates")
TEMPLATES: Final = sorted(one.name for one in _FOLDER.iterdir())


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250), ("12,5", "EUR", 1250), ("12", "EUR", 1200), (" 0.01 ", "EUR", 1),
        ("1580", "JPY", 1580), ("3.290", "KWD", 3290),
        ("12.505", "EUR", None), ("1.5", "JPY", None), ("-1", "EUR", None), ("1e3", "EUR", None),
        ("", "EUR", None), ("1.", "EUR", None), ("1 000", "EUR", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", "EUR", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_exactly_or_not_at_all(
    text: str, currency: str, minor: int | None
) -> None:
    assert minor_of(text, currency) == minor
    if minor is not None:
        assert minor_of(decimal_of(minor, currency), currency) == minor


def test_amounts_have_a_true_minus_and_shares_are_rounded_once() -> None:
    writer = Writer(language_of("en", "en", None))
    assert str(writer.money(-340, "EUR")) == "<bdi>\N{MINUS SIGN}€3.40</bdi>"
    assert [writer.share(part, 3).striptags() for part in (0, 1, 2, 3)] == [
        "0.0 %", "33.3 %", "66.7 %", "100.0 %",
    ]  # fmt: skip
    assert writer.share(0, 0) == "<bdi>0.0 %</bdi>"
    german = Writer(language_of("de", "de", None))
    assert german.share(1, 3) == "<bdi>33,3 %</bdi>"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1"])
def test_no_spreadsheet_computes_a_cell(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell("pay_1") == "pay_1"
    assert cell(-5) == -5


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_carry_no_style_no_handler_and_no_script(name: str) -> None:
    text = _FOLDER.joinpath(name).read_text("utf-8")
    assert not re.search(r"""\sstyle=|\son[a-z]+=["']|javascript:|<style|\|\s*safe""", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag
        assert "nonce=" in tag


def test_style_and_script_are_small_and_write_no_markup() -> None:
    assert len(assets.assets()["console.css"].body) <= STYLE_BYTES_MAX
    script = assets.read("console.js").decode()
    assert len(script.splitlines()) < SCRIPT_LINES_MAX
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert sink not in script
