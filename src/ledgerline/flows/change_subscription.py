"""Change the plan or the quantity of a subscription, now or at the end of its period."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from ledgerline.base import canonical
from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import InvoiceId, SubscriptionId, bucket_of
from ledgerline.base.log import logger
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.carry_out_change import (
    Frozen,
    Ids,
    Proposed,
    balance_in,
    carry_out_change_in,
    new_ids,
    require_timely_in,
)
from ledgerline.flows.charge_payer import charge_payer
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.find_owners import Belongs
from ledgerline.flows.lock_subscription import lock_subscription_in
from ledgerline.flows.read_charged import given_before_in, read_charged_in
from ledgerline.flows.read_terms import read_sale_in
from ledgerline.flows.record_attached import record_attached_in
from ledgerline.flows.record_entry import (
    read_history_in,
)
from ledgerline.flows.refuse_above_limit import refuse_above_limit_in
from ledgerline.flows.require_consents import require_consents_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.payments import store as payments
from ledgerline.payments.model import Psps, RefundCause
from ledgerline.purchases.model import PreviewStale
from ledgerline.rules.change import Change, propose
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    ChangeInProgress,
    SettleFirst,
)

_log: Final = logger(__name__)


class Changed(StrEnum):
    """What became of a change.

    It happened or stands, nobody knows yet, its payment was declined, or it was given up before it
    was paid (what is taken for it all the same goes back).
    """

    DONE = "done"
    WAITS = "waits"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """What became of a change, and the invoice of its own that it had if it cost something.

    ``retry_after_seconds`` is when the provider wants to be asked again, where it said so.
    """

    changed: Changed
    invoice_id: InvoiceId | None = None
    retry_after_seconds: int | None = None


async def change_subscription(
    run: Run,
    psps: Psps,
    change: Change,
    *,
    command: Command | None = None,
    return_url: str | None = None,
    expect: bytes | None = None,
) -> ChangeOutcome:
    """Change; a repeat with the same ``command`` changes nothing and says what became of it.

    Where something is left to pay after the credit, the change is frozen and happens when that is
    paid: what is given up is given back only then. Declined, nothing has happened. Otherwise it
    happens at once, or stands until the end of the period. With ``return_url`` its payer may be
    asked to act first and comes back there. ``expect`` is the fingerprint of what they saw. Raises
    what ``propose`` raises, ``SubscriptionNotFound``, ``SubscriptionParked``, ``ChangeInProgress``,
    ``PaymentMethodNotFound``, ``PreviewStale`` where it would be another change by now,
    ``ConsentMissing`` without a word that the market wants of whoever orders and, for a person
    whose role may not give as much back, ``AboveLimit``. What was accepted is kept whether or not
    it is paid.
    """
    ids = new_ids(run, change.subscription_id, return_url=return_url)
    begun = await _begin(run, psps, (change, expect), ids, command=command)
    return await outcome_of(run, psps, begun, ids, subscription_id=change.subscription_id)


async def outcome_of(
    run: Run,
    psps: Psps,
    begun: Frozen | InvoiceId | None,
    ids: Ids,
    *,
    subscription_id: SubscriptionId,
) -> ChangeOutcome:
    """Charge for what waits to be paid, and say what became of it.

    None happened for nothing; the id is that of the invoice of an earlier request.
    """
    if not isinstance(begun, Frozen):
        return ChangeOutcome(Changed.DONE) if begun is None else await _became(run, begun)
    belongs = Belongs(ids.payment, ids.invoice, subscription_id, begun.promised)
    charged = await charge_payer(run, psps, begun.begun, belongs)
    if not charged.recorded:
        return ChangeOutcome(Changed.WAITS, ids.invoice)
    became = await _became(run, ids.invoice)
    return replace(became, retry_after_seconds=charged.retry_after_seconds)


@repeated
async def _became(run: Run, invoice_id: InvoiceId) -> ChangeOutcome:
    """Say what became of a change by the invoice that was to be its own; none means it was free."""
    bucket = bucket_of(invoice_id)
    async with run.transaction() as tx:
        for invoice in await invoicing.lock_invoices(tx, buckets=[bucket], ids=[invoice_id]):
            return ChangeOutcome(await _of_invoice(tx, invoice), invoice_id)
    return ChangeOutcome(Changed.DONE)


async def _of_invoice(tx: Tx, invoice: InvoiceRow) -> Changed:
    if invoice.state == InvoiceState.VOID:
        return Changed.DECLINED
    if invoice.state == InvoiceState.PAID:
        refunds = await payments.read_refunds_of_invoice(
            tx, bucket=invoice.bucket, invoice_id=invoice.id
        )
        late = any(one.cause == RefundCause.LATE_CHANGE for one in refunds)
        return Changed.WITHDRAWN if late else Changed.DONE
    waiting = await subscriptions.read_pending_changes(
        tx, buckets=[invoice.bucket], ids=[invoice.subscription_id]
    )
    waits = any(one.invoice_id == invoice.id for one in waiting)
    return Changed.WAITS if waits else Changed.WITHDRAWN


async def preview_change(run: Run, change: Change, *, ordering: bool = False) -> Proposed:
    """Compute what ``change_subscription`` would do and write nothing: the same rule and rows.

    ``ordering`` it is refused without the words that it would be refused for, too.
    """
    async with run.transaction() as tx:
        proposed = await propose_in(tx, change, now=run.now())
        if ordering:
            await _require_words_in(tx, run, change, proposed)
        if proposed.proposal.bill.positions:
            await require_timely_in(tx, proposed)
        return proposed


def fingerprint(proposed: Proposed) -> bytes:
    """Digest what a customer sees of a change, so that it can be held to it."""
    proposal = proposed.proposal
    following = proposal.next
    return canonical.digest(
        {
            "credits": [[str(one.of.key), one.credit.gross_minor] for one in proposal.credits],
            "lines": [
                [line.component, str(line.terms.price_id), line.gross_minor]
                for line in proposal.bill.priced.lines
            ],
            "due_now": proposed.due_minor,
            "effective": proposal.entry.effective.isoformat(),
            "next": []
            if following is None
            else [following.on.isoformat(), following.bill.gross_minor],
        }
    )


async def propose_in(tx: Tx, change: Change, *, now: datetime) -> Proposed:
    """Lock the subscription and decide the change."""
    row = await lock_subscription_in(tx, change.subscription_id)
    if await subscriptions.read_pending_changes(tx, buckets=[row.bucket], ids=[row.id]):
        raise ChangeInProgress("a change waits for its payment")
    today = local_date(now, row.zone)
    history = await read_history_in(tx, row)
    sale = await read_sale_in(
        tx,
        market_code=row.market_code,
        today=today,
        plan_codes=[] if change.plan_code is None else [change.plan_code],
        price_ids=[item.price_id for item in history.items],
        offer_codes=[offer.code for entry in history.log for offer in entry.delta.offers],
    )
    charged = await read_charged_in(tx, row, on=today)
    for unpaid in charged.beyond(today, state=InvoiceState.OPEN):
        raise SettleFirst("an invoice is unpaid", invoice=str(unpaid.invoice_id))
    paid = charged.beyond(today, state=InvoiceState.PAID)
    proposal = propose(row, history.log, paid, change, sale=sale, now=now)
    before = await given_before_in(tx, charged, paid)
    balance = await balance_in(tx, row)
    return Proposed(proposal, history, charged, balance, before_minor=before)


async def _require_words_in(tx: Tx, run: Run, change: Change, proposed: Proposed) -> None:
    if proposed.proposal.is_order:
        row = proposed.proposal.subscription
        await require_consents_in(
            tx, run, change.attached.agreements, market_code=row.market_code, zone=row.zone
        )


@repeated
async def _begin(
    run: Run,
    psps: Psps,
    wanted: tuple[Change, bytes | None],
    ids: Ids,
    *,
    command: Command | None,
) -> Frozen | InvoiceId | None:
    """Do it, or freeze it and commit the attempt to send; or name the invoice a key stands for."""
    now = run.now()
    change, expect = wanted
    bucket = bucket_of(change.subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=ids.invoice)
            if held is not None:
                assert held.subject_id is not None, held.key
                return InvoiceId(held.subject_id)
        proposed = await propose_in(tx, change, now=now)
        if expect is not None and expect != fingerprint(proposed):
            raise PreviewStale("it would be another change by now: look again")
        await refuse_above_limit_in(tx, command, [proposed.given_back], is_chosen=False)
        if command is None or command.audited is None:  # a person answers for what they do
            await _require_words_in(tx, run, change, proposed)
        row = proposed.proposal.subscription
        await record_attached_in(
            tx, run, change.attached, customer_id=row.customer_id, subscription_id=row.id, now=now
        )
        return await carry_out_change_in(tx, run, psps, proposed, ids=ids, now=now)
