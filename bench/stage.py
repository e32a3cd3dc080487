"""The stage of a benchmark: a real server with everything switched on, and a run on it."""

import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from ledgerline.base.crypto import KEY_BYTES, Keyring
from ledgerline.base.db import connected
from ledgerline.base.ids import Bucket, PriceId, uuid7
from ledgerline.base.run import Run
from ledgerline.catalog.rules.parse import parse
from ledgerline.cli import migrate
from ledgerline.cli.local_postgres import Profile, start
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Secret

POOL = 16
T = TypeVar("T")
_KEPT = "('migration', 'environment', 'transition', 'account')"


WAL_FILES = 128  # of 16 MB


class Sold(NamedTuple):
    """A plan as one market sells it, in its last phase."""

    price_id: PriceId
    plan_code: str
    phase_no: int
    market_code: str
    currency: str
    seller_code: str
    family: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A migrated database with the shipped catalog; ``reset`` empties it for the next benchmark."""

    url: str
    run: Run

    async def reset(self) -> None:
        """Empty every table but the reference rows of the migrations, and load the catalog."""
        with psycopg.connect(
            self.url, autocommit=True, options="-c lock_timeout=30s"
        ) as connection:
            names = [
                row[0]
                for row in connection.execute(
                    "SELECT relname FROM pg_class WHERE relkind = 'r'"
                    f" AND relnamespace = 'public'::regnamespace AND relname NOT IN {_KEPT}"
                )
            ]
            connection.execute(f"TRUNCATE {', '.join(names)} CASCADE".encode())
        text = (files("ledgerline.catalog") / "music.yaml").read_text("utf-8")
        await load_catalog(self.run, parse(text))
        await put_psp_account(
            self.run,
            Sandbox(),
            NewPspAccount(
                code="aster",
                psp="sandbox",
                settings={"base_url": "http://127.0.0.1:1/aster"},
                secrets={"api_secret": Secret("secret"), "webhook_secret": Secret("secret")},
                call_deadline_ms=1000,
            ),
        )

    def settle_wal(self, *, files: int = WAL_FILES) -> None:
        """Leave WAL files to reuse, as a server has that ran for a while.

        A new cluster makes and zeroes one of 16 MB whenever it needs the next, and every commit
        waits for that.
        """
        with psycopg.connect(self.url, autocommit=True) as connection:
            for _ in range(files):
                connection.execute("SELECT pg_logical_emit_message(false, 'bench', 'next file')")
                connection.execute("SELECT pg_switch_wal()")
            connection.execute("CHECKPOINT")

    @contextmanager
    def without_full_pages(self) -> Iterator[None]:
        """Write no whole pages to the log while a past is laid down; what is measured writes them.

        The pages themselves are the same either way.
        """
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
            yield
            connection.execute("ALTER SYSTEM RESET full_page_writes")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CHECKPOINT")

    async def sold(self, plan: str, market: str) -> Sold:
        """Return what a plan is sold as after its trial."""
        with psycopg.connect(self.url) as connection:
            cursor = connection.cursor(row_factory=class_row(Sold))
            sold = cursor.execute(
                "SELECT p.id AS price_id, p.plan_code, p.phase_no, p.market_code, p.currency,"
                "       m.seller_code, d.family"
                "  FROM price AS p JOIN market AS m ON m.code = p.market_code"
                "  JOIN plan AS l ON l.code = p.plan_code"
                "  JOIN product AS d ON d.code = l.product_code"
                " WHERE p.plan_code = %s AND p.market_code = %s AND p.valid_from <= %s"
                "   AND p.component = 'base'"
                " ORDER BY p.phase_no DESC, p.valid_from DESC LIMIT 1",
                (plan, market, date(2026, 1, 1)),
            ).fetchone()
        assert sold is not None, (plan, market)
        return sold

    def renewals(self, connection: psycopg.Connection) -> int:
        """Count the subscriptions on the stage."""
        row = connection.execute("SELECT count(*) FROM subscription").fetchone()
        assert row is not None
        return int(row[0])

    def analyze(self) -> None:
        """Give the planner what it has in a database that is in use: statistics."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def wal(self) -> int:
        """Return the write-ahead log position in bytes."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()
        assert row is not None
        return int(row[0])

    def parallel(self, work: Callable[[psycopg.Connection, T], None], parts: Sequence[T]) -> float:
        """Run ``work`` on each part in a connection of its own, at once; return wall seconds."""
        connections = [psycopg.connect(self.url, autocommit=True) for _ in parts]
        threads = [
            threading.Thread(target=work, args=pair)
            for pair in zip(connections, parts, strict=True)
        ]
        before = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - before
        for connection in connections:
            connection.close()
        return seconds


def complete(connection: psycopg.Connection) -> None:
    """Give customers who were copied in a key and a version, and their methods an instrument."""
    connection.execute(
        "INSERT INTO customer_key (bucket, customer_id, wrapped)"
        " SELECT bucket, id, %s FROM customer ON CONFLICT DO NOTHING",
        [Keyring(bytes(KEY_BYTES)).new_data_key(bytes(KEY_BYTES))],
    )
    connection.execute(
        "INSERT INTO customer_version (bucket, customer_id, version, locale, buyer_sealed,"
        " tax_status, place_evidence, recorded_at, actor)"
        " SELECT bucket, id, 1, locale, decode(repeat('00', 90), 'hex'), 'consumer', '[]',"
        " created_at, 'bench' FROM customer ON CONFLICT DO NOTHING"
    )
    connection.execute(
        "INSERT INTO instrument (bucket, payment_method_id, psp_account, psp_token, state)"
        " SELECT bucket, id, 'aster', 'tok_visa_' || id, 'active' FROM payment_method"
        " ON CONFLICT DO NOTHING"
    )


def new_id(at: datetime, bucket: Bucket) -> UUID:
    """Make an id as the platform does."""
    return uuid7(int(at.timestamp() * 1000), bucket, int.from_bytes(os.urandom(8)) >> 2)


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Start a server in ``folder`` (everything on: fsync, full pages, commits) and connect."""
    with start(folder, profile=Profile.BENCH) as server:
        migrate.upgrade(server.url, migrate.migrations_folder())
        async with connected(server.url, size=POOL, name="bench") as database:
            run = Run(database, Keyring(bytes(KEY_BYTES)))
            await run.begin_sandbox(datetime(2026, 1, 1, tzinfo=UTC), seed=1)
            yield Stage(server.url, await run.at_clock())
