"""Builds in parts: months that stand for themselves are built a few at once, with equal rows."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from ibis import Table
from typing_extensions import override

from ledgerline.datasets.building import Building
from ledgerline.datasets.computing import Computing
from ledgerline.datasets.contract import Contract, Spread
from ledgerline.datasets.engines import EngineName, opened
from ledgerline.datasets.lake import Lake, Placed
from ledgerline.datasets.nodes import node_of, nodes
from ledgerline.datasets.release import Plan, plan, write_json
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_release import read_release
from tests.datasets.tables import months_between
from tests.datasets.test_engines import canonical
from tests.flow_world import open_world


def test_months_that_stand_for_themselves_are_parted_and_others_are_not() -> None:
    months = tuple(months_between(date(2026, 1, 1), date(2026, 5, 1)))
    wanted = Plan(months, months, at_once=2)
    lines, rolled = node_of("document_line"), node_of("deferred_revenue")
    assert (lines.contract.spread, rolled.contract.spread) == (Spread.MONTH, Spread.ONWARD)
    assert list(wanted.parts_of(lines)) == [months[:2], months[2:4], months[4:]]
    assert list(wanted.parts_of(rolled)) == [months]


@dataclass(frozen=True)
class _Watched(Lake):
    """A lake that remembers what it was given to write, and does not keep it."""

    given: list[weakref.ref[pa.Table]] = field(default_factory=list)

    @override
    def replace_months(
        self,
        namespace: str,
        contract: Contract,
        rows: pa.Table,
        *,
        months: Sequence[date],
        onto: Placed | None,
    ) -> Placed:
        self.given.append(weakref.ref(rows))
        return super().replace_months(namespace, contract, rows, months=months, onto=onto)


@dataclass(frozen=True)
class _LettingGo:
    """An engine that computes nothing while something is held that was written before."""

    engine: Computing
    given: list[weakref.ref[pa.Table]]

    def table(self, files: Sequence[str], schema: pa.Schema) -> Table:
        return self.engine.table(files, schema)

    def compute(self, expression: Table) -> pa.Table:
        assert all(each() is None for each in self.given)
        return self.engine.compute(expression)


async def test_parts_of_one_month_come_to_the_same(fresh_database_url: str, tmp_path: Path) -> None:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at) as world:
        await world.buy(await world.shopper())
        await world.buy(await world.shopper("SE"))
        await world.advance(date(2026, 4, 2))
        lake = Lake(tmp_path / "lake", world.url)
        await export_interval(world.run, lake)
        built = await publish_release(world.run, lake)
        published = await read_release(world.run)
    released, intervals = published.current, published.intervals
    today = released.business_day
    wanted = plan(intervals, released=None, today=today)
    assert wanted.at_once >= len(wanted.every)
    one_by_one = wanted._replace(at_once=1)
    watched = _Watched(lake.folder, lake.database_url)
    with watched.opened(), opened(EngineName.DUCKDB, lake.spill) as engine:
        letting_go = _LettingGo(engine, watched.given)
        done = Building(letting_go, watched, intervals, one_by_one, onto={}, today=today)
        for node in nodes():
            done.build(node)
    assert len(watched.given) > len(nodes())
    assert done.rows == built.rows
    again = released._replace(tables=write_json(done.snapshots))
    assert canonical(lake, again) == canonical(lake, released)
