"""Numbering one series against COPY of the same register rows plus the same DELETE and UPDATE."""

import asyncio
import time
from datetime import UTC, date, datetime
from uuid import UUID

import psycopg

from bench.report import Figure
from bench.stage import Stage, new_id
from ledgerline.base.ids import BUCKETS, Bucket
from ledgerline.flows.number_documents import NUMBER_BATCH_MAX, number_documents
from ledgerline.invoicing.rules.numbering import series_id

DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
GOAL = 10_000  # documents a second and series

Rows = tuple[list[int], list[UUID]]


async def numbering(stage: Stage, *, documents: int = 100_000) -> list[Figure]:
    """Measure how fast one worker stamps one series; another series costs another worker."""
    await stage.reset()
    sold = await stage.sold("individual_monthly", "DE")
    await asyncio.to_thread(_fill, stage, documents, sold.seller_code)
    run = stage.run.at(NOW)
    before, stamped = time.perf_counter(), 0
    while batch := await number_documents(run):
        stamped += batch
    seconds = time.perf_counter() - before
    assert stamped == documents, (stamped, documents)
    limit = await asyncio.to_thread(_limit, stage)
    return [
        Figure(
            name="numbering",
            value=stamped / seconds,
            unit="documents/s",
            limit=stamped / limit,
            ratio=seconds / limit,
            note=f"{documents:,} documents of one series; limit: COPY, DELETE, UPDATE of the same"
            f" rows; goal ≥ {GOAL:,}/s",
        ),
    ]


def _fill(stage: Stage, documents: int, seller: str) -> None:
    """Queue documents as an afternoon leaves them: every bucket, issued in any order."""
    series = series_id(seller, "invoice", DAY)
    with psycopg.connect(stage.url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO number_series (id, seller_code, kind, period, template)"
            " SELECT %s, seller_code, kind, %s, template FROM series_template"
            "  WHERE seller_code = %s AND kind = 'invoice'",
            (series, str(DAY.year), seller),
        )
        with connection.cursor().copy(
            "COPY numbering_queue (bucket, document_id, series_id, issued_at) FROM STDIN"
        ) as copy:
            for n in range(documents):
                bucket = Bucket(n * 2_654_435_761 % BUCKETS)
                copy.write_row((bucket, new_id(NOW, bucket), series, NOW))
        connection.execute("VACUUM ANALYZE")


def _limit(stage: Stage) -> float:
    """Put the queue back and move the same rows, ready-made, in batches of the same size."""
    with psycopg.connect(stage.url, autocommit=True) as connection:
        blocks = _dump(connection)
        connection.execute(
            "INSERT INTO numbering_queue (bucket, document_id, series_id, issued_at)"
            " SELECT bucket, document_id, series_id, stamped_at FROM document_number"
            "  ORDER BY series_id, position"
        )
        connection.execute("TRUNCATE document_number")
        connection.execute("UPDATE number_series SET next_number = 1")
        connection.execute("VACUUM ANALYZE")
    return stage.parallel(_replay, [blocks])


def _dump(connection: psycopg.Connection) -> list[tuple[bytes, Rows]]:
    row = connection.execute("SELECT max(position) FROM document_number").fetchone()
    assert row is not None
    blocks = []
    for low in range(1, row[0] + 1, NUMBER_BATCH_MAX):
        within = f"position >= {low} AND position < {low + NUMBER_BATCH_MAX}"
        query = f"COPY (SELECT * FROM document_number WHERE {within}) TO STDOUT (FORMAT BINARY)"
        with connection.cursor().copy(query.encode()) as copy:
            block = b"".join(bytes(part) for part in copy)
        rows = connection.execute(
            f"SELECT bucket, document_id FROM document_number WHERE {within}".encode()
        ).fetchall()
        blocks.append((block, ([one[0] for one in rows], [one[1] for one in rows])))
    return blocks


def _replay(connection: psycopg.Connection, blocks: list[tuple[bytes, Rows]]) -> None:
    for block, (buckets, ids) in blocks:
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy("COPY document_number FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(block)
            cursor.execute("UPDATE number_series SET next_number = next_number + %s", (len(ids),))
            cursor.execute(
                "DELETE FROM numbering_queue AS q"
                " USING unnest(%s::smallint[], %s::uuid[]) AS n (bucket, document_id)"
                " WHERE q.bucket = n.bucket AND q.document_id = n.document_id",
                (buckets, ids),
            )
            assert cursor.rowcount == len(ids), (cursor.rowcount, len(ids))
