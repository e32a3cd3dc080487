"""The runner of migrations against a real PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import chain
from pathlib import Path
from threading import Barrier, Timer
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.sql import SQL

from ledgerline.cli import migrate
from ledgerline.cli.local_postgres import LocalPostgres
from ledgerline.cli.migrate import Phase, State
from tests.postgres import execute

PLAN = "-- expand: plans are sold\nCREATE TABLE plan (id int, old int);\n"
PRICE = "-- expand: prices are rows\nCREATE TABLE price (id int);\n"
DROP_OLD = "-- contract: nobody reads it\nALTER TABLE plan DROP COLUMN old;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Hold two migrations that expand."""
    (tmp_path / "0001_plan.sql").write_text(PLAN)
    (tmp_path / "0002_price.sql").write_text(PRICE)
    return tmp_path


@pytest.fixture
def ascii_url(postgres: LocalPostgres) -> Iterator[str]:
    """Give a database whose encoding cannot hold every name."""
    execute(
        postgres,
        SQL("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'").format(),
    )
    yield postgres.url_of("ascii")
    execute(postgres, SQL("DROP DATABASE ascii").format())


def rows(url: str, query: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_pending_files_are_applied_in_order_and_recorded_with_their_checksums(
    empty_database_url: str, folder: Path
) -> None:
    # when an empty database is upgraded
    applied = migrate.upgrade(empty_database_url, folder)
    # then both files ran and are on record
    assert applied == ["0001_plan.sql", "0002_price.sql"]
    assert rows(empty_database_url, "SELECT name, checksum, phase FROM migration ORDER BY 1") == [
        ("0001_plan.sql", sha256(PLAN.encode()).digest(), "expand"),
        ("0002_price.sql", sha256(PRICE.encode()).digest(), "expand"),
    ]
    assert migrate.schema_version(empty_database_url) == "0002"


def test_second_upgrade_applies_nothing(empty_database_url: str, folder: Path) -> None:
    migrate.upgrade(empty_database_url, folder)
    assert migrate.upgrade(empty_database_url, folder) == []


def test_runners_that_start_together_apply_each_file_once(
    empty_database_url: str, folder: Path
) -> None:
    # given a file that takes a while and would fail the second time
    (folder / "0003_slow.sql").write_text(
        "-- expand: takes its time\nSELECT pg_sleep(0.3);\nCREATE TABLE slow (id int);\n"
    )
    together = Barrier(4)

    def runner(_number: int) -> list[str]:
        together.wait()
        return migrate.upgrade(empty_database_url, folder)

    # when four start at the same moment
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(runner, range(4)))
    # then between them each file was applied by exactly one
    assert sorted(chain.from_iterable(applied)) == [
        "0001_plan.sql",
        "0002_price.sql",
        "0003_slow.sql",
    ]


def test_failing_file_leaves_no_trace_and_keeps_what_went_before(
    empty_database_url: str, folder: Path
) -> None:
    # given a second file whose last statement is wrong
    (folder / "0002_price.sql").write_text(PRICE + "SELECT nonsense;\n")
    # when the database is upgraded
    with pytest.raises(migrate.MigrationFailed, match=r"0002_price\.sql: .*nonsense"):
        migrate.upgrade(empty_database_url, folder)
    # then the first stands and nothing of the second does
    assert migrate.schema_version(empty_database_url) == "0001"
    assert rows(empty_database_url, "SELECT to_regclass('price')") == [(None,)]


def test_file_changed_after_it_was_applied_stops_the_runner_before_anything(
    empty_database_url: str, folder: Path
) -> None:
    # given one applied file that somebody edited, and a new one
    migrate.upgrade(empty_database_url, folder)
    (folder / "0001_plan.sql").write_text(PLAN.replace("id int", "id bigint"))
    (folder / "0003_drop_old.sql").write_text(DROP_OLD)
    # when the database is upgraded
    with pytest.raises(migrate.MigrationChanged, match=r"0001_plan\.sql was changed"):
        migrate.upgrade(empty_database_url, folder)
    # then the new one was not applied
    assert migrate.schema_version(empty_database_url) == "0002"


