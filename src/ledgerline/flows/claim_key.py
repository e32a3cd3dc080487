"""Idempotency keys: the same question is answered once."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from ledgerline.access import store as access
from ledgerline.access.model import AlreadyAnswered, GlobalKind, IdempotencyKeyReused
from ledgerline.access.rows import AuditRow, GlobalKeyRow, KeyRow, NewKeyRow
from ledgerline.access.rules.global_key import global_key
from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, CustomerId, bucket_of
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerErased


@dataclass(frozen=True, slots=True)
class Command:
    """Who asks, under which key, for what (a digest of the request).

    ``audited`` is what a person does by it: it is written down where the key is claimed, so that
    nothing is done without it, and nothing is written that was not done.
    """

    principal: str
    key: str
    fingerprint: bytes
    audited: AuditRow | None = None


class Reserved(NamedTuple):
    """Who holds a key, and the row of one that is new, once the pipeline that asked has ended."""

    holders: list[GlobalKeyRow]
    fresh: list[KeyRow]


async def claim_key_in(
    tx: Tx, *, bucket: Bucket, command: Command, subject_id: UUID
) -> KeyRow | None:
    """Claim a key in the transaction that makes ``subject_id``; None means: go on, it is yours.

    A returned row is being answered: its ``subject_id`` names what it made. Raises
    ``AlreadyAnswered`` with the stored answer, ``CustomerErased`` when that went with its customer
    and ``IdempotencyKeyReused``. While another request with the same key runs, this one waits until
    that is committed or undone.
    """
    async with tx.pipeline():
        asked = await reserve_key_in(tx, bucket=bucket, command=command, subject_id=subject_id)
    return await held_key_in(tx, asked, bucket=bucket, command=command)


async def reserve_key_in(tx: Tx, *, bucket: Bucket, command: Command, subject_id: UUID) -> Reserved:
    """Do the first half, in a pipeline with what is read for the decision anyway.

    The key is claimed for all customers first, so two requests with it meet before either writes.
    """
    holders = await access.claim_global_keys(
        tx, [key_of(command, bucket=bucket, subject_id=subject_id)]
    )
    fresh = await access.reserve_key(
        tx,
        NewKeyRow(
            bucket=bucket,
            principal=command.principal,
            key=command.key,
            fingerprint=command.fingerprint,
            subject_id=subject_id,
        ),
    )
    return Reserved(holders, fresh)


async def held_key_in(
    tx: Tx, asked: Reserved, *, bucket: Bucket, command: Command
) -> KeyRow | None:
    """Do the second half, once it is known who holds the key."""
    [holder] = asked.holders
    if holder.bucket != bucket:
        raise _reused(command)
    if asked.fresh:
        if command.audited is not None:
            await access.add_audit_entry(tx, command.audited)
        return None
    held = await access.read_key(tx, bucket=bucket, principal=command.principal, key=command.key)
    assert held is not None, command.key
    if held.fingerprint != command.fingerprint:
        raise _reused(command)
    if held.state == "finished":
        raise await _answer_in(tx, held)
    assert held.subject_id is not None, held.key
    return held


async def _answer_in(tx: Tx, held: KeyRow) -> Rejected:
    """Return the answer of a key, or that it went with its customer."""
    assert held.status is not None, held.key
    wrapped = None
    if held.customer_id is not None:
        customer_id = CustomerId(held.customer_id)
        key = await customers.read_customer_key(
            tx, bucket=bucket_of(customer_id), customer_id=customer_id
        )
        if key is None:
            return CustomerErased("the customer was erased, and what was answered with it")
        wrapped = key.wrapped
    assert held.body is not None, held.key
    return AlreadyAnswered(held.status, held.body, wrapped)


def key_of(command: Command, *, bucket: Bucket, subject_id: UUID | None) -> GlobalKeyRow:
    """Say that a principal's key belongs to what its request makes, None when it made nothing."""
    return global_key(
        GlobalKind.IDEMPOTENCY, command.principal, command.key, bucket=bucket, owner_id=subject_id
    )


def _reused(command: Command) -> IdempotencyKeyReused:
    return IdempotencyKeyReused("this key was used with another request", key=command.key)
