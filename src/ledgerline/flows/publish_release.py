"""Build what changed, prove it, and publish all tables together."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date
from typing import Final, NamedTuple

from ledgerline.base.run import Run
from ledgerline.datasets.building import Building
from ledgerline.datasets.closing import Closed, closed_months, passed_months
from ledgerline.datasets.engines import opened
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import code_version, nodes
from ledgerline.datasets.release import Found, plan, raw_of, tables_of, write_json
from ledgerline.flows.hold_lake import hold_lake_in
from ledgerline.releases import store
from ledgerline.releases.refusals import NothingExported, ReleaseBlocked
from ledgerline.releases.rows import HeadlineRow, IntervalRow, ReleaseRow

Tell = Callable[[str], None]
ROUTINE: Final = "new intervals"


class _When(NamedTuple):
    today: date
    again: Sequence[date]
    closed: Closed
    tell: Tell


class Built(NamedTuple):
    """What a build came to; without a number nothing had changed and nothing was released.

    ``restated`` are months that had passed, and that other code let come out otherwise.
    """

    release_no: int | None
    months: Sequence[date]
    rows: dict[str, int]
    warnings: Sequence[Found]
    restated: Sequence[date] = ()


async def publish_release(
    run: Run,
    lake: Lake,
    *,
    again: Sequence[date] = (),
    reason: str = ROUTINE,
    actor: str = "system",
    tell: Tell = lambda _: None,
) -> Built:
    """Build the months that changed since the current release, audit them, release all of it.

    ``again`` are months that are built though nothing new was extracted for them, also those that
    are closed; every other closed month stays. Where other code lets a month that had passed come
    out otherwise, the release names it. Killed anywhere, or blocked by an audit, it has released
    nothing: the current release stays, and the next build begins from it. Raises
    ``NothingExported``, ``ContractBroken``, ``ReleaseBlocked`` (which names what does not hold),
    ``ReleaseOvertaken``, ``LakeBusy``, ``LakeUnusable``, ``EngineNotInstalled``, ``EngineNotRun``.
    """
    async with run.surveying() as read:
        intervals = await store.read_intervals(read)
        newest = await store.read_releases(read, limit=1)
        closes = await store.read_closes(read)
    if not intervals:
        raise NothingExported("no interval has been exported yet")
    current = newest[0] if newest else None
    today = run.now().astimezone(UTC).date()
    when = _When(today, again, closed_months(closes, current, again=again), tell)
    with lake.told():
        done = await asyncio.to_thread(_build, lake, intervals, current, when)
    if done is None:
        return Built(None, (), {}, ())
    row = ReleaseRow(
        no=1 if current is None else current.no + 1,
        interval_no=intervals[-1].no,
        business_day=today,
        code_version=code_version(),
        engine=lake.engine,
        tables=write_json(done.snapshots),
        checks=write_json(done.found),
        reason=_why(current, reason),
        actor=actor,
        restated=sorted({*again, *done.restated}),
        made_at=run.wall(),
    )
    async with run.transaction() as tx:
        await hold_lake_in(tx, lake)
        await store.add_release(tx, row)
        await store.put_headline(tx, HeadlineRow(row.no, write_json(done.told)))
    return _built(row.no, done)


def _built(no: int, done: Building) -> Built:
    return Built(
        release_no=no,
        months=done.plan.stale,
        rows=done.rows,
        warnings=[one for one in done.found if one.broken],
        restated=sorted(done.restated),
    )


def _why(current: ReleaseRow | None, reason: str) -> str:
    """Name other code, which builds all months anew, where nobody gave a reason."""
    now = code_version()
    if reason != ROUTINE or current is None or current.code_version == now:
        return reason
    return f"other code {current.code_version} → {now}"


def _fresh(intervals: Sequence[IntervalRow], current: ReleaseRow | None) -> Collection[date]:
    """Return the months of what a release has not seen."""
    seen = 0 if current is None else current.interval_no
    return raw_of(one for one in intervals if one.no > seen).months()


def _build(
    lake: Lake,
    intervals: Sequence[IntervalRow],
    current: ReleaseRow | None,
    when: _When,
) -> Building | None:
    """Build and audit; None when nothing is stale."""
    known = {node.name for node in nodes()}
    as_before = current is not None and current.code_version == code_version()
    onto = tables_of(current) if as_before and set(tables_of(current)) == known else {}
    wanted = plan(intervals, released=current if onto else None, today=when.today, again=when.again)
    if not wanted.stale:
        return None
    with lake.opened(), opened(lake.engine, lake.spill) as engine:
        done = Building(engine, lake, intervals, wanted, onto=onto, today=when.today)
        done.closed = when.closed
        if not onto:
            done.closed = passed_months(
                when.closed, wanted.every, _fresh(intervals, current), again=when.again
            )
        when.tell("keys of what was read")
        done.check_raw(since=current.interval_no + 1 if current is not None else 0)
        for node in nodes():
            when.tell(node.name)
            done.build(node)
        for node in nodes():
            when.tell(f"audits of {node.name}")
            done.check(node)
        done.tell()
    blocking = [one for one in done.found if one.broken and one.blocks]
    if blocking:
        told = "; ".join(f"{one.name} ({one.broken}): {one.rows[0]}" for one in blocking)
        raise ReleaseBlocked(
            f"audits do not hold, and the current release stays: {told}",
            audits={one.name: one.broken for one in blocking},
        )
    return done
