"""Where the files of a lake lie: a folder, or any store that fsspec knows (``s3://bucket/prefix``).

Files are named by their path below the lake. What is written is whole or is not there, and nothing
is found by listing that is to be read: rows of the database name it, so a store whose listing lags
hides nothing. How a store is reached (keys, region, endpoint) is its own configuration.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from ledgerline.releases.refusals import LakeUnusable

_COPIES: Final = "copies"
_SYNCED_AT_ONCE: Final = 16
_PIECE: Final = 1 << 20
_FAILURES: Final = {
    "aiohttp": "ClientError",
    "azure.core.exceptions": "AzureError",
    "botocore.exceptions": "BotoCoreError ClientError",
    "gcsfs.retry": "HttpError",
}
"""What stores raise that is no ``OSError``; a module that is not loaded has raised nothing."""
_CHANGED: Final = ("mtime", "LastModified", "last_modified", "updated", "created")
"""What file systems call the instant at which a file was written last."""


class Entry(NamedTuple):
    """A file of a store: its path below the lake, its bytes, and when it was written last."""

    path: str
    size: int
    changed: datetime


def file_system(scheme: str) -> Any:
    """Return the file system of a scheme, which remembers no listing.

    Raises ``LakeUnusable`` where there is none, or what it needs is not installed.
    """
    try:
        return fsspec.filesystem(scheme, use_listings_cache=False)
    except (ImportError, ValueError) as missing:
        extra = "pip install 'ledgerline[s3]'" if scheme in {"s3", "s3a"} else "its fsspec package"
        raise LakeUnusable(f"a lake at {scheme}:// needs {extra}: {missing}") from missing


@contextmanager
def told(lake: str) -> Iterator[None]:
    """Say ``LakeUnusable`` of whatever a disk or a store does to the block."""
    try:
        yield
    except Exception as fault:
        if not isinstance(fault, _failures()):
            raise
        said = getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
        raise LakeUnusable(f"{said} ({lake})", lake=lake) from fault


def _failures() -> tuple[type[BaseException], ...]:
    return (
        OSError,
        *(
            getattr(sys.modules[module], name)
            for module, names in _FAILURES.items()
            if module in sys.modules
            for name in names.split()
        ),
    )


@dataclass(frozen=True)
class Storage:
    """The files of one lake: in ``folder``, or at ``address`` where there is one.

    Files are never written twice, so those of a store are copied once to ``here`` and read there,
    by any engine; what lies there may be deleted at any time.
    """

    folder: Path
    address: str | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.folder) if self.address is None else self.address

    @cached_property
    def here(self) -> Path:
        """The folder of this machine from which files are read."""
        return self.folder.resolve() if self.address is None else self.folder.resolve() / _COPIES

    @property
    def warehouse(self) -> str:
        """The address below which tables are written."""
        return self.here.as_uri() if self.address is None else self._root

    @property
    def is_remote(self) -> bool:
        """Whether files lie elsewhere than in a folder of this machine."""
        return self.address is not None

    @property
    def _root(self) -> str:
        assert self.address is not None
        return self.address.rstrip("/")

    @cached_property
    def _system(self) -> Any:
        return file_system("file" if self.address is None else urlsplit(self.address).scheme)

    def _location(self, path: str) -> str:
        return str(self.here / path) if self.address is None else f"{self._root}/{path}"

    def path_of(self, uri: str) -> str:
        """Return what lies at an address of a table as a path below the lake."""
        if self.address is not None:
            return uri.removeprefix(f"{self._root}/")
        path = Path(url2pathname(urlsplit(uri).path))
        return str(path.relative_to(self.here) if path.is_relative_to(self.here) else path)

    def fetched(self, paths: Iterable[str]) -> list[str]:
        """Return where on this machine files are, once those are copied that are not here yet."""
        found = {path: self.here / path for path in paths}
        if self.address is not None:
            missing = {path: here for path, here in found.items() if not here.is_file()}
            if missing:
                self._copy(missing)
        return [str(here) for here in found.values()]

    def _copy(self, missing: Mapping[str, Path]) -> None:
        with told(self.name), TemporaryDirectory(dir=self._made(self.here)) as folder:
            partial = [str(Path(folder) / str(number)) for number in range(len(missing))]
            self._system.get([self._location(path) for path in missing], partial)
            for whole, here in zip(partial, missing.values(), strict=True):
                self._made(here.parent)
                Path(whole).rename(here)

    def write(self, path: str, table: pa.Table) -> str:
        """Write a table as Parquet and return its digest, once the file is there to stay.

        A store is given a whole file, so that what is cut leaves none.
        """
        here = self.here / path
        with told(self.name):
            self._made(here.parent)
            pq.write_table(table, here, compression="zstd")
            if self.address is not None:
                self._system.put_file(str(here), self._location(path))
            self.sync([path])
            with here.open("rb") as raw:
                return hashlib.file_digest(raw, "sha256").hexdigest()

    def put(self, path: str, content: bytes) -> None:
        """Write a small file: whoever reads it finds all of it, or what was there before."""
        with told(self.name):
            if self.address is not None:
                self._system.pipe_file(self._location(path), content)
                return
            whole = self.here / path
            self._made(whole.parent)
            partial = whole.with_name(f"{whole.name}.partial")
            partial.write_bytes(content)
            _sync(partial)
            partial.rename(whole)
            _sync(whole.parent)

    def read(self, path: str) -> bytes:
        """Return what a small file holds."""
        with told(self.name):
            content: bytes = self._system.cat_file(self._location(path))
            return content

    def has(self, path: str) -> bool:
        """Say whether there is such a file, or a copy of it; no answer is not taken for one."""
        if self.address is None or (self.here / path).is_file():
            return (self.here / path).is_file()
        with told(self.name):
            return bool(self._system.exists(self._location(path)))

    def digest(self, path: str) -> str | None:
        """Return the SHA-256 of a file where it is kept; None where there is none."""
        found = hashlib.sha256()
        with told(self.name):
            try:
                with self._system.open(self._location(path), "rb") as raw:
                    while piece := raw.read(_PIECE):
                        found.update(piece)
            except FileNotFoundError:
                return None
        return found.hexdigest()

    def walk(self, folder: str) -> list[Entry]:
        """List every file below a folder, in order; nothing where there is no folder."""
        with told(self.name):
            found = self._system.find(self._location(folder), detail=True)
            above = fsspec.core.strip_protocol(self._location("")).rstrip("/")
            return sorted(
                Entry(path.removeprefix(f"{above}/"), info["size"] or 0, _changed(info))
                for path, info in found.items()
                if info["type"] == "file"
            )

    def delete(self, path: str) -> bool:
        """Delete a file; False where it is gone already."""
        with told(self.name):
            if self.address is not None:
                (self.here / path).unlink(missing_ok=True)
            try:
                self._system.rm_file(self._location(path))
            except FileNotFoundError:
                return False
            return True

    def delete_folder(self, folder: str) -> None:
        """Delete a folder with all that is left in it; one that is gone is no fault."""
        shutil.rmtree(self.here / folder, ignore_errors=True)
        if self.address is not None:
            for one in self.walk(folder):
                self.delete(one.path)

    def forget(self) -> None:
        """Delete copies of what is gone: another machine swept it."""
        if self.address is not None:
            there = {one.path for one in self.walk("")}
            for copy in Storage(self.here).walk(""):
                if copy.path not in there:
                    (self.here / copy.path).unlink(missing_ok=True)

    def sync(self, paths: Iterable[str]) -> None:
        """Let files, and their names in every folder above, be on disk before a row names them.

        A store has kept what it acknowledged. A disk waits as long for one as for several that are
        asked for together.
        """
        if self.address is not None:
            return
        files = {self.here / path for path in paths}
        above = {one for path in files for one in path.parents if one.is_relative_to(self.here)}
        with ThreadPoolExecutor(_SYNCED_AT_ONCE) as pool:
            list(pool.map(_sync, [*files, *above, self.here.parent]))

    def _made(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _changed(info: dict[str, Any]) -> datetime:
    """Return when a file was written last; one of which nothing is known is of now, and stays."""
    for name in _CHANGED:
        match info.get(name):
            case datetime() as instant:
                return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            case float() | int() as seconds:
                return datetime.fromtimestamp(seconds, UTC)
            case _:
                continue
    return datetime.max.replace(tzinfo=UTC)


def _sync(path: Path) -> None:
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
