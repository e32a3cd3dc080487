"""Read an interval of the database into Parquet files, in one snapshot, and prove it complete.

Rows are read by the id of the transaction that wrote them, up to the oldest one that is still
running: whatever lies below that is finished, so nothing can appear behind the reader. A long
transaction makes the fence stall; it never makes it skip.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_postgresql import dbapi

from ledgerline.datasets.manifest import Extract, Fence, RawFile
from ledgerline.datasets.source import Kind, Source
from ledgerline.datasets.storage import Storage
from ledgerline.releases.refusals import ExtractMismatch

ROWS_A_FILE: Final = 2_000_000
TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.DATE: pa.date32(),
    Kind.BOOLEAN: pa.bool_(),
}
BOOKED: Final = "booked_month"
"""The column that says into which month of the books a row was booked."""
_FENCE: Final = """
    SELECT (SELECT system_identifier FROM pg_control_system())::text || '/'
           || (SELECT timeline_id FROM pg_control_checkpoint()) AS epoch,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS until,
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS unborn,
           statement_timestamp() AS read_at"""
_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Snapshot:
    """One read-only transaction: all sources of an interval are read in it."""

    def __init__(self, connection: dbapi.Connection) -> None:
        """Read in ``connection``, whose transaction has begun."""
        self._connection = connection
        self.fence = self._read_fence()

    def copy(self, source: Source, *, since: int | None, folder: str, storage: Storage) -> Extract:
        """Write what ``source`` holds of ``[since, fence)`` to files in ``folder``.

        Without ``since`` an epoch begins: rows whose id is not born yet came from another cluster
        and are read too. Raises ``ExtractMismatch`` when the files do not hold what PostgreSQL
        counts in the same snapshot.
        """
        window = _window(source, self.fence, since=since)
        files, sums, months = list[RawFile](), dict.fromkeys(source.money, 0), set[date]()
        with self._reader(query_of(source, f"{window} AND {source.where}")) as batches:
            for number, table in enumerate(_tables(batches, source)):
                path = f"{folder}/{source.name}-{number}.parquet"
                digest = storage.write(path, table)
                files.append(RawFile(path=path, sha256=digest, rows=table.num_rows))
                for name in source.money:
                    sums[name] += pc.call_function("sum", [table[name]]).as_py() or 0
                for name in source.months:
                    months |= set(table[name].unique().to_pylist())
        rows = sum(one.rows for one in files)
        self._prove(source, window, {"rows": rows, **sums})
        return Extract(files=files, rows=rows, sums=sums, months=sorted(months))

    def booked_later(self, source: Source, *, since: int, until: date) -> int:
        """Count the rows from ``since`` on that are booked into a month up to ``until``."""
        month = source.columns[BOOKED].expression
        query = (
            f"SELECT count(*) AS rows FROM {source.rows}"  # noqa: S608 - our own words
            f" WHERE f.fence >= {since} AND {month} <= date '{until}' AND {source.where}"
        )
        rows: int = self._row(query)["rows"]
        return rows

    def _prove(self, source: Source, window: str, found: dict[str, int]) -> None:
        """Count and add up once more, in the database and without its joins, and compare."""
        proof = source.proven_by()
        adds = "".join(
            f', coalesce(sum({expression}), 0)::bigint AS "{name}"'
            for name in source.money
            for expression in [proof.money.get(name, source.columns[name].expression)]
        )
        query = (
            f"SELECT coalesce({proof.counted}, 0)::bigint AS rows{adds}"  # noqa: S608 - our own words
            f" FROM {proof.rows} WHERE {window} AND {proof.where}"
        )
        counted = self._row(query)
        if counted != found:
            raise ExtractMismatch(
                "the files do not hold what the database counts; nothing is published",
                source=source.name,
                counted=counted,
                found=found,
            )

    def _read_fence(self) -> Fence:
        return Fence(**self._row(_FENCE))

    def _row(self, sql: str) -> dict[str, Any]:
        with self._reader(sql) as batches:
            rows: list[dict[str, Any]] = batches.read_all().to_pylist()
        [row] = rows
        return row

    @contextmanager
    def _reader(self, sql: str) -> Iterator[pa.RecordBatchReader]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            yield cursor.fetch_record_batch()


@contextmanager
def snapshot(database_url: str) -> Iterator[Snapshot]:
    """Open a snapshot of the database; it writes nothing and blocks nobody."""
    with dbapi.connect(database_url, autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN)
        yield Snapshot(connection)


def query_of(source: Source, window: str = "true") -> str:
    """Return the query that reads what a source holds of a window of its rows."""
    listed = ", ".join(f'{one.expression} AS "{name}"' for name, one in source.columns.items())
    return f"SELECT {listed} FROM {source.rows} WHERE {window}"  # noqa: S608 - our own words


def _window(source: Source, fence: Fence, *, since: int | None) -> str:
    if source.is_whole:
        return "true"
    span = f"f.fence < {fence.until}"
    if since is None:
        span = f"({span} OR f.fence >= {fence.unborn})"
    else:
        span = f"f.fence >= {since} AND {span}"
    return span


def _tables(batches: pa.RecordBatchReader, source: Source) -> Iterator[pa.Table]:
    """Yield what arrives in tables of at most about ``ROWS_A_FILE`` rows, cast to our types."""
    schema = pa.schema([(name, TYPES[one.kind]) for name, one in source.columns.items()])
    held, rows = list[pa.RecordBatch](), 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= ROWS_A_FILE:
            yield pa.Table.from_batches(held).cast(schema)
            held, rows = [], 0
    if rows:
        yield pa.Table.from_batches(held).cast(schema)
