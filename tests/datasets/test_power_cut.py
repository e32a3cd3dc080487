"""A power cut: what a committed row names is on disk before it is committed, and so is its name."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
import pytest
from typing_extensions import override

from ledgerline.datasets.history import CLOSED
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.storage import Storage
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from tests.datasets.quarter import BEGINS
from tests.flow_world import World, open_world

_CATALOG = "SELECT to_regclass('lake.iceberg_tables') IS NOT NULL"
_NAMED = "SELECT string_agg(metadata_location, ' ') FROM lake.iceberg_tables"
_CLOSED = "SELECT string_agg(extracts::text, ' ') FROM dataset_interval"


@dataclass(frozen=True)
class Watched(Storage):
    """Looks, whenever files were put on disk, whether a row names one of them already."""

    url: str = ""
    synced: set[str] = field(default_factory=set)
    named_before: list[str] = field(default_factory=list)

    @override
    def sync(self, paths: Iterable[str]) -> None:
        listed = list(paths)
        super().sync(listed)
        said = self._committed()
        self.named_before.extend(path for path in listed if path in said)
        self.synced.update(listed)

    def _committed(self) -> str:
        with psycopg.connect(self.url) as connection:
            [has_catalog] = connection.execute(_CATALOG).fetchall()[0]
            said = connection.execute(_CLOSED).fetchall()
            if has_catalog:
                said += connection.execute(_NAMED).fetchall()
            return str(said)


class WatchedLake(Lake):
    """A lake whose files are watched."""

    @cached_property
    @override
    def storage(self) -> Watched:
        return Watched(self.folder, url=self.database_url)


@pytest.fixture
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(fresh_database_url, tmp_path, at=BEGINS) as opened:
        await opened.buy(await opened.shopper())
        yield opened


async def test_files_are_on_disk_before_an_interval_or_the_catalog_names_them(
    world: World, tmp_path: Path
) -> None:
    lake = WatchedLake(tmp_path / "lake", world.url)
    await export_interval(world.run, lake)
    await publish_release(world.run, lake)
    files = [one for one in lake.folder.rglob("*") if one.is_file() and one.name != CLOSED]
    assert len(files) > 100
    assert {str(one.relative_to(lake.folder)) for one in files} == lake.storage.synced
    assert lake.storage.named_before == []
    # and what was put there is named by now
    last = lake.storage._committed()  # noqa: SLF001 - the watch of this test
    assert sum(path in last for path in lake.storage.synced) > 10
