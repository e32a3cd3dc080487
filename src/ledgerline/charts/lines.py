"""Lines by label; where a value is missing, a line is broken."""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from ledgerline.charts.figure import COLUMN, Axis, Series, framed, legend, table
from ledgerline.charts.markup import joined, tag
from ledgerline.charts.scale import Scale, scale
from ledgerline.charts.units import Unit


def lines(
    axis: Axis, series: Sequence[Series], unit: Unit, *, title: str, from_zero: bool = True
) -> Markup:
    """Draw values that change; without ``from_zero`` the lowest mark is near the lowest value."""
    marks = scale([value for one in series for value in one.known], from_zero=from_zero)
    return joined((
        legend(series),
        framed(
            joined(drawn(one, marks, axis, unit) for one in series),
            axis=axis, scale=marks, unit=unit,
            summary=unit.say(
                "%(title)s: lines by %(axis)s; the numbers are in the table",
                title=title, axis=axis.name.lower(),
            ),
        ),
        table(axis, series, unit, title=title),
    ))  # fmt: skip


def drawn(one: Series, marks: Scale, axis: Axis, unit: Unit) -> Markup:
    """Draw one line with a point at each value."""
    points = [
        (column * COLUMN + COLUMN // 2, value)
        for column, value in enumerate(one.values)
        if value is not None
    ]
    spots = {x: f"{x} {marks.down(value):.1f}" for x, value in points}
    strokes = [
        "M" + "L".join(spots[x] for _, x in run)
        for _, run in groupby(enumerate(spots), key=lambda each: each[1] - each[0] * COLUMN)
    ]
    dots = [
        tag(
            "path", tag("title", f"{axis.labels[x // COLUMN]}, {one.name} {unit.written(value)}"),
            class_="line line-dot", d=f"M{spots[x]}h0",
        )
        for x, value in points
    ]  # fmt: skip
    return tag(
        "g", *(tag("path", class_="line", d=stroke) for stroke in strokes), *dots, class_=one.tone
    )
