"""A disk that is full: it is said, nothing is published, and the same command goes on later."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from ledgerline.releases.refusals import LakeUnusable
from tests.datasets.quarter import BEGINS
from tests.flow_world import open_world
from tests.scenarios.forked import KEK, Done, Forked

BLOCKS: Final = 4  # of 512 bytes: room for the smallest files alone
RUN: Final = "from ledgerline.main import run; run()"
_LIMITED: Final = f'ulimit -f {BLOCKS}; exec "$@"'


def _without_room(url: str, place: Path, *command: str) -> Done:
    """Run a command whose files cannot grow, as on a disk that has no room left."""
    environment = {
        "LEDGERLINE_DATABASE_URL": url, "LEDGERLINE_KEK": KEK, "LEDGERLINE_DATA_DIR": str(place),
        "PATH": "/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",  # half a file of it would be loaded by whoever comes next
    }  # fmt: skip
    done = subprocess.run(
        ["/bin/sh", "-c", _LIMITED, "sh", sys.executable, "-c", RUN, "data", *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


async def test_full_disk_is_said_and_the_same_command_goes_on_once_there_is_room(
    fresh_database_url: str, tmp_path: Path, forked: Forked
) -> None:
    lake = tmp_path / "place" / "lake"
    place = {"LEDGERLINE_DATA_DIR": str(lake.parent)}
    async with open_world(fresh_database_url, tmp_path, at=BEGINS) as world:
        await world.buy(await world.shopper())
        # given no room for raw files: nothing is closed, and nothing is left of them
        full = _without_room(world.url, lake.parent, "export")
        assert (full.status, LakeUnusable.code in full.err) == (1, True), full.err
        assert list((lake / "raw").iterdir()) == []
        assert forked.read(world.url, "data", "export", **place)["interval"] == 1
        # given no room for tables: nothing is released, and the interval stays
        full = _without_room(world.url, lake.parent, "run")
        assert (full.status, LakeUnusable.code in full.err) == (1, True), full.err
        status = forked.read(world.url, "data", "status", **place)
        assert (status["intervals"], status["release"]) == (1, None)
        assert status["runs"][0]["outcome"] == "refused"
        # when there is room again
        assert forked.read(world.url, "data", "run", **place)["release"] == 1
        proven = forked.read(world.url, "data", "audit", **place)["data"]
        assert {one["audit"]: one["broken"] for one in proven if one["broken"]} == {}
