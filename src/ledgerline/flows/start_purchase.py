"""Buy a plan: quote → reserve → call → settle, in two short transactions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base import canonical
from ledgerline.base.calendar import start_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CheckoutId,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    PurchaseId,
    SubscriptionId,
    bucket_of,
)
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerRow
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.charge_payer import charge_payer
from ledgerline.flows.choose_accounts import Choices, read_choices_in
from ledgerline.flows.claim_key import Command, Reserved, held_key_in, reserve_key_in
from ledgerline.flows.find_owners import Belongs
from ledgerline.flows.issue_invoices import (
    Claim,
    Issues,
    covers_of,
    one_issue,
)
from ledgerline.flows.open_attempt import Begun, first_of, open_attempt_in
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.quote_purchase import quote_in
from ledgerline.flows.record_attached import record_attached_in
from ledgerline.flows.record_purchase import NewPurchase, PurchaseIds, record_purchase_in
from ledgerline.flows.refuse_closed import refuse_closed_in
from ledgerline.flows.require_consents import require_consents_in
from ledgerline.flows.spend_credit import spend_credit_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing.model import InvoiceCause
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.payments import store as payments
from ledgerline.payments.model import Psps
from ledgerline.payments.refusals import PaymentMethodNotFound
from ledgerline.payments.rows.payments import PaymentMethodRow
from ledgerline.payments.rules.accounts import require_chargeable
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import PreviewStale, PurchaseEvent, PurchaseState
from ledgerline.purchases.rows import PurchaseStepRow
from ledgerline.rules.quote import Order, Quote
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    SubscriptionEvent,
)
from ledgerline.subscriptions.rows import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Purchased:
    """Which purchase this is; its state is read from the database.

    ``retry_after_seconds`` is when the provider wants to be asked again, where it said so.
    """

    purchase_id: PurchaseId
    replayed: bool
    retry_after_seconds: int | None = None


class Checkout(NamedTuple):
    """How a payer stands at checkout.

    ``expect`` is the fingerprint of the quote they saw. ``return_url`` is where they come back to
    after they had to act; without it a provider that asks for them refuses. ``session_id`` is the
    session whose page they are at, ``try_no`` counts its tries from 1.
    """

    expect: bytes | None = None
    return_url: str | None = None
    session_id: CheckoutId | None = None
    try_no: int | None = None


NOWHERE: Final = Checkout()


class _Wish(NamedTuple):
    """What the payer asked for, and how they stand at checkout."""

    order: Order
    payment_method_id: PaymentMethodId
    checkout: Checkout


class _Found(NamedTuple):
    """What was found, once the pipeline that asked for it has ended."""

    owners: Sequence[CustomerRow]
    methods: Sequence[PaymentMethodRow]
    choices: Choices
    live: Sequence[SubscriptionRow]


class _Buyer(NamedTuple):
    """Who pays with what, and what they have already."""

    customer: CustomerRow
    method: PaymentMethodRow
    choices: Choices
    live: Sequence[SubscriptionRow]


async def start_purchase(
    run: Run,
    psps: Psps,
    order: Order,
    *,
    payment_method_id: PaymentMethodId,
    command: Command | None = None,
    checkout: Checkout = NOWHERE,
) -> Purchased:
    """Buy ``order`` with a stored payment method; the payer is present.

    Called by the API and checkout. Raises ``PreviewStale`` when the quote would differ from the one
    they saw, ``CheckoutClosed`` when their session is over, ``ConsentMissing`` without a word that
    their market wants. The attempt is committed as sent before
    any byte leaves, so a crash anywhere leaves rows that the resolver finishes; with the same
    ``command`` a repeat finds the first purchase.
    """
    bucket = bucket_of(order.customer_id)
    ids = _draw(run, bucket)
    wish = _Wish(order, payment_method_id, checkout)
    begun = await _begin(run, psps, wish, ids, command=command)
    if isinstance(begun, Purchased):
        return begun
    if begun is None:
        return Purchased(ids.purchase, replayed=False)
    belongs = Belongs(ids.payment, ids.invoice, ids.subscription)
    charged = await charge_payer(run, psps, begun, belongs)
    return Purchased(ids.purchase, replayed=False, retry_after_seconds=charged.retry_after_seconds)


@repeated
async def _begin(
    run: Run, psps: Psps, wish: _Wish, ids: PurchaseIds, *, command: Command | None
) -> Begun | Purchased | None:
    """Commit what precedes the call: the attempt to send, or the purchase a key made before."""
    bucket = bucket_of(wish.order.customer_id)
    async with run.transaction() as tx:
        asked: Reserved | None = None
        async with tx.pipeline():
            if command is not None:
                asked = await reserve_key_in(
                    tx, bucket=bucket, command=command, subject_id=ids.purchase
                )
            found = await _find(tx, psps, wish, now=run.now())
        if command is not None and asked is not None:
            held = await held_key_in(tx, asked, bucket=bucket, command=command)
            if held is not None:
                assert held.subject_id is not None, held.key
                return Purchased(PurchaseId(held.subject_id), replayed=True)
        buyer = _checked(found, wish.order, wish.payment_method_id)
        now = run.now()
        await refuse_closed_in(tx, wish.checkout.session_id, now=now)
        await require_consents_in(
            tx, run, wish.order.attached.agreements, market_code=buyer.customer.market_code,
            zone=buyer.customer.zone,
        )  # fmt: skip
        begun = await _reserve(tx, run, psps, wish, ids=ids, buyer=buyer)
        await record_attached_in(
            tx, run, wish.order.attached, customer_id=wish.order.customer_id,
            subscription_id=ids.subscription, now=now,
        )  # fmt: skip
        return begun


def fingerprint(quote: Quote) -> bytes:
    """Digest what a payer sees of a quote, so that a later purchase can be held to it."""
    after = quote.after
    return canonical.digest(
        {
            "lines": [
                [
                    line.component,
                    str(line.terms.price_id),
                    line.terms.quantity,
                    line.period.start.isoformat(),
                    line.period.end.isoformat(),
                    line.gross_minor,
                    line.tax_minor,
                ]
                for line in quote.bill.priced.lines
            ],
            "due_now": quote.due_now_minor,
            "next": [] if after is None else [after.on.isoformat(), after.bill.gross_minor],
        }
    )


def _draw(run: Run, bucket: Bucket) -> PurchaseIds:
    drawn = run.new_ids([bucket] * 5)
    return PurchaseIds(
        purchase=PurchaseId(drawn[0]),
        subscription=SubscriptionId(drawn[1]),
        invoice=InvoiceId(drawn[2]),
        payment=PaymentId(drawn[3]),
        attempt=AttemptId(drawn[4]),
    )


async def _find(tx: Tx, psps: Psps, wish: _Wish, *, now: datetime) -> _Found:
    """Lock the customer and ask for what the decision needs, in the caller's pipeline."""
    order, ids = wish.order, [wish.payment_method_id]
    bucket = bucket_of(order.customer_id)
    return _Found(
        await customers.lock_customers(tx, buckets=[bucket], ids=[order.customer_id]),
        await payments.read_payment_methods(tx, buckets=[bucket], ids=ids),
        await read_choices_in(tx, psps, buckets=[bucket], ids=ids, now=now),
        await subscriptions.read_live(tx, bucket=bucket, customer_id=order.customer_id),
    )


