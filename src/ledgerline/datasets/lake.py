"""The lake: raw files, and Iceberg tables of months that are overwritten whole.

A table at a snapshot is a list of Parquet files, which any engine reads without knowing Iceberg.
The catalog stands in PostgreSQL; the files lie in a folder, or in any store that fsspec knows.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression, In, Reference
from pyiceberg.expressions.literals import literal
from pyiceberg.io import PY_IO_IMPL, FileIO
from pyiceberg.io.fsspec import FsspecFileIO
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.update import AddSnapshotUpdate, TableRequirement, TableUpdate
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import BooleanType, DateType, IcebergType, LongType, NestedField, StringType
from sqlalchemy import URL
from typing_extensions import override

from ledgerline.datasets.contract import Contract
from ledgerline.datasets.storage import Storage, file_system, told
from ledgerline.releases.refusals import ContractBroken, LakeUnusable

CATALOG: Final = "ledgerline"
_STORE_IO: Final = f"{__name__}.StoreIO"
SCHEMA: Final = "lake"
"""Where the catalog's own two tables stand: pyiceberg makes them, and nobody else reads them."""
_TYPES: Final[Mapping[pa.DataType, IcebergType]] = {
    pa.string(): StringType(),
    pa.int64(): LongType(),
    pa.date32(): DateType(),
    pa.bool_(): BooleanType(),
}
_KINDS: Final = {str(ours): kind for kind, ours in _TYPES.items()}
_PARTITION_ID: Final = 1000
TAG_KEPT: Final = 3653 * 24 * 60 * 60 * 1000
"""How long a closed month is kept at least: ten years, in milliseconds."""


class Placed(Struct, frozen=True, kw_only=True):
    """Where rows stand: a table of the catalog, whose name tells its version, and a snapshot."""

    table: str
    snapshot: int


def table_name(namespace: str, contract: Contract) -> str:
    """Return what the catalog calls the table of a contract."""
    return f"{namespace}.{contract.name}_v{contract.version}"


class StoreIO(FsspecFileIO):
    """Reads and writes tables through the same file system as all else of a lake."""

    @override
    def _get_fs(self, scheme: str, hostname: str | None = None) -> Any:
        return file_system(scheme)


class _Catalog(SqlCatalog):
    """Names a description of a table once all that it leads to is on disk."""

    storage: Storage
    _added: Sequence[Snapshot] = ()

    @override
    def commit_table(
        self,
        table: Table,
        requirements: tuple[TableRequirement, ...],
        updates: tuple[TableUpdate, ...],
    ) -> CommitTableResponse:
        self._added = [one.snapshot for one in updates if isinstance(one, AddSnapshotUpdate)]
        try:
            return super().commit_table(table, requirements, updates)
        finally:
            self._added = ()

    @override
    def _write_metadata(  # type: ignore[override] # pyrefly: ignore[bad-override] - static there
        self, metadata: TableMetadata, io: FileIO, metadata_path: str
    ) -> None:
        super()._write_metadata(metadata, io, metadata_path)
        if not self.storage.is_remote:
            added = (uri for one in self._added for uri in _added_by(one, io))
            self.storage.sync(map(self.storage.path_of, (metadata_path, *added)))


def _added_by(snapshot: Snapshot, io: FileIO) -> Iterator[str]:
    """Yield every file that a snapshot has and the one before it has not."""
    yield snapshot.manifest_list
    for manifest in snapshot.manifests(io):
        if manifest.added_snapshot_id == snapshot.snapshot_id:
            yield manifest.manifest_path
            for entry in manifest.fetch_manifest_entry(io, discard_deleted=True):
                if entry.snapshot_id == snapshot.snapshot_id:
                    yield entry.data_file.file_path


