"""Reading the folder of migrations, and what is refused before a database is touched."""

from hashlib import sha256
from pathlib import Path

import pytest

from ledgerline.cli import migrate
from ledgerline.cli.migrate import Migration, Phase

EXPAND = b"-- expand: plans are sold\nCREATE TABLE plan (id int);\n"
CONTRACT = b"-- contract: nobody reads the old column\nALTER TABLE plan DROP COLUMN old;\n"


def test_files_are_read_in_the_order_of_their_numbers_with_phase_and_checksum(
    tmp_path: Path,
) -> None:
    # given two files written in the other order, and a note that is no migration
    (tmp_path / "0002_drop_old.sql").write_bytes(CONTRACT)
    (tmp_path / "0001_plan.sql").write_bytes(EXPAND)
    (tmp_path / "README.md").write_text("about these files")
    # when the folder is read
    files = migrate.read_folder(tmp_path)
    # then both are there, in order
    assert files == [
        Migration("0001_plan.sql", Phase.EXPAND, sha256(EXPAND).digest(), EXPAND),
        Migration("0002_drop_old.sql", Phase.CONTRACT, sha256(CONTRACT).digest(), CONTRACT),
    ]


@pytest.mark.parametrize(
    ("_case", "name", "content"),
    [
        ("no number", "plan.sql", EXPAND),
        ("three digits", "001_plan.sql", EXPAND),
        ("a capital letter", "0001_Plan.sql", EXPAND),
        ("no phase", "0001_plan.sql", b"CREATE TABLE plan (id int);\n"),
        ("no reason", "0001_plan.sql", b"-- expand: \nCREATE TABLE plan (id int);\n"),
        ("an unknown phase", "0001_plan.sql", b"-- reduce: less\nSELECT 1;\n"),
    ],
)
def test_file_that_breaks_the_rules_is_refused_by_name(
    _case: str, name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(migrate.MigrationMisnamed, match=name):
        migrate.read_folder(tmp_path)


def test_two_files_of_one_number_are_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_plan.sql").write_bytes(EXPAND)
    (tmp_path / "0001_price.sql").write_bytes(EXPAND)
    with pytest.raises(migrate.MigrationMisnamed, match=r"number 0001 is 0001_plan\.sql's"):
        migrate.read_folder(tmp_path)


def test_empty_folder_is_refused_instead_of_doing_nothing(tmp_path: Path) -> None:
    with pytest.raises(migrate.MigrationMisnamed, match="no migration in"):
        migrate.read_folder(tmp_path)


def test_database_that_does_not_answer_is_reported_in_the_words_of_the_driver(
    tmp_path: Path,
) -> None:
    (tmp_path / "0001_plan.sql").write_bytes(EXPAND)
    with pytest.raises(
        migrate.DatabaseUnreachable, match=r"connection to server on socket .* failed"
    ):
        migrate.upgrade(f"host={tmp_path} dbname=ledgerline", tmp_path)


def test_own_migrations_are_found_and_well_formed() -> None:
    files = migrate.read_folder(migrate.migrations_folder())
    assert files[0].name.startswith("0001_")