def _checked(found: _Found, order: Order, payment_method_id: PaymentMethodId) -> _Buyer:
    if not found.owners:
        raise CustomerNotFound("there is no such customer", customer=str(order.customer_id))
    refuse_erased(found.owners[0])
    if not found.methods or found.methods[0].customer_id != order.customer_id:
        raise PaymentMethodNotFound(
            "the customer has no such payment method", payment_method=str(payment_method_id)
        )
    require_chargeable(found.choices.instruments)
    return _Buyer(found.owners[0], found.methods[0], found.choices, found.live)


async def _reserve(
    tx: Tx, run: Run, psps: Psps, wish: _Wish, *, ids: PurchaseIds, buyer: _Buyer
) -> Begun | None:
    """Commit everything the purchase needs; None when nothing is to be paid."""
    now = run.now()
    method, customer = buyer.method, buyer.customer
    quote = await quote_in(tx, ids.subscription, wish.order, customer, now=now, live=buyer.live)
    expect = wish.checkout.expect
    if expect is not None and expect != fingerprint(quote):
        raise PreviewStale("the result would differ from the quote: quote again")
    issue = _issue(customer, quote, method, ids=ids, now=now)
    if quote.credit_used_minor > 0:
        [issue] = await spend_credit_in(tx, [issue])
    issue = await _numbered_if_settled(tx, issue)
    bought = NewPurchase(
        customer, quote, issue, ids, session_id=wish.checkout.session_id,
        try_no=wish.checkout.try_no,
    )  # fmt: skip
    async with tx.pipeline():
        await record_purchase_in(tx, run, bought, now=now)
        if not issue.settled:
            first = first_of(
                issue,
                method.id,
                buyer.choices,
                attempt_id=ids.attempt,
                return_url=wish.checkout.return_url,
            )
            return await open_attempt_in(tx, run, psps, first, now=now)
    await _activate(tx, run, ids, customer, quote=quote, now=now)
    return None


