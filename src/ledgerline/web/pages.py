"""Pages: templates of a package, filled in one language."""

from functools import cache
from importlib.resources import files
from typing import Any, cast

from jinja2 import ChoiceLoader, Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ledgerline.web.assets import address
from ledgerline.web.language import NAMES, translations


@cache
def templates(package: str, code: str) -> Environment:
    """Compile the templates of a package for a language; those of all pages stand beside them."""
    environment = Environment(
        loader=ChoiceLoader([_loader(package), _loader("ledgerline.web")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = translations(code)
    extended = cast("Any", environment)  # by the extension, which types do not know
    extended.globals |= {"asset": address, "languages": NAMES}
    extended.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)
    return environment


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
