"""The upkeep of the data sets as its operator does it: from the command line."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from ledgerline.datasets.lake import Lake
from ledgerline.flows.lease_lake import lease_lake
from tests.datasets.quarter import BEGINS, JANUARY, close_books
from tests.flow_world import World, open_world
from tests.scenarios.forked import KEK, Forked

PATIENCE_SECONDS: Final = 600
POLL_SECONDS: Final = 0.5  # each look is a command, and takes of what it looks at
RUN: Final = "from ledgerline.main import run; run()"


@pytest.fixture
async def world(fresh_database_url: str, tmp_path: Path) -> Any:
    async with open_world(fresh_database_url, tmp_path, at=BEGINS) as opened:
        await opened.buy(await opened.shopper())
        await opened.advance(date(2026, 2, 3))
        yield opened


async def test_month_is_closed_and_read_as_it_was_from_the_command_line(
    world: World, forked: Forked, tmp_path: Path
) -> None:
    place = {"LEDGERLINE_DATA_DIR": str(tmp_path)}
    assert forked.read(world.url, "data", "run", **place)["release"] == 1
    refused = forked(world.url, "data", "close", "2026-01", "--as", "finance", "--yes", **place)
    assert refused.status == 1
    assert "ledgerline ledger close 2026-01 --seller nordic" in refused.err
    await close_books(world, JANUARY)
    preview = forked.read(
        world.url, "data", "close", "2026-01", "--as", "finance", "--dry-run", **place
    )
    assert (preview["tag"], preview["closed_at"]) == ("close-2026-01-1", None)
    nobody = forked(world.url, "data", "close", "2026-01", "--as", "finance", **place)
    assert "Nobody is there to answer" in nobody.err
    closed = forked.read(world.url, "data", "close", "2026-01", "--as", "finance", "--yes", **place)
    assert closed["closed_at"] is not None
    question = "SELECT count(*) AS lines FROM document_line"
    then = forked.read(world.url, "data", "query", question, **place)
    await world.buy(await world.shopper())
    assert forked.read(world.url, "data", "run", **place)["release"] == 2
    assert forked.read(world.url, "data", "query", question, **place) != then
    closed_then = forked.read(
        world.url, "data", "query", question, "--as-of-close", "2026-01", **place
    )
    assert closed_then == then
    other = forked(world.url, "data", "query", question, "--as-of-close", "2026-02", **place)
    assert (other.status, "month_not_closed" in other.err) == (1, True)
    swept = forked.read(world.url, "data", "sweep", "--dry-run", **place)
    assert (swept["releases_retired"], swept["files"]) == ([], 0)
    status = forked.read(world.url, "data", "status", "--max-lag", "1 hour", **place)
    assert status["closed_months"] == ["2026-01"]
    assert [one["outcome"] for one in status["runs"]] == ["released", "released"]
    assert forked(world.url, "data", "adopt", "--reason", "x", "--as", "me", **place).status == 1


async def test_run_waits_for_nobody_and_says_who_holds_the_lake(
    world: World, forked: Forked, tmp_path: Path
) -> None:
    place = {"LEDGERLINE_DATA_DIR": str(tmp_path)}
    late = forked(world.url, "data", "status", "--max-lag", "1 hour", **place)
    assert (late.status, "older than 1 hour" in late.err) == (3, True)
    async with lease_lake(world.run, Lake(tmp_path / "lake", world.url), holder="another"):
        for command in (("run",), ("export",), ("sweep",)):
            refused = forked(world.url, "data", *command, **place)
            assert (refused.status, "lake_busy: another works" in refused.err) == (1, True)
        assert forked.read(world.url, "data", "status", **place)["running"] == "another"
    assert forked.read(world.url, "data", "export", **place)["interval"] == 1


@contextmanager
def _following(url: str, place: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {
        "LEDGERLINE_DATABASE_URL": url, "LEDGERLINE_KEK": KEK, "LEDGERLINE_DATA_DIR": str(place),
        "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    command = [sys.executable, "-c", RUN, "data", "follow", "--every", "1 hour"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(POLL_SECONDS)


async def test_follower_releases_by_the_hour_and_ends_well_when_it_is_stopped(
    world: World, forked: Forked, tmp_path: Path
) -> None:
    place = {"LEDGERLINE_DATA_DIR": str(tmp_path)}

    def status() -> Any:
        return forked.read(world.url, "data", "status", **place)

    # given one that is stopped in the middle of a build: it ends well and released nothing
    with _following(world.url, tmp_path) as process:
        _until(lambda: status()["running"] is not None)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    found = status()
    assert (found["running"], found["release"]) == (None, None)
    assert [one["outcome"] for one in found["runs"]] == ["stopped"]
    # and one that is let alone: it released, says when it will again, and waits
    with _following(world.url, tmp_path) as process:
        _until(lambda: status()["release"] == 1)
        _until(lambda: status()["running"] is None)
        found = status()
        assert found["lag_minutes"] == 0
        assert found["next_run"] > found["last_success"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stderr is not None
        assert "release 1" in process.stderr.read()
    assert json.dumps(status()["warnings"]) == "[]"
