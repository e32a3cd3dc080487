"""Forget what webhooks say of customers who were erased: some come late."""

from collections.abc import Sequence
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, CustomerId, RefundId, bucket_of
from ledgerline.customers import store as customers
from ledgerline.payments import erasing
from ledgerline.payments import store as payments


async def forget_told_in(tx: Tx, references: Sequence[str]) -> None:
    """Delete the bodies of webhooks about attempts or refunds of customers who were erased."""
    owners = await _owners(tx, [UUID(one) for one in references])
    ids = sorted(set(owners.values()))
    if not ids:
        return
    found = await customers.read_customers(tx, buckets=[bucket_of(one) for one in ids], ids=ids)
    erased = {one.id for one in found if one.erased_at is not None}
    told = [one for one, customer_id in owners.items() if customer_id in erased]
    if told:
        await erasing.forget_bodies(tx, ids=told)


async def _owners(tx: Tx, told: Sequence[UUID]) -> dict[UUID, CustomerId]:
    """Find whose attempts and refunds these are."""
    attempts = await payments.find_attempts(
        tx, buckets=[bucket_of(one) for one in told], ids=[AttemptId(one) for one in told]
    )
    owners: dict[UUID, CustomerId] = {one.id: one.customer_id for one in attempts}
    for one in told:
        if one not in owners:
            refund = await payments.find_refund(tx, bucket=bucket_of(one), id=RefundId(one))
            if refund is not None:
                owners[one] = refund.customer_id
    return owners
