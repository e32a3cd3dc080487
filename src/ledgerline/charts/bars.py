"""Bars by label: parts above and below zero, stacked, with a line of what they come to."""

from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from ledgerline.charts.figure import COLUMN, Axis, Series, framed, legend, table
from ledgerline.charts.lines import drawn
from ledgerline.charts.markup import joined, tag
from ledgerline.charts.scale import Scale, scale
from ledgerline.charts.units import Unit

_GAP: Final = 20
"""Left free on each side of a bar."""


def stacked_bars(
    axis: Axis, series: Sequence[Series], unit: Unit, *, title: str, line: Series | None = None
) -> Markup:
    """Draw parts that add up; ``line`` is drawn over them, most often their sum."""
    over = [] if line is None else [line]
    columns = range(len(axis.labels))
    ends = [end for column in columns for end in _ends(series, column)]
    marks = scale([*ends, *(value for one in over for value in one.known)])
    bars = joined(tag("g", *_bar(series, column, marks, unit), class_="bar") for column in columns)
    summary = unit.say(
        "%(title)s: bars by %(axis)s; the numbers are in the table",
        title=title, axis=axis.name.lower(),
    )  # fmt: skip
    return joined((
        legend([*series, *over]),
        framed(
            joined((bars, *(drawn(one, marks, axis, unit) for one in over))),
            axis=axis, scale=marks, unit=unit, summary=summary,
        ),
        table(axis, [*series, *over], unit, title=title),
    ))  # fmt: skip


def _ends(series: Sequence[Series], column: int) -> Iterator[int]:
    values = [one.values[column] or 0 for one in series]
    yield sum(value for value in values if value > 0)
    yield sum(value for value in values if value < 0)


def _bar(series: Sequence[Series], column: int, marks: Scale, unit: Unit) -> Iterator[Markup]:
    """Draw the parts of one bar: what is positive from zero up, what is negative from zero down."""
    above = below = 0
    for one in series:
        value = one.values[column] or 0
        if value > 0:
            yield _part(one, column, (marks.down(above + value), marks.down(above)), unit)
            above += value
        elif value < 0:
            yield _part(one, column, (marks.down(below), marks.down(below + value)), unit)
            below += value


def _part(one: Series, column: int, edges: tuple[float, float], unit: Unit) -> Markup:
    value = one.values[column] or 0
    top, bottom = edges
    return tag(
        "rect", tag("title", f"{one.name} {unit.written(value)}"),
        class_=f"mark {one.tone}", x=column * COLUMN + _GAP, width=COLUMN - 2 * _GAP,
        y=f"{top:.1f}", height=f"{bottom - top:.1f}",
    )  # fmt: skip
