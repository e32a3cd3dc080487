"""Reports of tables that a test gives: the same pages, without a database or a lake."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.node import DATA_SETS, Node
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.release import Found, write_json
from ledgerline.documents.locales import locality
from ledgerline.releases.rows import ReleaseRow
from ledgerline.report.cells import Pen
from ledgerline.report.site import Of, write_pages
from tests.datasets.tables import Row, arrow_of

SCRIPT: Final = "<script>alert('x')</script>"
TODAY: Final = date(2026, 3, 15)
SETS: Final = [node for node in nodes() if node.namespace == DATA_SETS]


@contextmanager
def engine_of(tables: Mapping[str, Sequence[Row]], folder: Path) -> Iterator[Engine]:
    """Open an engine in which every table is named and holds ``tables``; others hold nothing."""
    with duckdb_engine(folder / "spill") as engine:
        for node in nodes():
            rows = arrow_of(node.name, tables.get(node.name, ()))
            file = folder / f"{node.name}.parquet"
            pq.write_table(rows, file)
            engine.name(node.name, [str(file)], node.contract.schema())
        yield engine


def of(checks: Sequence[Found] = ()) -> Of:
    released = ReleaseRow(
        no=7, interval_no=1, business_day=TODAY, code_version="x", engine="duckdb", restated=[],
        reason=f"late file {SCRIPT}", actor="finance", made_at=datetime(2026, 3, 15, 9, tzinfo=UTC),
        tables=write_json({node.name: 1 for node in nodes()}), checks=write_json(checks),
    )  # fmt: skip
    return Of(released, datetime(2026, 3, 15, 8, 30, tzinfo=UTC))


def written(
    tables: Mapping[str, Sequence[Row]],
    folder: Path,
    *,
    chosen: Sequence[Node] = SETS,
    locale: str = "en",
    checks: Sequence[Found] = (),
) -> Path:
    report = folder / "report"
    report.mkdir()
    with engine_of(tables, folder) as engine:
        write_pages(engine, of(checks), report, chosen=chosen, pen=Pen(locality(locale)))
    return report
