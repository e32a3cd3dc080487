"""Bars that lie in the rows of a table, each beside its number: waterfalls and comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from ledgerline.base.saying import Say
from ledgerline.charts.markup import joined, tag
from ledgerline.charts.units import Unit, risen

_WIDTH: Final = 1_000
_EDGE: Final = 6
"""How wide the mark of a level is, and the least that a bar is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a waterfall; a level says where things stand, any other what they change by."""

    name: str
    value: int
    is_level: bool = False


def waterfall(steps: Sequence[Step], unit: Unit, *, title: str) -> Markup:
    """Draw how one level becomes the next: each change begins where the one before it ended."""
    spans = _spans(steps)
    low = min(min(span) for span in spans)
    high = max(max(span) for span in spans)
    written = (
        tag(
            "tr",
            tag("th", step.name, scope="row"),
            tag("td", _meter(span, (low, high), _tone(step)), class_="bar-cell"),
            _number(unit.written(step.value) if step.is_level else _change(step.value, unit)),
            class_="sum" if step.is_level else None,
        )
        for step, span in zip(steps, spans, strict=True)
    )
    return _table(joined(written), ("", unit.name), title=title, kind="waterfall", say=unit.say)


def _spans(steps: Sequence[Step]) -> list[tuple[int, int]]:
    spans, at = list[tuple[int, int]](), 0
    for step in steps:
        start, at = (step.value, step.value) if step.is_level else (at, at + step.value)
        spans.append((start, at))
    return spans


def _tone(step: Step) -> str:
    if step.is_level:
        return "ink"
    return "c5" if step.value < 0 else "c1"


def _change(value: int, unit: Unit) -> str:
    return risen(unit.written(value)) if value > 0 else unit.written(value)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a comparison: what it is, how much, and a remark beside it."""

    name: str
    value: int
    remark: str = ""
    tone: str = "c1"


def compared(
    rows: Sequence[Row], unit: Unit, *, title: str, names: tuple[str, str, str] = ("", "", "")
) -> Markup:
    """Draw rows beside each other, the longest bar for the greatest value."""
    low = min(0, *(row.value for row in rows)) if rows else 0
    high = max(1, *(row.value for row in rows)) if rows else 1
    written = (
        tag(
            "tr",
            tag("th", row.name, scope="row"),
            tag("td", _meter((0, row.value), (low, high), row.tone), class_="bar-cell"),
            _number(unit.written(row.value)),
            *((_number(row.remark),) if names[2] else ()),
        )
        for row in rows
    )
    heads = names if names[2] else names[:2]
    return _table(joined(written), heads, title=title, kind="compared", say=unit.say)


def _table(rows: Markup, heads: Sequence[str], *, title: str, kind: str, say: Say) -> Markup:
    first, *numbers = heads
    head = tag(
        "tr",
        tag("th", first or tag("span", say("What"), class_="visually-hidden"), scope="col"),
        tag("td", class_="bar-cell"),
        *(tag("th", name, scope="col", class_="num") for name in numbers),
    )
    return tag(
        "div",
        tag(
            "table", tag("caption", title, class_="visually-hidden"),
            tag("thead", head), tag("tbody", rows), class_=f"table {kind}",
        ),
        class_="scroll", role="region", tabindex=0,
        aria_label=say("%(title)s, compared", title=title),
    )  # fmt: skip


def _number(written: str) -> Markup:
    return tag("td", tag("bdi", written), class_="num")


def _meter(span: tuple[int, int], whole: tuple[int, int], tone: str) -> Markup:
    low, high = whole
    wide = max(high - low, 1)
    start = _WIDTH * (min(span) - low) / wide
    length = max(_WIDTH * abs(span[1] - span[0]) / wide, _EDGE)
    return tag(
        "svg",
        tag("rect", class_="track", width=_WIDTH, height=8),
        tag("rect", class_=f"mark {tone}", x=f"{min(start, _WIDTH - length):.1f}",
            width=f"{length:.1f}", height=8),
        class_="meter", viewBox_=f"0 0 {_WIDTH} 8", preserve="none", aria_hidden="true",
    )  # fmt: skip
