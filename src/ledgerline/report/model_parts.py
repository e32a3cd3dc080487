"""What cards of models have in common."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from markupsafe import Markup

from ledgerline.charts.figure import Axis, toned
from ledgerline.charts.lines import lines
from ledgerline.payments.rows.learning import FaultRow, SwitchRow
from ledgerline.payments.rules.calibrating import Week
from ledgerline.payments.rules.faults import summed
from ledgerline.report.cells import Pen
from ledgerline.report.pages import stylesheet
from ledgerline.report.replacing import MANIFEST, replaced

PAGE: Final = "index.html"


def write_page(
    folder: Path, page: str, *, sha256: str, beside: Mapping[str, str] | None = None
) -> Path:
    """Write a card, of what has this SHA-256, into a folder, and return its page.

    ``beside`` are more files by name. An earlier card there is replaced as a whole. Raises
    ``ReportFolderTaken`` where the folder holds anything else.
    """
    found = {"report.css": stylesheet(), PAGE: page, MANIFEST: json.dumps({"card": sha256})}
    with replaced(folder) as fresh:
        for name, text in (found | dict(beside or {})).items():
            (fresh / name).write_text(text, "utf-8")
    return folder / PAGE


def instant(at: datetime) -> str:
    """Write an instant to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def faults_told(rows: Sequence[FaultRow], pen: Pen) -> list[Mapping[str, str]]:
    """Say where a model was not believed, the latest first."""
    return [
        {
            "since": instant(one.since),
            "until": instant(one.until),
            "why": one.why.replace("_", " "),
            "decisions": pen.count.written(one.decisions),
        }
        for one in summed(rows)
    ]


def explored_below(switch: SwitchRow, pen: Pen) -> str:
    """Name the amounts below which is tried out, by currency; empty where nothing is."""
    amounts = json.loads(switch.explore_below)
    return " or ".join(
        pen.amount(currency).written(minor) for currency, minor in sorted(amounts.items())
    )


def decides_of(switches: Sequence[SwitchRow]) -> str:
    """Say where a model decides, and for how many."""
    said = [
        f"{one.mode} for {one.seller_code}" + (f", {one.percent} %" if one.percent else "")
        for one in switches
    ]
    return "; ".join(said) or "nowhere: it is off"


def weeks_drawn(weeks: Sequence[Week], pen: Pen, *, title: str) -> Markup:
    """Draw what was believed of the tries of each week beside what came, with its interval."""
    if not weeks:
        return Markup("")
    axis = Axis("Week of", [pen.day(one.monday) for one in weeks])
    series = toned(
        (
            ("believed", [one.believed_ppm for one in weeks]),
            ("seen", [one.seen_ppm for one in weeks]),
            ("at least (95 %)", [one.low_ppm for one in weeks]),
            ("at most (95 %)", [one.high_ppm for one in weeks]),
        )
    )
    return lines(axis, series, pen.share, title=title, from_zero=False)
