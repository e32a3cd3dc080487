"""Give up claims that will not be paid: void what never was, unwind what was served unpaid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditLotId, CreditNoteId, InvoiceId
from ledgerline.base.run import Run
from ledgerline.flows.credit_lines import Note, credit_lines_in
from ledgerline.flows.end_covers import end_covers_in, read_paid_in
from ledgerline.flows.name_externally import name_externally_in
from ledgerline.flows.offset_credit import offset_notes_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.read_charged import ChargedLines, read_lines_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import (
    AllocationSource,
    CreditReason,
    InvoiceCause,
    InvoiceEvent,
    InvoiceState,
)
from ledgerline.invoicing.rows.documents import (
    AllocatedRow,
    AllocationRow,
    InvoiceRow,
    InvoiceStepRow,
)
from ledgerline.invoicing.rules.kind import was_served
from ledgerline.invoicing.rules.lifecycle import LIFECYCLE
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rows import DrawRow
from ledgerline.ledger.rules.postings import void
from ledgerline.outbox.model import EventKind
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import PurchaseEvent, PurchaseState
from ledgerline.purchases.rows import PurchaseStepRow
from ledgerline.rules.unwinding import Unwinding, unwind
from ledgerline.subscriptions import store as subscriptions
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
    ends: bool = True,
) -> int:
    """Close open invoices without payment, inside a transaction that holds their locks.

    A purchase or a change that failed never happened: its invoice is void, its postings are
    reversed and the credit it used goes back; the purchase's subscription expires, the changed one
    stays as it was. A renewal was issued, numbered and served, and so was what was paid once and is
    owed again: it is worth the days that were used, the rest is written off with a credit note, and
    the subscription ends now, unless a later period of it is paid or the caller ends it (``ends``
    is False). What people were told of a request that was refused is over: nobody tries it again.
    """
    never = [pair for pair in abandoned if not was_served(pair[0].cause, pair[0].state_event)]
    served = [pair for pair in abandoned if was_served(pair[0].cause, pair[0].state_event)]
    await _close(tx, run, never, InvoiceEvent.VOIDED, now=now)
    await _close(tx, run, served, InvoiceEvent.WRITTEN_OFF, now=now)
    await _reverse(tx, [invoice for invoice, _ in never], now=now)
    await _expire(
        tx, run, [row for invoice, row in never if invoice.cause == InvoiceCause.PURCHASE], now=now
    )
    await exceptions.close_refused(
        tx,
        buckets=[invoice.bucket for invoice, _ in served],
        invoice_ids=[invoice.id for invoice, _ in served],
        now=now,
    )
    if ends:
        await _end(tx, run, served, now=now)
    await _unwind(tx, run, served, reason=reason, now=now)
    return len(abandoned)


async def propose_unwinding_in(
    tx: Tx,
    unpaid: Sequence[InvoiceRow],
    charged: ChargedLines,
    subscription: SubscriptionRow,
    *,
    now: datetime,
) -> list[tuple[InvoiceRow, Unwinding]]:
    """Say how unpaid invoices are closed where service has ended, or ends now; writes nothing.

    What never happened gives back all the credit it used.
    """
    cut = local_date(subscription.ended_at or now, subscription.zone)
    allocated = await _allocated(tx, unpaid)
    done = []
    for invoice in unpaid:
        settled = sum(one.amount_minor for one in allocated.get(invoice.id, ()))
        if was_served(invoice.cause, invoice.state_event):
            how = unwind(charged.of(invoice), open_minor=invoice.total_minor - settled, cut=cut)
        else:
            how = Unwinding((), invoice.total_minor - settled, settled)
        done.append((invoice, how))
    return done


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


async def _allocated(tx: Tx, invoices: Sequence[InvoiceRow]) -> dict[InvoiceId, list[AllocatedRow]]:
    found: dict[InvoiceId, list[AllocatedRow]] = {}
    for row in await invoicing.read_allocated(
        tx, buckets=[one.bucket for one in invoices], invoice_ids=[one.id for one in invoices]
    ):
        found.setdefault(row.invoice_id, []).append(row)
    return found


async def _reverse(tx: Tx, invoices: Sequence[InvoiceRow], *, now: datetime) -> None:
    """Take back what issuing posted, and return used credit to the lots it came from."""
    if not invoices:
        return
    days = await read_book_days(tx, now=now)
    allocated = await _allocated(tx, invoices)
    used = [
        (invoice, row)
        for invoice in invoices
        for row in allocated.get(invoice.id, ())
        if row.source_kind == AllocationSource.CREDIT
    ]
    await ledger.return_to_lots(
        tx,
        [DrawRow(row.bucket, CreditLotId(row.source_id), row.amount_minor) for _, row in used],
    )
    await invoicing.add_allocations(
        tx,
        [
            AllocationRow(
                bucket=row.bucket,
                invoice_id=row.invoice_id,
                source_kind=row.source_kind,
                source_id=row.source_id,
                amount_minor=-row.amount_minor,
                effective_on=days.of(invoice.seller_code),
            )
            for invoice, row in used
        ],
    )
    issued = await ledger.read_issued(
        tx,
        buckets=[invoice.bucket for invoice in invoices],
        source_ids=[invoice.id for invoice in invoices],
    )
    await ledger.add_transfers(
        tx, [void(row, on=days.of(row.seller_code), at=now) for row in issued]
    )
    await subscriptions.drop_pending_changes(
        tx, buckets=[one.bucket for one in invoices], invoice_ids=[one.id for one in invoices]
    )


async def _expire(tx: Tx, run: Run, bought: Sequence[SubscriptionRow], *, now: datetime) -> None:
    moves = [
        Move(row, SubscriptionEvent.PURCHASE_EXPIRED, next_bill_at=None, ended_at=now)
        for row in bought
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
            for row in bought
        ],
    )
    for row in bought:
        await _give_name_back(tx, row)


async def _give_name_back(tx: Tx, row: SubscriptionRow) -> None:
    """Let the next try have the external id of a subscription that never began."""
    noted = await subscriptions.read_notes(tx, bucket=row.bucket, id=row.id)
    if noted is not None and noted.external_id is not None:
        await name_externally_in(tx, "subscription", row.id, was=noted.external_id, becomes=None)
        await subscriptions.forget_external_id(tx, bucket=row.bucket, id=row.id)


async def _end(tx: Tx, run: Run, pairs: Sequence[Abandoned], *, now: datetime) -> None:
    """End each subscription once; one that ended with another of its invoices stays as it is.

    What failed leaves what was paid for: a subscription whose present period is paid goes on, and
    only the older claim is given up. The rows are read again: another payment of the batch may have
    withdrawn a change, and its event has the number after which this one comes.
    """
    ids = {row.id: row.bucket for _, row in pairs}
    if not ids:
        return
    held = await subscriptions.read_subscriptions(tx, buckets=list(ids.values()), ids=list(ids))
    running = {row.id: row for row in held if SubscriptionState(row.state) not in ENDED}
    paid = await read_paid_in(tx, list(running.values()), now=now) if running else set()
    over = [row for row in running.values() if row.id not in paid]
    moves = [Move(row, SubscriptionEvent.CANCELED, next_bill_at=None, ended_at=now) for row in over]
    moves += await cleared_in(tx, [row for row in running.values() if row.id in paid])
    await step_subscriptions_in(tx, run, moves, cause="collection", now=now)
    await end_covers_in(tx, over, now=now)


async def cleared_in(tx: Tx, rows: Sequence[SubscriptionRow]) -> list[Move]:
    """Let those be active again that are late with nothing else."""
    late = [row for row in rows if row.state == SubscriptionState.PAST_DUE]
    if not late:
        return []
    owing = {
        one.subscription_id
        for one in await payments.read_owing(
            tx, buckets=[row.bucket for row in late], subscription_ids=[row.id for row in late]
        )
    }
    return [
        Move(row, SubscriptionEvent.PAYMENT_SETTLED, next_bill_at=row.next_bill_at)
        for row in late
        if row.id not in owing
    ]


async def _unwind(
    tx: Tx, run: Run, pairs: Sequence[Abandoned], *, reason: CreditReason, now: datetime
) -> None:
    if not pairs:
        return
    charged = await read_lines_in(tx, [invoice for invoice, _ in pairs])
    notes = []
    for invoice, row in pairs:
        for one, how in await propose_unwinding_in(tx, [invoice], charged, row, now=now):
            note_id = CreditNoteId(run.new_id(one.bucket))
            notes.append(
                Note(
                    id=note_id,
                    invoice=one,
                    credits=how.credits,
                    reason=reason,
                    open_minor=how.waived_minor,
                )
            )
    await credit_lines_in(tx, run, notes, now=now)
    await offset_notes_in(tx, notes, now=now)
