"""The engine of this process: what it spills is its own, and nothing else is written by it."""

from pathlib import Path

from ledgerline.datasets.engine import Engine, duckdb_engine


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
