"""Give up claims that will not be paid: void a purchase, write off and credit a renewal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId
from ledgerline.base.run import Run
from ledgerline.flows.credit_lines import Crediting, billed, credit_lines_in
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason, InvoiceCause, InvoiceEvent, InvoiceState
from ledgerline.invoicing.rows import InvoiceRow, InvoiceStepRow
from ledgerline.invoicing.rules.lifecycle import LIFECYCLE
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Owner, Purpose
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import post
from ledgerline.outbox import store as outbox
from ledgerline.outbox.rows import EventRow
from ledgerline.pricing.rules.credit import amount_of, remainder
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import PurchaseEvent, PurchaseState
from ledgerline.purchases.rows import PurchaseStepRow
from ledgerline.subscriptions.model import SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionRow
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE as LIFECYCLE_OF_SUBSCRIPTIONS

Abandoned = tuple[InvoiceRow, SubscriptionRow]
ENDED: Final = LIFECYCLE_OF_SUBSCRIPTIONS.final


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
    await _close(tx, bought, InvoiceEvent.VOIDED, now=now)
    await _close(tx, billed_later, InvoiceEvent.WRITTEN_OFF, now=now)
    await _void_purchases(tx, bought, now=now)
    await _end(tx, billed_later, now=now)
    await _credit(tx, run, billed_later, reason=reason, now=now)
    return len(abandoned)


async def _close(tx: Tx, pairs: Sequence[Abandoned], event: InvoiceEvent, *, now: datetime) -> None:
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
    await outbox.append(
        tx,
        [
            EventRow(
                bucket=invoice.bucket,
                aggregate_id=invoice.id,
                seq=invoice.event_seq + 1,
                kind=f"invoice.{event}",
                customer_id=invoice.customer_id,
                occurred_at=now,
            )
            for invoice, _ in pairs
        ],
    )


async def _void_purchases(tx: Tx, bought: Sequence[Abandoned], *, now: datetime) -> None:
    if not bought:
        return
    days = await read_book_days(tx, now=now)
    await ledger.add_transfers(
        tx, [row for invoice, _ in bought for row in _reversal(invoice, days)]
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
    await step_subscriptions_in(tx, moves, cause="purchase", now=now)
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


def _reversal(invoice: InvoiceRow, days: BookDays) -> list[TransferRow]:
    owner = Owner(invoice.bucket, invoice.seller_code, invoice.customer_id, invoice.currency)
    on = days.of(invoice.seller_code)
    rows = []
    for purpose, amount in (
        (Purpose.VOID_NET, invoice.net_minor),
        (Purpose.VOID_TAX, invoice.tax_minor),
        (Purpose.VOID_CREDIT, invoice.credit_used_minor),
    ):
        rows += post(purpose, amount, source=invoice.id, owner=owner, on=on, at=days.now)
    return rows


async def _end(tx: Tx, pairs: Sequence[Abandoned], *, now: datetime) -> None:
    """End each subscription once; one that ended with another of its invoices stays as it is."""
    running = {row.id: row for _, row in pairs if SubscriptionState(row.state) not in ENDED}
    moves = [
        Move(row, SubscriptionEvent.CANCELED, next_bill_at=None, ended_at=now)
        for row in running.values()
    ]
    await step_subscriptions_in(tx, moves, cause="collection", now=now)
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
    await credit_lines_in(tx, creditings, now=now)
