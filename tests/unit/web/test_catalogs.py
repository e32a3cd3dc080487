"""Every sentence of every page is there in every language, with the same values in it."""

import re
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from typing import Final

import pytest
from babel.messages.catalog import Message
from jinja2.ext import babel_extract

from ledgerline.web.language import NAMES, SOURCE, catalogue, language_of, translations
from tests.catalogs import bare

PACKAGES: Final = ("ledgerline.storefront", "ledgerline.web")
OTHERS: Final = sorted(set(NAMES) - {SOURCE})
BRANDS: Final = {"PDF"}
"""What stands in templates and is the same in every language."""
_VALUE: Final = re.compile(r"%\(\w+\)s")


def _said() -> Iterator[tuple[str, ...]]:
    for package in PACKAGES:
        for file in files(package).joinpath("templates").iterdir():
            found = babel_extract(BytesIO(file.read_bytes()), ("_", "ngettext"), (), {})
            for _, _, message, _ in found:
                parts = (message,) if isinstance(message, str) else tuple(message or ())
                yield tuple(part for part in parts if part)


SAID: Final = set(_said())


def _message(code: str, parts: tuple[str, ...]) -> Message | None:
    return catalogue(code).get(parts[0])


def _forms(message: Message) -> list[str]:
    said = message.string
    return [said] if isinstance(said, str) else list(said or ())


def test_there_are_a_dozen_languages() -> None:
    assert len(NAMES) >= 12
    assert len(SAID) > 90


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_says_all_of_it_and_nothing_else(code: str) -> None:
    kept = catalogue(code)
    known = {(one.id,) if isinstance(one.id, str) else tuple(one.id) for one in kept if one.id}
    assert known == SAID
    for one in kept:
        forms = _forms(one)
        assert all(form.strip() for form in forms), (code, one.id)
        assert not one.fuzzy, (code, one.id)
        if one.id and not isinstance(one.id, str):
            assert len(forms) == kept.num_plurals, (code, one.id)


@pytest.mark.parametrize("code", OTHERS)
def test_a_sentence_has_the_values_of_its_source(code: str) -> None:
    for parts in SAID:
        message = _message(code, parts)
        assert message is not None
        wanted = set(_VALUE.findall(parts[-1]))
        forms = _forms(message)
        for form in forms:
            found = set(_VALUE.findall(form))
            assert found == wanted or (found | {"%(num)s"}) == wanted, (code, form)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_template_says_what_is_not_marked(package: str) -> None:
    for file in sorted(files(package).joinpath("templates").iterdir(), key=lambda one: one.name):
        assert set(bare(file.read_text("utf-8"))) <= BRANDS, file.name


def test_plurals_follow_the_language() -> None:
    words = translations("pl")
    said = [words.ungettext("%(num)s day free.", "%(num)s days free.", n) for n in (1, 2, 5)]
    assert said == ["%(num)s dzień za darmo.", "%(num)s dni za darmo.", "%(num)s dni za darmo."]
    assert translations(SOURCE).gettext("Today") == "Today"


@pytest.mark.parametrize(
    ("chosen", "locale", "accepted", "code", "written"),
    [
        (None, "de-CH", None, "de", "de_CH"),
        ("fr", "de-CH", None, "fr", "fr"),
        ("xx", "", "xx, sv;q=0.5, ar;q=0.9", "ar", "ar"),
        (None, "fi-FI", "ja-JP,en;q=0.1", "ja", "ja"),
        (None, "fi-FI", "q;;=,,;q=x", "en", "en"),
        (None, "pt-BR", None, "pt", "pt_BR"),
    ],
)
def test_a_page_speaks_what_was_chosen_then_what_its_reader_does(
    chosen: str | None, locale: str, accepted: str | None, code: str, written: str
) -> None:
    found = language_of(chosen, locale, accepted)
    assert (found.code, str(found.locality.babel)) == (code, written)
    assert found.direction == ("rtl" if code == "ar" else "ltr")
    assert found.name == NAMES[code]
