"""Idempotency keys: the same question is answered once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.outbox import store as outbox
from ledgerline.outbox.model import AlreadyAnswered, IdempotencyKeyReused
from ledgerline.outbox.rows import KeyRow, NewKeyRow


@dataclass(frozen=True, slots=True)
class Command:
    """Who asks, under which key, for what (a digest of the request)."""

    principal: str
    key: str
    fingerprint: bytes


async def claim_key_in(
    tx: Tx, run: Run, *, bucket: Bucket, command: Command, subject_id: UUID
) -> KeyRow | None:
    """Claim a key in the transaction that makes ``subject_id``; None means: go on, it is yours.

    A returned row is being answered: its ``subject_id`` names what it made. Raises
    ``AlreadyAnswered`` with the stored answer and ``IdempotencyKeyReused``. While another request
    with the same key runs, this one waits until that is committed or undone.
    """
    fresh = await reserve_key_in(tx, run, bucket=bucket, command=command, subject_id=subject_id)
    return await held_key_in(tx, fresh, bucket=bucket, command=command)


async def reserve_key_in(
    tx: Tx, run: Run, *, bucket: Bucket, command: Command, subject_id: UUID
) -> list[KeyRow]:
    """Do the first half, in a pipeline with what is read for the decision anyway."""
    return await outbox.reserve_key(
        tx,
        NewKeyRow(
            bucket=bucket,
            principal=command.principal,
            key=command.key,
            fingerprint=command.fingerprint,
            subject_id=subject_id,
            created_at=run.wall(),
        ),
    )


async def held_key_in(
    tx: Tx, fresh: Sequence[KeyRow], *, bucket: Bucket, command: Command
) -> KeyRow | None:
    """Do the second half, once it is known whether the key was ``fresh``."""
    if fresh:
        return None
    held = await outbox.read_key(tx, bucket=bucket, principal=command.principal, key=command.key)
    assert held is not None, command.key
    if held.fingerprint != command.fingerprint:
        raise IdempotencyKeyReused("this key was used with another request", key=command.key)
    if held.state == "finished":
        assert held.status is not None, held.key
        assert held.body is not None, held.key
        raise AlreadyAnswered(held.status, held.body)
    assert held.subject_id is not None, held.key
    return held
