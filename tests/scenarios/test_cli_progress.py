"""How far long work has come is shown to a person at a terminal, and nowhere else."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.flow_world import World
from tests.scenarios.forked import KEK, Forked

RUN: Final = [sys.executable, "-c", "from ledgerline.main import run; run()"]
PROGRESS: Final = "invariants checked"
SECONDS_MAX: Final = 600


def at_a_terminal(url: str, *arguments: str) -> str:
    """Run a command at a terminal and return all that it wrote there."""
    ours, theirs = pty.openpty()
    environment = {
        "LEDGERLINE_DATABASE_URL": url, "LEDGERLINE_KEK": KEK, "PATH": "/usr/bin:/bin",
        "TERM": "xterm", "COLUMNS": "120",
    }  # fmt: skip
    with subprocess.Popen(
        [*RUN, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = bytearray()
        while True:
            try:
                block = os.read(ours, 65_536)
            except OSError:  # Linux says so when nobody holds the other side
                break
            if not block:
                break
            written += block
        os.close(ours)
        assert process.wait(SECONDS_MAX) == 0, written
    return written.decode()


def test_the_audit_says_at_a_terminal_how_far_it_is(world: World) -> None:
    assert PROGRESS in at_a_terminal(world.url, "audit")
    assert PROGRESS not in at_a_terminal(world.url, "audit", "--json")


def test_a_migration_is_named_at_a_terminal_before_it_is_over(empty_database_url: str) -> None:
    assert "applying 0001_foundation.sql" in at_a_terminal(empty_database_url, "db", "upgrade")


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_pipe_gets_the_result_alone(forked: Forked, world: World, more: tuple[str, ...]) -> None:
    audited = forked(world.url, "audit", *more)
    billed = forked(world.url, "bill", "run", "--yes", *more)
    collected = forked(world.url, "collect", "run", "--yes", *more)
    assert (audited.status, billed.status, collected.status) == (0, 0, 0)
    assert PROGRESS not in audited.out + audited.err
    assert (billed.err, collected.err) == ("", "")


def test_a_pipe_is_not_told_of_migrations_but_of_what_was_done(
    forked: Forked, empty_database_url: str, tmp_path: Path
) -> None:
    done = forked(empty_database_url, "db", "upgrade", LEDGERLINE_DATA_DIR=str(tmp_path))
    assert (done.status, done.out, done.err) == (0, "", "applied 0001_foundation.sql\n")
