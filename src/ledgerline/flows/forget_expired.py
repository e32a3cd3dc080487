"""Delete what has been kept for as long as it is kept."""

from datetime import timedelta
from typing import Final, NamedTuple

from ledgerline.access import store as access
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, key_of
from ledgerline.payments import erasing

KEYS_KEPT: Final = timedelta(days=30)
"""How long an idempotency key and its answer are kept, by the clock of the database.

A process whose own clock is ahead would forget keys early, and a repeat would be done anew.
"""
PORTALS_KEPT: Final = timedelta(days=40)
"""How long a link into the portal and its session are kept, by the clock of the database.

Longer than the keys that were used in it, so that each of them has its session.
"""
BODIES_KEPT: Final = timedelta(days=90)
"""How long the body of a webhook is kept, by business time."""
FORGET_BATCH_MAX: Final = 1_000


class Forgotten(NamedTuple):
    """How much was deleted, or would be, by kind."""

    idempotency_keys: int
    webhook_bodies: int
    portal_sessions: int

    @property
    def total(self) -> int:
        """The sum, 0 when nothing is left to delete."""
        return sum(self)

    def plus(self, other: "Forgotten") -> "Forgotten":
        """Add up batches."""
        return Forgotten(*(one + more for one, more in zip(self, other, strict=True)))


async def forget_expired(run: Run, *, limit: int = FORGET_BATCH_MAX) -> Forgotten:
    """Delete at most ``limit`` of each kind, oldest first; a repeat goes on where this ended.

    A key that is forgotten may be used for another request. Of a webhook stays that it came.
    """
    return Forgotten(
        await _forget_keys(run, limit),
        await _forget_bodies(run, limit),
        await _forget_portals(run, limit),
    )


async def count_expired(run: Run) -> Forgotten:
    """Count what repeating ``forget_expired`` until nothing is left would delete."""
    clock = (await run.environment()).clock
    async with run.transaction() as tx:
        keys = await access.count_old_keys(tx, before=clock - KEYS_KEPT)
        bodies = await erasing.count_old_bodies(tx, before=run.now() - BODIES_KEPT)
        portals = await access.count_old_portals(tx, before=clock - PORTALS_KEPT)
    assert keys is not None
    assert bodies is not None
    assert portals is not None
    return Forgotten(keys.old, bodies.old, portals.old)


@repeated
async def _forget_keys(run: Run, limit: int) -> int:
    before = (await run.environment()).clock - KEYS_KEPT
    async with run.transaction() as tx:
        aged = await access.read_old_keys(tx, before=before, limit=limit)
        if not aged:
            return 0
        reserved = [
            key_of(Command(one.principal, one.key, b""), bucket=one.bucket,
                   subject_id=one.subject_id)
            for one in aged
        ]  # fmt: skip
        # the global ones first, as whoever claims them does
        await access.delete_global_keys(
            tx, sorted(reserved, key=lambda row: (row.lookup_bucket, row.key_hash))
        )
        return await access.delete_old_keys(tx, aged, before=before)


@repeated
async def _forget_bodies(run: Run, limit: int) -> int:
    async with run.transaction() as tx:
        return await erasing.forget_old_bodies(tx, before=run.now() - BODIES_KEPT, limit=limit)


@repeated
async def _forget_portals(run: Run, limit: int) -> int:
    before = (await run.environment()).clock - PORTALS_KEPT
    async with run.transaction() as tx:
        return await access.delete_old_portals(tx, before=before, limit=limit)
