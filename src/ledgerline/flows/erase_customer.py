"""Erase a customer: what is personal is deleted, what the law keeps stays without a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, NoReturn
from uuid import UUID

from ledgerline.access import store as access
from ledgerline.access.model import GlobalKind
from ledgerline.access.rows import GlobalKeyRow
from ledgerline.access.rules.external_ids import named
from ledgerline.access.rules.global_key import global_key
from ledgerline.base.calendar import months
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket, CustomerId, RefundId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerRow, VersionRow
from ledgerline.customers.rules.erasure import Unfinished, refuse_unfinished
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.documents import DequeueRow, InvoiceRow
from ledgerline.ledger import store as ledger
from ledgerline.mail import store as mail
from ledgerline.outbox.model import EventKind
from ledgerline.payments import defaults, erasing, setting_up
from ledgerline.payments.model import AttemptState, PaymentState, RefundState
from ledgerline.payments.rows.held import HeldMethodRow, HeldPaymentRow, HeldTryRow
from ledgerline.payments.rows.setups import HeldSetupRow
from ledgerline.payments.setups import SetupState
from ledgerline.rules.explain import show
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import HeldSubscriptionRow

DAY: Final = timedelta(days=1)
_ENDED: Final = frozenset({SubscriptionState.CANCELED, SubscriptionState.EXPIRED})
_LIVE_ATTEMPTS: Final = frozenset(
    {AttemptState.SENT, AttemptState.UNKNOWN, AttemptState.REQUIRES_ACTION}
)
_LIVE_SETUPS: Final = frozenset({SetupState.SENT, SetupState.REQUIRES_ACTION})
"""One that is unknown ends with its customer: nothing could come of it but a payment method."""
_LIVE_REFUNDS: Final = frozenset({RefundState.REQUESTED, RefundState.SENT, RefundState.UNKNOWN})


class Erasure(NamedTuple):
    """What an erasure deletes and what it leaves, by kind; None for one that was only previewed."""

    erased_at: datetime | None
    deletes: Mapping[str, int]
    keeps: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Held:
    """Everything of a customer that an erasure looks at, under lock."""

    customer: CustomerRow
    subscriptions: Sequence[HeldSubscriptionRow]
    invoices: Sequence[InvoiceRow]
    payments: Sequence[HeldPaymentRow]
    attempts: Sequence[HeldTryRow]
    refunds: Sequence[HeldTryRow]
    set_ups: Sequence[HeldSetupRow]
    methods: Sequence[HeldMethodRow]
    waiting: Sequence[DequeueRow]
    credit: Sequence[str]


class _Previewed(Exception):
    """Nothing failed: it takes the transaction back."""

    def __init__(self, deletes: Mapping[str, int], held: _Held) -> None:
        super().__init__()
        self.deletes = deletes
        self.held = held


@repeated
async def erase_customer(
    run: Run, customer_id: CustomerId, *, actor: str, forfeits_credit: bool = False
) -> Erasure:
    """Delete a customer's data key, look-ups, tokens, notes, kept answers and webhook bodies.

    Invoices, receipts, payments and the books stay, by ids alone. Repeating it is safe: whatever
    is left is deleted, and the first instant stands. Raises ``CustomerNotFound`` and, while
    something is not finished, ``CustomerNotErasable``; what a customer has of credit must be
    given up (``forfeits_credit``).
    """
    async with run.transaction() as tx:
        held = await _hold(tx, run, customer_id)
        refuse_unfinished(_unfinished(held, forfeits_credit=forfeits_credit))
        deletes = await _erase(tx, run, held, actor=actor)
    return Erasure(held.customer.erased_at or run.now(), deletes, _kept(held))


@repeated
async def preview_erasure(
    run: Run, customer_id: CustomerId, *, forfeits_credit: bool = False
) -> Erasure:
    """Say what an erasure would delete and keep, or raise what forbids it.

    It is done under the same locks and taken back: the counts are those of the erasure itself.
    """
    try:
        async with run.transaction() as tx:
            held = await _hold(tx, run, customer_id)
            refuse_unfinished(_unfinished(held, forfeits_credit=forfeits_credit))
            _take_back(await _erase(tx, run, held, actor="preview"), held)
    except _Previewed as previewed:
        return Erasure(previewed.held.customer.erased_at, previewed.deletes, _kept(previewed.held))


def _take_back(deletes: Mapping[str, int], held: _Held) -> NoReturn:
    raise _Previewed(deletes, held)


async def _hold(tx: Tx, run: Run, customer_id: CustomerId) -> _Held:
    """Lock the customer and all that may still move, from the top."""
    bucket = bucket_of(customer_id)
    found = await customers.lock_customers(tx, buckets=[bucket], ids=[customer_id])
    if not found:
        raise CustomerNotFound("there is no such customer", customer=str(customer_id))
    [customer] = found
    set_ups = await setting_up.lock_setups_of_customer(tx, bucket=bucket, customer_id=customer_id)
    subscribed = await subscriptions.lock_of_customer(tx, bucket=bucket, customer_id=customer_id)
    span = _span(run, customer)
    invoices = await invoicing.lock_of_customer(
        tx, bucket=bucket, customer_id=customer_id, months=span
    )
    paid = await erasing.lock_payments_of_invoices(
        tx, bucket=bucket, ids=[one.id for one in invoices]
    )
    ids = [one.id for one in paid]
    waiting = await invoicing.read_waiting_of_invoices(
        tx, bucket=bucket, ids=[one.id for one in invoices]
    )
    credit = await ledger.read_credit(tx, buckets=[bucket], customer_ids=[customer_id])
    return _Held(
        customer=customer,
        subscriptions=subscribed,
        invoices=invoices,
        payments=paid,
        attempts=await erasing.lock_all_attempts(tx, bucket=bucket, ids=ids),
        refunds=await erasing.lock_all_refunds(tx, bucket=bucket, ids=ids),
        set_ups=set_ups,
        methods=await erasing.read_methods_of_customer(tx, bucket=bucket, customer_id=customer_id),
        waiting=waiting,
        credit=[show(one.balance_minor, one.currency) for one in credit],
    )


def _span(run: Run, customer: CustomerRow) -> list[int]:
    """List the months in which there may be anything of a customer."""
    return months(customer.created_at.date() - DAY, run.now().date() + DAY)


def _unfinished(held: _Held, *, forfeits_credit: bool) -> Unfinished:
    return Unfinished(
        subscriptions=[one.id for one in held.subscriptions if one.state not in _ENDED],
        attempts=[one.id for one in held.attempts if one.state in _LIVE_ATTEMPTS],
        refunds=[one.id for one in held.refunds if one.state in _LIVE_REFUNDS],
        set_ups=[one.id for one in held.set_ups if one.state in _LIVE_SETUPS],
        payments=[one.id for one in held.payments if one.state == PaymentState.PROCESSING],
        invoices=[one.id for one in held.invoices if one.state == InvoiceState.OPEN],
        documents=[one.document_id for one in held.waiting],
        credit=[] if forfeits_credit or held.customer.erased_at else held.credit,
    )


def _kept(held: _Held) -> Mapping[str, int]:
    return {
        "subscriptions": len(held.subscriptions),
        "invoices": len(held.invoices),
        "payments": len(held.payments),
        "refunds": len(held.refunds),
        "payment_methods": len({one.id for one in held.methods}),
    }


async def _erase(tx: Tx, run: Run, held: _Held, *, actor: str) -> Mapping[str, int]:
    """Delete; the key goes first, so that whoever seals an answer is waited for."""
    customer = held.customer
    bucket = customer.bucket
    methods = sorted({one.id for one in held.methods})
    set_ups = [one.id for one in held.set_ups]
    told: list[UUID] = [*(one.id for one in (*held.attempts, *held.refunds)), *set_ups]
    await setting_up.give_up_setups(tx, bucket=bucket, ids=set_ups, now=run.now())
    key = await customers.delete_customer_key(tx, bucket=bucket, customer_id=customer.id)
    profile = await customers.read_profile(tx, bucket=bucket, id=customer.id)
    assert profile is not None, customer.id
    counted = {
        "data_key": key,
        "email": int(profile.email_sealed is not None),
        "kept_answers": await access.forget_answers(tx, customer_id=customer.id),
        "mails": await mail.forget_mails(
            tx, bucket=bucket, customer_id=customer.id, months=_span(run, customer), at=run.wall()
        ),
        "mail_block": await mail.unblock(tx, bucket=bucket, customer_id=customer.id),
        "look_ups": await access.delete_global_keys(tx, _look_ups(held, profile.external_id)),
        "instruments": await erasing.forget_instruments(tx, bucket=bucket, ids=methods),
        "mandates": await erasing.forget_mandates(tx, bucket=bucket, ids=methods),
        "default_method": await defaults.forget_default(tx, bucket=bucket, customer_id=customer.id),
        "attempt_tokens": await erasing.forget_tokens(
            tx, bucket=bucket, ids=[AttemptId(one.id) for one in held.attempts]
        ),
        "set_up_tokens": await setting_up.forget_setup_tokens(tx, bucket=bucket, ids=set_ups),
        "refund_reasons": await erasing.forget_reasons(
            tx, bucket=bucket, ids=[RefundId(one.id) for one in held.refunds]
        ),
        "webhook_bodies": await erasing.forget_bodies(tx, ids=told),
        "operators_words": await erasing.forget_resolutions(
            tx, bucket=bucket, ids=[*told, *(one.id for one in held.payments)]
        )
        + await erasing.forget_evidence_notes(tx, bucket=bucket, ids=told)
        + await erasing.forget_proposed_reasons(
            tx, bucket=bucket, ids=[one.id for one in held.payments]
        ),
        "notes": int(profile.metadata != "{}" or profile.external_id is not None)
        + await erasing.forget_notes(tx, bucket=bucket, ids=methods)
        + await subscriptions.forget_notes(
            tx, bucket=bucket, ids=[one.id for one in held.subscriptions]
        )
        + await customers.delete_notes(tx, bucket=bucket, customer_id=customer.id),
    }
    if customer.erased_at is None:
        await _record(tx, run, customer, actor=actor)
    return counted


def _look_ups(held: _Held, external_id: str | None) -> list[GlobalKeyRow]:
    """List what is reserved across all customers by tokens and external ids of this one."""
    customer = held.customer
    noted: set[tuple[str, UUID, str | None]] = {("customer", customer.id, external_id)}
    noted |= {("subscription", one.id, one.external_id) for one in held.subscriptions}
    noted |= {("payment_method", one.id, one.external_id) for one in held.methods}
    tokens = [
        global_key(
            GlobalKind.PAYMENT_TOKEN, one.psp_account, one.psp_token, bucket=customer.bucket,
            owner_id=customer.id,
        )
        for one in held.methods
        if one.psp_account is not None and one.psp_token is not None
    ]  # fmt: skip
    names = [named(kind, text, owner_id=id) for kind, id, text in noted if text is not None]
    return sorted({*tokens, *names}, key=lambda row: (row.lookup_bucket, row.kind, row.key_hash))


async def _record(tx: Tx, run: Run, customer: CustomerRow, *, actor: str) -> None:
    """Write the last version: who erased it and when, with what tax rests on and nothing else."""
    now = run.now()
    bucket, version = customer.bucket, customer.version + 1
    [was] = await customers.read_versions(
        tx, buckets=[bucket], customer_ids=[customer.id], versions=[customer.version]
    )
    await customers.erase_customer(
        tx, bucket=bucket, id=customer.id, seen=customer.version, erased_at=now
    )
    await customers.add_version(
        tx,
        VersionRow(
            bucket=bucket,
            customer_id=customer.id,
            version=version,
            locale=customer.locale,
            buyer_sealed=None,
            country=was.country,
            tax_status=was.tax_status,
            place_evidence=was.place_evidence,
            recorded_at=now,
            actor=actor,
        ),
    )
    await record_events_in(tx, run, [_erased(bucket, customer.id, version, now=now)])


def _erased(bucket: Bucket, customer_id: CustomerId, version: int, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=bucket,
        aggregate_id=customer_id,
        seq=version,  # one event a version
        kind=EventKind.CUSTOMER_ERASED,
        customer_id=customer_id,
        occurred_at=now,
    )
