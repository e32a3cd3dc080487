"""Engines: what DuckDB builds PySpark builds too, to the byte; BigQuery is compiled, not run."""

import hashlib
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledgerline.datasets.engines import COMPILED_ONLY, EngineName, opened
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.reading import reading
from ledgerline.datasets.release import checks_of
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_release import read_release
from ledgerline.releases.refusals import EngineNotRun, LakeUnusable
from ledgerline.releases.rows import ReleaseRow
from tests.flow_world import World, open_world
from tests.statements import statement, take


def _why_no_spark() -> str:
    if find_spec("pyspark") is None:
        return "PySpark did not run: `make spark` installs it and runs this"
    if shutil.which("java") is None:
        return "PySpark did not run: there is no Java here"
    return ""


def canonical(lake: Lake, released: ReleaseRow) -> Mapping[str, str]:
    """Return what names the rows of every table of a release: as sorted lines, hashed."""
    with reading(lake, released) as engine:
        tables = {node.name: engine.sql(f"SELECT * FROM {node.name}") for node in nodes()}
    return {name: _digest(table) for name, table in tables.items()}


def _sides(lake: Lake, released: ReleaseRow) -> set[str]:
    """Return who says something of money, of the tables that reconcile it."""
    with reading(lake, released) as engine:
        return set(engine.sql("SELECT DISTINCT side FROM cash_leg")["side"].to_pylist())


def _digest(table: pa.Table) -> str:
    lines = sorted(repr(tuple(row.values())) for row in table.to_pylist())
    head = f"{table.schema.names} {table.schema.types}"
    return hashlib.sha256("\n".join([head, *lines]).encode()).hexdigest()


async def _live(world: World) -> None:
    """Let a quarter pass: renewals, an upgrade, a refund, a card that fails, one that is unsure."""
    first, second, late = [await world.shopper(each) for each in ("DE", "SE", "DE")]
    bought = await world.buy(first)
    await world.buy(second, "individual_yearly")
    await world.buy(late)
    await world.advance(date(2026, 2, 10))
    await world.change(bought, "family_monthly")
    await world.advance(date(2026, 2, 25))
    poor = await world.shopper()
    await world.buy(poor)
    await world.steal_card(poor, "tok_decline_insufficient_funds_9")
    await world.steal_card(late, "tok_pending_1")
    await world.advance(date(2026, 3, 3))
    await world.cancel(bought)
    await world.advance(date(2026, 4, 20))
    # and a provider tells what it settled, a line among it that nobody here knows
    for begins, more in ((date(2026, 1, 5), {}), (date(2026, 2, 14), {"broken": "extra_line"})):
        await take(world, await statement(world, begins, days=40, **more))


pytestmark = pytest.mark.filterwarnings(
    "ignore:The .future.infer_string. option:DeprecationWarning"
)
needs_spark = pytest.mark.skipif(bool(_why_no_spark()), reason=_why_no_spark())


@needs_spark
@pytest.mark.timeout(600)
async def test_spark_builds_what_duckdb_builds_to_the_byte(
    fresh_database_url: str, tmp_path: Path
) -> None:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at) as world:
        await _live(world)
        lake = Lake(tmp_path / "lake", world.url)
        await export_interval(world.run, lake)
        built = await publish_release(world.run, lake)
        by_duckdb = (await read_release(world.run)).current
        spark = Lake(lake.folder, world.url, engine=EngineName.PYSPARK)
        again = await publish_release(
            world.run, spark, again=built.months, reason="another engine", actor="test"
        )
        by_spark = (await read_release(world.run)).current
    assert (by_duckdb.engine, by_spark.engine) == ("duckdb", "pyspark")
    assert again.months == built.months
    assert again.rows == built.rows
    assert all(built.rows.values()), built.rows
    assert _sides(lake, by_spark) == {"ours", "ledger", "theirs", "suspense"}
    assert checks_of(by_spark) == checks_of(by_duckdb)
    assert canonical(lake, by_spark) == canonical(lake, by_duckdb)


@needs_spark
def test_spark_reads_by_name_and_tells_of_files_that_are_none(tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.string()), ("a_minor", pa.int64()), ("new_on", pa.date32())])
    exact = 2**53 + 1  # no floating point holds it, and it stands beside an empty value
    odd = tmp_path / "a {b} [c]*.parquet"
    pq.write_table(pa.table({"a_minor": [exact, None], "id": ["x", "y"]}), odd)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    with opened(EngineName.PYSPARK, tmp_path / "spill") as spark:
        found = spark.compute(spark.table([str(odd)], schema))
        assert found.sort_by("id").to_pylist() == [
            {"id": "x", "a_minor": exact, "new_on": None},
            {"id": "y", "a_minor": None, "new_on": None},
        ]
        assert spark.compute(spark.table([], schema)).num_rows == 0
        with pytest.raises(LakeUnusable, match=r"broken\.parquet"):
            spark.compute(spark.table([str(broken)], schema))
        # and a sum that does not fit is refused, never another sum
        largest = ibis.memtable({"a_minor": [2**63 - 1, 1]})
        with pytest.raises(Exception, match="ARITHMETIC_OVERFLOW") as refused:
            spark.compute(largest.agg(a_minor=largest.a_minor.sum()))
        assert not isinstance(refused.value, LakeUnusable)
    assert list((tmp_path / "spill").glob("spark-*")) == []


def test_bigquery_builds_nothing(tmp_path: Path) -> None:
    with pytest.raises(EngineNotRun, match=COMPILED_ONLY):
        opened(EngineName.BIGQUERY, tmp_path)