def _issue(
    customer: CustomerRow,
    quote: Quote,
    method: PaymentMethodRow,
    *,
    ids: PurchaseIds,
    now: datetime,
) -> Issues:
    ends_at = start_of(quote.period.end, customer.zone)
    priced = quote.bill.priced
    claim = Claim(
        seller_code=quote.price.seller_code,
        market_code=customer.market_code,
        family=quote.price.family,
        cause=InvoiceCause.PURCHASE,
        priced=priced,
        covers=covers_of(priced, starts_at=now, ends_at=ends_at, until=now),
        issued_on=quote.issued_on,
        release_no=quote.price.release_no,
        series_id=None,
        collect_at=None,
    )
    return one_issue(
        claim,
        quote.bill,
        [item.no for item in quote.projection.items],
        {
            "bucket": customer.bucket,
            "invoice_id": ids.invoice,
            "payment_id": ids.payment,
            "customer_id": customer.id,
            "customer_version": customer.version,
            "subscription_id": ids.subscription,
            "payment_method_id": method.id,
        },
    )


async def _numbered_if_settled(tx: Tx, issue: Issues) -> Issues:
    """Queue a purchase that credit has paid for its number; others wait until they are paid."""
    claim = issue.claim
    if not issue.settled or claim.priced.gross_minor == 0:
        return issue
    key = series_id(claim.seller_code, "invoice", claim.issued_on)
    await open_series_in(tx, [(claim.seller_code, "invoice", claim.issued_on)])
    return replace(issue, claim=replace(claim, series_id=key))


async def _activate(
    tx: Tx, run: Run, ids: PurchaseIds, customer: CustomerRow, *, quote: Quote, now: datetime
) -> None:
    """Nothing is to be paid: the trial or the credited period begins at once."""
    bucket = customer.bucket
    found = await subscriptions.read_live(tx, bucket=bucket, customer_id=customer.id)
    [row] = [one for one in found if one.id == ids.subscription]
    event = SubscriptionEvent.TRIAL_STARTED if quote.free else SubscriptionEvent.ACTIVATED
    move = Move(row, event, next_bill_at=start_of(row.billed_through, row.zone))
    step = PurchaseStepRow(
        bucket=bucket,
        subscription_id=ids.subscription,
        state_before=PurchaseState.PROCESSING,
        state_event=PurchaseEvent.SETTLED,
        state=PurchaseState.COMPLETED,
    )
    async with tx.pipeline():
        await step_subscriptions_in(tx, run, [move], cause="purchase", now=now)
        await purchases.step(tx, [step])
