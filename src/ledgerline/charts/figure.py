"""What all charts share: series, the frame around the marks, the legend, the table behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from markupsafe import Markup

from ledgerline.base.saying import Say, plainly
from ledgerline.charts.markup import joined, tag
from ledgerline.charts.scale import HEIGHT, Scale
from ledgerline.charts.units import Unit

COLUMN: Final = 100
"""Units of a plot from one label to the next; it stretches to any size."""
LABELS_MAX: Final = 12
TONES: Final = ("c1", "c2", "c3", "c4", "c5")
NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, one a label; None where there is none. ``tone`` is a class of colours."""

    name: str
    values: Sequence[int | None]
    tone: str

    @property
    def known(self) -> list[int]:
        """The values that there are."""
        return [value for value in self.values if value is not None]


@dataclass(frozen=True, slots=True)
class Axis:
    """What the values of a chart are of: one label a column, and what the labels are called.

    ``ticks`` are shorter forms of the labels, to stand below the columns.
    """

    name: str
    labels: Sequence[str]
    ticks: Sequence[str] = ()


def toned(kinds: Sequence[tuple[str, Sequence[int | None]]]) -> list[Series]:
    """Give kinds their colours, in order; those beyond the last colour are all of the last."""
    return [
        Series(name, values, TONES[min(number, len(TONES) - 1)])
        for number, (name, values) in zip(count(), kinds, strict=False)
    ]


def framed(marks: Markup, *, axis: Axis, scale: Scale, unit: Unit, summary: str) -> Markup:
    """Put marks between the numbers at their side and the labels below them."""
    width = COLUMN * len(axis.labels)
    lines = joined(
        tag("path", class_="grid-line zero-line" if mark == 0 else "grid-line",
            d=f"M0 {round(scale.down(mark), 1):g}H{width}")
        for mark in scale.marks
    )  # fmt: skip
    sides = joined(tag("span", unit.short(mark)) for mark in reversed(scale.marks))
    plot = tag(
        "svg", lines, marks,
        class_="chart-plot", viewBox_=f"0 0 {width} {HEIGHT}", preserve="none", aria_hidden="true",
    )  # fmt: skip
    below = joined(tag("span", label) for label in thinned(axis.ticks or axis.labels))
    return tag(
        "div",
        tag("div", sides, class_="chart-y", aria_hidden="true"),
        plot,
        tag("div", below, class_="chart-x", aria_hidden="true"),
        class_="chart", role="img", aria_label=summary,
    )  # fmt: skip


def thinned(labels: Sequence[str]) -> list[str]:
    """Leave out labels that would not find room: of those with words all but each n-th."""
    named = [number for number, label in enumerate(labels) if label]
    every = -(-len(named) // LABELS_MAX) or 1
    kept = set(named[::every])
    return [label if number in kept else "" for number, label in enumerate(labels)]


def legend(series: Sequence[Series]) -> Markup:
    """Name the colours; a series alone needs no legend."""
    if len(series) == 1:
        return Markup("")
    keys = (tag("li", tag("span", class_=f"swatch {one.tone}"), one.name) for one in series)
    return tag("ul", *keys, class_="legend", aria_hidden="true")


def table(axis: Axis, series: Sequence[Series], unit: Unit, *, title: str) -> Markup:
    """Write the numbers of a chart as a table, a row a label, folded until it is asked for."""
    head = tag(
        "tr",
        tag("th", axis.name, scope="col"),
        *(tag("th", one.name, scope="col", class_="num") for one in series),
    )
    rows = (
        tag(
            "tr",
            tag("th", label, scope="row"),
            *(_cell(one.values[number], unit) for one in series),
        )
        for number, label in enumerate(axis.labels)
    )
    written = tag(
        "table", tag("thead", head), tag("tbody", *rows), class_="table",
    )  # fmt: skip
    return folded(written, title=title, say=unit.say)


def folded(written: Markup, *, title: str, say: Say = plainly) -> Markup:
    """Fold a table under a line that opens it, in a region that scrolls where it is too wide."""
    region = tag(
        "div", written, class_="scroll", role="region", tabindex=0,
        aria_label=say("%(title)s, table", title=title),
    )  # fmt: skip
    return tag("details", tag("summary", say("View as table")), region, class_="as-table")


def _cell(value: int | None, unit: Unit) -> Markup:
    if value is None:
        return tag("td", NOTHING, class_="num")
    return tag("td", tag("bdi", unit.written(value)), class_="num")
