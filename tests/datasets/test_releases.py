"""Releases: what is published ties to the ledger, and nothing else is ever published."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from ledgerline.datasets.lake import Lake, Placed, fitted
from ledgerline.datasets.nodes import node_of, nodes
from ledgerline.datasets.proving import prove
from ledgerline.datasets.reading import answer, sizes
from ledgerline.datasets.release import checks_of, tables_of, write_json
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import Built, publish_release
from ledgerline.flows.read_release import Published, read_release
from ledgerline.releases import store
from ledgerline.releases.refusals import (
    LakeUnusable,
    NothingExported,
    NothingReleased,
    QueryRefused,
    RawFileChanged,
    ReleaseBlocked,
    ReleaseOutdated,
    ReleaseOvertaken,
)
from tests.datasets.conftest import Releasing
from tests.datasets.quarter import publish, rows_of
from tests.flow_world import World


@pytest.fixture
def world(quarter_world: World) -> World:
    return quarter_world


def _lake(world: World, folder: Path) -> Lake:
    return Lake(folder, world.url)


async def _run(world: World, lake: Lake) -> Built:
    return await publish(world, lake)


def _rows(lake: Lake, published: Published) -> dict[str, list[str]]:
    return rows_of(lake, published.current)


async def test_release_ties_to_the_ledger_and_later_ones_build_what_changed(
    world: World, tmp_path: Path
) -> None:
    lake = _lake(world, tmp_path / "lake")
    with pytest.raises(NothingExported):
        await publish_release(world.run, lake)
    with pytest.raises(NothingReleased):
        _ = (await read_release(world.run)).current
    first = await _run(world, lake)
    assert first.release_no == 1
    assert [month.month for month in first.months] == [1, 2, 3, 4]
    assert all(first.rows.values()), first.rows
    assert (await publish_release(world.run, lake)).release_no is None
    published = await read_release(world.run)
    assert {one.name: one.broken for one in checks_of(published.current) if one.broken} == {}
    before = sizes(lake, published.current)
    # when two more months pass
    await world.advance(date(2026, 6, 2))
    second = await _run(world, lake)
    # then they are built, the month that was open, and March: a renewal of it was tried again
    assert [month.month for month in second.months] == [3, 4, 5, 6]
    # and all of it is what a build of everything comes to
    again = await read_release(world.run)
    incremental = _rows(lake, again)
    await _build_anew(world, lake, again)
    assert _rows(lake, await read_release(world.run)) == incremental
    # and the first release is still what it was
    assert sizes(lake, published.current) == before


async def _build_anew(world: World, lake: Lake, published: Published) -> None:
    months = answer(
        lake, published.current, "SELECT DISTINCT book_month AS m FROM deferred_revenue"
    )
    await publish_release(
        world.run, lake, again=months["m"].to_pylist(), reason="all of it", actor="test"
    )


async def test_build_that_is_killed_anywhere_releases_nothing_and_the_next_one_all(
    world: World, tmp_path: Path, long_form: bool
) -> None:
    # given a build of a step for every table and one for its audits; the short form kills it at
    # a few of them, since each begins anew
    lake = _lake(world, tmp_path / "lake")
    await export_interval(world.run, lake)
    steps, apart = list[str](), 1 if long_form else 19
    for number in range(0, 100, apart):
        if await _killed(world, lake, at=number, steps=steps):
            published = await read_release(world.run)
            assert len(published.releases) == 0
            continue
        break
    assert len(steps) == -(-2 * len(nodes()) // apart)
    found = _rows(lake, await read_release(world.run))
    calm = await _calm(world, tmp_path)
    assert found == calm


async def _killed(world: World, lake: Lake, *, at: int, steps: list[str]) -> bool:
    told = list[str]()

    def tell(step: str) -> None:
        if len(told) == at:
            raise KeyboardInterrupt(step)
        told.append(step)

    try:
        await publish_release(world.run, lake, tell=tell)
    except KeyboardInterrupt:
        steps.append(f"{at}")
        return True
    return False


async def _calm(world: World, tmp_path: Path) -> dict[str, list[str]]:
    """Build the same without any interruption."""
    published = await read_release(world.run)
    await _build_anew(world, _lake(world, tmp_path / "lake"), published)
    return _rows(_lake(world, tmp_path / "lake"), await read_release(world.run))


@contextmanager
def _tampered(lake: Lake, source: str, column: str) -> Iterator[None]:
    """Change one amount of a raw file by one unit, for the block."""
    [path, *_] = sorted((lake.folder / "raw").glob(f"*/{source}-0.parquet"))
    as_it_was = path.read_bytes()
    table = pq.read_table(path)
    values = table[column].to_pylist()
    at = next(number for number, value in enumerate(values) if value > 100)
    values[at] += 1
    changed = table.set_column(
        table.schema.get_field_index(column), column, pa.array(values, pa.int64())
    )
    pq.write_table(changed, path)
    yield
    path.write_bytes(as_it_was)


_AUDITED: Final = (
    ("invoice_line", "net_minor", "revenue_schedule_revenue"),
    ("invoice_line", "tax_minor", "tax_return_ledger"),
    ("line_credit", "net_minor", "revenue_schedule_credits"),
    ("allocation", "applied_minor", "receivables_ageing_ledger"),
    ("charge_proof", "amount_minor", "cash_leg_ours"),
    ("transfer", "amount_minor", "_ledger"),
)
"""Amounts in files, and the audit that no longer holds once one of them is another."""


async def test_one_unit_that_does_not_tie_blocks_the_release_and_the_one_before_stays(
    releasing: Releasing, *, long_form: bool
) -> None:
    world, lake = releasing
    now = await read_release(world.run)
    before = _rows(lake, now)
    # given one of them a unit more, or, as each is a build, in the short form all but the ledger's
    for wrong in [[one] for one in _AUDITED] if long_form else [_AUDITED[:-1], _AUDITED[-1:]]:
        with ExitStack() as files:
            for source, column, _ in wrong:
                files.enter_context(_tampered(lake, source, column))
            with pytest.raises(ReleaseBlocked) as blocked:
                await _build_anew(world, lake, now)
        for *_, audit in wrong:
            assert audit in str(blocked.value.facts["audits"])
    now = await read_release(world.run)
    assert now.current.no == 1
    assert _rows(lake, now) == before
    # and who proves the release again is told which file it is
    with _tampered(lake, "invoice_line", "net_minor"):
        proven = prove(lake, now.intervals, now.current, tell=lambda _: None)
    assert {one.name: one.broken for one in proven}["raw_files"] == 1


async def test_proof_of_a_release_holds_and_a_missing_file_is_named(
    releasing: Releasing,
) -> None:
    world, lake = releasing
    now = await read_release(world.run)
    proven = prove(lake, now.intervals, now.current, tell=lambda _: None)
    assert {one.name: one.broken for one in proven if one.broken} == {}
    assert len(proven) > len(nodes())
    [path, *_] = sorted((lake.folder / "raw").glob("*/transfer-0.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(LakeUnusable):
        await _build_anew(world, lake, now)
    path.unlink()
    with pytest.raises(RawFileChanged) as refused:
        await _build_anew(world, lake, now)
    assert str(refused.value.facts["file"]).endswith("transfer-0.parquet")


async def test_release_of_other_code_is_read_as_it_was_and_reading_makes_no_table(
    releasing: Releasing,
) -> None:
    world, lake = releasing
    now = await read_release(world.run)
    # given a release of code that has another version of a table, with a column of its own
    node = node_of("tax_return")
    columns = {**node.contract.columns, "other_minor": "Something else."}
    other = replace(node.contract, version=9, columns=columns)
    rows = answer(lake, now.current, "SELECT *, 7::bigint AS other_minor FROM tax_return")
    months = sorted(set(rows["tax_month"].to_pylist()))
    with lake.opened():
        placed = lake.replace_months(
            node.namespace, other, fitted(other, rows), months=months, onto=None
        )
    named = {**tables_of(now.current), "tax_return": placed}
    released = now.current._replace(tables=write_json(named))
    # then it has the columns that it had, and is not proven by audits of other tables
    found = answer(lake, released, "SELECT DISTINCT other_minor FROM tax_return").to_pylist()
    assert found == [{"other_minor": 7}]
    assert {one.name for one in sizes(lake, released)} == set(named)
    with pytest.raises(ReleaseOutdated):
        prove(lake, now.intervals, released, tell=lambda _: None)
    # and what a release names is there, or it is said: no reader makes a table
    gone = write_json({"tax_return": Placed(table="data_sets.nothing_v1", snapshot=1)})
    with pytest.raises(LakeUnusable, match="no such table"):
        answer(lake, now.current._replace(tables=gone), "SELECT 1")
    with lake.opened():
        made = {".".join(one.name()) for one in lake.tables()}
    assert made == {one.table for one in [*tables_of(now.current).values(), placed]}


async def test_release_is_queried_and_a_restated_one_keeps_its_reason(
    releasing: Releasing,
) -> None:
    world, lake = releasing
    now = await read_release(world.run)
    [row] = answer(lake, now.current, "SELECT count(*) AS n FROM document_line").to_pylist()
    assert row["n"] > 5
    for query in ("SELECT", "SELECT * FROM nowhere", "SELECT nothing FROM document_line"):
        with pytest.raises(QueryRefused):
            answer(lake, now.current, query)
    assert set(tables_of(now.current)) == {node.name for node in nodes()}
    # when a month is built again, then the release says why, and only one of two is made
    month = date(2026, 2, 1)
    built = await publish_release(
        world.run, lake, again=[month], reason="late file of a provider", actor="finance"
    )
    assert built.release_no == 2
    assert month in built.months
    now = await read_release(world.run)
    assert (now.current.reason, now.current.actor) == ("late file of a provider", "finance")
    with pytest.raises(ReleaseOvertaken):
        async with world.run.transaction() as tx:
            await store.add_release(tx, now.current)