@dataclass(frozen=True)
class Lake:
    """One lake: its files, the database that holds its catalog, and the engine that builds.

    Files lie in ``folder``, or at ``address`` where there is one; then copies of them and what an
    engine spills are in ``folder``. ``token`` is that of the lease under which it is written, where
    there is one. It is for one thread at a time: ``opened`` ends with the connections of whoever
    shares it.
    """

    folder: Path
    database_url: str
    engine: str = "duckdb"
    token: UUID | None = None
    address: str | None = None

    @cached_property
    def storage(self) -> Storage:
        """Its files."""
        return Storage(self.folder, self.address)

    def told(self) -> AbstractContextManager[None]:
        """Say ``LakeUnusable`` of what a disk or a store does to the block."""
        return told(self.storage.name)

    @property
    def spill(self) -> Path:
        """Where an engine puts what does not fit into memory."""
        return self.folder / "spill"

    @cached_property
    def _catalog(self) -> SqlCatalog:
        self.folder.mkdir(parents=True, exist_ok=True)
        through = {} if self.address is None else {PY_IO_IMPL: _STORE_IO}
        found = _Catalog(
            CATALOG, uri=_uri(self.database_url), warehouse=self.storage.warehouse, **through
        )
        found.storage = self.storage
        return found

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep connections of the catalog for the block, and none after it."""
        try:
            yield
        finally:
            if "_catalog" in vars(self):
                self._catalog.engine.dispose()

    def table(self, name: str) -> Table:
        """Return a table; raises ``LakeUnusable`` where there is none. Reading makes none."""
        with self.told():
            try:
                return self._catalog.load_table(name)
            except NoSuchTableError as fault:
                raise LakeUnusable("the catalog has no such table", table=name) from fault

    def _made(self, namespace: str, contract: Contract) -> Table:
        """Return the table of a contract that is about to be written."""
        name = table_name(namespace, contract)
        try:
            return self._catalog.load_table(name)
        except NoSuchTableError:
            self._catalog.create_namespace_if_not_exists(namespace)
            schema = _schema(contract)
            source = schema.find_field(contract.partition).field_id
            by_month = PartitionField(
                source, _PARTITION_ID, IdentityTransform(), contract.partition
            )
            return self._catalog.create_table(
                name, schema=schema, partition_spec=PartitionSpec(by_month)
            )

    def tables(self) -> Iterator[Table]:
        """Yield every table that there is, also of versions and models that are gone."""
        for namespace in self._catalog.list_namespaces():
            for name in self._catalog.list_tables(namespace):
                yield self._catalog.load_table(name)

    def files(self, placed: Placed) -> list[str]:
        """Return the files of a table at a snapshot; raises ``LakeUnusable`` where it is gone.

        They are on this machine. A plan with a delete file is a defect.
        """
        with self.told():
            table, snapshot = self._snapshot(placed)
            tasks = list(table.scan(snapshot_id=snapshot.snapshot_id).plan_files())
        assert not any(task.delete_files for task in tasks), placed.table
        paths = sorted(self.storage.path_of(task.file.file_path) for task in tasks)
        return self.storage.fetched(paths)

    def schema(self, placed: Placed) -> pa.Schema:
        """Return the columns that a table has at a snapshot, whatever its contract is by now."""
        table, snapshot = self._snapshot(placed)
        schema = (
            table.schema() if snapshot.schema_id is None else table.schemas()[snapshot.schema_id]
        )
        return pa.schema(
            [
                pa.field(one.name, _KINDS[str(one.field_type)], nullable=not one.required)
                for one in schema.fields
            ]
        )

    def partition(self, placed: Placed) -> str:
        """Return the column by whose months a table is stored."""
        [field] = self.table(placed.table).spec().fields
        return field.name

    def tag(self, placed: Placed, name: str) -> None:
        """Call a snapshot ``name``, so that whoever reads the table by Iceberg finds it.

        Where the name is another snapshot's it is taken from it: that close was never finished.
        """
        with self.told():
            table = self.table(placed.table)
            held = table.refs().get(name)
            if held is not None and held.snapshot_id == placed.snapshot:
                return
            changes = table.manage_snapshots()
            if held is not None:
                changes = changes.remove_tag(name)
            changes.create_tag(placed.snapshot, name, max_ref_age_ms=TAG_KEPT).commit()

    def tagged(self, table: str, name: str) -> Placed | None:
        """Return the snapshot of a table that is called ``name``."""
        held = self.table(table).refs().get(name)
        return None if held is None else Placed(table=table, snapshot=held.snapshot_id)

    def _snapshot(self, placed: Placed) -> tuple[Table, Snapshot]:
        table = self.table(placed.table)
        snapshot = table.snapshot_by_id(placed.snapshot)
        if snapshot is None:
            raise LakeUnusable(
                "a table has no such snapshot", table=placed.table, snapshot=placed.snapshot
            )
        return table, snapshot

    def replace_months(
        self,
        namespace: str,
        contract: Contract,
        rows: pa.Table,
        *,
        months: Sequence[date],
        onto: Placed | None,
    ) -> Placed:
        """Overwrite ``months`` whole, on top of what is ``onto``; return the new snapshot.

        What an earlier build left behind is not built upon: it was never released.
        """
        name = table_name(namespace, contract)
        assert onto is None or onto.table == name, (onto, name)
        table = self._made(namespace, contract)
        now = table.current_snapshot()
        if now is not None and onto is not None and now.snapshot_id != onto.snapshot:
            table.manage_snapshots().set_current_snapshot(onto.snapshot).commit()
            table.refresh()
        # As an expression: whoever parses one keeps the frames around it, and the rows with them.
        given_up = AlwaysTrue() if onto is None else _any_of(contract.partition, months)
        with warnings.catch_warnings():  # that there was nothing yet to overwrite is no news
            warnings.filterwarnings("ignore", message="Delete operation did not match any records")
            table.overwrite(rows, overwrite_filter=given_up)
        written = table.current_snapshot()
        assert written is not None, contract.name
        return Placed(table=name, snapshot=written.snapshot_id)


def fitted(contract: Contract, rows: pa.Table) -> pa.Table:
    """Give rows the columns and types of their contract; raises ``ContractBroken``."""
    schema = contract.schema()
    if set(rows.column_names) != set(schema.names):
        raise ContractBroken(
            "a model built other columns than its contract promises",
            name=contract.name,
            missing=sorted(set(schema.names) - set(rows.column_names)),
            unknown=sorted(set(rows.column_names) - set(schema.names)),
        )
    empty = [
        field.name for field in schema if not field.nullable and rows[field.name].null_count > 0
    ]
    if empty:
        raise ContractBroken("columns are empty that never are", name=contract.name, columns=empty)
    return rows.select(schema.names).cast(schema)


def _any_of(column: str, days: Sequence[date]) -> BooleanExpression:
    return In(term=Reference(column), values={literal(day) for day in days})


def _schema(contract: Contract) -> Schema:
    return Schema(
        *(
            NestedField(
                number, field.name, _TYPES[field.type], required=not field.nullable,
                doc=contract.columns[field.name],
            )
            for number, field in enumerate(contract.schema(), start=1)
        )
    )  # fmt: skip


def _uri(database_url: str) -> str:
    """Say to SQLAlchemy what ``database_url`` says to libpq, and where the catalog's tables are."""
    parts = {name: str(value) for name, value in conninfo_to_dict(database_url).items()}
    return URL.create(
        "postgresql+psycopg",
        username=parts.pop("user", None),
        password=parts.pop("password", None),
        database=parts.pop("dbname", None),
        query={**parts, "options": f"-csearch_path={SCHEMA}"},
    ).render_as_string(hide_password=False)
