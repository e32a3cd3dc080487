"""What a letter is made of, and what several kinds of them say alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledgerline.letters.words import Words

Row = tuple[str, str]
HARD: Final = "hard"
SOFT: Final = "soft"
TRIAL: Final = "trial"
PLANNED: Final = "planned"
NOW: Final = "now"
"""What one kind says in several ways: whether a payment is tried again, an order is a trial, an end
is planned."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. ``rows`` are labels with values; ``action`` is the one button's word."""

    subject: str
    heading: str
    paragraphs: Sequence[str]
    rows: Sequence[Row]
    action: str


def plan_rows(words: Words) -> list[Row]:
    """List the plan."""
    return [(words.say("Plan"), words.plan)]


def money_rows(words: Words) -> list[Row]:
    """List what moved, when, by what, and the number of the document."""
    facts, say = words.facts, words.say
    rows = [*plan_rows(words), (say("Amount"), words.amount)]
    if facts.tax:
        rows.append((say("Tax included"), words.money(facts.tax)))
    if facts.method is not None:
        rows.append((say("Payment method"), facts.method))
    if facts.on is not None:
        rows.append((say("Date"), words.day))
    if facts.number is not None:
        rows.append((say("Document number"), facts.number))
    return rows


def account(words: Words) -> str:
    """Name the button that leads to the account."""
    return words.say("Open your account")
