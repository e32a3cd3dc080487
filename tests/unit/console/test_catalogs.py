"""Every sentence of the console is marked, and there in each of its languages, with its values."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from babel.messages.catalog import Message
from markupsafe import Markup

from ledgerline.console import addresses
from ledgerline.console.actions import Action
from ledgerline.console.speech import OFFERED, PACKAGE, Speech, language_asked, remember_language
from ledgerline.console.words import ACTS
from ledgerline.web.language import NAMES, catalogue, language_of
from ledgerline.web.wire import Request
from tests.catalogs import MARKS, OTHERS, bare, keys, said

_VALUE: Final = re.compile(r"%\(\w+\)s")
_COUNTED: Final = frozenset({"%(num)s", "%(count)s"})
_BRANDS: Final = {"Ledgerline", "· Ledgerline", "3DS", "accent"}
"""What stands in templates and is the same in every language, and the name of a tone."""
_ROOT: Final = Path(str(files(PACKAGE)))
_NO_SENTENCE: Final = re.compile(
    r"(__Host-)?[\w-]+=.*|; .*|text/.*|[A-Z]+ /.*|console sign-in|not let in|[A-Za-z]{3} .*|d MMM y"
    r"|MMMM y|EEE d.*|<span.*|[0-9] (day|week|month|year)|form-.*"
)
"""Cookies, headers, routes, patterns of dates, a name of the log: nobody reads them on a page."""


def _forms(message: Message) -> list[str]:
    found = message.string
    return [found] if isinstance(found, str) else list(found or ())


def test_the_languages_are_among_those_of_all_pages() -> None:
    assert set(OFFERED) <= set(NAMES)
    assert len(said()) > 1_000


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_says_all_of_it_and_nothing_else(code: str) -> None:
    kept = catalogue(code, PACKAGE)
    assert keys(kept) == said(), "python -m tests.catalogs --write, then translate what is empty"
    for one in kept:
        forms = _forms(one)
        assert all(form.strip() for form in forms), (code, one.id)
        assert not one.fuzzy, (code, one.id)
        if one.id and not isinstance(one.id, str):
            assert len(forms) == kept.num_plurals, (code, one.id)


@pytest.mark.parametrize("code", OTHERS)
def test_a_sentence_has_the_values_of_its_source(code: str) -> None:
    kept = catalogue(code, PACKAGE)
    for (first, context), parts in said().items():
        message = kept.get(first, context)
        assert message is not None
        wanted = set(_VALUE.findall(parts[-1]))
        for form in _forms(message):
            found = set(_VALUE.findall(form))
            # a plural form of one or two may do without its number
            assert found == wanted or (len(parts) > 1 and wanted - found <= _COUNTED), (code, form)
            assert form.count("%%") == parts[-1].count("%%"), (code, form)


def test_no_template_says_what_is_not_marked() -> None:
    for file in sorted(_ROOT.joinpath("templates").iterdir()):
        assert set(bare(file.read_text("utf-8"))) <= _BRANDS, file.name


def test_no_code_says_what_is_not_marked() -> None:
    for file in sorted(_ROOT.glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        marked = {id(one) for one in ast.walk(tree) for one in _aside(one)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in marked:
                assert not _is_sentence(node.value), (file.name, node.lineno, node.value)


def _aside(node: ast.AST) -> Iterator[ast.AST]:
    """Return what is marked below a node, or is not for readers: docstrings, what is a defect."""
    if (
        isinstance(node, ast.Call) and _name(node.func) in {*MARKS, "AssertionError", "warning"}
    ) or isinstance(node, ast.Assert):
        yield from ast.walk(node)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_sentence(value: object) -> bool:
    """Tell whether a text has two words that people would read."""
    if not isinstance(value, str) or _NO_SENTENCE.fullmatch(value.strip()):
        return False
    return re.search(r"[A-Za-z]{2,},? [A-Za-z]", value) is not None


def test_each_act_of_the_log_has_its_word() -> None:
    modules = [one for one in vars(addresses).values() if isinstance(one, ModuleType)]
    found = [one for module in modules for one in vars(module).values()]
    names = {one.name for one in found if isinstance(one, Action)}
    assert len(names) > 20
    frame = _ROOT.joinpath("templates", "frame.html").read_text("utf-8")
    told = set(re.findall(r'^"(\w+)": _\(', frame, re.MULTILINE))
    assert names | told <= set(ACTS)


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ("", {}, "en"),
        ("", {"accept-language": "fr, ar;q=0.8, de;q=0.5"}, "ar"),
        ("", {"accept-language": "ar", "cookie": "ledgerline=x; console-language=de"}, "de"),
        ("lang=ar", {"cookie": "console-language=de"}, "ar"),
        ("lang=ja", {"cookie": "console-language=xx"}, "en"),
    ],
)
def test_a_page_speaks_what_was_chosen_else_what_the_browser_does(
    query: str, headers: dict[str, str], code: str
) -> None:
    request = Request(
        id="req", method="GET", path="/console", query=query.encode(),
        headers=list(headers.items()), receive=_nothing,
    )  # fmt: skip
    assert language_asked(request).code == code
    kept = remember_language(request).get("Set-Cookie", "")
    assert kept.startswith("console-language=ar; Path=/console;" if query == "lang=ar" else "")
    assert bool(kept) is (query == "lang=ar")


async def _nothing() -> dict[str, object]:
    raise AssertionError


def test_values_keep_their_own_direction() -> None:
    arabic, english = (Speech(language_of(code, code, None)) for code in ("ar", "en"))
    assert arabic.say("by %(who)s", who="Ida") == "بواسطة \N{FIRST STRONG ISOLATE}Ida\u2069"
    assert english.say("by %(who)s", who="Ida") == "by Ida"
    assert arabic.say_count("%(num)s time", "%(num)s times", 2) == "مرتان"
    assert arabic.say_count("%(num)s time", "%(num)s times", 11) == "11 مرة"
    assert (arabic.word("past_due"), english.word("past_due")) == ("متأخر الدفع", "past due")
    assert english.word("of_a_provider") == "of a provider"
    assert str(english.say("by %(who)s", who=Markup("<b>Ida</b>"))) == "by <b>Ida</b>"
