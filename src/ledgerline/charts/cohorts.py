"""The triangle of cohorts: a row a cohort, a column an age, darker where more of it is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from ledgerline.charts.figure import NOTHING, folded, thinned
from ledgerline.charts.markup import joined, tag
from ledgerline.charts.units import Unit, share

_SHADES: Final = 10
_WHOLE: Final = 1_000_000
_STEP: Final = 50_000


@dataclass(frozen=True, slots=True)
class Cohort:
    """How many began together, and how many of them are left at each age from 0 on."""

    name: str
    start: int
    left: Sequence[int]


def triangle(cohorts: Sequence[Cohort], units: tuple[Unit, Unit], *, title: str) -> Markup:
    """Draw what is left of each cohort; a young one has fewer cells, never zeros.

    ``units`` write shares and counts.
    """
    share_unit, _ = units
    low = lowest(cohorts)
    ages = max((len(one.left) for one in cohorts), default=0)
    cells = joined(
        _cell(one, (number, age), low, share_unit)
        for number, one in enumerate(cohorts)
        for age in range(len(one.left))
    )
    names = joined(tag("span", one.name) for one in cohorts)
    below = joined(tag("span", label) for label in thinned([str(age) for age in range(ages)]))
    drawn = tag(
        "div",
        tag("div", names, class_="chart-y chart-rows", aria_hidden="true"),
        tag("svg", cells, class_="chart-plot chart-cells",
            viewBox_=f"0 0 {ages} {len(cohorts)}", preserve="none", aria_hidden="true"),
        tag("div", below, class_="chart-x", aria_hidden="true"),
        class_="chart", role="img",
        aria_label=f"{title}: a row a cohort, a column an age; the numbers are in the table",
    )  # fmt: skip
    return _scale(low, share_unit) + drawn + _table(cohorts, ages, units, title=title)


def lowest(cohorts: Sequence[Cohort]) -> int:
    """Return from where shades begin, in millionths: a round share that none is below."""
    shares = [share(left, one.start) or 0 for one in cohorts for left in one.left]
    return min(min(shares, default=0) // _STEP * _STEP, _WHOLE - _STEP)


def shade(left: int, low: int) -> int:
    """Return which of ten shades millionths of a whole have; all of it has the darkest."""
    return min((left - low) * _SHADES // (_WHOLE - low), _SHADES - 1)


def _cell(one: Cohort, at: tuple[int, int], low: int, unit: Unit) -> Markup:
    number, age = at
    left = share(one.left[age], one.start) or 0
    return tag(
        "rect", tag("title", f"{one.name}, age {age}: {unit.written(left)}"),
        class_=f"cell h{shade(left, low)}", x=age, y=number, width=1, height=1,
    )  # fmt: skip


def _scale(low: int, unit: Unit) -> Markup:
    swatches = [tag("span", class_=f"swatch h{number}") for number in range(_SHADES)]
    return tag(
        "ul", tag("li", unit.written(low), *swatches, unit.written(_WHOLE)),
        class_="legend shades", aria_hidden="true",
    )  # fmt: skip


def _table(cohorts: Sequence[Cohort], ages: int, units: tuple[Unit, Unit], *, title: str) -> Markup:
    share_unit, count_unit = units
    head = tag(
        "tr",
        tag("th", "Cohort", scope="col"),
        tag("th", "Began", scope="col", class_="num"),
        *(tag("th", str(age), scope="col", class_="num") for age in range(ages)),
    )
    rows = (
        tag(
            "tr",
            tag("th", one.name, scope="row"),
            tag("td", count_unit.written(one.start), class_="num"),
            *(_left(one, age, share_unit) for age in range(ages)),
        )
        for one in cohorts
    )
    return folded(
        tag("table", tag("thead", head), tag("tbody", *rows), class_="table"), title=title
    )


def _left(one: Cohort, age: int, unit: Unit) -> Markup:
    left = share(one.left[age], one.start) if age < len(one.left) else None
    return tag("td", NOTHING if left is None else unit.written(left), class_="num")
