"""Issue credit notes: the only way an issued invoice is corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.calendar import Period
from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId, SeriesId
from ledgerline.base.run import Run
from ledgerline.catalog.model import TaxBehavior
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason
from ledgerline.invoicing.rows import (
    BilledLineRow,
    CreditedRow,
    InvoiceRow,
    NewCreditNoteRow,
    NewLineCreditRow,
    QueueRow,
)
from ledgerline.invoicing.rules.divisions import revenue_category, tax_group
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import post
from ledgerline.outbox.model import EventKind
from ledgerline.pricing.model import BilledLine, LineCredit


@dataclass(frozen=True, slots=True)
class Crediting:
    """One credit note to issue for one line of one invoice.

    ``open_minor`` is what the invoice still claims: the credit lowers that first and only the rest
    becomes credit of the customer.
    """

    note_id: CreditNoteId
    invoice: InvoiceRow
    line: BilledLineRow
    credit: LineCredit
    reason: CreditReason
    open_minor: int

    @property
    def settles_minor(self) -> int:
        """How much of the credit lowers the open claim."""
        return min(self.open_minor, self.credit.gross_minor)


def billed(line: BilledLineRow, *, reserved_minor: int) -> BilledLine:
    """Turn a stored line into the value that credit rules take."""
    return BilledLine(
        behavior=TaxBehavior(line.tax_behavior),
        period=Period(line.period_start, line.period_end),
        grid=Period(line.grid_start, line.grid_end),
        grid_minor=line.grid_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        gross_minor=line.gross_minor,
        credited_gross_minor=line.credited_gross_minor,
        credited_tax_minor=line.credited_tax_minor,
        reserved_minor=reserved_minor,
    )


async def credit_lines_in(
    tx: Tx, run: Run, creditings: Sequence[Crediting], *, now: datetime
) -> int:
    """Record credit notes inside the caller's transaction, which holds the invoices' locks.

    Two credits of one line at once collide on its sequence; more than the line was charged is
    refused by the database. What does not lower an open claim raises the customer's credit. The
    notes carry the book day of their seller.
    """
    if not creditings:
        return 0
    days = await read_book_days(tx, now=now)
    await invoicing.raise_credited(
        tx,
        [CreditedRow(c.invoice.bucket, c.invoice.id, c.credit.gross_minor) for c in creditings],
    )
    await ledger.change_credit(
        tx,
        buckets=[c.invoice.bucket for c in creditings],
        customer_ids=[c.invoice.customer_id for c in creditings],
        seller_codes=[c.invoice.seller_code for c in creditings],
        currencies=[c.invoice.currency for c in creditings],
        amounts_minor=[c.credit.gross_minor - c.settles_minor for c in creditings],
    )
    sellers = {c.invoice.seller_code for c in creditings}
    await open_series_in(tx, [(seller, "credit_note", days.of(seller)) for seller in sellers])
    await invoicing.add_credit_notes(tx, [_note(c, days) for c in creditings])
    await invoicing.add_line_credits(tx, [_line_credit(c) for c in creditings])
    await ledger.add_transfers(tx, [row for c in creditings for row in _transfers(c, days)])
    await invoicing.enqueue_numbers(tx, [_queued(c, days) for c in creditings])
    await record_events_in(tx, run, [_issued(c, now) for c in creditings])
    return len(creditings)


def _queued(c: Crediting, days: BookDays) -> QueueRow:
    return QueueRow(c.invoice.bucket, c.note_id, _series_of(c, days), days.now)


def _series_of(c: Crediting, days: BookDays) -> SeriesId:
    seller = c.invoice.seller_code
    return series_id(seller, "credit_note", days.of(seller))


def _issued(c: Crediting, now: datetime) -> NewEvent:
    invoice = c.invoice
    return NewEvent(
        bucket=invoice.bucket,
        aggregate_id=c.note_id,
        seq=1,
        kind=EventKind.CREDIT_NOTE_ISSUED,
        customer_id=invoice.customer_id,
        occurred_at=now,
    )


def _note(c: Crediting, days: BookDays) -> NewCreditNoteRow:
    return NewCreditNoteRow(
        bucket=c.invoice.bucket,
        id=c.note_id,
        invoice_id=c.invoice.id,
        customer_id=c.invoice.customer_id,
        seller_code=c.invoice.seller_code,
        currency=c.invoice.currency,
        reason=c.reason,
        settles="receivable" if c.settles_minor else "customer_credit",
        net_minor=c.credit.net_minor,
        tax_minor=c.credit.tax_minor,
        total_minor=c.credit.gross_minor,
        issued_on=days.of(c.invoice.seller_code),
        issued_at=days.now,
        series_id=_series_of(c, days),
    )


def _line_credit(c: Crediting) -> NewLineCreditRow:
    line, credit = c.line, c.credit
    return NewLineCreditRow(
        bucket=line.bucket,
        item_id=line.item_id,
        period_start=line.period_start,
        kind=line.kind,
        seq=line.credit_seq + 1,
        credit_note_id=c.note_id,
        credit_start=credit.start,
        credit_end=credit.end,
        gross_minor=credit.gross_minor,
        tax_minor=credit.tax_minor,
        net_minor=credit.net_minor,
        currency=line.currency,
        line_gross_minor=line.gross_minor,
        cum_gross_minor=credit.cum_gross_minor,
        cum_tax_minor=credit.cum_tax_minor,
    )


def _transfers(c: Crediting, days: BookDays) -> list[TransferRow]:
    invoice, line = c.invoice, c.line
    booking = Booking(
        bucket=invoice.bucket,
        source_id=c.note_id,
        seller_code=invoice.seller_code,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        on=days.of(invoice.seller_code),
        at=days.now,
    )
    category = revenue_category(line.plan_code)
    group = tax_group(invoice.market_code, line.tax_rate_ppm)
    return [
        *post(Purpose.CREDIT_NET, c.credit.net_minor, booking, dim=category),
        *post(Purpose.CREDIT_TAX, c.credit.tax_minor, booking, dim=group),
        *post(Purpose.CREDIT_USED, c.settles_minor, booking),
    ]
