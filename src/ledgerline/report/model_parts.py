"""What cards of models that decide have in common."""

from collections.abc import Sequence

from markupsafe import Markup

from ledgerline.charts.figure import Axis, toned
from ledgerline.charts.lines import lines
from ledgerline.payments.rows.learning import SwitchRow
from ledgerline.payments.rules.calibrating import Week
from ledgerline.report.cells import Pen


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
