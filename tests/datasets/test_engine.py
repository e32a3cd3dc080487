"""The engine of this process: what it spills is its own, and nothing else is written by it."""

from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.releases.refusals import QueryRefused


def _spilled(engine: Engine) -> str:
    [row] = engine.sql("SELECT current_setting('temp_directory') AS folder").to_pylist()
    return str(row["folder"])


def test_two_engines_spill_into_folders_of_their_own_and_leave_nothing(tmp_path: Path) -> None:
    with duckdb_engine(tmp_path) as one:
        with duckdb_engine(tmp_path) as other:
            assert _spilled(one) != _spilled(other)
            assert all(Path(_spilled(each)).parent == tmp_path for each in (one, other))
        # the end of one takes nothing from the other
        assert Path(_spilled(one)).is_dir()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_engine_spilled_goes_with_the_next_and_what_a_living_one_did_stays(
    tmp_path: Path,
) -> None:
    left = tmp_path / "duckdb-left"
    left.mkdir()
    (left / "duckdb_temp_storage-0.tmp").write_bytes(b"spilled")
    with duckdb_engine(tmp_path) as one:
        assert not left.exists()
        with duckdb_engine(tmp_path):
            assert Path(_spilled(one)).is_dir()


@pytest.mark.parametrize(
    "query",
    [
        "COPY (SELECT 2 AS a_minor) TO '{file}'",
        "SELECT 1 AS one; COPY (SELECT 2 AS a_minor) TO '{file}'",
        "CREATE TABLE t AS SELECT 1 AS one",
        "SET memory_limit = '1GB'",
        "",
    ],
)
def test_query_is_one_select_and_overwrites_no_file_of_the_lake(tmp_path: Path, query: str) -> None:
    file = tmp_path / "table.parquet"
    pq.write_table(pa.table({"a_minor": [1]}), file)
    before = file.read_bytes()
    with duckdb_engine(tmp_path / "spill") as engine:
        engine.name("held", [str(file)], pa.schema([("a_minor", pa.int64())]))
        with pytest.raises(QueryRefused):
            engine.select(query.format(file=file))
        asked = "WITH w AS (SELECT * FROM held) SELECT a_minor FROM w"
        assert engine.select(asked).to_pylist() == [{"a_minor": 1}]
    assert file.read_bytes() == before


def test_confined_engine_reads_its_folder_and_nothing_else(tmp_path: Path) -> None:
    inside, outside = tmp_path / "lake", tmp_path / "outside.parquet"
    inside.mkdir()
    for file in (inside / "table.parquet", outside):
        pq.write_table(pa.table({"a_minor": [1]}), file)
    with duckdb_engine(inside / "spill") as engine:
        engine.name("held", [str(inside / "table.parquet")], pa.schema([("a_minor", pa.int64())]))
        engine.confine(inside)
        assert engine.select("SELECT * FROM held").to_pylist() == [{"a_minor": 1}]
        for query in (f"SELECT * FROM '{outside}'", "SELECT * FROM read_text('/etc/hostname')"):
            with pytest.raises(duckdb.PermissionException):
                engine.select(query)


def test_column_that_no_file_has_yet_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "old.parquet"
    pq.write_table(pa.table({"a_minor": [1]}), file)
    schema = pa.schema([("a_minor", pa.int64()), ("new_month", pa.date32())])
    with duckdb_engine(tmp_path / "spill") as engine:
        found = engine.compute(engine.table([str(file)], schema))
    assert found.to_pylist() == [{"a_minor": 1, "new_month": None}]


def test_a_sum_is_of_the_type_that_the_expression_says(tmp_path: Path) -> None:
    # given whole numbers, whose sum DuckDB itself makes wider
    with duckdb_engine(tmp_path) as engine:
        numbers = ibis.memtable(pa.table({"amount_minor": pa.array([1, 2], pa.int64())}))
        found = engine.compute(numbers.aggregate(all_minor=numbers.amount_minor.sum()))
    assert found.schema.field("all_minor").type == pa.int64()
    assert found.to_pylist() == [{"all_minor": 3}]
