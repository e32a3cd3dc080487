"""Buy a plan: quote → reserve → call → settle, in two short transactions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base import canonical
from ledgerline.base.calendar import start_of
from ledgerline.base.db import Tx
from ledgerline.base.errors import Unavailable
from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    InvoiceId,
    ItemId,
    PaymentId,
    PaymentMethodId,
    PurchaseId,
    SubscriptionId,
    bucket_of,
)
from ledgerline.base.log import logger
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.store import CustomerRow
from ledgerline.flows.claim_key import Command, held_key_in, reserve_key_in
from ledgerline.flows.collect_due import ANSWER_MARGIN
from ledgerline.flows.issue_invoices import (
    Claim,
    IssueIds,
    Issues,
    issue_invoices_in,
    one_issue,
)
from ledgerline.flows.quote_purchase import Order, Quote, quote_in
from ledgerline.flows.settle_attempt import Belongs, Evidence, settle_attempt
from ledgerline.flows.spend_credit import spend_credit_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceCause
from ledgerline.invoicing.rows import OpenSeriesRow
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.outbox import store as outbox
from ledgerline.outbox.model import EventRow, KeyRow
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    AttemptState,
    Initiator,
    PaymentMethodNotFound,
    Psps,
    SentAttempt,
)
from ledgerline.payments.rows import NewAttemptRow, PaymentMethodRow
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import PreviewStale, PurchaseEvent, PurchaseState
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    LogKind,
    SubscriptionEvent,
    SubscriptionState,
)
from ledgerline.subscriptions.store import SubscriptionRow

CALL_DEADLINE_MAX: Final = timedelta(seconds=10)
_log: Final = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Ids:
    """The ids of a purchase, made before anything is written: a repeat uses the same."""

    purchase: PurchaseId
    subscription: SubscriptionId
    item: ItemId
    invoice: InvoiceId
    payment: PaymentId
    attempt: AttemptId


@dataclass(frozen=True, slots=True)
class Purchased:
    """Which purchase this is; its state is read from the database."""

    purchase_id: PurchaseId
    replayed: bool


class _Found(NamedTuple):
    """What was found, once the pipeline that asked for it has ended."""

    owners: Sequence[CustomerRow]
    methods: Sequence[PaymentMethodRow]
    live: Sequence[SubscriptionRow]


class _Buyer(NamedTuple):
    """Who pays with what, and what they have already."""

    customer: CustomerRow
    method: PaymentMethodRow
    live: Sequence[SubscriptionRow]


async def start_purchase(
    run: Run,
    psps: Psps,
    order: Order,
    *,
    payment_method_id: PaymentMethodId,
    command: Command | None = None,
    expect: bytes | None = None,
) -> Purchased:
    """Buy ``order`` with a stored payment method; the payer is present.

    Called by the API and checkout. ``expect`` is the fingerprint of the quote the payer saw
    (``PreviewStale`` when it would differ). The attempt is committed as sent before any byte
    leaves, so a crash anywhere leaves rows that the resolver finishes; with the same ``command`` a
    repeat finds the first purchase.
    """
    bucket = bucket_of(order.customer_id)
    ids = _draw(run, bucket)
    begun = await _begin(run, order, ids, payment_method_id, command=command, expect=expect)
    if isinstance(begun, Purchased):
        return begun
    if begun is not None:
        reading = await psps.call(begun)
        belongs = Belongs(ids.payment, ids.invoice, ids.subscription)
        try:
            await settle_attempt(run, [Evidence(bucket, begun.attempt_id, reading, belongs)])
        except Unavailable as lost:  # the attempt is sent: the resolver settles it, nobody repeats
            _log.warning("answer not recorded", attempt=str(begun.attempt_id), failure=str(lost))
    return Purchased(ids.purchase, replayed=False)


@repeated
async def _begin(
    run: Run,
    order: Order,
    ids: _Ids,
    payment_method_id: PaymentMethodId,
    *,
    command: Command | None,
    expect: bytes | None,
) -> SentAttempt | Purchased | None:
    """Commit what precedes the call: the attempt to send, or the purchase a key made before."""
    bucket = bucket_of(order.customer_id)
    async with run.transaction() as tx:
        fresh: list[KeyRow] = []
        async with tx.pipeline():
            if command is not None:
                fresh = await reserve_key_in(
                    tx, run, bucket=bucket, command=command, subject_id=ids.purchase
                )
            found = await _find(tx, order, payment_method_id)
        if command is not None:
            held = await held_key_in(tx, fresh, bucket=bucket, command=command)
            if held is not None:
                assert held.subject_id is not None, held.key
                return Purchased(PurchaseId(held.subject_id), replayed=True)
        buyer = _checked(found, order, payment_method_id)
        return await _reserve(tx, order, ids, buyer, now=run.now(), expect=expect)


def fingerprint(quote: Quote) -> bytes:
    """Digest what a payer sees of a quote, so that a later purchase can be held to it."""
    line = quote.line
    return canonical.digest(
        {
            "price": str(quote.price_id),
            "quantity": line.terms.quantity,
            "period": [line.period.start.isoformat(), line.period.end.isoformat()],
            "total": line.gross_minor,
            "tax": line.tax_minor,
            "due_now": quote.due_now_minor,
            "next": quote.next_line.gross_minor,
            "next_on": quote.next_on.isoformat(),
        }
    )


def _draw(run: Run, bucket: Bucket) -> _Ids:
    drawn = run.new_ids([bucket] * 6)
    return _Ids(
        PurchaseId(drawn[0]), SubscriptionId(drawn[1]), ItemId(drawn[2]), InvoiceId(drawn[3]),
        PaymentId(drawn[4]), AttemptId(drawn[5]),
    )  # fmt: skip


async def _find(tx: Tx, order: Order, payment_method_id: PaymentMethodId) -> _Found:
    """Lock the customer and ask for what the decision needs, in the caller's pipeline."""
    bucket = bucket_of(order.customer_id)
    return _Found(
        await customers.lock_customers(tx, buckets=[bucket], ids=[order.customer_id]),
        await payments.read_payment_methods(tx, buckets=[bucket], ids=[payment_method_id]),
        await subscriptions.read_live(tx, bucket=bucket, customer_id=order.customer_id),
    )


