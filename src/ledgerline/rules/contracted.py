"""What a subscription is contracted to pay, by day: its log folded, its terms priced.

A day is what was known of it when its month ended. What was recorded in a later month than it took
effect in is late: it counts from the first day of the month in which it was recorded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from ledgerline.base.calendar import Cadence, Grid
from ledgerline.base.ids import PriceId
from ledgerline.rules.statuses import Recorded, Span, Status, statuses
from ledgerline.rules.terms import cadence_of
from ledgerline.rules.timeline import Entry, Offer, Step, fold, laid_out
from ledgerline.rules.worth import Till, Worth
from ledgerline.subscriptions.model import BASE, is_fee

PAYING: Final = frozenset({Status.ACTIVE, Status.CANCELLING, Status.PAST_DUE})


@dataclass(frozen=True, slots=True)
class Cell:
    """How one component stands on a day.

    ``net_minor`` is a period of ``cadence`` without tax, ``mrr_e4`` the same by month in
    ten-thousandths; both are 0 while nothing is paid. ``offers`` reduce it, ``rate_ppm`` taxes it.
    """

    plan_code: str
    phase_no: int
    price_id: PriceId
    quantity: int
    cadence: Cadence
    status: Status
    cause: str
    offers: tuple[str, ...] = ()
    rate_ppm: int = 0
    net_minor: int = 0
    mrr_e4: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """A component from ``start`` on until ``end``, or for good, and how it stood before.

    ``is_late`` says that what changed took effect in an earlier month.
    """

    component: str
    start: date
    end: date | None
    cell: Cell
    before: Cell | None
    is_late: bool


Cells = dict[str, Cell]
REMOVED: Final = "removed"  # the cause of what ends while the subscription goes on


class _Point(NamedTuple):
    """What there is from a day on, and who ended it where there is nothing."""

    day: date
    cells: Cells
    cause: str
    is_late: bool = False


def versions(log: Sequence[Recorded], till: Till) -> list[Version]:
    """Return the versions of each component, one after another without a gap.

    What has ended, or was taken out, stands with status ``ended`` for good, and so does what ended
    on the day it began. Raises what pricing raises for terms that it cannot price.
    """
    cuts = sorted({one.on.replace(day=1) for one in log if _is_late(one)})
    points = _days([one for one in log if not cuts or one.on < cuts[0]], till)
    points = [one for one in points if not cuts or one.day < cuts[0]]
    for cut, until in pairwise([*cuts, date.max]):
        days = _days([one for one in log if until == date.max or one.on < until], till)
        was, at = _at(days, cut - timedelta(days=1)), _at(days, cut)
        is_late = _mrr(was) != _mrr(points[-1] if points else None)
        if at is not None:
            points.append(at._replace(day=cut, is_late=is_late))
        points += [one for one in days if cut < one.day < until]
    return _versions(points)


def _is_late(one: Recorded) -> bool:
    return one.entry.effective < one.on.replace(day=1)


def _mrr(point: _Point | None) -> dict[str, int]:
    cells = {} if point is None else point.cells
    return {name: cell.mrr_e4 for name, cell in cells.items() if cell.mrr_e4}


def _at(points: Sequence[_Point], day: date) -> _Point | None:
    return next((one for one in reversed(points) if one.day <= day), None)


class _Folded(NamedTuple):
    """A log as one knew it at some time."""

    steps: tuple[Step, ...]
    offers: tuple[Offer, ...]
    grids: tuple[tuple[date, Grid], ...]
    spans: tuple[Span, ...]

    def grid_on(self, day: date, till: Till) -> Grid:
        """Return the periods that hold a day: those of the clock, or new ones of another plan."""
        grid = next((one for start, one in reversed(self.grids) if start <= day), self.grids[0][1])
        for step in self.steps:
            if step.component == BASE and _holds(step, day):
                cadence = cadence_of(till.book.price(step.price_id))
                if cadence != grid.cadence:
                    return Grid(step.starts_on, cadence, step.starts_on.day)
        return grid


def _holds(step: Step, day: date) -> bool:
    return step.starts_on <= day and (step.ends_on is None or day < step.ends_on)


def _folded(known: Sequence[Recorded]) -> _Folded:
    entries = [one.entry for one in known]
    timeline = fold(entries, on=date.max)
    return _Folded(
        steps=tuple(step for step in laid_out(timeline.steps) if not is_fee(step.component)),
        offers=timeline.offers,
        grids=tuple(_grids(entries)),
        spans=statuses(known, ends_on=timeline.ends_on),
    )


def _grids(entries: Sequence[Entry]) -> list[tuple[date, Grid]]:
    undone = {seq for entry in entries for seq in entry.delta.undoes}
    found: list[tuple[date, Grid]] = []
    for entry in entries:
        if entry.delta.clock is not None and entry.seq not in undone:
            found = [one for one in found if one[0] < entry.effective]
            found.append((entry.effective, entry.delta.clock.grid))
    return found


def _days(known: Sequence[Recorded], till: Till) -> list[_Point]:
    """Return every day on which something changes, with what there is from then on."""
    if not known:
        return []
    folded = _folded(known)
    if not folded.spans:
        return []
    first = folded.spans[0].start
    days = {span.start for span in folded.spans}
    days |= {start for start, _ in folded.grids}
    for step in folded.steps:
        days |= {step.starts_on, step.ends_on or first}
    for offer in folded.offers:
        days |= {offer.from_on, offer.until_on or first}
    days |= set(_taxed_anew(folded, till, after=first))
    points = [_point(folded, till, day) for day in sorted(days) if day >= first]
    if folded.spans[0].status is Status.ENDED:
        points[0] = _ended_at_once(known, points[0], till)
    return points


def _ended_at_once(known: Sequence[Recorded], end: _Point, till: Till) -> _Point:
    """Say of what ended on the day it began what that was: as it stood before that was known."""
    for count in range(len(known) - 1, 0, -1):
        before = _folded(known[:count])
        if before.spans and before.spans[0].status is not Status.ENDED:
            base = _ended(_point(before, till, end.day).cells[BASE], end.cause)
            return end._replace(cells={} if base is None else {BASE: base})
    return end


def _taxed_anew(folded: _Folded, till: Till, *, after: date) -> Iterable[date]:
    """Yield the first days of periods that another tax rate finds."""
    rows = {till.book.price(step.price_id) for step in folded.steps}
    for place in {(row.market_code, row.tax_category) for row in rows}:
        for rate in reversed(till.book.rates.by_place.get(place, ())):
            if rate.valid_from <= after:
                break
            grid = folded.grid_on(rate.valid_from, till)
            period = grid.period(grid.index_of(rate.valid_from))
            yield rate.valid_from if period.start == rate.valid_from else period.end


def _point(folded: _Folded, till: Till, day: date) -> _Point:
    span = next(one for one in reversed(folded.spans) if one.start <= day)
    if span.status is Status.ENDED:
        return _Point(day, {}, span.cause)
    steps = [step for step in folded.steps if _holds(step, day)]
    steps.sort(key=lambda step: (step.component != BASE, step.component))
    grid = folded.grid_on(day, till)
    cells = [
        Cell(
            plan_code=step.plan_code,
            phase_no=step.phase_no,
            price_id=step.price_id,
            quantity=step.quantity,
            cadence=grid.cadence,
            status=span.status,
            cause=span.cause,
        )
        for step in steps
    ]
    if span.status in PAYING:
        held = [one for one in folded.offers if one.from_on <= day < (one.until_on or date.max)]
        worths = till.worth(steps, held, grid.period(grid.index_of(day)))
        pays = any(worth.net_minor for worth in worths)
        cells = [
            _paid(cell, worth, _codes(held, step.component), pays=pays)
            for cell, worth, step in zip(cells, worths, steps, strict=True)
        ]
    by_component = {step.component: cell for step, cell in zip(steps, cells, strict=True)}
    return _Point(day, by_component, REMOVED)


def _codes(offers: Sequence[Offer], component: str) -> tuple[str, ...]:
    return tuple(one.code for one in offers if one.component == component)


def _paid(cell: Cell, worth: Worth, offers: tuple[str, ...], *, pays: bool) -> Cell:
    return Cell(
        plan_code=cell.plan_code,
        phase_no=cell.phase_no,
        price_id=cell.price_id,
        quantity=cell.quantity,
        cadence=cell.cadence,
        status=cell.status if pays else Status.COMPED,
        cause=cell.cause,
        offers=offers,
        rate_ppm=worth.rate_ppm,
        net_minor=worth.net_minor,
        mrr_e4=worth.mrr_e4,
    )


def _versions(points: Sequence[_Point]) -> list[Version]:
    """Let each component go on until it changes."""
    found: list[Version] = []
    for component in sorted({name for one in points for name in one.cells}):
        changes: list[tuple[_Point, Cell, Cell | None]] = []
        cell: Cell | None = None
        for point in points:
            after = point.cells.get(component) or _ended(cell, point.cause)
            if after is not None and after != cell:
                changes.append((point, after, cell))
                cell = after
        ends = [*(point.day for point, *_ in changes[1:]), None]
        found += [
            Version(
                component=component,
                start=point.day,
                end=end,
                cell=after,
                before=before,
                is_late=point.is_late,
            )
            for (point, after, before), end in zip(changes, ends, strict=True)
        ]
    return found


def _ended(cell: Cell | None, cause: str) -> Cell | None:
    if cell is None or cell.status is Status.ENDED:
        return cell
    return Cell(
        plan_code=cell.plan_code,
        phase_no=cell.phase_no,
        price_id=cell.price_id,
        quantity=cell.quantity,
        cadence=cell.cadence,
        status=Status.ENDED,
        cause=cause,
    )
