"""Change a customer: its next version, which documents name from now on."""

import json
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import (
    CustomerChange,
    CustomerNotFound,
    Profile,
    VersionStale,
)
from ledgerline.customers.rows import CustomerChangeRow, CustomerRow
from ledgerline.customers.rules.buyer import changed
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.name_externally import name_externally_in
from ledgerline.flows.read_buyer import (
    Sealing,
    email_hash,
    read_buyer_in,
    refuse_cards,
    sealing_in,
)
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.subscriptions import store as subscriptions


@repeated
async def change_customer(
    run: Run,
    customer_id: CustomerId,
    change: CustomerChange,
    *,
    seen: int,
    actor: str,
    command: Command | None = None,
) -> None:
    """Change what may change of a customer and write its next version; no change writes nothing.

    ``seen`` is the version the caller read. Live subscriptions name the new version on what they
    are billed next; documents that exist keep theirs. Raises ``CustomerNotFound``,
    ``VersionStale``, ``CustomerErased``, ``CardNumberRefused``, ``ExternalIdTaken`` and what the
    rules of a buyer refuse. With a ``command`` a repeat changes nothing.
    """
    now = run.now()
    bucket = bucket_of(customer_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=customer_id)
            if held is not None:
                return
        customer = await _lock(tx, customer_id, seen=seen)
        sealing = await sealing_in(tx, run, customer_id=customer_id)
        assert sealing is not None, "a customer that was not erased has its key"
        was = await _profile(tx, sealing, customer)
        becomes = changed(was, change)
        refuse_cards(becomes)
        if becomes != was:
            await name_externally_in(
                tx, "customer", customer_id, was=was.external_id, becomes=becomes.external_id
            )
            await _record(tx, sealing, customer, becomes, actor=actor, now=now)


async def _lock(tx: Tx, customer_id: CustomerId, *, seen: int) -> CustomerRow:
    found = await customers.lock_customers(tx, buckets=[bucket_of(customer_id)], ids=[customer_id])
    if not found:
        raise CustomerNotFound("there is no such customer", customer=str(customer_id))
    [customer] = found
    refuse_erased(customer)
    if customer.version != seen:
        raise VersionStale(
            "it was changed since: read it again", seen=seen, current=customer.version
        )
    return customer


async def _profile(tx: Tx, sealing: Sealing, customer: CustomerRow) -> Profile:
    held = await customers.read_profile(tx, bucket=customer.bucket, id=customer.id)
    assert held is not None, customer.id
    return Profile(
        buyer=await read_buyer_in(tx, sealing, version=customer.version),
        email=sealing.open_email(held.email_sealed),
        locale=customer.locale,
        metadata=json.loads(held.metadata),
        external_id=held.external_id,
    )


async def _record(
    tx: Tx, sealing: Sealing, customer: CustomerRow, becomes: Profile, *, actor: str, now: datetime
) -> None:
    version = customer.version + 1
    async with tx.pipeline():
        await customers.change_customer(
            tx,
            CustomerChangeRow(
                bucket=customer.bucket,
                id=customer.id,
                seen=customer.version,
                locale=becomes.locale,
                email_sealed=sealing.email(becomes.email),
                email_hash=email_hash(sealing.run, becomes.email),
                metadata=json.dumps(becomes.metadata),
                external_id=becomes.external_id,
            ),
        )
        await customers.add_version(
            tx,
            sealing.version(becomes.buyer, version, locale=becomes.locale, actor=actor, now=now),
        )
        await subscriptions.set_customer_version(
            tx, bucket=customer.bucket, customer_id=customer.id, customer_version=version
        )
        told = _changed(customer.bucket, customer.id, version, now=now)
        await record_events_in(tx, sealing.run, [told])


def _changed(bucket: Bucket, customer_id: CustomerId, version: int, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=bucket,
        aggregate_id=customer_id,
        seq=version,  # one event a version
        kind=EventKind.CUSTOMER_CHANGED,
        customer_id=customer_id,
        occurred_at=now,
    )
