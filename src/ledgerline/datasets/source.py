"""What a source is: the rows that drive it, the columns that leave, and what they are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import LiteralString, NamedTuple


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


class Source(NamedTuple):
    """What is read of one kind of row.

    ``rows`` is the FROM clause, in which the driving table is ``f``; ``where`` narrows it. The
    first column is the key: two rows with one key are the same row, read twice.
    ``money`` are the columns that are added up twice, ``months`` those that name a month whose
    tables a new row changes.
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
