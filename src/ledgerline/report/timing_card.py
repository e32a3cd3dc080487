"""The card of a table of retry timing: what it was trained on, how it does, what bounds it."""

import json
from calendar import day_name
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from ledgerline.charts.figure import Axis, toned
from ledgerline.charts.lines import lines
from ledgerline.documents.locales import locality
from ledgerline.payments.rows.learning import FaultRow, LoadedRow, SwitchRow
from ledgerline.payments.rules.calibrating import Week
from ledgerline.payments.rules.learned import SLOW_MS
from ledgerline.payments.rules.retry_scores import BANDS, WAITS
from ledgerline.payments.rules.retry_timing import EXPLORED, OPENINGS, STALE_SECONDS
from ledgerline.report.cells import Pen
from ledgerline.report.model_parts import (
    decides_of,
    explored_below,
    faults_told,
    instant,
    weeks_drawn,
    write_page,
)
from ledgerline.report.pages import page

WORDS: Final[Mapping[str, str]] = {
    "category": "why it was refused",
    "market": "the market",
    "brand": "the network of the card",
    "band": "how much it is",
    "tries": "how often it was tried",
    "wait": "how long after the refusal",
    "weekday": "the weekday",
    "monthday": "the day of the month",
    "hour": "the part of the day",
}
_SHOWN: Final = 8
_DAY_SECONDS: Final = 86_400
_SECTIONS: Final = (
    ("what", "What it is"),
    ("calibration", "Believed and seen"),
    ("gains", "What the likeliest tries brought"),
    ("weeks", "By week"),
    ("worth", "Beside who is held out"),
    ("cells", "What adds most and least"),
    ("bounds", "Bounds outside of it"),
    ("faults", "Where it was not believed"),
)


class TimingCarded(NamedTuple):
    """What a card is made of: a table as it was written, and what came of it where it is loaded.

    ``told`` compares it with who is held out, by seller. It is ``simulated`` where the payments
    are those of a sandbox.
    """

    body: str
    sha256: str
    trained_at: datetime
    metrics: Mapping[str, Any]
    loaded: LoadedRow | None
    switches: Sequence[SwitchRow]
    faults: Sequence[FaultRow]
    weeks: Sequence[Week]
    told: Sequence[tuple[str, str]]
    simulated: bool


def write_timing_card(carded: TimingCarded, folder: Path) -> Path:
    """Write the card into a folder, and return its page (``write_page``)."""
    return write_page(folder, timing_card_page(carded), sha256=carded.sha256)


def timing_card_page(carded: TimingCarded) -> str:
    """Return the page."""
    pen, metrics = Pen(locality("en")), carded.metrics
    return page(
        "timing_card.html",
        sections=_SECTIONS,
        simulated=carded.simulated,
        digest=carded.sha256,
        trained_at=instant(carded.trained_at),
        loaded=carded.loaded,
        loaded_at=None if carded.loaded is None else instant(carded.loaded.loaded_at),
        decides=decides_of(carded.switches),
        metrics=metrics,
        rows=_count(metrics.get("rows"), pen),
        measured=_count(metrics.get("measured_on"), pen),
        off=_share(metrics.get("ece_ppm"), pen),
        by_chance=_share(metrics.get("ece_of_chance_ppm"), pen),
        facts=list(WORDS.values()),
        calibration=_calibration(metrics.get("bins", ()), pen),
        gains=_gains(metrics.get("gains_ppm", ()), pen),
        weeks=weeks_drawn(carded.weeks, pen, title="Tries again believed and seen, by week"),
        weeks_off=[pen.day(one.monday) for one in carded.weeks if one.is_off],
        told=carded.told,
        cells=list(cells_told(json.loads(carded.body))),
        bounds=list(_bounds(carded.switches, pen)),
        faults=faults_told(carded.faults, pen),
    )


def _calibration(bins: Sequence[Sequence[int]], pen: Pen) -> Markup:
    if not bins:
        return Markup("")
    axis = Axis("Part", [str(no) for no in range(1, len(bins) + 1)])
    series = toned((("believed", [one[0] for one in bins]), ("seen", [one[1] for one in bins])))
    return lines(axis, series, pen.share, title="Tries that were paid, by what was believed")


def _gains(gains: Sequence[int], pen: Pen) -> Markup:
    """Draw what part of all that was paid the likeliest tries brought, beside an order by lot."""
    if not gains:
        return Markup("")
    parts = [no * 1_000_000 // len(gains) for no in range(1, len(gains) + 1)]
    axis = Axis("Of the tries", [pen.share.written(one) for one in parts])
    series = toned((("by this table", list(gains)), ("by lot", parts)))
    return lines(axis, series, pen.share, title="Part of what was paid")


def cells_told(plain: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Name the cells of a table that add most and least, in words."""
    cells = sorted(
        ((by, name) for name, by in plain["cells"].items() if name != "base"),
        key=lambda one: (-one[0], one[1]),
    )
    few = len(cells) <= 2 * _SHOWN
    for by, name in cells if few else [*cells[:_SHOWN], *cells[-_SHOWN:]]:
        no, *words = name.split("|")
        facts = zip(plain["families"][int(no)], words, strict=True)
        yield {
            "cell": ", ".join(said_of(fact, word) for fact, word in facts),
            "adds": f"{by / 1000:+.2f}",
        }


def said_of(fact: str, word: str) -> str:
    """Write the value of a fact as people read it; one that is not known is said to be so."""
    if not word:
        return f"{WORDS[fact]} not known"
    return _SAID[fact](word) if fact in _SAID else word.replace("_", " ")


def _between(edges: Sequence[int], no: int, unit: str) -> str:
    if no == 0:
        return f"less than {edges[0]:,} {unit}"
    if no == len(edges):
        return f"{edges[-1]:,} {unit} or more"
    return f"{edges[no - 1]:,} to less than {edges[no]:,} {unit}"


_SAID: Final[Mapping[str, Callable[[str], str]]] = {
    "band": lambda word: _between(BANDS, int(word), "minor units"),
    "wait": lambda word: f"after {_between(WAITS, int(word), 'days')}",
    "weekday": lambda word: day_name[int(word)],
    "monthday": lambda word: "last of the month" if word == "end" else f"day {word} of the month",
    "hour": lambda word: f"{4 * int(word)} to {4 * int(word) + 4} o'clock",
    "tries": lambda word: "tried once" if word == "1" else f"tried {word} times",
}


def _bounds(switches: Sequence[SwitchRow], pen: Pen) -> Iterator[tuple[str, str]]:
    """Name what bounds a table from outside, and how."""
    hours = ", ".join(f"{one:%H:%M}" for one in OPENINGS)
    yield "Which moments", f"those that the plan of a payment allows: by day at {hours}, or none"
    yield "How often", "no more tries than the plan has; one try again is always made"
    yield "Whole numbers", "a chance from 0 to 1,000,000 for exactly those moments, or none"
    yield (
        "Fresh",
        f"trained within {STALE_SECONDS // _DAY_SECONDS} days, answered within {SLOW_MS} ms",
    )
    for one in switches:
        told = explored_below(one, pen)
        share = pen.share.written(EXPLORED)
        yield (
            f"Trying out, {one.seller_code}",
            f"{share} of first tries again below {told}" if told else "nothing",
        )


def _count(number: int | None, pen: Pen) -> str:
    return "not said" if number is None else pen.count.written(number)


def _share(ppm: int | None, pen: Pen) -> str:
    return "not said" if ppm is None else pen.share.written(ppm)
