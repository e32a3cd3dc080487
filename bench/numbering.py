"""Numbering one series against COPY of the same rows plus the same DELETE and UPDATE."""

import asyncio
import time

import psycopg

from bench.billing_run import DUE, run_once, seed
from bench.report import Figure
from bench.stage import Stage
from ledgerline.flows.number_documents import NUMBER_BATCH_MAX, number_documents

GOAL = 10_000  # documents a second and series
TABLES = ("document_body", "document_number")

Rows = tuple[list[int], list[object]]
Block = tuple[dict[str, bytes], Rows]


async def numbering(stage: Stage, *, documents: int = 100_000) -> list[Figure]:
    """Measure how fast one worker stamps one series; another series costs another worker.

    The documents are the invoices of a billing run: each body is built, hashed, chained and sealed.
    """
    await seed(stage, documents)
    await run_once(stage)
    stage.analyze()
    run = stage.run.at(DUE)
    before, cpu, wal, stamped = time.perf_counter(), time.process_time(), stage.wal(), 0
    while batch := await number_documents(run):
        stamped += batch
    seconds, cpu, wal = time.perf_counter() - before, time.process_time() - cpu, stage.wal() - wal
    assert stamped == documents, (stamped, documents)
    limit = await asyncio.to_thread(_limit, stage)
    return [
        Figure(
            name="numbering",
            value=stamped / seconds,
            unit="documents/s",
            limit=stamped / limit,
            ratio=seconds / limit,
            note=f"{documents:,} invoices of one series and their bodies, {cpu / stamped * 1e6:.0f}"
            f" µs of Python and {wal / stamped / 1e3:.1f} kB of log each; limit: COPY, DELETE,"
            f" UPDATE of the same rows; goal ≥ {GOAL:,}/s",
        ),
    ]


def _limit(stage: Stage) -> float:
    """Put the queue back and move the same rows, ready-made, in batches of the same size."""
    with psycopg.connect(stage.url, autocommit=True) as connection:
        blocks = _dump(connection)
        connection.execute(
            "INSERT INTO numbering_queue (bucket, document_id, series_id, issued_at)"
            " SELECT bucket, document_id, series_id, stamped_at FROM document_number"
            "  ORDER BY series_id, position"
        )
        connection.execute(f"TRUNCATE {', '.join(TABLES)}".encode())
        connection.execute("UPDATE number_series SET next_number = 1")
        connection.execute("VACUUM ANALYZE")
    return stage.parallel(_replay, [blocks])


def _dump(connection: psycopg.Connection) -> list[Block]:
    row = connection.execute("SELECT max(position) FROM document_number").fetchone()
    assert row is not None
    blocks = []
    for low in range(1, row[0] + 1, NUMBER_BATCH_MAX):
        within = (
            "SELECT t.* FROM document_number AS d JOIN {} AS t USING (document_id, bucket)"
            f" WHERE d.position >= {low} AND d.position < {low + NUMBER_BATCH_MAX}"
        )
        tables = {}
        for table in TABLES:
            query = f"COPY ({within.format(table)}) TO STDOUT (FORMAT BINARY)"
            with connection.cursor().copy(query.encode()) as copy:
                tables[table] = b"".join(bytes(part) for part in copy)
        rows = connection.execute(
            f"SELECT bucket, document_id FROM ({within.format('document_number')}) AS n".encode()
        ).fetchall()
        blocks.append((tables, ([one[0] for one in rows], [one[1] for one in rows])))
    return blocks


def _replay(connection: psycopg.Connection, blocks: list[Block]) -> None:
    for tables, (buckets, ids) in blocks:
        with connection.transaction(), connection.cursor() as cursor:
            for table, block in tables.items():
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)".encode()) as copy:
                    copy.write(block)
            cursor.execute("UPDATE number_series SET next_number = next_number + %s", (len(ids),))
            cursor.execute(
                "DELETE FROM numbering_queue AS q"
                " USING unnest(%s::smallint[], %s::uuid[]) AS n (bucket, document_id)"
                " WHERE q.bucket = n.bucket AND q.document_id = n.document_id",
                (buckets, ids),
            )
            assert cursor.rowcount == len(ids), (cursor.rowcount, len(ids))
