"""What the fence of extraction costs the billing run: with its column and index, and without."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import psycopg

from bench.billing_run import TABLES, run_once, seed
from bench.report import Figure
from bench.stage import Stage

ROUNDS: Final = 3
LIMIT: Final = 1.05
_TICKS: Final = 100  # a second of Linux's counters of processor time
_FENCED: Final = f"""
    SELECT c.relname, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
      FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
      JOIN pg_index AS i ON i.indrelid = c.oid AND i.indkey::text = a.attnum::text
     WHERE a.attname = 'fence' AND c.relname IN {TABLES} ORDER BY c.relname"""


class Cost(NamedTuple):
    """A billing run: processor seconds of the server and of this process, and bytes of WAL."""

    seconds: float
    wal: float


async def fence(stage: Stage, *, renewals: int = 100_000, rounds: int = ROUNDS) -> list[Figure]:
    """Run in turn with the fence and without it; the least of each is compared.

    Processor time is compared, since it is the same beside other work.
    """
    with_it, without = list[Cost](), list[Cost]()
    for _ in range(rounds):
        await seed(stage, renewals)
        with_it.append(await _cost(stage))
        await seed(stage, renewals)
        with _unfenced(stage.url):
            without.append(await _cost(stage))
    seconds = [min(one.seconds for one in each) for each in (with_it, without)]
    wal = [min(one.wal for one in each) for each in (with_it, without)]
    return [
        Figure(
            name="fence",
            value=seconds[0] / renewals * 1e6,
            unit="µs/renewal",
            limit=seconds[1] / renewals * 1e6,
            ratio=seconds[0] / seconds[1],
            note=f"processor time of the billing run against one without fences; goal ≤ {LIMIT}",
        ),
        Figure(
            name="fence_wal",
            value=wal[0] / renewals / 1e3,
            unit="kB/renewal",
            limit=wal[1] / renewals / 1e3,
            ratio=wal[0] / wal[1],
            note="write-ahead log of the same",
        ),
    ]


async def _cost(stage: Stage) -> Cost:
    before = await asyncio.to_thread(_server_seconds, stage.url)
    measured = await run_once(stage)
    spent = await asyncio.to_thread(_server_seconds, stage.url) - before
    return Cost(spent + measured.python_seconds, measured.wal_bytes)


def _server_seconds(url: str) -> float:
    """Return the processor seconds of a server and of all it has started and still runs."""
    with psycopg.connect(url, autocommit=True) as connection:
        server = _stat(connection.info.backend_pid)[1]  # while it lives
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    ended_too = sum(_stat(server)[11:15])
    return (ended_too + sum(_ticks(int(child)) for child in children)) / _TICKS


def _ticks(child: int) -> int:
    try:
        return sum(_stat(child)[11:13])
    except FileNotFoundError:  # it ended since
        return 0


def _stat(pid: int) -> list[int]:
    """Return the numbers of a process, from its parent on."""
    text = Path(f"/proc/{pid}/stat").read_text()
    return [0, *(int(one) for one in text.rpartition(")")[2].split()[1:])]


@contextmanager
def _unfenced(url: str) -> Iterator[None]:
    """Take columns and indexes away for the block."""
    with psycopg.connect(url, autocommit=True) as connection:
        fenced = connection.execute(_FENCED.encode()).fetchall()
        assert fenced
        for table, *_ in fenced:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN fence".encode())
    try:
        yield
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            for table, _, index in fenced:
                connection.execute(
                    f"ALTER TABLE {table} ADD COLUMN fence bigint NOT NULL"
                    " DEFAULT pg_current_xact_id()::text::bigint".encode()
                )
                connection.execute(index.encode())