def test_expand_phase_leaves_the_contract_for_later(empty_database_url: str, folder: Path) -> None:
    (folder / "0003_drop_old.sql").write_text(DROP_OLD)
    before = migrate.upgrade(empty_database_url, folder, phase=Phase.EXPAND)
    after = migrate.upgrade(empty_database_url, folder, phase=Phase.CONTRACT)
    assert before == ["0001_plan.sql", "0002_price.sql"]
    assert after == ["0003_drop_old.sql"]


def test_phase_that_would_overtake_the_other_is_refused(
    empty_database_url: str, folder: Path
) -> None:
    (folder / "0003_drop_old.sql").write_text(DROP_OLD)
    with pytest.raises(
        migrate.MigrationOutOfOrder, match=r"0003_drop_old\.sql \(contract\) waits for 0001_plan"
    ):
        migrate.upgrade(empty_database_url, folder, phase=Phase.CONTRACT)
    assert migrate.schema_version(empty_database_url) is None


def test_file_numbered_below_an_applied_one_is_refused(
    empty_database_url: str, folder: Path
) -> None:
    (folder / "0001_plan.sql").rename(folder / "0003_plan.sql")
    migrate.upgrade(empty_database_url, folder)
    (folder / "0001_late.sql").write_text(PRICE)
    with pytest.raises(migrate.MigrationOutOfOrder, match=r"0001_late\.sql comes after 0003_plan"):
        migrate.upgrade(empty_database_url, folder)


def test_file_that_meets_a_held_lock_steps_back_and_tries_again(
    empty_database_url: str, folder: Path
) -> None:
    # given a session that holds the table for half a second
    migrate.upgrade(empty_database_url, folder)
    (folder / "0003_drop_old.sql").write_text(
        "-- contract: nobody reads it\nSET LOCAL lock_timeout = '20ms';\n"
        "ALTER TABLE plan DROP COLUMN old;\n"
    )
    with psycopg.connect(empty_database_url) as holder:
        holder.execute("LOCK TABLE plan IN ACCESS SHARE MODE")
        release = Timer(0.5, holder.rollback)
        release.start()
        # when a file needs that table
        applied = migrate.upgrade(empty_database_url, folder)
        release.join()
    # then it was applied after the lock was gone
    assert applied == ["0003_drop_old.sql"]


def test_file_runs_under_the_timeouts_that_protect_live_traffic(
    empty_database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "0001_seen.sql").write_text(
        "-- expand: shows the settings\nCREATE TABLE seen AS SELECT "
        "current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS run;\n"
    )
    migrate.upgrade(empty_database_url, tmp_path)
    assert rows(empty_database_url, "SELECT lock, run FROM seen") == [("4s", "5s")]


def test_status_tells_applied_pending_changed_and_unknown_apart(
    empty_database_url: str, folder: Path
) -> None:
    # given an applied file, an edited one, one of newer code and one that waits
    (folder / "0003_newer.sql").write_text("-- expand: of newer code\nSELECT 1;\n")
    migrate.upgrade(empty_database_url, folder)
    (folder / "0002_price.sql").write_text(PRICE + "-- edited\n")
    (folder / "0003_newer.sql").unlink()
    (folder / "0004_drop_old.sql").write_text(DROP_OLD)
    # when the two are compared
    lines = migrate.status(empty_database_url, folder)
    # then each has its own word
    assert [(line.name, line.phase, line.state) for line in lines] == [
        ("0001_plan.sql", "expand", State.APPLIED),
        ("0002_price.sql", "expand", State.CHANGED),
        ("0003_newer.sql", "expand", State.UNKNOWN),
        ("0004_drop_old.sql", "contract", State.PENDING),
    ]
    assert [line.applied_at is None for line in lines] == [False, False, False, True]


def test_database_of_another_encoding_is_refused(ascii_url: str, folder: Path) -> None:
    with pytest.raises(migrate.ServerNotSupported, match=r"encoding UTF8 .* SQL_ASCII"):
        migrate.upgrade(ascii_url, folder)


def test_own_migrations_build_the_whole_schema(database_url: str) -> None:
    lines = migrate.status(database_url, migrate.migrations_folder())
    assert {line.state for line in lines} == {State.APPLIED}
