"""A power cut: what a committed row names is on disk before it is committed, and so is its name."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ledgerline.datasets.lake import Lake
from ledgerline.datasets.storage import Storage
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.releases import store
from tests.datasets.quarter import BEGINS
from tests.flow_world import World, open_world


class Disk:
    """What was asked to be on disk, as large as it was then, and what is committed without."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.synced = dict[int, int]()  # sizes by inode: a file may be renamed after it
        self.commits = list[str]()
        self.early = list[tuple[str, str]]()

    def sync(self, descriptor: int) -> None:
        held = os.fstat(descriptor)
        self.synced[held.st_ino] = held.st_size

    def commit(self, name: str) -> None:
        """Note which files of the lake, or folders that name them, could be lost now."""
        self.commits.append(name)
        files = [one for one in self.folder.rglob("*") if one.is_file()]
        self.early += [
            (name, str(one))
            for one in files
            if self.synced.get(one.stat().st_ino) != one.stat().st_size
        ]
        above = {each for one in files for each in one.relative_to(self.folder).parents}
        folders = {self.folder.parent, *(self.folder / one for one in above)}
        self.early += [(name, str(one)) for one in folders if one.stat().st_ino not in self.synced]


@pytest.fixture
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(fresh_database_url, tmp_path, at=BEGINS) as opened:
        await opened.buy(await opened.shopper())
        yield opened


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Record what is synced, and look at the lake whenever something that names it is committed."""
    seen = Disk(tmp_path / "data" / "lake")
    monkeypatch.setattr(os, "fsync", seen.sync)
    commit, of_store = Session.commit, {}
    for name in ("add_interval", "add_release"):
        of_store[name] = getattr(store, name)

        async def added(tx: Any, row: Any, *, name: str = name) -> None:
            seen.commit(name)
            await of_store[name](tx, row)

        monkeypatch.setattr(store, name, added)

    def committed(session: Session) -> None:
        seen.commit("catalog")
        commit(session)

    monkeypatch.setattr(Session, "commit", committed)
    return seen


async def test_files_and_their_folders_are_on_disk_before_any_row_names_them(
    world: World, disk: Disk
) -> None:
    lake = Lake(disk.folder, world.url)
    await export_interval(world.run, lake)
    await publish_release(world.run, lake)
    assert disk.early == []
    assert {"add_interval", "catalog", "add_release"} <= set(disk.commits)
    assert disk.commits[0] == "add_interval"
    assert disk.commits[-1] == "add_release"
    # and so is the mark of an interval, which is written after its row
    disk.commit("later")
    assert disk.early == []


def test_small_file_is_on_disk_before_it_takes_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = list[str]()
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        steps.append(f"rename {path.name}")
        return rename(path, target)

    def synced(descriptor: int) -> None:
        steps.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")

    monkeypatch.setattr(Path, "rename", renamed)
    monkeypatch.setattr(os, "fsync", synced)
    Storage(tmp_path / "lake").put("raw/1/closed.json", b"{}")
    assert steps == ["sync closed.json.partial", "rename closed.json.partial", "sync 1"]