def _checked(found: _Found, order: Order, payment_method_id: PaymentMethodId) -> _Buyer:
    if not found.owners:
        raise CustomerNotFound("there is no such customer", customer=str(order.customer_id))
    if not found.methods or found.methods[0].customer_id != order.customer_id:
        raise PaymentMethodNotFound(
            "the customer has no such payment method", payment_method=str(payment_method_id)
        )
    return _Buyer(found.owners[0], found.methods[0], found.live)


async def _reserve(
    tx: Tx, order: Order, ids: _Ids, buyer: _Buyer, *, now: datetime, expect: bytes | None
) -> SentAttempt | None:
    """Commit everything the purchase needs; None when nothing is to be paid."""
    method = buyer.method
    quote = await quote_in(tx, order, buyer.customer, now=now, live=buyer.live)
    if expect is not None and expect != fingerprint(quote):
        raise PreviewStale("the result would differ from the quote: quote again")
    issue = _issue(ids, quote, method.id, now=now)
    if quote.credit_used_minor > 0:
        [issue] = await spend_credit_in(tx, [issue])
    issue = await _numbered_if_settled(tx, issue)
    attempt = None if issue.settled else _attempt(ids, issue, method, now=now)
    async with tx.pipeline():
        await _record(tx, quote, ids, issue, now=now)
        if attempt is not None:
            await payments.add_attempts(tx, [attempt])
    if attempt is None:
        await _activate(tx, ids, quote, now=now)
        return None
    return SentAttempt(
        method.bucket, ids.attempt, ids.payment, method.psp_account,
        Money(attempt.amount_minor, Currency(attempt.currency)), method.psp_token,
        Initiator.CUSTOMER,
    )  # fmt: skip


def _issue(ids: _Ids, quote: Quote, payment_method_id: PaymentMethodId, *, now: datetime) -> Issues:
    claim = Claim(
        seller_code=quote.price.seller_code,
        market_code=quote.customer.market_code,
        family=quote.price.family,
        cause=InvoiceCause.PURCHASE,
        line_kind=quote.line_kind,
        line=quote.line,
        starts_at=now,
        ends_at=start_of(quote.line.period.end, quote.customer.zone),
        cover_until=now,
        issued_on=quote.issued_on,
        series_id=None,
        collect_at=None,
    )
    return one_issue(
        claim,
        IssueIds(
            quote.customer.bucket, ids.invoice, ids.payment, quote.customer.id, ids.subscription,
            ids.item, payment_method_id,
        ),
    )  # fmt: skip


