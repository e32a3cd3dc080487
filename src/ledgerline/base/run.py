"""What a flow is run with: database, clock, ids, keys. The only reader of clock and chance."""

import gc
import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import Database, ReadTx, Tx
from ledgerline.base.ids import BUCKETS, Bucket, uuid7, uuid7_batch
from ledgerline.base.moments import Clock, Moment, moment
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)
HALF, WHOLE, DEMO = "half", "whole", "demo"
_RANDOM_BITS: Final = (1 << 62) - 1

Entropy = Callable[[int], bytes]


class EnvironmentRow(NamedTuple):
    """The one row that says what this database is: ``live``, or ``sandbox`` at an instant.

    ``clock`` is the clock of the database's server, when it was asked.
    """

    kind: str
    instant: datetime | None
    seed: int
    clock: datetime

    @property
    def business_time(self) -> datetime:
        """What time it is for business: the virtual instant, or the database's clock."""
        return self.instant or self.clock


class _SameRow(NamedTuple):
    same: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Everything with an effect that a flow may use. Built in ``composition``; rules never see it.

    ``instant`` fixes the clock for one unit of work (``at_clock``), which was ``read_at`` that
    moment; None means the system clock, which decides nothing that is due.
    """

    database: Database
    keyring: Keyring
    instant: datetime | None = None
    entropy: Entropy = os.urandom
    clock: Clock = moment
    read_at: Moment | None = None

    def now(self) -> datetime:
        """Return business time as an aware UTC datetime."""
        return self.instant or datetime.now(UTC)

    def wall(self) -> datetime:
        """Return operational time: signatures, API keys, logs. Never virtual, and no business."""
        return datetime.now(UTC)

    def moment(self) -> Moment:
        """Return when ``now`` was read, by this machine's clocks: what is decided is so old."""
        return self.read_at or self.clock()

    def new_id(self, bucket: Bucket) -> UUID:
        """Make a UUIDv7 of business time that carries ``bucket``."""
        return uuid7(self._milliseconds(), bucket, int.from_bytes(self.entropy(8)) & _RANDOM_BITS)

    def new_ids(self, buckets: list[Bucket]) -> list[UUID]:
        """Make one id a bucket, in order, with one read of the random source."""
        return uuid7_batch(self._milliseconds(), buckets, self.entropy(8 * len(buckets)))

    def new_bucket(self) -> Bucket:
        """Draw the shard bucket of a new customer."""
        return Bucket(int.from_bytes(self.entropy(2)) % BUCKETS)

    def random(self, size: int) -> bytes:
        """Return ``size`` random bytes (keys, nonces, secrets)."""
        return os.urandom(size)

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Open a transaction; only flows (and ``jobs`` for their leases) do."""
        return self.database.transaction()

    def reading(self) -> AbstractAsyncContextManager[ReadTx]:
        """Lend a connection that reads, for views."""
        return self.database.reading()

    def surveying(self) -> AbstractAsyncContextManager[ReadTx]:
        """Open a READ ONLY transaction for reports and audits, which read whole tables."""
        return self.database.surveying()

    def at(self, instant: datetime, *, read_at: Moment | None = None) -> "Run":
        """Return the same run with its clock fixed at ``instant``, where that was ``read_at``."""
        return replace(self, instant=instant, read_at=read_at)

    def seeded(self, *parts: object) -> "Run":
        """Return the same run with ids of a stream named by ``parts``: same parts, same ids."""
        return replace(self, entropy=_stream(repr(parts).encode()))

    def branch(self) -> "Run":
        """Return the same run with ids of a stream of its own, for work beside that of this one."""
        return replace(self, entropy=_stream(self.entropy(16)))

    async def at_clock(self) -> "Run":
        """Fix the run for one unit of work: the virtual instant of a sandbox, or the database's.

        A process whose own clock is wrong does nothing early: all of them go by the same clock.
        """
        read_at = self.clock()
        return self.at((await self.environment()).business_time, read_at=read_at)

    async def environment(self) -> EnvironmentRow:
        """Read what this database is. A database that was never prepared is a defect."""
        async with self.reading() as read:
            row = await read.row(_SQL["environment"], EnvironmentRow)
        assert row is not None, "the environment row is missing: run `ledgerline db upgrade`"
        return row

    async def knows_key(self) -> bool:
        """Say whether the key-encryption key is the one that this environment was begun with.

        The first key that comes is it. Of the key itself nothing is kept.
        """
        check = self.keyring.check
        async with self.transaction() as tx:
            await tx.execute(_SQL["note_key"], kek_check=check)
            row = await tx.row(_SQL["is_key"], _SameRow, kek_check=check)
        return row is not None and row.same

    async def set_clock(self, instant: datetime) -> bool:
        """Move the virtual clock forward; False when it is not virtual or already later."""
        async with self.transaction() as tx:
            return await tx.execute(_SQL["set_instant"], instant=instant) == 1

    async def begin_sandbox(self, instant: datetime, *, seed: int) -> bool:
        """Turn a migrated database that has no clock yet into a sandbox at ``instant``."""
        async with self.transaction() as tx:
            return await tx.execute(_SQL["begin_sandbox"], instant=instant, seed=seed) == 1

    async def finish_sandbox(self, *, made: str = WHOLE) -> None:
        """Say that all is there that a sandbox begins with; of a ``DEMO`` its subscribers too."""
        async with self.transaction() as tx:
            await tx.execute(_SQL["finish_sandbox"], expect=1, made=made)

    def _milliseconds(self) -> int:
        return int(self.now().timestamp() * 1000)


def calm_collector() -> None:
    """Keep the cycle collector from walking whole batches again and again.

    A batch makes some hundred thousand tuples that die by reference count; with the interpreter's
    thresholds the collector costs a third of a billing run's CPU and frees nothing. Called once by
    every long-running process after its imports.
    """
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def _stream(name: bytes) -> Entropy:
    """Return a deterministic byte source: BLAKE2b of the name and a counter."""
    key = hashlib.blake2b(name).digest()
    counter = count()

    def draw(size: int) -> bytes:
        drawn = b""
        while len(drawn) < size:
            drawn += hashlib.blake2b(next(counter).to_bytes(8), key=key).digest()
        return drawn[:size]

    return draw
