"""Payments with their attempts, each attempt with its evidence."""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from msgspec import Struct, structs

from ledgerline.api import lists
from ledgerline.api.next_actions import ConfirmBody, NextAction, next_action
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    CursorText,
    CustomerIdText,
    InvoiceIdText,
    Limit,
    Money,
    Page,
    States,
    money,
    utc,
    utc_or_none,
)
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, PaymentId, bucket_of, encode
from ledgerline.flows.confirm_payment import confirm_payment
from ledgerline.payments import views
from ledgerline.payments.model import PaymentState
from ledgerline.payments.refusals import PaymentNotFound
from ledgerline.payments.rows.plans import PlanRow
from ledgerline.payments.rows.shown import (
    AttemptView,
    CustomersPaymentsAsked,
    PaymentsAsked,
    PaymentView,
)
from ledgerline.payments.rules.opinion_words import sentences
from ledgerline.payments.rules.plan_rows import slots_of
from ledgerline.payments.rules.prospects import left_of, mend_until, next_try_at, refundable_minor
from ledgerline.payments.rules.timing_words import moment_sentences

GIVEN_UP: Final = frozenset({PaymentState.FAILED, PaymentState.CANCELED})
LIVE: Final = frozenset(PaymentState) - GIVEN_UP


class PaymentsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which payments; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: CustomerIdText | None = None
    invoice: InvoiceIdText | None = None
    status: States | None = None


class AttemptEvidence(Struct, frozen=True, kw_only=True):
    """What closed an attempt, or contradicts it."""

    kind: str
    outcome: str
    recorded: datetime


