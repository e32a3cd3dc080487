"""What a source is: the rows that drive it, the columns that leave, and what they are."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, LiteralString, NamedTuple, cast

_DRIVING: Final = re.compile(r" (?:CROSS |LEFT )?JOIN ")


class Kind(StrEnum):
    """What a value is in every engine."""

    TEXT = "text"
    INTEGER = "bigint"
    DATE = "date"
    BOOLEAN = "boolean"


class Column(NamedTuple):
    """A column of a source: what it is, and the expression that reads it."""

    kind: Kind
    expression: LiteralString


class Proof(NamedTuple):
    """A second way to count and add up what a source reads, that does not join as it does.

    ``rows`` and ``where`` are as those of a source, ``counted`` adds up for how many rows of it
    theirs stand, and ``money`` is what is added up for a column that the driving row has not.
    """

    rows: LiteralString
    where: LiteralString = "true"
    counted: LiteralString = "count(*)"
    money: Mapping[str, LiteralString] = MappingProxyType({})


class Source(NamedTuple):
    """What is read of one kind of row.

    ``rows`` is the FROM clause, in which the driving table is ``f``; ``where`` narrows it. The
    first column is the key: two rows with one key are the same row, read twice.
    ``money`` are the columns that are added up twice, ``months`` those that name a month whose
    tables a new row changes. ``proof`` is how it is counted a second time: without one, the table
    that drives it is counted alone, so that a join which loses or repeats a row is found.
    A small table without a fence leaves whole (``is_whole``) with each interval: its rows are only
    added and what leaves of them is frozen, so that the newest interval has them all.
    """

    name: str
    rows: LiteralString
    columns: Mapping[str, Column]
    money: tuple[str, ...] = ()
    where: LiteralString = "true"
    months: tuple[str, ...] = ()
    is_whole: bool = False
    proof: Proof | None = None

    def proven_by(self) -> Proof:
        """Return how it is counted once more: by itself, the table that drives it and no other."""
        if self.proof is not None:
            return self.proof
        driving = cast("LiteralString", _DRIVING.split(self.rows)[0])
        return Proof(rows=driving, where=self.where)


def text(expression: LiteralString) -> Column:
    """Read text as it is."""
    return Column(Kind.TEXT, expression)


def name_of(expression: LiteralString) -> Column:
    """Read an id as text."""
    return Column(Kind.TEXT, expression + "::text")


def integer(expression: LiteralString) -> Column:
    """Read a whole number."""
    return Column(Kind.INTEGER, expression + "::bigint")


def boolean(expression: LiteralString) -> Column:
    """Read what is true or not."""
    return Column(Kind.BOOLEAN, expression)


def day(expression: LiteralString) -> Column:
    """Read a date as it is."""
    return Column(Kind.DATE, expression)


def utc_day(expression: LiteralString) -> Column:
    """Read the UTC day on which an instant falls."""
    return Column(Kind.DATE, "(" + expression + " AT TIME ZONE 'UTC')::date")


def month(expression: LiteralString) -> Column:
    """Read the month of a date."""
    return Column(Kind.DATE, "date_trunc('month', " + expression + "::timestamp)::date")


def utc_month(expression: LiteralString) -> Column:
    """Read the month in which an instant falls in UTC."""
    return Column(Kind.DATE, "date_trunc('month', " + expression + " AT TIME ZONE 'UTC')::date")
