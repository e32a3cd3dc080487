"""The form of a document number: a template with the year of its series and a running number."""

import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final

from ledgerline.base.errors import Rejected

DISPLAY_CHARACTERS_MAX: Final = 32
POSITION_DIGITS_MAX: Final = 18

_TOKEN: Final = re.compile(r"\{([^{}]*)\}")
_RUNNING: Final = re.compile(r"n:0([3-9])")
_YEAR: Final = "yyyy"
_YEAR_DIGITS: Final = 4
_LATER: Final = ("fy", "mm", "branch")
_PLAIN: Final = re.compile(r"[A-Z0-9/\-]*")


class TemplateFaulty(Rejected):
    """A template of document numbers cannot be printed; the text says why."""

    code: ClassVar[str] = "template_faulty"


@dataclass(frozen=True, slots=True)
class Template:
    """A template taken apart: ``head``, the year, ``middle``, the position in ``width`` digits."""

    head: str
    middle: str
    width: int

    @property
    def length(self) -> int:
        """How many characters a number has, until its position outgrows its width."""
        return len(self.head) + _YEAR_DIGITS + len(self.middle) + self.width


@cache
def read_template(text: str) -> Template:
    """Take a template apart; raises ``TemplateFaulty``.

    Shape: capital letters, digits, ``-`` and ``/`` around ``{yyyy}`` once and exactly one
    ``{n:06}`` (a width from 3 to 9) at the end, so that numbers of one series sort as they were
    given. The year may not be left out, for the positions begin again in every year.
    """
    tokens = _TOKEN.findall(text)
    _known(tokens)
    plain = _TOKEN.sub("", text)
    if not _PLAIN.fullmatch(plain):
        raise TemplateFaulty("may have only capital letters, digits, - and / around its tokens")
    if not tokens or not _RUNNING.fullmatch(tokens[-1]) or not text.endswith("}"):
        raise TemplateFaulty("must end in a running number such as {n:06}")
    if len(set(tokens)) != len(tokens) or any(_RUNNING.fullmatch(token) for token in tokens[:-1]):
        raise TemplateFaulty("must have each token once")
    if tokens[:-1] != [_YEAR]:
        raise TemplateFaulty("must have the year {yyyy}: its numbers begin again in every year")
    head, middle, _ = _TOKEN.sub("\0", text).split("\0")
    taken_apart = Template(head, middle, int(tokens[-1][-1]))
    if taken_apart.length > DISPLAY_CHARACTERS_MAX:
        raise TemplateFaulty(f"prints more than {DISPLAY_CHARACTERS_MAX} characters")
    return taken_apart


def _known(tokens: list[str]) -> None:
    for token in tokens:
        if token in _LATER:
            raise TemplateFaulty(
                f"has {{{token}}}, which is not available yet: a series runs for one calendar year"
                " and has no branch"
            )
        if token != _YEAR and not _RUNNING.fullmatch(token):
            raise TemplateFaulty(f"has an unknown token {{{token}}}")


def position_in(of: Template, text: str, *, year: str) -> int | None:
    """Read the position that a year's series prints as ``text``; None where it prints no such."""
    digits = text.removeprefix(f"{of.head}{year}{of.middle}")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= POSITION_DIGITS_MAX):
        return None
    position = int(digits)
    is_ours = position > 0 and display(of, year=year, position=position) == text
    return position if is_ours else None


def display(of: Template, *, year: str, position: int) -> str:
    """Print the number at a position, from 1, of a year's series."""
    return f"{of.head}{year}{of.middle}{position:0{of.width}}"
