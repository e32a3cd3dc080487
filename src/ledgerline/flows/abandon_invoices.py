"""Give up claims that will not be paid: void a purchase, write off and credit a renewal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId
from ledgerline.base.run import Run
from ledgerline.flows.credit_lines import Crediting, billed, credit_lines_in
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason, InvoiceCause, InvoiceEvent, InvoiceState
from ledgerline.invoicing.rows import InvoiceRow, InvoiceStepRow
from ledgerline.invoicing.rules.lifecycle import LIFECYCLE
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rules.postings import void
from ledgerline.outbox.model import EventKind
from ledgerline.pricing.rules.credit import amount_of, remainder
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import PurchaseEvent, PurchaseState
from ledgerline.purchases.rows import PurchaseStepRow
from ledgerline.subscriptions.model import SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionRow
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE as LIFECYCLE_OF_SUBSCRIPTIONS

Abandoned = tuple[InvoiceRow, SubscriptionRow]
ENDED: Final = LIFECYCLE_OF_SUBSCRIPTIONS.final
_TOLD: Final = {
    InvoiceEvent.VOIDED: EventKind.INVOICE_VOIDED,
    InvoiceEvent.WRITTEN_OFF: EventKind.INVOICE_WRITTEN_OFF,
}


async def abandon_invoices_in(
    tx: Tx,
    run: Run,
    abandoned: Sequence[Abandoned],
    *,
    now: datetime,
    reason: CreditReason = CreditReason.UNCOLLECTIBLE,
) -> int:
    """Close open invoices without payment, inside a transaction that holds their locks.

    A purchase that failed never happened: its invoice is void, its subscription expires, its
    postings are reversed. A renewal was issued and numbered: it is written off with a credit note
    over the whole line, and the subscription ends now.
    """
    bought = [pair for pair in abandoned if pair[0].cause == InvoiceCause.PURCHASE]
    billed_later = [pair for pair in abandoned if pair[0].cause != InvoiceCause.PURCHASE]
    await _close(tx, run, bought, InvoiceEvent.VOIDED, now=now)
    await _close(tx, run, billed_later, InvoiceEvent.WRITTEN_OFF, now=now)
    await _void_purchases(tx, run, bought, now=now)
    await _end(tx, run, billed_later, now=now)
    await _credit(tx, run, billed_later, reason=reason, now=now)
    return len(abandoned)


async def _close(
    tx: Tx, run: Run, pairs: Sequence[Abandoned], event: InvoiceEvent, *, now: datetime
) -> None:
    await invoicing.step(
        tx,
        [
            InvoiceStepRow(
                bucket=invoice.bucket,
                id=invoice.id,
                state_before=invoice.state,
                state_event=event,
                state=LIFECYCLE.after(InvoiceState(invoice.state), event),
                paid_at=None,
            )
            for invoice, _ in pairs
        ],
    )
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=invoice.bucket,
                aggregate_id=invoice.id,
                seq=invoice.event_seq + 1,
                kind=_TOLD[event],
                customer_id=invoice.customer_id,
                occurred_at=now,
            )
            for invoice, _ in pairs
        ],
    )


async def _void_purchases(tx: Tx, run: Run, bought: Sequence[Abandoned], *, now: datetime) -> None:
    if not bought:
        return
    days = await read_book_days(tx, now=now)
    issued = await ledger.read_issued(
        tx,
        buckets=[invoice.bucket for invoice, _ in bought],
        source_ids=[invoice.id for invoice, _ in bought],
    )
    await ledger.add_transfers(
        tx, [void(row, on=days.of(row.seller_code), at=now) for row in issued]
    )
    returned = [invoice for invoice, _ in bought if invoice.credit_used_minor]
    if returned:
        await ledger.change_credit(
            tx,
            buckets=[invoice.bucket for invoice in returned],
            customer_ids=[invoice.customer_id for invoice in returned],
            seller_codes=[invoice.seller_code for invoice in returned],
            currencies=[invoice.currency for invoice in returned],
            amounts_minor=[invoice.credit_used_minor for invoice in returned],
        )
    moves = [
        Move(row, SubscriptionEvent.PURCHASE_EXPIRED, next_bill_at=None, ended_at=now)
        for _, row in bought
    ]
    await step_subscriptions_in(tx, run, moves, cause="purchase", now=now)
    await purchases.step(
        tx,
        [
            PurchaseStepRow(
                bucket=row.bucket,
                subscription_id=row.id,
                state_before=PurchaseState.PROCESSING,
                state_event=PurchaseEvent.REFUSED,
                state=PurchaseState.FAILED,
            )
            for _, row in bought
        ],
    )


async def _end(tx: Tx, run: Run, pairs: Sequence[Abandoned], *, now: datetime) -> None:
    """End each subscription once; one that ended with another of its invoices stays as it is."""
    running = {row.id: row for _, row in pairs if SubscriptionState(row.state) not in ENDED}
    moves = [
        Move(row, SubscriptionEvent.CANCELED, next_bill_at=None, ended_at=now)
        for row in running.values()
    ]
    await step_subscriptions_in(tx, run, moves, cause="collection", now=now)
    await end_covers_in(tx, list(running.values()), now=now)


async def _credit(
    tx: Tx, run: Run, pairs: Sequence[Abandoned], *, reason: CreditReason, now: datetime
) -> None:
    if not pairs:
        return
    invoices = {invoice.id: invoice for invoice, _ in pairs}
    lines = await invoicing.read_lines_of_invoices(
        tx, buckets=[invoice.bucket for invoice, _ in pairs], invoice_ids=list(invoices)
    )
    creditings = []
    for line in lines:
        invoice = invoices[line.invoice_id]
        value = billed(line, reserved_minor=0)
        if remainder(value) > 0:
            creditings.append(
                Crediting(
                    note_id=CreditNoteId(run.new_id(line.bucket)),
                    invoice=invoice,
                    line=line,
                    credit=amount_of(value, remainder(value)),
                    reason=reason,
                    open_minor=invoice.total_minor - invoice.credit_used_minor,
                )
            )
    await credit_lines_in(tx, run, creditings, now=now)
