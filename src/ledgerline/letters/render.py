"""Fill the one template of all letters, as HTML with its styles inlined and as text."""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from css_inline import CSSInliner
from jinja2 import DictLoader, Environment, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from ledgerline.documents.brand import readable
from ledgerline.letters.facts import Facts
from ledgerline.letters.kinds import letter_of
from ledgerline.letters.words import PACKAGE, Words, language, marked
from ledgerline.mail.model import MailKind

HTML_BYTES_MAX: Final = 40 * 1024  # some programs cut what is longer, and the end with it
_TEMPLATES: Final = ("letter.html", "letter.txt", "letter.css", "dark.css")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as it is read: ``language`` is a code such as ``de``."""

    language: str
    subject: str
    html: str
    text: str


def render(kind: MailKind, facts: Facts, *, locale: str, link: str | None = None) -> Rendered:
    """Render a letter for a reader of ``locale``; the same facts give the same letter.

    Its button leads by ``link``; without one to the seller's website, if there is one.
    """
    chosen = language(locale)
    words = Words(chosen, facts)
    letter = letter_of(kind, words)
    start, end = ("left", "right") if chosen.direction == "ltr" else ("right", "left")
    said: dict[str, object] = {
        "to": link or facts.sender.website, "letter": letter, "language": chosen,
        "sender": facts.sender, "start": start, "end": end,
        "css": _styles(readable(facts.sender.colour)),
        "questions": words.say("Questions? Write to %(email)s.", email=facts.sender.email or ""),
    }  # fmt: skip
    html = _inliner().inline(_template("letter.html").render(said))
    assert len(html.encode()) <= HTML_BYTES_MAX, (kind, len(html))
    return Rendered(
        language=chosen.code,
        subject=letter.subject,
        html=html,
        text=_template("letter.txt").render(said),
    )


@cache
def _environment() -> Environment:
    """Compile the templates; what is no HTML is not escaped."""
    folder = files(PACKAGE).joinpath("templates")
    environment = Environment(
        loader=DictLoader({name: folder.joinpath(name).read_text("utf-8") for name in _TEMPLATES}),
        autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["marked"] = marked
    return environment


def _template(name: str) -> Template:
    return _environment().get_template(name)


@lru_cache(maxsize=100)
def _styles(colour: str) -> Markup:
    """Write the styles for a seller's colour; what dark screens change cannot be inlined."""
    said = _template("letter.css").render(colour=colour)
    return Markup(said + _template("dark.css").render())  # noqa: S704 - ours and a checked colour


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)
