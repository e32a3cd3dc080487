"""Close a month of the data sets: what is published of it is kept, and changes no more."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.calendar import add_months
from ledgerline.base.run import Run
from ledgerline.datasets.closing import (
    broken_chain,
    close_number,
    next_to_close,
)
from ledgerline.datasets.extract import BOOKED, snapshot
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.proving import prove
from ledgerline.datasets.reading import MonthSize, sizes_of_month
from ledgerline.datasets.release import raw_of, tables_of
from ledgerline.datasets.sources import SOURCES
from ledgerline.flows.hold_lake import hold_lake_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.read_closed_release import read_closed_release
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rules.periods import last_day
from ledgerline.releases import store
from ledgerline.releases.refusals import (
    CloseOvertaken,
    IntervalMissing,
    MonthNotClosable,
    NothingReleased,
    ReleaseBlocked,
)
from ledgerline.releases.rows import CloseRow, IntervalRow, ReleaseRow

Tell = Callable[[str], None]


class Closing(NamedTuple):
    """A month that is closed, or would be; ``closed_at`` is None where it is not.

    ``tables`` are what each table has of it in the release that says what it was.
    """

    month: date
    tag: str
    release_no: int
    closed_at: datetime | None
    tables: Sequence[MonthSize]


class _Found(NamedTuple):
    """What there is; ``restated`` are the months that each release built again."""

    intervals: Sequence[IntervalRow]
    current: ReleaseRow
    closes: Sequence[CloseRow]
    restated: Mapping[int, Sequence[date]]


async def close_release(
    run: Run,
    lake: Lake,
    *,
    month: date,
    actor: str,
    dry_run: bool = False,
    tell: Tell = lambda _: None,
) -> Closing:
    """Close the month that begins on ``month`` by the current release; ``dry_run`` only checks.

    Called by finance, once a month and in order, after ``close_month`` of every seller. Each table
    of the release is tagged, and the release is kept for as long as the tags are. A month that is
    closed stays so: repeating it changes nothing, unless the month was restated since; then it is
    closed once more, and what it was before stays readable. Killed anywhere, it closed nothing.

    Raises ``NothingReleased``, ``MonthNotClosable`` (not over, open in the books, or after one that
    is open), ``IntervalMissing`` (the release lacks what the database has), ``ReleaseBlocked`` (an
    audit does not hold), ``CloseOvertaken``, ``LakeBusy`` and ``RawFileChanged``.
    """
    assert month.day == 1, month
    found = await _read(run)
    current = found.current
    no = close_number(found.closes, month, found.restated)
    if no is None:
        last = [one for one in found.closes if one.month == month][-1]
        named = await read_closed_release(run, month=month)
        tables = await asyncio.to_thread(sizes_of_month, lake, named, month)
        return _closing(last, tables, closed_at=last.closed_at)
    _check_order(found, month)
    await _check_books(run, month)
    row = CloseRow(month=month, no=no, release_no=current.no, actor=actor, closed_at=run.wall())
    await asyncio.to_thread(_check_tables, lake, found, month, tell)
    tables = await asyncio.to_thread(sizes_of_month, lake, current, month)
    if dry_run:
        return _closing(row, tables, closed_at=None)
    await asyncio.to_thread(_tag, lake, current, row.tag, tell)
    async with run.transaction() as tx:
        await hold_lake_in(tx, lake)
        if await store.add_close(tx, row) != 1:
            raise CloseOvertaken("another release was made meanwhile: close the month by that one")
    return _closing(row, tables, closed_at=row.closed_at)


def _closing(row: CloseRow, tables: Sequence[MonthSize], *, closed_at: datetime | None) -> Closing:
    return Closing(
        month=row.month,
        tag=row.tag,
        release_no=row.release_no,
        closed_at=closed_at,
        tables=tables,
    )


async def _read(run: Run) -> _Found:
    async with run.surveying() as read:
        newest = await store.read_releases(read, limit=1)
        if not newest:
            raise NothingReleased("nothing has been released yet: ledgerline data run")
        return _Found(
            await store.read_intervals(read),
            newest[0],
            await store.read_closes(read),
            {one.no: one.restated for one in await store.read_restated(read)},
        )


def _check_order(found: _Found, month: date) -> None:
    """Refuse a month that is not over in the release, or one before which another is open."""
    if found.current.business_day < add_months(month, 1, anchor_day=1):
        raise MonthNotClosable(
            "the release was built before the month was over: ledgerline data run",
            business_day=found.current.business_day.isoformat(),
        )
    booked = raw_of(found.intervals).months()
    first = min(booked, default=month)
    following = next_to_close(found.closes, first)
    if month > following:
        first_open = f"{following:%Y-%m}"
        raise MonthNotClosable(f"{first_open} is open: close it first", first_open=first_open)
    if month < first:
        raise MonthNotClosable("nothing was ever booked so early", first_month=f"{first:%Y-%m}")


async def _check_books(run: Run, month: date) -> None:
    """Refuse a month into which a seller who ever booked something by then still may book."""
    following = add_months(month, 1, anchor_day=1)
    async with run.transaction() as tx:
        await tx.plan_freely()
        days = await read_book_days(tx, now=run.now())
        open_to = []
        for seller in days.sellers:
            through = days.closed_through(seller.code)
            ever = await ledger.read_first_open_day(
                tx, seller_code=seller.code, closed_through=None, before=following
            )
            if ever is not None and (through is None or through < last_day(month)):
                open_to.append(seller.code)
    if open_to:
        raise MonthNotClosable(
            f"the books of {', '.join(open_to)} are open: ledgerline ledger close {month:%Y-%m}"
            f" --seller {open_to[0]}, then ledgerline data run",
            sellers=open_to,
        )


def _check_tables(lake: Lake, found: _Found, month: date, tell: Tell) -> None:
    """Refuse what the release lacks, and what does not tie."""
    current, last = found.current, found.intervals[-1]
    if (broken := broken_chain(found.intervals)) is not None:
        raise IntervalMissing("an interval does not begin where the last one ended", no=broken)
    if last.no != current.interval_no:
        raise IntervalMissing(
            "what was exported last is not released yet: ledgerline data run", no=last.no
        )
    tell("what is not exported")
    with snapshot(lake.database_url) as taken:
        if taken.fence.epoch != last.epoch:
            raise IntervalMissing(
                "the database was restored or copied since: ledgerline data run",
                epoch=taken.fence.epoch,
            )
        late = {
            one.name: taken.booked_later(one, since=last.until, until=month)
            for one in SOURCES
            if BOOKED in one.months
        }
    if any(late.values()):
        raise IntervalMissing(
            "more is booked into the month than the release has: ledgerline data run",
            rows={name: rows for name, rows in late.items() if rows},
        )
    broken_audits = [one for one in prove(lake, found.intervals, current, tell=tell) if one.broken]
    blocking = {one.name: one.broken for one in broken_audits if one.blocks}
    if blocking:
        raise ReleaseBlocked(
            f"audits do not hold, and the month stays open: {', '.join(blocking)}", audits=blocking
        )


def _tag(lake: Lake, current: ReleaseRow, name: str, tell: Tell) -> None:
    snapshots = tables_of(current)
    with lake.opened():
        for table, placed in snapshots.items():
            tell(f"tag of {table}")
            lake.tag(placed, name)