class Authentication(Struct, frozen=True, kw_only=True):
    """How the issuer authenticated the payer, in the words of EMV 3-D Secure."""

    version: str | None
    challenged: bool | None
    status: str | None
    transaction_id: str | None
    liability_shifted: bool | None


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a payment at one provider."""

    id: str
    object: str = "attempt"
    ordinal: int
    status: str
    psp_account: str
    initiator: str
    total: Money
    sent: datetime
    ended: datetime | None
    category: str | None
    provider_code: str | None
    provider_reference: str | None
    authentication: Authentication | None
    evidence: list[AttemptEvidence]
    explanation: list[str]


class RetrySlot(Struct, frozen=True, kw_only=True):
    """One of the tries that were planned, and why it is when it is, or is none any more."""

    at: datetime
    why: str
    planned: bool


class RetryPlan(Struct, frozen=True, kw_only=True):
    """How a refused payment is collected: a revision follows each further refusal.

    ``advice`` is the strictest of what the network, the provider and the category advise; it is
    null where the payer asked for a try.
    """

    revision: int
    policy_version: int
    tries_max: int
    category: str | None
    advice: str | None
    network_advice: str | None
    slots: list[RetrySlot]
    ends: datetime
    explanation: list[str]


class Payment(Struct, frozen=True, kw_only=True):
    """The wish to collect one amount once.

    ``attempts`` and ``next_action``, what its payer has to do, only where one payment is asked for.
    ``next_try_at`` is null while no machine tries it; where that ``awaits_payer``, another payment
    method can mend it before ``mend_until``. ``refundable`` is what a refund can give back now.
    """

    id: str
    object: str = "payment"
    livemode: bool
    status: str
    customer: str
    invoice: str
    subscription: str
    payment_method: str
    total: Money
    captured: Money
    refunded: Money
    refunding: Money
    refundable: Money
    tries: int
    next_try_at: datetime | None
    awaits_payer: bool
    mend_until: datetime | None
    next_action: NextAction | None = None
    withheld_for: str | None
    receipt: str | None
    created: datetime
    retry_plan: RetryPlan | None = None
    attempts: list[Attempt] | None = None


async def get(call: Call) -> Answer:
    """Read one payment with attempts and evidence."""
    return Answer(200, await show(call, call.id("payment")))


async def show(call: Call, payment_id: UUID) -> Payment:
    """Show one payment with attempts and evidence; raises ``PaymentNotFound``."""
    bucket = bucket_of(payment_id)
    async with call.run.reading() as read:
        row = await views.payment(read, bucket=bucket, id=payment_id)
        tries = await views.attempts(read, bucket=bucket, payment_id=payment_id)
        plan = await views.retry_plan(read, bucket=bucket, payment_id=payment_id)
        said = await views.said_of_plan(read, plan)
    if row is None:
        raise PaymentNotFound("there is no such payment")
    attempts = [_attempt(list(rows)) for _, rows in groupby(tries, key=lambda one: one.id)]
    asked = [
        next_action(call, one.id, one.action_sealed, one.action_expires_at) for one in tries[-1:]
    ]
    shown = _shape(call, row, attempts, asked=asked[0] if asked else None)
    return shown if plan is None else structs.replace(shown, retry_plan=_plan(plan, said))


async def confirm(call: Call) -> Answer:
    """Go on with a payment whose payer is back: 200 with what is known now, whatever that is."""
    payment_id = PaymentId(call.id("payment"))
    await confirm_payment(call.run, call.psps, payment_id, result=call.body.result)
    return Answer(200, await show(call, payment_id), is_final=False)


async def list_(call: Call) -> Answer:
    """List payments, of a customer, of an invoice or of all."""
    query: PaymentsQuery = call.query
    customer_id = None if query.customer is None else read_id("customer", query.customer)
    invoice_id = None if query.invoice is None else read_id("invoice", query.invoice)
    states = lists.states(query.status, PaymentState)
    asked = PaymentsAsked(
        before=lists.before(call),
        bucket=None if invoice_id is None else bucket_of(invoice_id),
        invoice_id=invoice_id,
        states=None,
        limit=query.limit + 1,
    )
    async with call.run.reading() as read:
        if customer_id is not None and invoice_id is None:
            rows = await _of_customer(call, read, customer_id, states)
        else:
            rows = await lists.each(
                lists.singly(states)
                if invoice_id is None
                else lists.within(states, LIVE, GIVEN_UP),
                lambda some: views.payments(read, asked._replace(states=some)),
                limit=asked.limit,
            )
    if customer_id is not None:
        rows = [row for row in rows if row.customer_id == customer_id]
    return lists.page(call, rows, shape=lambda row: _shape(call, row, None))


async def _of_customer(
    call: Call, read: ReadTx, customer_id: UUID, states: list[str] | None
) -> list[PaymentView]:
    asked = CustomersPaymentsAsked(
        before=lists.before(call),
        bucket=bucket_of(customer_id),
        customer_id=customer_id,
        months=lists.months_of_page(call, customer_id),
        states=[],
        limit=call.query.limit + 1,
    )
    return await lists.each(
        lists.within(states, LIVE, GIVEN_UP),
        lambda some: views.payments_of_customer(read, asked._replace(states=some or [])),
        limit=asked.limit,
    )


def _shape(
    call: Call,
    row: PaymentView,
    attempts: list[Attempt] | None,
    *,
    asked: NextAction | None = None,
) -> Payment:
    receipt = row.receipt_id
    return Payment(
        id=encode(PREFIXES["payment"], row.id),
        livemode=call.livemode,
        status=row.state,
        customer=encode(PREFIXES["customer"], row.customer_id),
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
        subscription=encode(PREFIXES["subscription"], row.subscription_id),
        payment_method=encode(PREFIXES["payment_method"], row.payment_method_id),
        total=money(row.amount_minor, row.currency),
        captured=money(row.captured_minor, row.currency),
        refunded=money(row.refunded_minor, row.currency),
        refunding=money(row.refunding_minor, row.currency),
        refundable=money(refundable_minor(left_of(row)), row.currency),
        tries=row.tries,
        next_try_at=utc_or_none(next_try_at(row)),
        awaits_payer=row.awaits_payer and not row.is_over,
        mend_until=utc_or_none(mend_until(row)),
        next_action=asked,
        withheld_for=row.withheld_for,
        receipt=None if receipt is None else encode(PREFIXES["receipt"], receipt),
        created=utc(row.created_at),
        attempts=attempts,
    )


def _plan(row: PlanRow, said: str | None) -> RetryPlan:
    return RetryPlan(
        revision=row.revision,
        policy_version=row.policy_version,
        tries_max=row.tries_max,
        category=row.category,
        advice=row.advice,
        network_advice=row.network_advice,
        slots=[
            RetrySlot(at=utc(one.at), why=one.why, planned=one.is_open)
            for one in slots_of(row.slots)
        ],
        ends=utc(row.ends_at),
        explanation=[] if said is None else list(moment_sentences(json.loads(said))),
    )


def _attempt(rows: Sequence[AttemptView]) -> Attempt:
    row = rows[0]
    return Attempt(
        id=encode(PREFIXES["attempt"], row.id),
        ordinal=row.ordinal,
        status=row.state,
        psp_account=row.psp_account,
        initiator=row.initiator,
        total=money(row.amount_minor, row.currency),
        sent=utc(row.sent_at),
        ended=utc_or_none(row.ended_at),
        category=row.category,
        provider_code=row.psp_code,
        provider_reference=row.psp_ref,
        authentication=_authentication(row),
        evidence=[one for one in map(_evidence, rows) if one is not None],
        explanation=[] if row.learned is None else list(sentences(json.loads(row.learned))),
    )


def _authentication(row: AttemptView) -> Authentication | None:
    told = (row.version, row.authenticated, row.transaction_id, row.challenged)
    if told == (None, None, None, None):
        return None
    return Authentication(
        version=row.version,
        challenged=row.challenged,
        status=row.authenticated,
        transaction_id=row.transaction_id,
        liability_shifted=row.liability_shifted,
    )


def _evidence(row: AttemptView) -> AttemptEvidence | None:
    if row.evidence_kind is None or row.evidence_outcome is None or row.recorded_at is None:
        return None
    return AttemptEvidence(
        kind=row.evidence_kind, outcome=row.evidence_outcome, recorded=utc(row.recorded_at)
    )


def _about(call: Call) -> UUID:
    return call.id("payment")


OPERATIONS: Final = (
    Operation(
        name="list_payments", method="GET", path="/v1/payments", summary="List payments",
        handle=list_, gives={200: Page[Payment]}, query=PaymentsQuery,
    ),
    Operation(
        name="get_payment", method="GET", path="/v1/payments/{id}",
        summary="Read a payment with attempts and evidence", handle=get, gives={200: Payment},
    ),
    Operation(
        name="confirm_payment", method="POST", path="/v1/payments/{id}/confirm",
        summary="Go on with a payment whose payer is back", handle=confirm, gives={200: Payment},
        body=ConfirmBody, keyed=Keyed.OPTIONAL, about=_about,
    ),
)  # fmt: skip
