"""The few expressions that mean the same in every engine; models use these and no cleverer ones.

What differs between engines is left out: ``%``, the order of NULL, clocks, floats. Division is
done here only, where it is exact, and so is the one outer join, ``extended``.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

import ibis
import pyarrow as pa
from ibis import Table

Value: TypeAlias = Any
"""An expression, or one that is still to be bound to its table: Ibis has no type for both."""

EXACT_BELOW: Final = 9_000_000_000_000_000
"""A numerator below this divides exactly where an engine divides in floating point (2^53)."""
MONTHS: Final = 12


def month_number(day: Value) -> Value:
    """Return the months since the year 0; the next month is one more."""
    return day.year().cast("int64") * MONTHS + day.month().cast("int64") - 1


def month_of(number: Value) -> Value:
    """Return the first day of a month by its number."""
    year = (number // MONTHS).cast("int64")
    return ibis.date(year, number - year * MONTHS + 1, 1)


def month_start(day: Value) -> Value:
    """Return the first day of the month of a day."""
    return ibis.date(day.year(), day.month(), 1)


def days_between(start: Value, end: Value) -> Value:
    """Return the number of days of ``[start, end)``."""
    return end.delta(start, unit="day").cast("int64")


def share(amount: Value, part: Value, whole: Value) -> Value:
    """Return ``amount × part / whole`` in whole minor units, rounded down, also below zero.

    So the books round: what is given back is never less than what was deferred of it.
    """
    product = amount.abs() * part
    rounded_up = (product + whole - 1) // whole
    return ibis.ifelse(amount < 0, -rounded_up, product // whole).cast("int64")


def stacked(first: Table, *others: Table) -> Table:
    """Return the rows of tables one after another, columns matched by name."""
    names = first.columns
    same = [
        one.select(**{name: one[name].cast(one[name].type().copy(nullable=True)) for name in names})
        for one in (first, *others)
    ]
    return ibis.union(*same)


def extended(table: Table, found: Table, key: Sequence[str], absent: Mapping[str, Value]) -> Table:
    """Add columns: those of ``found`` where it has the key, else what ``absent`` says of each.

    ``found`` has each key once at most. None stands for an empty value.
    """
    marked = found.select(
        **{f"found_{name}": found[name] for name in (*key, *absent)},
        is_found=ibis.literal(value=True),
    )
    joined = table.left_join(marked, [table[name] == marked[f"found_{name}"] for name in key])
    added = {
        name: joined[f"found_{name}"]
        if other is None
        else ibis.ifelse(joined.is_found.isnull(), other, joined[f"found_{name}"])
        for name, other in absent.items()
    }
    return joined.select(*table.columns, **added)


def months_from(table: Table, start: str, stop: str) -> Value:
    """Return a row for every month number of ``[start, stop)``, two columns of a table.

    It is a column as it stands: engines make rows inside of no other expression.
    """
    numbers: Value = ibis.range(table[start].cast("int64"), table[stop].cast("int64"), 1)
    return numbers.unnest()


def unlike(first: Value, second: Value) -> Value:
    """Return whether one of two conditions holds without the other.

    Conditions are not compared by ``!=``: engines do not agree on what ``IN`` beside it binds to.
    """
    return (first & ~second) | (~first & second)


def within(month: Value, months: Sequence[date]) -> Value:
    """Return whether a month is one of some; of a span only the files of its months are read."""
    if not months:
        return month.isin(months)
    first, last = min(months), max(months)
    since = ibis.date(first.year, first.month, first.day)
    span = (month >= since) & (month <= ibis.date(last.year, last.month, last.day))
    follow = (last.year - first.year) * MONTHS + last.month - first.month + 1 == len(set(months))
    return span if follow else span & month.isin(months)


def in_months(day: Value, months: Sequence[date]) -> Value:
    """Return whether a day is in one of some months; of a span only the files of it are read."""
    month = within(month_start(day), months)
    if not months:
        return month
    first, last = min(months), max(months)
    end = monthrange(last.year, last.month)[1]
    since = ibis.date(first.year, first.month, first.day)
    return (day >= since) & (day <= ibis.date(last.year, last.month, end)) & month


def between(value: Value, low: Value, high: Value) -> Value:
    """Return ``value``, or the bound that it passes."""
    raised = ibis.ifelse(value < low, low, value)
    return ibis.ifelse(raised > high, high, raised)


def days_of(months: Sequence[date], *, until: date) -> Table:
    """Return a row for every day of some months, no later than ``until``, with its month."""
    days = [
        day
        for month in months
        for number in range(monthrange(month.year, month.month)[1])
        if (day := month + timedelta(days=number)) <= until
    ]
    columns = {
        "day_on": pa.array(days, pa.date32()),
        "day_month": pa.array([day.replace(day=1) for day in days], pa.date32()),
    }
    return ibis.memtable(pa.table(columns))
