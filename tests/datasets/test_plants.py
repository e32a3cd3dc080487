"""Planted faults for what is checked beside audits of tables: keys, passed months, ripening."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledgerline.datasets.closing import OPEN, Closed, passed_months
from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.lake import Lake, Placed, table_name
from ledgerline.datasets.manifest import Extract, RawFile
from ledgerline.datasets.nodes import node_of
from ledgerline.datasets.release import Found, Raw, torn, write_json
from ledgerline.datasets.sources import ALLOCATION, SOURCES
from tests.datasets.report_pages import of
from tests.datasets.tables import Row, arrow_of

LINE: Final = node_of("document_line")
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", "")


@pytest.fixture
def engine(lake: Lake) -> Iterator[Engine]:
    with duckdb_engine(lake.spill) as opened:
        yield opened


def _allocation(key: str, minor: int) -> Row:
    return {
        "allocation_id": key,
        "invoice_id": "i",
        "source_kind": "payment",
        "applied_minor": minor,
    }


def _torn(engine: Engine, lake: Lake, *intervals: Sequence[Row]) -> Found:
    """Look at intervals that each read these allocations, and nothing else."""
    none = Extract(files=[], rows=0, sums={}, months=[])
    extracts: dict[str, list[Extract]] = {one.name: [none] for one in SOURCES}
    extracts[ALLOCATION.name] = []
    for number, rows in enumerate(intervals):
        path = f"raw/{len(intervals)}-{len(rows)}-{number}/allocation-0.parquet"
        digest = lake.storage.write(path, arrow_of("allocation", rows))
        file = RawFile(path=path, sha256=digest, rows=len(rows))
        extracts[ALLOCATION.name].append(Extract(files=[file], rows=len(rows), sums={}, months=[]))
    return torn(engine, lake, Raw(extracts, is_doubled=len(intervals) > 1))


def test_key_of_two_rows_that_differ_is_found_and_a_row_that_was_read_twice_is_not(
    engine: Engine, lake: Lake
) -> None:
    whole = [_allocation("i:1", 500), _allocation("i:2", 700)]
    assert _torn(engine, lake, whole, whole).broken == 0
    # planted: the second read has another amount
    changed = _torn(engine, lake, whole, [_allocation("i:1", 501)])
    assert (changed.name, changed.blocks, changed.broken) == ("raw_keys", True, 1)
    assert changed.rows == [{"source": "allocation", "allocation_id": "i:1", "rows_count": 2}]
    # planted: one read has a row twice
    assert _torn(engine, lake, [*whole, _allocation("i:2", 700)]).broken == 1


class _Tables:
    """Lines as they were released, and as they are built now."""

    def __init__(self, folder: Path, before: Sequence[Row]) -> None:
        self._folder = folder
        self.before = self.write("before", before)

    def write(self, name: str, rows: Sequence[Row]) -> str:
        path = self._folder / f"{name}.parquet"
        pq.write_table(arrow_of(LINE.name, rows), path)
        return str(path)

    def files(self, _: Placed) -> list[str]:
        return [self.before]

    def schema(self, _: Placed) -> pa.Schema:
        return LINE.contract.schema()


def _line(month: date, net: int, earns: date | None = None) -> Row:
    return {
        "line_id": f"{month}", "booked_month": month, "net_minor": net, "earns_from_on": earns,
        "supplied_on": earns,
    }  # fmt: skip


def _kept(*, closed: date | None = None) -> Closed:
    placed = Placed(table=table_name(LINE.namespace, LINE.contract), snapshot=1)
    released = of().released._replace(
        tables=write_json({LINE.name: placed}), business_day=date(2026, 3, 15)
    )
    return Closed(frozenset() if closed is None else frozenset({closed}), released)


def test_what_other_code_makes_of_a_month_that_has_passed_is_named(
    engine: Engine, tmp_path: Path
) -> None:
    tables = _Tables(tmp_path, [_line(JANUARY, 5), _line(FEBRUARY, 7), _line(MARCH, 9)])
    lake = cast("Lake", tables)
    every = (JANUARY, FEBRUARY, MARCH)
    passed = passed_months(_kept(), every, (), again=())
    assert passed.passed == {JANUARY, FEBRUARY}  # March is not over, so it may change
    planted = tables.write("now", [_line(JANUARY, 6), _line(FEBRUARY, 7), _line(MARCH, 10)])
    told = passed.restated(LINE, engine, lake, [planted])
    assert told is not None
    assert (told[0].name, told[0].blocks, told[0].broken) == ("document_line_restated", False, 2)
    assert told[1] == {JANUARY}
    # nothing is told of a month of which something new came, nor of those after it
    assert passed_months(_kept(), every, (FEBRUARY,), again=()).passed == {JANUARY}
    assert passed_months(OPEN, every, (), again=()).passed == frozenset()


def test_what_ripens_may_be_filled_in_a_closed_month_and_nothing_else_of_it_changes(
    engine: Engine, tmp_path: Path
) -> None:
    tables = _Tables(tmp_path, [_line(JANUARY, 5)])
    lake, closed = cast("Lake", tables), _kept(closed=JANUARY)
    paid = tables.write("paid", [_line(JANUARY, 5, earns=date(2026, 2, 3))])
    kept = closed.check(LINE, engine, lake, [paid])
    assert kept is not None
    assert kept.broken == 0
    # planted: the day comes, and the amount with it
    planted = tables.write("planted", [_line(JANUARY, 6, earns=date(2026, 2, 3))])
    found = closed.check(LINE, engine, lake, [planted])
    assert found is not None
    assert (found.name, found.blocks, found.broken) == ("document_line_closed", True, 2)
