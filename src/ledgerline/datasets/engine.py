"""The engine that computes: DuckDB in this process."""

import fcntl
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, cast

import duckdb
import ibis
import pyarrow as pa
from ibis import Table
from ibis.backends.duckdb import Backend
from ibis.backends.duckdb.converter import DuckDBPyArrowData
from ibis.expr.operations import InMemoryTable
from ibis.formats.pyarrow import PyArrowSchema

from ledgerline.releases.refusals import LakeUnusable, QueryRefused

MEMORY: Final = "3GB"
_PREFIX: Final = "duckdb-"
_FAILED: Final = (duckdb.IOException, duckdb.InvalidInputException, duckdb.OutOfMemoryException)
"""What a disk, a file or too little memory does to a computation; a fault of a model is none."""


class Engine:
    """Reads Parquet files as tables and computes expressions to Arrow."""

    def __init__(self, backend: Backend) -> None:
        """Compute with ``backend``."""
        self._backend = backend
        self._named = Counter[str]()

    def table(self, files: Sequence[str], schema: pa.Schema) -> Table:
        """Return what ``files`` hold, by column name; without files a table without rows.

        A column that none of them has yet is empty. Raises ``LakeUnusable`` when one of them is no
        file of ours.
        """
        types = PyArrowSchema.to_ibis(schema)
        name = self._next_name(schema)
        if not files:
            self._backend.create_table(name, schema=types, temp=True)
            return ibis.table(types, name=name)
        with _told():
            made = self._backend.read_parquet(list(files), table_name=name, union_by_name=True)
        found = ibis.table(made.schema(), name=name)
        return found.select(
            *(
                found[name] if name in found.columns else ibis.null(types[name]).name(name)
                for name in schema.names
            )
        )

    def _next_name(self, schema: pa.Schema) -> str:
        """Name a table by its columns, so that equal builds are equal statements in any engine."""
        kind = sha256(str(schema).encode()).hexdigest()[:12]
        self._named[kind] += 1
        return f"read_{kind}_{self._named[kind]}"

    def compute(self, expression: Table) -> pa.Table:
        """Compute an expression; raises ``LakeUnusable`` when a file or the disk fails it."""
        operation = expression.op()
        with _told():
            if operation.find(InMemoryTable):
                return self._backend.to_pyarrow(expression)  # which hands them over first
            found = self._backend.con.sql(_statement(cast("Any", operation))).to_arrow_table()
        return DuckDBPyArrowData.convert_table(found, expression.schema())

    def sql(self, query: str) -> pa.Table:
        """Answer a statement of ours over what is named by ``name``."""
        return self._backend.raw_sql(query).to_arrow_table()

    def confine(self, folder: Path) -> None:
        """Let what follows read no file outside ``folder``, whatever it asks for."""
        allowed = str(folder.resolve()).replace("'", "''")
        self.sql(f"SET allowed_directories = ['{allowed}']")
        self.sql("SET enable_external_access = false")

    def select(self, query: str) -> pa.Table:
        """Answer one SELECT of anybody over what is named by ``name``; it writes nothing.

        Raises ``QueryRefused`` for anything else, such as a COPY, which could overwrite files.
        """
        found = self._backend.con.extract_statements(query)
        if [one.type for one in found] != [duckdb.StatementType.SELECT]:
            raise QueryRefused("a query is one SELECT statement", query=query)
        return self.sql(query)

    def name(self, name: str, files: Sequence[str], schema: pa.Schema) -> None:
        """Let queries call what ``files`` hold ``name``."""
        self._backend.create_view(name, self.table(files, schema), overwrite=True)


@lru_cache(maxsize=4096)
def _statement(operation: Any) -> str:  # a node, which its own types do not say is hashable
    """Translate an expression, once for all engines of this process: that takes longest of it."""
    found: str = ibis.to_sql(operation.to_expr(), dialect="duckdb", pretty=False)
    return found


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except _FAILED as fault:
        raise LakeUnusable(str(fault).split("\n", maxsplit=1)[0]) from fault


@contextmanager
def duckdb_engine(spill: Path, *, threads: int = 2, keeps_order: bool = False) -> Iterator[Engine]:
    """Open an engine whose memory is bounded; what does not fit is spilled into ``spill``.

    Rows come in any order unless it ``keeps_order``: to put them back into that of their files,
    the engine copies a whole result once more than it is handed over.

    Each has a folder of its own there, since DuckDB names the files the same in every process and
    deletes what it finds under their names. What a killed one left behind goes with the next.
    """
    with _folder(spill) as folder:
        backend = ibis.duckdb.connect(
            threads=threads,
            memory_limit=MEMORY,
            temp_directory=str(folder),
            autoinstall_known_extensions=False,
            preserve_insertion_order=keeps_order,
        )
        try:
            yield Engine(backend)
        finally:
            backend.disconnect()


@contextmanager
def _folder(spill: Path) -> Iterator[Path]:
    """Make a folder that is locked as long as this process lives, and delete it after the block."""
    spill.mkdir(parents=True, exist_ok=True)
    with _locked(spill):  # so that nobody sweeps what is made and not yet locked
        _sweep(spill)
        folder = Path(mkdtemp(dir=spill, prefix=_PREFIX))
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


@contextmanager
def _locked(folder: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, how)
        yield
    finally:
        os.close(held)


def _sweep(spill: Path) -> None:
    """Delete the folders of engines whose process is gone."""
    for folder in spill.glob(f"{_PREFIX}*"):
        with (
            suppress(BlockingIOError, FileNotFoundError),
            _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB),
        ):
            shutil.rmtree(folder, ignore_errors=True)
