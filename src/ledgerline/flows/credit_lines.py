"""Issue credit notes: the only way an issued invoice is corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditLotId, CreditNoteId, SeriesId
from ledgerline.base.run import Run
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import AllocationSource, CreditReason
from ledgerline.invoicing.rows.documents import (
    AllocationRow,
    CreditedRow,
    InvoiceRow,
    NewCreditNoteRow,
    NewLineCreditRow,
    QueueRow,
)
from ledgerline.invoicing.rules.divisions import revenue_category, tax_group
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, LotSource, Purpose
from ledgerline.ledger.rows import LotRow, TransferRow
from ledgerline.ledger.rules.postings import post, post_parts
from ledgerline.outbox.model import EventKind
from ledgerline.pricing.rules.credit import deferred_part
from ledgerline.rules.charged import Credited, total


@dataclass(frozen=True, slots=True)
class Note:
    """One credit note to issue: what is given back of the lines of one invoice by one act.

    ``open_minor`` is what the invoice still claims: the credit lowers that first. The rest becomes
    credit of the customer, unless it leaves at once (``kept`` is False for a refund).
    """

    id: CreditNoteId
    invoice: InvoiceRow
    credits: tuple[Credited, ...]
    reason: CreditReason
    open_minor: int = 0
    kept: bool = True

    @property
    def total_minor(self) -> int:
        """What is given back, with tax."""
        return total(self.credits)

    @property
    def tax_minor(self) -> int:
        """The tax in it."""
        return sum(one.credit.tax_minor for one in self.credits)

    @property
    def settles_minor(self) -> int:
        """How much of the credit lowers the open claim."""
        return min(self.open_minor, self.total_minor)

    @property
    def lot_minor(self) -> int:
        """How much becomes credit of the customer."""
        return self.total_minor - self.settles_minor if self.kept else 0


def notes_of(
    run: Run,
    invoices: Sequence[InvoiceRow],
    given: Sequence[Credited],
    reason: CreditReason,
) -> list[Note]:
    """Gather what is given back into one note an invoice."""
    return [
        Note(CreditNoteId(run.new_id(invoice.bucket)), invoice, mine, reason)
        for invoice in invoices
        if (mine := tuple(one for one in given if one.of.invoice_id == invoice.id))
    ]


async def credit_lines_in(
    tx: Tx, run: Run, notes: Sequence[Note], *, now: datetime
) -> list[LotRow]:
    """Record credit notes inside the caller's transaction, which holds the invoices' locks.

    Return the lots of credit that the customers got. Two credits of one line at once collide on its
    sequence; more than the line was charged is refused by the database. The notes carry the book
    day of their seller; what was earned by then is taken from revenue, the rest from deferral.
    """
    notes = [note for note in notes if note.total_minor > 0]
    if not notes:
        return []
    days = await read_book_days(tx, now=now)
    lots = [_lot(run, note, now) for note in notes if note.lot_minor > 0]
    await invoicing.raise_credited(
        tx, [CreditedRow(n.invoice.bucket, n.invoice.id, n.total_minor) for n in notes]
    )
    await ledger.add_lots(tx, lots)
    await open_series_in(
        tx,
        [
            (seller, "credit_note", days.of(seller))
            for seller in sorted({note.invoice.seller_code for note in notes})
        ],
    )
    await invoicing.add_credit_notes(tx, [_note(note, days) for note in notes])
    lines = [(note, _line_credits(note, days)) for note in notes]
    await invoicing.add_line_credits(tx, [row for _, rows in lines for row in rows])
    await invoicing.add_allocations(
        tx, [_allocation(note, days) for note in notes if note.settles_minor > 0]
    )
    await ledger.add_transfers(
        tx, [row for note, rows in lines for row in _transfers(note, rows, days)]
    )
    await invoicing.enqueue_numbers(tx, [_queued(note, days) for note in notes])
    await record_events_in(tx, run, [_issued(note, now) for note in notes])
    return lots


def _lot(run: Run, note: Note, now: datetime) -> LotRow:
    invoice = note.invoice
    return LotRow(
        bucket=invoice.bucket,
        id=CreditLotId(run.new_id(invoice.bucket)),
        customer_id=invoice.customer_id,
        seller_code=invoice.seller_code,
        currency=invoice.currency,
        source_kind=LotSource.CREDIT_NOTE,
        source_id=note.id,
        amount_minor=note.lot_minor,
        remaining_minor=note.lot_minor,
        expires_on=None,
        created_at=now,
    )


def _queued(note: Note, days: BookDays) -> QueueRow:
    return QueueRow(note.invoice.bucket, note.id, _series_of(note, days), days.now)


def _series_of(note: Note, days: BookDays) -> SeriesId:
    seller = note.invoice.seller_code
    return series_id(seller, "credit_note", days.of(seller))


def _issued(note: Note, now: datetime) -> NewEvent:
    invoice = note.invoice
    return NewEvent(
        bucket=invoice.bucket,
        aggregate_id=note.id,
        seq=1,
        kind=EventKind.CREDIT_NOTE_ISSUED,
        customer_id=invoice.customer_id,
        occurred_at=now,
    )


def _note(note: Note, days: BookDays) -> NewCreditNoteRow:
    invoice = note.invoice
    return NewCreditNoteRow(
        bucket=invoice.bucket,
        id=note.id,
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        seller_code=invoice.seller_code,
        currency=invoice.currency,
        reason=note.reason,
        settles="receivable" if note.settles_minor else "customer_credit",
        net_minor=note.total_minor - note.tax_minor,
        tax_minor=note.tax_minor,
        total_minor=note.total_minor,
        issued_on=days.of(invoice.seller_code),
        issued_at=days.now,
        series_id=_series_of(note, days),
        release_no=days.release_no,
    )


def _line_credits(note: Note, days: BookDays) -> list[NewLineCreditRow]:
    on = days.of(note.invoice.seller_code)
    rows = []
    for one in note.credits:
        line, credit, key = one.of.line, one.credit, one.of.key
        rows.append(
            NewLineCreditRow(
                period_start=key.period_start,
                bucket=note.invoice.bucket,
                subscription_id=note.invoice.subscription_id,
                item_no=key.item_no,
                kind=key.kind,
                seq=len(line.corrections) + 1,
                credit_note_id=note.id,
                credit_start=credit.start,
                credit_end=credit.end,
                gross_minor=credit.gross_minor,
                tax_minor=credit.tax_minor,
                net_minor=credit.net_minor,
                deferred_net_minor=deferred_part(line, credit, booked_on=on),
                booked_on=on,
                currency=note.invoice.currency,
                line_gross_minor=line.gross_minor,
                cum_gross_minor=credit.cum_gross_minor,
                cum_tax_minor=credit.cum_tax_minor,
            )
        )
    return rows


def _allocation(note: Note, days: BookDays) -> AllocationRow:
    invoice = note.invoice
    return AllocationRow(
        bucket=invoice.bucket,
        invoice_id=invoice.id,
        source_kind=AllocationSource.CREDIT_NOTE,
        source_id=note.id,
        amount_minor=note.settles_minor,
        effective_on=days.of(invoice.seller_code),
    )


def _transfers(note: Note, lines: Sequence[NewLineCreditRow], days: BookDays) -> list[TransferRow]:
    invoice = note.invoice
    booking = Booking(
        bucket=invoice.bucket,
        source_id=note.id,
        seller_code=invoice.seller_code,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        on=days.of(invoice.seller_code),
        at=days.now,
    )
    parts = [
        (
            revenue_category(one.of.plan_code),
            tax_group(invoice.market_code, one.of.tax_rate_ppm),
            row,
        )
        for one, row in zip(note.credits, lines, strict=True)
    ]
    deferred = [(sold, row.deferred_net_minor) for sold, _, row in parts]
    earned = [(sold, row.net_minor - row.deferred_net_minor) for sold, _, row in parts]
    return [
        *post_parts(Purpose.CREDIT_NET, deferred, booking),
        *post_parts(Purpose.CREDIT_EARNED, earned, booking),
        *post_parts(Purpose.CREDIT_TAX, [(tax, row.tax_minor) for _, tax, row in parts], booking),
        *post(Purpose.CREDIT_USED, note.settles_minor, booking),
    ]
