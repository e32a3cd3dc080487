"""Closed months: they are kept, change no more, and what is late is seen."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledgerline.base.ids import PaymentId
from ledgerline.datasets.closing import broken_chain, is_locked
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.release import checks_of, tables_of
from ledgerline.flows.close_release import Closing, close_release
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_closed_release import read_closed_release
from ledgerline.flows.read_release import read_release
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.releases import store
from ledgerline.releases.refusals import (
    IntervalMissing,
    MonthNotClosable,
    MonthNotClosed,
    NothingReleased,
    ReleaseBlocked,
)
from ledgerline.releases.rows import IntervalRow
from tests.datasets.conftest import Releasing
from tests.datasets.quarter import BEGINS, JANUARY, close_books, publish, rows_of
from tests.flow_world import World

FEBRUARY = date(2026, 2, 1)


@pytest.fixture
def world(releasing: Releasing) -> World:
    return releasing.world


@pytest.fixture
def lake(releasing: Releasing) -> Lake:
    return releasing.lake


async def _close(world: World, lake: Lake, month: date, *, dry_run: bool = False) -> Closing:
    return await close_release(world.run, lake, month=month, actor="finance", dry_run=dry_run)


async def _closed_rows(world: World, lake: Lake) -> dict[str, list[str]]:
    released = await read_closed_release(world.run, month=JANUARY)
    return rows_of(lake, released)


async def test_month_is_closed_in_order_once_its_books_are_and_everything_ties(
    quarter_world: World, tmp_path: Path
) -> None:
    world, lake = quarter_world, Lake(tmp_path / "lake", quarter_world.url)
    with pytest.raises(NothingReleased):
        await _close(world, lake, JANUARY)
    await publish(world, lake)
    with pytest.raises(MonthNotClosable, match="books of nordic") as refused:
        await _close(world, lake, JANUARY)
    assert refused.value.facts["sellers"] == ["nordic"]
    await close_books(world, JANUARY, FEBRUARY)
    for month, said in ((FEBRUARY, "2026-01"), (date(2026, 4, 1), "2026-04-02")):
        with pytest.raises(MonthNotClosable) as early:
            await _close(world, lake, month)
        assert said in str(early.value.facts)
    # a trial run says what would be closed, and closes nothing
    seen = await _close(world, lake, JANUARY, dry_run=True)
    assert (seen.tag, seen.closed_at) == ("close-2026-01-1", None)
    assert {one.name: one.rows for one in seen.tables}["tax_return"] > 0
    with pytest.raises(MonthNotClosed):
        await read_closed_release(world.run, month=JANUARY)
    # and who asks twice is told when it was closed
    closed = await _close(world, lake, JANUARY)
    assert closed.closed_at is not None
    assert await _close(world, lake, JANUARY) == closed
    named = tables_of(await read_closed_release(world.run, month=JANUARY))
    with lake.opened():
        assert named == {
            name: lake.tagged(placed.table, closed.tag) for name, placed in named.items()
        }


async def test_what_is_late_leaves_closed_months_as_they_are_unless_they_are_restated(
    world: World, lake: Lake
) -> None:
    # given two closed months
    await close_books(world, JANUARY, FEBRUARY)
    await _close(world, lake, JANUARY)
    await _close(world, lake, FEBRUARY)
    closed = await _closed_rows(world, lake)
    # when a charge of January is given back in April, and everything is built by other code
    paid = await world.value(
        "SELECT id FROM payment WHERE state = 'succeeded' ORDER BY created_at, id LIMIT 1"
    )
    await request_refund(world.run, world.psps, RefundOrder(PaymentId(paid), 100, "kindness"))
    await world.advance(date(2026, 5, 3))
    await _as_of_other_code(world)
    await publish(world, lake)
    # then closed months are as they were in every table whose months do close
    now = await read_release(world.run)
    held = {one.name: one.broken for one in checks_of(now.current) if one.name.endswith("_closed")}
    assert held == {f"{node.name}_closed": 0 for node in nodes() if is_locked(node)}
    # and who reads them as they were closed reads the same bytes, whatever came since
    assert await _closed_rows(world, lake) == closed
    # when January is restated, it is closed once more, and the first close is still tagged
    again = await publish_release(
        world.run, lake, again=[JANUARY], reason="late file", actor="finance"
    )
    assert (await read_release(world.run)).current.restated == [JANUARY]
    second = await _close(world, lake, JANUARY)
    assert (second.tag, second.release_no) == ("close-2026-01-2", again.release_no)
    released = tables_of(now.releases[-1])["tax_return"]
    with lake.opened():
        assert lake.tagged(released.table, "close-2026-01-1") == released


async def _as_of_other_code(world: World) -> None:
    """Let the current release be of other code, so that the next one builds everything anew."""
    now = (await read_release(world.run)).current
    async with world.run.transaction() as tx:
        await store.add_release(tx, now._replace(no=now.no + 1, code_version="before"))


async def test_closed_month_that_would_come_out_otherwise_is_not_released(
    world: World, lake: Lake
) -> None:
    await close_books(world, JANUARY, FEBRUARY)
    await _close(world, lake, JANUARY)
    # given code by which a line of January has another category
    [path] = sorted((lake.folder / "raw").glob("*/invoice_line-0.parquet"))
    good = path.read_bytes()
    table = pq.read_table(path)
    at = table.schema.get_field_index("plan_code")
    renamed = [
        "other_monthly" if x == "individual_monthly" else x for x in table["plan_code"].to_pylist()
    ]
    pq.write_table(table.set_column(at, "plan_code", pa.array(renamed, pa.string())), path)
    await _as_of_other_code(world)
    with pytest.raises(ReleaseBlocked) as blocked:
        await publish_release(world.run, lake)
    assert "revenue_schedule_closed" in str(blocked.value.facts["audits"])
    assert "document_line_closed" in str(blocked.value.facts["audits"])
    # and no month is closed by a release whose files are others by now
    with pytest.raises(ReleaseBlocked, match="raw_files"):
        await _close(world, lake, FEBRUARY)
    path.write_bytes(good)
    await publish_release(world.run, lake)
    # nor by one that lacks what the database has of the month
    await world.write(
        "INSERT INTO transfer SELECT r.* FROM transfer AS t, jsonb_populate_record(t,"
        f" jsonb_build_object('source_id', '{UUID(int=1)}', 'fence',"
        " pg_current_xact_id()::text::bigint)) AS r WHERE t.booked_on = '2026-02-10' LIMIT 1"
    )
    with pytest.raises(IntervalMissing) as late:
        await _close(world, lake, FEBRUARY)
    assert late.value.facts["rows"] == {"transfer": 1}
    await export_interval(world.run, lake)
    with pytest.raises(IntervalMissing, match="not released yet"):
        await _close(world, lake, FEBRUARY)
    for undo in (
        "SET session_replication_role = replica",
        f"DELETE FROM transfer WHERE source_id = '{UUID(int=1)}'",
        "SET session_replication_role = origin",
    ):
        await world.write(undo)


async def test_month_that_has_passed_and_other_code_changes_is_named_by_the_release(
    world: World, lake: Lake
) -> None:
    # given other code by which everything comes out as it was
    await _as_of_other_code(world)
    same = await publish_release(world.run, lake)
    assert same.restated == []
    assert same.warnings == []
    # when one calls the supplies of January otherwise
    [path] = sorted((lake.folder / "raw").glob("*/invoice_line-0.parquet"))
    table = pq.read_table(path)
    at = table.schema.get_field_index("tax_category")
    others = [
        "other" if start < FEBRUARY else category
        for category, start in zip(
            table["tax_category"].to_pylist(), table["service_start"].to_pylist(), strict=True
        )
    ]
    pq.write_table(table.set_column(at, "tax_category", pa.array(others, pa.string())), path)
    await _as_of_other_code(world)
    built = await publish_release(world.run, lake)
    # then the release says which month was restated, of which tables, and why
    assert built.restated == [JANUARY]
    told = {one.name for one in built.warnings}
    assert told == {"document_line_restated", "tax_return_restated"}
    now = (await read_release(world.run)).current
    assert (now.restated, now.reason[:10]) == ([JANUARY], "other code")


async def test_close_that_is_killed_anywhere_closed_nothing_and_the_next_one_does(
    world: World, lake: Lake
) -> None:
    await close_books(world, JANUARY)
    steps = list[str]()
    await close_release(
        world.run, lake, month=JANUARY, actor="finance", dry_run=True, tell=steps.append
    )
    for at in (1, len(steps) + 1, len(steps) + len(nodes())):
        with pytest.raises(KeyboardInterrupt):
            await _killed(world, lake, at=at)
        with pytest.raises(MonthNotClosed):
            await read_closed_release(world.run, month=JANUARY)
    closed = await _close(world, lake, JANUARY)
    assert closed.tag == "close-2026-01-1"
    assert {one.name for one in closed.tables} == {node.name for node in nodes()}


async def _killed(world: World, lake: Lake, *, at: int) -> None:
    told = list[str]()

    def tell(step: str) -> None:
        told.append(step)
        if len(told) == at:
            raise KeyboardInterrupt(step)

    await close_release(world.run, lake, month=JANUARY, actor="finance", tell=tell)


def test_chain_of_intervals_has_no_gap() -> None:
    def interval(no: int, since: int | None, until: int, epoch: str = "7/1") -> IntervalRow:
        return IntervalRow(
            no=no, epoch=epoch, since=since, until=until, read_at=BEGINS, extracts="{}"
        )

    first, second = interval(1, None, 9), interval(2, 9, 12)
    assert broken_chain([]) is None
    assert broken_chain([first, second, interval(3, None, 5, "7/2")]) is None
    assert broken_chain([first, second, interval(3, 13, 15)]) == 3
    assert broken_chain([first, interval(3, 9, 12)]) == 3
    assert broken_chain([first, second, interval(3, 12, 15, "7/2")]) == 3
