"""Files of a lake, in a folder and in a store: written whole, named and never looked for."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from typing_extensions import override

from ledgerline.datasets.storage import Storage
from ledgerline.releases.refusals import LakeUnusable

ROWS = pa.table({"a_minor": [1, 2, 3]})
FILE = "raw/1/allocation-0.parquet"


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    address = f"memory://{tmp_path.name}/lake/" if request.param == "memory" else None
    return Storage(tmp_path / "lake", address)


def test_what_is_written_is_there_once_deleted_once_and_read_here(storage: Storage) -> None:
    digest = storage.write(FILE, ROWS)
    assert storage.has(FILE)
    assert storage.digest(FILE) == digest
    [here] = storage.fetched([FILE])
    assert pq.read_table(here).equals(ROWS)
    assert hashlib.sha256(Path(here).read_bytes()).hexdigest() == digest
    [found] = storage.walk("raw")
    assert (found.path, found.size) == (FILE, Path(here).stat().st_size)
    assert abs(found.changed - datetime.now(UTC)).total_seconds() < 600  # noqa: TID251 - a store has a clock of its own
    storage.put("raw/1/closed.json", b"{}")
    storage.put("raw/1/closed.json", b"[]")
    assert storage.read("raw/1/closed.json") == b"[]"
    assert storage.delete(FILE)
    assert not storage.delete(FILE)
    assert not storage.has(FILE)
    assert storage.digest(FILE) is None
    storage.delete_folder("raw/1")
    storage.delete_folder("raw/1")
    assert storage.walk("raw") == []


def test_copy_is_made_once_and_goes_when_its_file_is_gone(tmp_path: Path) -> None:
    address = f"memory://{tmp_path.name}/lake"
    Storage(tmp_path / "other-machine", address).write(FILE, ROWS)
    storage = Storage(tmp_path / "lake", address)
    [here] = storage.fetched([FILE])
    Storage(tmp_path / "other-machine", address).delete(FILE)
    assert storage.fetched([FILE]) == [here]  # what was copied is not asked for again
    storage.forget()
    assert not Path(here).exists()
    with pytest.raises(LakeUnusable, match=r"memory://"):
        storage.fetched([FILE])
    assert [one for one in storage.here.rglob("*") if one.is_file()] == []


class Lagging(MemoryFileSystem):  # type: ignore[misc] # fsspec ships no types
    """A store whose listing has not caught up with anything yet."""

    protocol = "lagging"

    @override
    def find(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}


def test_listing_that_lags_hides_nothing_that_is_named(tmp_path: Path) -> None:
    fsspec.register_implementation("lagging", Lagging, clobber=True)
    address = f"lagging://{tmp_path.name}/lake"
    Storage(tmp_path / "other-machine", address).write(FILE, ROWS)
    storage = Storage(tmp_path / "lake", address)
    assert storage.walk("") == []
    assert storage.has(FILE)
    assert pq.read_table(*storage.fetched([FILE])).equals(ROWS)


def test_address_of_which_nothing_is_known_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(LakeUnusable, match="a lake at nosuch:// needs its fsspec package"):
        Storage(tmp_path, "nosuch://books/lake").put("one", b"1")
