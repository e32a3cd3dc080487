"""Every table that is computed of five million invoice lines, beside a plain scan of its files."""

import asyncio
import resource
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table

from bench.lines import MONTHS, make_lines
from bench.report import Figure
from bench.stage import Stage
from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.extract import TYPES
from ledgerline.datasets.lake import fitted
from ledgerline.datasets.node import DATA_SETS, Fold, Node, Params
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.source import Source
from ledgerline.datasets.sources import SOURCES

LINES: Final = 5_000_000
CORES: Final = 2
SECONDS_MAX: Final = 3.0
GIGABYTES_MAX: Final = 4.0
_MONTHS: Final = tuple(date(2024 + k // 12, k % 12 + 1, 1) for k in range(MONTHS))
_TODAY: Final = date(2026, 1, 15)


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
            if one.node.namespace == DATA_SETS
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
    with TemporaryDirectory(prefix="ledgerline-lines-") as name:
        folder = Path(name)
        schemas = {one.name: _schema(one) for one in SOURCES}
        schemas |= {one.name: one.contract.schema() for one in nodes()}
        files = make_lines(folder, schemas, lines=lines)
        with duckdb_engine(folder / "spill", threads=CORES) as engine:
            tables = {
                one.name: engine.table(
                    [str(files[one.name])] if one.name in files else [], schemas[one.name]
                )
                for one in SOURCES
            }
            for node in nodes():
                path = files.get(node.name, folder / f"{node.name}.parquet")
                if not isinstance(node.build, Fold):
                    found.append(_build(engine, node, tables, path))
                tables[node.name] = engine.table([str(path)], schemas[node.name])
    return found


def _build(engine: Engine, node: Node, tables: dict[str, Table], path: Path) -> Built:
    assert not isinstance(node.build, Fold)
    reads = [tables[name] for name in (*node.contract.sources, *node.contract.reads)]
    expression = node.build(tables, Params(_MONTHS, _TODAY, _MONTHS[-1]))
    scan = sum(_computed(engine, _scan(one))[1] for one in reads)
    _forget_peak()
    rows, seconds = _computed(engine, expression)
    gigabytes = _peak()
    pq.write_table(fitted(node.contract, rows), path)
    return Built(
        node=node,
        rows=rows.num_rows,
        seconds=seconds,
        scan_seconds=scan,
        gigabytes=gigabytes,
    )


def _schema(source: Source) -> pa.Schema:
    return pa.schema([(name, TYPES[one.kind]) for name, one in source.columns.items()])


def _scan(table: Table) -> Table:
    """Read every value of a table, and make nothing of them."""
    return table.agg(**{name: table[name].max() for name in table.columns})


def _computed(engine: Engine, expression: Table) -> tuple[pa.Table, float]:
    """Return what an expression comes to, and the processor seconds that took."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    done = engine.compute(expression)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return done, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _forget_peak() -> None:
    """Let Linux measure the peak of resident memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    status = Path("/proc/self/status").read_text()
    [line] = [each for each in status.splitlines() if each.startswith("VmHWM:")]
    return int(line.split()[1]) / 1e6
