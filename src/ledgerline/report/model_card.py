"""The card of the model of routing: what it knows, how it does, and what bounds it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from markupsafe import Markup

from ledgerline.charts.figure import Axis, toned
from ledgerline.charts.lines import lines
from ledgerline.charts.rows import Row, compared
from ledgerline.charts.units import signed
from ledgerline.documents.locales import locality
from ledgerline.ml.evaluate.answers import Answer, Evaluated
from ledgerline.ml.evaluate.calibration import Bin, calibration, error
from ledgerline.ml.evaluate.intervals import Interval
from ledgerline.ml.evaluate.released import Asked, Read
from ledgerline.payments.rows.learning import FaultRow, SnapshotRow, SwitchRow
from ledgerline.payments.rules.calibrating import Week, week_sentence
from ledgerline.payments.rules.learned import SHIFT_MAX, SLOW_MS, STALE_SECONDS
from ledgerline.releases.rows import ReleaseRow
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

TEXT: Final = "card.txt"
_PPM: Final = 1_000_000
_SECTIONS: Final = (
    ("what", "What it is"),
    ("calibration", "Believed and seen"),
    ("weeks", "By week"),
    ("shares", "Where charges went"),
    ("worth", "What it is worth"),
    ("known", "What it counts"),
    ("bounds", "Bounds outside of it"),
    ("faults", "Where it was not believed"),
)


class Carded(NamedTuple):
    """What a card is made of: a state, the log of a release with what it says, and what bounds it.

    ``weeks`` are those of the running database, not of the release. It is ``simulated`` where the
    charges are those of a sandbox.
    """

    state: SnapshotRow
    released: ReleaseRow
    asked: Asked
    read: Read
    found: Evaluated
    switches: Sequence[SwitchRow]
    faults: Sequence[FaultRow]
    weeks: Sequence[Week]
    simulated: bool


def write_card(carded: Carded, folder: Path) -> Path:
    """Write the card into a folder, and return its page (``write_page``)."""
    return write_page(
        folder, card_page(carded), sha256=carded.state.sha256, beside={TEXT: card_text(carded)}
    )


def card_page(carded: Carded) -> str:
    """Return the page."""
    pen, log, state = Pen(locality("en")), carded.read.log, carded.state
    bins = calibration(np.where(log.is_known, carded.read.believed, np.nan), log.approved)
    cells = list(cells_of(state, pen))
    return page(
        "card.html",
        sections=_SECTIONS,
        simulated=carded.simulated,
        state=state,
        release=carded.released,
        taken_at=instant(state.taken_at),
        decides=decides_of(carded.switches),
        outcomes=pen.count.written(sum(one["count"] for one in cells)),
        bins=bins,
        off=pen.share.written(_ppm(error(bins))),
        weighed=pen.count.written(sum(one.decisions for one in bins)),
        calibration=_calibration(bins, pen),
        weeks=weeks_drawn(carded.weeks, pen, title="Approval believed and seen, by week"),
        weeks_off=[pen.day(one.monday) for one in carded.weeks if one.is_off],
        shares=_shares(carded.read, pen),
        until=pen.day(carded.asked.until),
        worth=list(worth_of(carded.found, pen)),
        gains=_gains(carded.found, pen),
        cells=cells,
        bounds=list(bounds_of(carded.switches, pen)),
        faults=faults_told(carded.faults, pen),
    )


def _calibration(bins: Sequence[Bin], pen: Pen) -> Markup:
    axis = Axis("Tenth", [str(no) for no in range(1, len(bins) + 1)])
    series = toned(
        (
            ("believed", [_ppm(one.believed) for one in bins]),
            ("seen", [_ppm(one.seen) for one in bins]),
        )
    )
    return lines(axis, series, pen.share, title="Approval by tenth of belief", from_zero=False)


def _shares(read: Read, pen: Pen) -> Markup:
    """Draw how first tries were shared among accounts, and how many of them were approved."""
    log, rows = read.log, list[Row]()
    for no, account in enumerate(read.accounts):
        went = log.chosen == no
        known = went & log.is_known
        if went.any():
            approved = log.approved[known].mean() if known.any() else 0.0
            remark = f"{pen.share.written(_ppm(approved))} approved"
            rows.append(Row(account, _ppm(went.mean()), remark))
    names = ("Account", "Share", "Of its tries")
    return compared(rows, pen.share, title="Shares", names=names) if rows else Markup("")


def worth_of(found: Evaluated, pen: Pen) -> Iterator[Mapping[str, str]]:
    """Say what each policy is worth, or why the log does not answer."""
    for policy, said in found.answers.items():
        if isinstance(said, Answer):
            lead = said.lead
            value, low, high = (signed(f"{100 * one:+.2f}") for one in lead)
            yield {
                "policy": policy,
                "approved": _between(said.robust, pen),
                "lead": f"{value} points ({low} to {high})",
            }
        else:
            yield {"policy": policy, "approved": f"no answer: {said.sentence}", "lead": ""}


def _gains(found: Evaluated, pen: Pen) -> Markup:
    """Draw what each policy would have had approved, where the log answers."""
    rows = []
    for policy, said in found.answers.items():
        if isinstance(said, Answer):
            low, high = (pen.share.written(_ppm(end)) for end in said.robust[1:])
            rows.append(Row(policy, _ppm(said.robust.value), f"{low} to {high}"))
    names = ("Policy", "Approved", "95 % interval")
    title = "Approved by policy"
    return compared(rows, pen.share, title=title, names=names) if rows else Markup("")


def card_text(carded: Carded) -> str:
    """Return the card as lines of text, for a terminal or a mail."""
    log = carded.read.log
    bins = calibration(np.where(log.is_known, carded.read.believed, np.nan), log.approved)
    return "\n".join(_lines(carded, bins, Pen(locality("en")))) + "\n"


def _lines(carded: Carded, bins: Sequence[Bin], pen: Pen) -> Iterator[str]:
    state = carded.state
    yield "Model of routing" + (", simulated" if carded.simulated else "")
    yield f"state after tick {state.tick} ({instant(state.taken_at)})"
    yield f"counts up to transaction {state.upto}"
    yield f"sha256 {state.sha256}, code {state.code_version}"
    yield f"decides: {decides_of(carded.switches)}"
    yield f"\nBelieved and seen, by tenth of belief (off by {pen.share.written(_ppm(error(bins)))})"
    for one in bins:
        both = (pen.share.written(_ppm(each)) for each in (one.believed, one.seen))
        yield "  {}, seen {}, {} decisions".format(*both, pen.count.written(one.decisions))
    yield "\nBelieved and seen, by week of the decision"
    for week in carded.weeks:
        yield f"  {week.monday}: {week_sentence(week)}" + ("; off" if week.is_off else "")
    yield f"\nWhat it is worth, by release {carded.released.no}"
    for row in worth_of(carded.found, pen):
        yield f"  {row['policy']}: {row['approved']}" + (f"; {row['lead']}" if row["lead"] else "")
    yield "\nWhat it counts"
    for cell in cells_of(state, pen):
        yield f"  {cell['account']}: {cell['tries']} tries, {cell['approved']} approved"
    yield "\nBounds outside of it"
    for name, how in bounds_of(carded.switches, pen):
        yield f"  {name}: {how}"


def _between(one: Interval, pen: Pen) -> str:
    value, low, high = (pen.share.written(_ppm(each)) for each in one)
    return f"{value} ({low} to {high})"


def cells_of(state: SnapshotRow, pen: Pen) -> Iterator[dict[str, Any]]:
    """Sum up what a state counts, by account."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    for *_, account, tries, approved, _, _, _ in json.loads(state.body)["state"]["cells"]:
        of = sums[account]
        of[0] += 1
        of[1] += tries
        of[2] += approved
    for account, (segments, tries, approved) in sorted(sums.items()):
        yield {
            "account": account,
            "segments": pen.count.written(int(segments)),
            "count": round(tries),
            "tries": pen.count.written(round(tries)),
            "approved": pen.share.written(_ppm(approved / tries)) if tries else "",
        }


def bounds_of(switches: Sequence[SwitchRow], pen: Pen) -> Iterator[tuple[str, str]]:
    """Name what bounds a model from outside, and how."""
    yield "Which accounts", "only those that rules left open; it is never shown any other"
    yield "Whole numbers", "propensities of exactly those accounts that sum to 1,000,000, or none"
    yield "Fresh", f"heard of within {STALE_SECONDS} seconds, answered within {SLOW_MS} ms"
    yield (
        "Share of an account",
        f"moves by {pen.share.written(SHIFT_MAX)} of all against the last hour, at most",
    )
    for one in switches:
        told = explored_below(one, pen)
        below = f"below {told}" if told else "with no amount"
        yield f"Trying out, {one.seller_code}", f"{below}; else the most likely account is taken"


def _ppm(share: float) -> int:
    return round(float(share) * _PPM)
