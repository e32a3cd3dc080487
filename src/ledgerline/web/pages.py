"""Pages: templates of a package, filled in one language."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from babel.support import Translations
from jinja2 import ChoiceLoader, Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ledgerline.web.assets import address
from ledgerline.web.language import NAMES, Language, language_of, translations

_WEB: Final = "ledgerline.web"
_ISOLATE, _OURS = "\N{FIRST STRONG ISOLATE}", "\N{RIGHT-TO-LEFT ISOLATE}"
_RELEASE: Final = "\N{POP DIRECTIONAL ISOLATE}"
_ARABIC: Final = re.compile("[\u0600-\u06ff]")


@cache
def templates(package: str, code: str) -> Environment:
    """Compile the templates of a package for a language; those of all pages stand beside them."""
    environment = Environment(
        loader=ChoiceLoader([_loader(package), _loader(_WEB)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    said, counted = _speaking(package, code)
    extended = cast("Any", environment)  # by the extension, which types do not know
    extended.globals |= {"asset": address, "languages": NAMES}
    extended.install_gettext_callables(said, counted, newstyle=False)
    extended.globals |= {"_": said, "gettext": said, "ngettext": counted}
    return environment


def _speaking(package: str, code: str) -> tuple[Callable[..., str], Callable[..., str]]:
    """Return what says a sentence, and one about a number of things, in a template."""
    has_own = files(package).joinpath("catalogs").is_dir()
    words: Translations = translations(code, package if has_own else _WEB)
    language = language_of(code, code, None)

    def said(sentence: str, /, **values: object) -> str:
        return filled(_ours(words.ugettext(sentence)), values, language)

    def counted(one: str, many: str, num: int, /, **values: object) -> str:
        found = _ours(words.ungettext(one, many, num))
        return filled(found, {"num": num, **values}, language)

    return said, counted


def _ours(sentence: str) -> Markup:
    return Markup(sentence)  # noqa: S704 - written in a template or a catalogue, by us


def filled(sentence: str, values: Mapping[str, object], language: Language) -> str:
    """Fill values into a sentence; where lines run from the right each keeps its own direction.

    It is markup, with all else escaped, where the sentence or a value is.
    """
    if language.direction == "rtl":
        values = {name: _apart(value) for name, value in values.items()}
    if any(isinstance(one, Markup) for one in values.values()):
        return _ours(sentence) % values
    return sentence % values


def _apart(value: object) -> object:
    """Isolate words: a name or an id by its own direction, what holds words of ours by that."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return f"{_OURS if _ARABIC.search(value) else _ISOLATE}{value}{_RELEASE}"
    return value  # a number, or markup that isolates


def fill(package: str, template: str, code: str, said: dict[str, object]) -> bytes:
    """Fill a template; a name that it asks for and is not given is a defect."""
    return templates(package, code).get_template(template).render(said).encode()


def isolated(text: str) -> Markup:
    """Keep what is written from left to right in order within any line."""
    return Markup("<bdi>{}</bdi>").format(text)


def _loader(package: str) -> FunctionLoader:
    folder = files(package).joinpath("templates")

    def load(name: str) -> str | None:
        file = folder.joinpath(name)
        return file.read_text("utf-8") if file.is_file() else None

    return FunctionLoader(load)
