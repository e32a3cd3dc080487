"""What is asked of a data set, and how the answer is drawn."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from markupsafe import Markup

from ledgerline.base.calendar import add_months
from ledgerline.charts.figure import Axis
from ledgerline.report.cells import Pen, Row

Rows = Sequence[Row]
Draw = Callable[[Rows, Pen, str], Markup]
"""Draws the rows of one group, of which there is at least one, under a title."""
GROUPS_MAX: Final = 24
FEW: Final = 5
OTHERS: Final = "others"


@dataclass(frozen=True, slots=True)
class View:
    """One question and its picture.

    ``sql`` asks tables of the release (``getvariable('today')`` is its business day); its rows come
    in the order in which they are drawn. Rows that differ in ``per``, such as currencies, are drawn
    apart: what ``weight`` adds up to, a column of the answer, says which come first.
    """

    title: str
    note: str
    sql: str
    draw: Draw
    per: tuple[str, ...] = ()


def grouped(view: View, rows: Rows) -> Iterator[tuple[str, Rows]]:
    """Divide an answer into what is drawn apart, the weightiest first, each with its name.

    Of what is the same in all groups, such as the only seller, the name says nothing.
    """
    if not view.per:
        yield "", rows
        return
    groups = dict[tuple[str, ...], list[Row]]()
    for row in rows:
        groups.setdefault(tuple(str(row[name]) for name in view.per), []).append(row)
    telling = [len({key[number] for key in groups}) > 1 for number in range(len(view.per))]
    telling[-1] = True
    for key in sorted(groups, key=lambda each: (-_weight(groups[each]), each)):
        said = [part for part, tells in zip(key, telling, strict=True) if tells]
        yield " · ".join(reversed(said)), groups[key]


def _weight(rows: Rows) -> int:
    return sum(row["weight"] for row in rows)


def months_of(rows: Rows, column: str = "month") -> list[date]:
    """List every month from the first to the last of a column."""
    found = [row[column] for row in rows]
    month, months = min(found), list[date]()
    while month <= max(found):
        months.append(month)
        month = add_months(month, 1, anchor_day=1)
    return months


def by_month(months: Sequence[date], pen: Pen) -> Axis:
    """Return the axis of months."""
    return Axis(
        pen.say("Month"),
        [pen.month(month) for month in months],
        [pen.tick(month, first=number == 0) for number, month in enumerate(months)],
    )


def pivoted(rows: Rows, kind: str, value: str = "value") -> dict[str, dict[date, int]]:
    """Return values by kind and month, kinds in the order in which they come."""
    found = dict[str, dict[date, int]]()
    for row in rows:
        of_kind = found.setdefault(str(row[kind]), {})
        of_kind[row["month"]] = of_kind.get(row["month"], 0) + row[value]
    return found


def heaviest(found: Mapping[str, Mapping[date, int]]) -> dict[str, dict[date, int]]:
    """Keep the kinds that weigh most, and add up the others: colours are few."""
    order = sorted(found, key=lambda kind: (-sum(map(abs, found[kind].values())), kind))
    if len(order) <= FEW:
        return {kind: dict(found[kind]) for kind in order}
    kept = {kind: dict(found[kind]) for kind in order[: FEW - 1]}
    rest = dict[date, int]()
    for kind in order[FEW - 1 :]:
        for month, value in found[kind].items():
            rest[month] = rest.get(month, 0) + value
    return {**kept, OTHERS: rest}


def filled(months: Iterable[date], values: Mapping[date, int]) -> list[int | None]:
    """Return one value a month, None where there is none."""
    return [values.get(month) for month in months]


def runs(rows: Rows, column: str) -> Iterator[tuple[str, Rows]]:
    """Divide rows that are in order by a column into those that share it."""
    for key, each in groupby(rows, key=lambda row: row[column]):
        yield key, list(each)