async def _numbered_if_settled(tx: Tx, issue: Issues) -> Issues:
    """Queue a purchase that credit has paid for its number; others wait until they are paid."""
    claim = issue.claim
    if not issue.settled or claim.line.gross_minor == 0:
        return issue
    key = series_id(claim.seller_code, "invoice", claim.issued_on)
    year = str(claim.issued_on.year)
    await invoicing.open_series(tx, [OpenSeriesRow(key, claim.seller_code, "invoice", year)])
    return replace(issue, claim=replace(claim, series_id=key))


def _attempt(ids: _Ids, issue: Issues, method: PaymentMethodRow, *, now: datetime) -> NewAttemptRow:
    line = issue.claim.line
    return NewAttemptRow(
        method.bucket, ids.payment, ids.attempt, 1, method.psp_account, method.psp_token,
        line.terms.currency, issue.due_minor, Initiator.CUSTOMER,
        AttemptState.SENT, "-", "created", now, now + CALL_DEADLINE_MAX + ANSWER_MARGIN, 0,
    )  # fmt: skip


async def _record(tx: Tx, quote: Quote, ids: _Ids, issue: Issues, *, now: datetime) -> None:
    customer, priced = quote.customer, quote.price
    await subscriptions.add_subscriptions(tx, [_subscription(quote, ids, issue, now)])
    await subscriptions.append_log(
        tx,
        [
            subscriptions.LogRow(
                customer.bucket, ids.subscription, 1, LogKind.CREATED, quote.line.period.start,
                now, now, "purchase", f"purchase:{ids.purchase}", _body(quote, ids),
            )
        ],
    )  # fmt: skip
    settled = issue.settled
    if quote.line_kind == "trial":
        await customers.redeem_trial(
            tx,
            customers.RedemptionRow(
                customer.bucket, customer.id, priced.family, ids.subscription, now
            ),
        )
    await purchases.add_purchase(
        tx,
        purchases.NewPurchaseRow(
            customer.bucket, ids.purchase, customer.id, ids.subscription, ids.invoice,
            None if settled else ids.payment, now,
        ),
    )  # fmt: skip
    await issue_invoices_in(tx, [issue], now=now)
    await outbox.append(
        tx,
        [
            EventRow(
                customer.bucket, ids.subscription, 1, "subscription.created", customer.id, now
            ),
        ],
    )
    assert priced.id == quote.line.terms.price_id, (priced.id, quote.line.terms)


def _subscription(
    quote: Quote, ids: _Ids, issue: Issues, now: datetime
) -> subscriptions.NewSubscriptionRow:
    customer, priced, grid = quote.customer, quote.price, quote.grid
    return subscriptions.NewSubscriptionRow(
        customer.bucket, ids.subscription, customer.id, priced.seller_code, customer.market_code,
        priced.currency, customer.zone, priced.family, SubscriptionState.INCOMPLETE, "-",
        "created", ids.item, priced.plan_code, priced.id, quote.line.terms.quantity, grid.origin,
        grid.day, priced.cadence_count, priced.cadence_unit, quote.line.period.end, None, None,
        quote.coupon_code, quote.coupon_periods_left, issue.ids["payment_method_id"][0], 1, 1, 1,
        now, None,
    )  # fmt: skip


def _body(quote: Quote, ids: _Ids) -> str:
    terms = quote.line.terms
    return canonical.canonical(
        {
            "item": str(ids.item),
            "plan": terms.plan_code,
            "price": str(terms.price_id),
            "quantity": terms.quantity,
            "grid_origin": quote.grid.origin.isoformat(),
            "grid_day": quote.grid.day,
            "billed_through": quote.line.period.end.isoformat(),
        }
    ).decode()


async def _activate(tx: Tx, ids: _Ids, quote: Quote, *, now: datetime) -> None:
    """Nothing is to be paid: the trial or the credited period begins at once."""
    bucket = quote.customer.bucket
    found = await subscriptions.read_live(tx, bucket=bucket, customer_id=quote.customer.id)
    [row] = [one for one in found if one.id == ids.subscription]
    trial = quote.line_kind == "trial"
    event = SubscriptionEvent.TRIAL_STARTED if trial else SubscriptionEvent.ACTIVATED
    move = Move(row, event, next_bill_at=start_of(row.billed_through, row.zone))
    step = purchases.StepRow(
        bucket,
        ids.subscription,
        PurchaseState.PROCESSING,
        PurchaseEvent.SETTLED,
        PurchaseState.COMPLETED,
    )
    async with tx.pipeline():
        await step_subscriptions_in(tx, [move], cause="purchase", now=now)
        await purchases.step(tx, [step])
