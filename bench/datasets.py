"""Every table that is computed of five million invoice lines, beside a plain scan of its files.

Each is built in the parts in which a release builds it.
"""

import asyncio
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table

from bench.lines import MONTHS, make_lines
from bench.report import Figure
from bench.stage import Stage
from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.extract import TYPES
from ledgerline.datasets.folding import folded
from ledgerline.datasets.lake import fitted
from ledgerline.datasets.node import DATA_SETS, Fold, Node, Params
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.release import Plan, months_at_once
from ledgerline.datasets.source import Source
from ledgerline.datasets.sources import SOURCES

LINES: Final = 5_000_000
CORES: Final = 2
SECONDS_MAX: Final = 3.0
GIGABYTES_MAX: Final = 4.0
_MONTHS: Final = tuple(date(2024 + k // 12, k % 12 + 1, 1) for k in range(MONTHS))
_TODAY: Final = date(2026, 1, 15)
_KEPT: Final = Path("build/bench")
"""What is read is made once; the folder is nobody's but the benchmarks'."""


@dataclass(frozen=True, slots=True)
class Built:
    """One table: its rows, and processor seconds of it and of a scan of what it reads."""

    node: Node
    rows: int
    seconds: float
    scan_seconds: float
    gigabytes: float


async def datasets(_: Stage, *, lines: int = LINES) -> list[Figure]:
    """Build every table of all months at once; figures are of data sets, one by one."""
    built = await asyncio.to_thread(_build_all, lines)
    return [
        *(
            Figure(
                name=f"datasets_{one.node.name}",
                value=one.seconds / CORES,
                unit="s",
                limit=SECONDS_MAX,
                ratio=one.seconds / CORES / SECONDS_MAX,
                note=(
                    f"{one.rows:,} rows of {lines:,} lines, {one.gigabytes:.1f} GB;"
                    f" {one.seconds / one.scan_seconds:.1f} × a plain scan of what it reads"
                ),
            )
            for one in built
            if one.node.namespace == DATA_SETS and one.rows  # of what has no lines, no figure
        ),
        Figure(
            name="datasets_memory",
            value=max(one.gigabytes for one in built),
            unit="GB",
            limit=GIGABYTES_MAX,
            ratio=max(one.gigabytes for one in built) / GIGABYTES_MAX,
            note=f"resident at most, {max(built, key=lambda one: one.gigabytes).node.name}",
        ),
    ]


def _build_all(lines: int) -> list[Built]:
    found = []
    schemas = {one.name: _schema(one) for one in SOURCES}
    schemas |= {one.name: one.contract.schema() for one in nodes()}
    files = make_lines(_KEPT, schemas, lines=lines)
    with TemporaryDirectory(dir=_KEPT, prefix="built-") as name:
        folder = Path(name)
        with duckdb_engine(folder / "spill", threads=CORES) as engine:
            tables = {
                one.name: engine.table(
                    [str(files[one.name])] if one.name in files else [], schemas[one.name]
                )
                for one in SOURCES
            }
            largest = max(pq.read_metadata(path).num_rows for path in files.values())
            wanted = Plan(_MONTHS, _MONTHS, at_once=months_at_once(largest, _MONTHS))
            for node in nodes():
                path = files.get(node.name, folder / f"{node.name}.parquet")
                if node.name not in files:
                    found.append(_Bench(engine, tables, wanted).build(node, path))
                tables[node.name] = engine.table([str(path)], schemas[node.name])
    return found


class _Bench(NamedTuple):
    engine: Engine
    tables: Mapping[str, Table]
    plan: Plan

    def build(self, node: Node, path: Path) -> Built:
        """Build one table, part by part, and write it for those that read it."""
        read = {name: self.tables[name] for name in (*node.contract.sources, *node.contract.reads)}
        scan = sum(_timed(self.engine.compute, _scan(one))[1] for one in read.values())
        count, seconds = 0, 0.0
        _forget_peak()
        with pq.ParquetWriter(path, node.contract.schema()) as writer:
            for months in self.plan.parts_of(node):
                rows, spent = _timed(self._rows, node, read, Params(months, _TODAY, _MONTHS[-1]))
                writer.write_table(rows)
                count, seconds = count + rows.num_rows, seconds + spent
                del rows  # as a release lets a part go before it makes the next
        return Built(node=node, rows=count, seconds=seconds, scan_seconds=scan, gigabytes=_peak())

    def _rows(self, node: Node, read: Mapping[str, Table], params: Params) -> pa.Table:
        if isinstance(node.build, Fold):
            return folded(self.engine, node, read, params, seen=None)
        return fitted(node.contract, self.engine.compute(node.build(read, params)))


def _schema(source: Source) -> pa.Schema:
    return pa.schema([(name, TYPES[one.kind]) for name, one in source.columns.items()])


def _scan(table: Table) -> Table:
    """Read every value of a table, and make nothing of them."""
    return table.agg([table[name].max().name(name) for name in table.columns])


def _timed(work: Callable[..., pa.Table], *given: Any) -> tuple[pa.Table, float]:
    """Do something; return what it comes to, and the processor seconds that took."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    done = work(*given)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return done, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _forget_peak() -> None:
    """Let Linux measure the peak of resident memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    status = Path("/proc/self/status").read_text()
    [line] = [each for each in status.splitlines() if each.startswith("VmHWM:")]
    return int(line.split()[1]) / 1e6
