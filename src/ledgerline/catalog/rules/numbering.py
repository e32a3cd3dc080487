"""The form of a document number: a template with the year, the month and a running number."""

import re
from typing import Final

DISPLAY_CHARACTERS_MAX: Final = 32

_TOKEN: Final = re.compile(r"\{([^{}]*)\}")
_RUNNING: Final = re.compile(r"n:0([3-9])")
_WIDTHS: Final = {"yyyy": 4, "fy": 5, "mm": 2, "branch": 2}
_PLAIN: Final = re.compile(r"[A-Z0-9/\-]*")


def template_fault(template: str) -> str:
    """Say what is wrong with a template, or nothing.

    Shape: capital letters, digits, ``-`` and ``/`` around the tokens ``{yyyy} {fy} {mm} {branch}``,
    each at most once, and exactly one ``{n:06}`` (a width from 3 to 9) at the end, so that numbers
    of one series sort as they were given.
    """
    tokens = _TOKEN.findall(template)
    unknown = [token for token in tokens if token not in _WIDTHS and not _RUNNING.fullmatch(token)]
    if unknown:
        return f"has an unknown token {{{unknown[0]}}}"
    if not _PLAIN.fullmatch(_TOKEN.sub("", template)):
        return "may have only capital letters, digits, - and / around its tokens"
    if not tokens or not _RUNNING.fullmatch(tokens[-1]) or not template.endswith("}"):
        return "must end in a running number such as {n:06}"
    if len(set(tokens)) != len(tokens) or any(_RUNNING.fullmatch(token) for token in tokens[:-1]):
        return "must have each token once"
    if display_length(template) > DISPLAY_CHARACTERS_MAX:
        return f"prints more than {DISPLAY_CHARACTERS_MAX} characters"
    return ""


def display_length(template: str) -> int:
    """Count the characters of a number printed from a template without a fault."""
    plain = len(_TOKEN.sub("", template))
    tokens = _TOKEN.findall(template)
    return plain + sum(_WIDTHS[token] if token in _WIDTHS else int(token[-1]) for token in tokens)
