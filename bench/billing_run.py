"""The billing run against COPY of the same ready-made rows plus the same UPDATE."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from bench.agreements import ZONE, Agreement, Subscriber, copy_agreements
from bench.halves import WORKERS, over_halves
from bench.report import Figure
from bench.stage import Stage, complete
from ledgerline.base.ids import BUCKETS, BillRunId, Bucket, uuid7
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import BILL_BATCH_MAX, bill_due
from ledgerline.flows.open_bill_run import open_bill_run

TABLES = (
    "invoice", "invoice_line", "transfer", "payment", "cover", "numbering_queue", "event",
)  # fmt: skip
ANCHOR = date(2026, 1, 15)
DUE = datetime(2026, 2, 15, tzinfo=UTC)
GROWTH = (10_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Measured:
    """One billing run: wall and Python CPU seconds, WAL bytes."""

    renewals: int
    seconds: float
    python_seconds: float
    wal_bytes: int

    @property
    def per_renewal(self) -> float:
        """Microseconds of wall time a renewal."""
        return self.seconds / self.renewals * 1e6


async def billing_run(stage: Stage, *, renewals: int = 200_000) -> list[Figure]:
    """Measure the run, its limit on the same rows, Python CPU and WAL a renewal."""
    await seed(stage, renewals)
    measured = await run_once(stage)
    assert measured.renewals == renewals, (measured, renewals)
    limit = await asyncio.to_thread(copy_once, stage)
    ratio = measured.seconds / limit
    return [
        Figure(
            name="billing_run",
            value=measured.seconds,
            unit="s",
            limit=limit,
            ratio=ratio,
            note=f"{renewals:,} renewals, {renewals / measured.seconds:,.0f}/s; goal ≤ 1.3",
        ),
        Figure(
            name="billing_run_python",
            value=measured.python_seconds / renewals * 1e6,
            unit="µs/renewal",
            limit=12,
            ratio=measured.python_seconds / renewals * 1e6 / 12,
            note="Python CPU; goal ≤ 12 µs",
        ),
        Figure(
            name="billing_run_wal",
            value=measured.wal_bytes / renewals / 1e3,
            unit="kB/renewal",
            limit=4.0,
            ratio=measured.wal_bytes / renewals / 4e3,
            note="write-ahead log; goal ≤ 4.0 kB",
        ),
    ]


async def billing_run_growth(stage: Stage, *, sizes: tuple[int, int] = GROWTH) -> list[Figure]:
    """Compare the cost of a renewal at ten thousand and at a million subscriptions."""
    costs = []
    for renewals in sizes:
        await seed(stage, renewals)
        costs.append((await run_once(stage)).per_renewal)
    return [
        Figure(
            name="billing_run_growth",
            value=costs[1],
            unit="µs/renewal",
            limit=costs[0],
            ratio=costs[1] / costs[0],
            note=f"at {sizes[1]:,} against {sizes[0]:,} subscriptions; goal ≤ 1.15",
        ),
    ]


async def seed(stage: Stage, renewals: int) -> None:
    """Fill an empty schema with due subscriptions, a customer and a payment method each."""
    await stage.reset()
    sold = await stage.sold("individual_monthly", "DE")
    await asyncio.to_thread(_copy, stage, Agreement(sold, ANCHOR, DUE.date()), renewals)


def _subscribers(renewals: int) -> Iterator[Subscriber]:
    made = int((DUE - timedelta(days=31)).timestamp() * 1000)
    for n in range(renewals):
        bucket = Bucket(n * BUCKETS // renewals)
        entropy = int.from_bytes(os.urandom(8)) >> 2
        yield Subscriber(
            bucket,
            uuid7(made, bucket, entropy),
            uuid7(made, bucket, entropy ^ 1),
            uuid7(made, bucket, entropy ^ 2),
        )


def _copy(stage: Stage, agreement: Agreement, renewals: int) -> None:
    now = DUE - timedelta(days=31)
    subscribers = list(_subscribers(renewals))
    with psycopg.connect(stage.url, autocommit=True) as connection:
        cursor = connection.cursor()
        with cursor.copy(
            "COPY customer (bucket, id, market_code, zone, locale, version, created_at) FROM STDIN"
        ) as copy:
            for one in subscribers:
                copy.write_row((one.bucket, one.customer_id, "DE", ZONE, "de", 1, now))
        with cursor.copy(
            "COPY payment_method (bucket, id, customer_id, brand, last4, version, created_at)"
            " FROM STDIN"
        ) as copy:
            for one in subscribers:
                copy.write_row(
                    (one.bucket, one.payment_method_id, one.customer_id, "visa", "4242", 1, now)
                )
        complete(connection)
        copy_agreements(connection, agreement, subscribers, at=now)
        remember(connection)
        connection.execute("VACUUM ANALYZE")


def remember(connection: psycopg.Connection) -> None:
    """Keep what is due as it is before the run, to be put back for its limit."""
    connection.execute("DROP TABLE IF EXISTS due_before")
    connection.execute(
        "CREATE UNLOGGED TABLE due_before AS"
        " SELECT bucket, id, billed_through, next_bill_at FROM subscription"
    )


async def run_once(stage: Stage) -> Measured:
    """Bill everything that is due, with ``WORKERS`` connections over halves of the buckets."""
    run = stage.run.at(DUE)
    bill_run_id = BillRunId(run.new_id(Bucket(0)))
    await open_bill_run(run, bill_run_id=bill_run_id)
    before, wal, cpu = time.perf_counter(), stage.wal(), time.process_time()
    billed = await over_halves(lambda buckets: drain(run, bill_run_id, buckets))
    seconds = time.perf_counter() - before
    return Measured(billed, seconds, time.process_time() - cpu, stage.wal() - wal)


async def drain(run: Run, bill_run_id: BillRunId, buckets: tuple[int, int]) -> int:
    """Bill batches of a range of buckets until nothing is due."""
    total = 0
    while True:
        billed = await bill_due(run, bill_run_id=bill_run_id, buckets=buckets, limit=BILL_BATCH_MAX)
        if billed.invoiced == 0:
            return total
        total += billed.invoiced


def copy_once(stage: Stage) -> float:
    """Measure the limit: COPY the rows of the last run, ready-made, plus the same UPDATE.

    The rows are dumped in binary batches of the same size, the tables emptied and the
    subscriptions put back; then both connections copy their half and advance it.
    """
    with psycopg.connect(stage.url, autocommit=True) as connection:
        halves = [
            [_dump(connection, half) for half in batches]
            for batches in _batches(stage.renewals(connection))
        ]
        _rewind(connection)
    return stage.parallel(_replay, halves)


def _batches(renewals: int) -> list[list[tuple[int, int]]]:
    """Split the buckets as the run does: halves, each in ranges of about one batch."""
    width = BUCKETS // WORKERS
    steps = max(1, renewals // WORKERS // BILL_BATCH_MAX)
    size = -(-width // steps)
    return [
        [(low, min(low + size, (n + 1) * width)) for low in range(n * width, (n + 1) * width, size)]
        for n in range(WORKERS)
    ]


Dumped = tuple[dict[str, bytes], list[list[Any]]]  # tables, and columns of the subscriptions


def _dump(connection: psycopg.Connection, buckets: tuple[int, int]) -> Dumped:
    low, high = buckets
    data = {}
    for table in TABLES:
        within = f"SELECT * FROM {table} WHERE bucket >= {low} AND bucket < {high}"
        query = f"COPY ({within}) TO STDOUT (FORMAT BINARY)"
        with connection.cursor().copy(query.encode()) as copy:
            data[table] = b"".join(bytes(block) for block in copy)
    rows = connection.execute(
        "SELECT bucket, id, billed_through, next_bill_at FROM subscription"
        " WHERE bucket >= %s AND bucket < %s ORDER BY bucket",
        (low, high),
    ).fetchall()
    return data, [list(column) for column in zip(*rows, strict=True)]


def _rewind(connection: psycopg.Connection) -> None:
    connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    connection.execute(
        "UPDATE subscription AS s SET billed_through = d.billed_through,"
        " next_bill_at = d.next_bill_at, version = 1"
        " FROM due_before AS d WHERE d.bucket = s.bucket AND d.id = s.id"
    )
    connection.execute("VACUUM FULL ANALYZE subscription")


def _replay(connection: psycopg.Connection, batches: list[Dumped]) -> None:
    for data, (buckets, ids, through, at) in batches:
        with connection.transaction(), connection.cursor() as cursor:
            for table, block in data.items():
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)".encode()) as copy:
                    copy.write(block)
            cursor.execute(
                """UPDATE subscription AS s
                      SET billed_through = n.billed_through, next_bill_at = n.next_bill_at,
                          version = s.version + 1
                     FROM unnest(%s::smallint[], %s::uuid[], %s::integer[], %s::date[],
                                 %s::timestamptz[])
                          AS n (bucket, id, version, billed_through, next_bill_at)
                    WHERE s.bucket = n.bucket AND s.id = n.id AND s.version = n.version""",
                (buckets, ids, [1] * len(ids), through, at),
            )
            assert cursor.rowcount == len(ids), (cursor.rowcount, len(ids))
