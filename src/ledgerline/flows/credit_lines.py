"""Issue credit notes: the only way an issued invoice is corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledgerline.base.calendar import Period
from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId
from ledgerline.catalog.model import TaxBehavior
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason
from ledgerline.invoicing.rows import OpenSeriesRow, QueueRow
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.invoicing.store import BilledLineRow, InvoiceRow
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Owner, Purpose, TransferRow
from ledgerline.ledger.rules.postings import post
from ledgerline.outbox import store as outbox
from ledgerline.outbox.model import EventRow
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


async def credit_lines_in(tx: Tx, creditings: Sequence[Crediting], *, now: datetime) -> int:
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
        [
            invoicing.CreditedRow(c.invoice.bucket, c.invoice.id, c.credit.gross_minor)
            for c in creditings
        ],
    )
    await ledger.change_credit(
        tx,
        buckets=[c.invoice.bucket for c in creditings],
        customer_ids=[c.invoice.customer_id for c in creditings],
        seller_codes=[c.invoice.seller_code for c in creditings],
        currencies=[c.invoice.currency for c in creditings],
        amounts_minor=[c.credit.gross_minor - c.settles_minor for c in creditings],
    )
    await invoicing.open_series(tx, _series(creditings, days))
    await invoicing.add_credit_notes(tx, [_note(c, days) for c in creditings])
    await invoicing.add_line_credits(tx, [_line_credit(c) for c in creditings])
    await ledger.add_transfers(tx, [row for c in creditings for row in _transfers(c, days)])
    await invoicing.enqueue_numbers(tx, [_queued(c, days) for c in creditings])
    await outbox.append(tx, [_issued(c, now) for c in creditings])
    return len(creditings)


def _series(creditings: Sequence[Crediting], days: BookDays) -> list[OpenSeriesRow]:
    return [
        OpenSeriesRow(
            series_id(seller, "credit_note", date(year, 1, 1)), seller, "credit_note", str(year)
        )
        for seller in sorted({c.invoice.seller_code for c in creditings})
        for year in [days.of(seller).year]
    ]


def _queued(c: Crediting, days: BookDays) -> QueueRow:
    seller = c.invoice.seller_code
    key = series_id(seller, "credit_note", days.of(seller))
    return QueueRow(c.invoice.bucket, c.note_id, key, days.now)


def _issued(c: Crediting, now: datetime) -> EventRow:
    invoice = c.invoice
    return EventRow(invoice.bucket, c.note_id, 1, "credit_note.issued", invoice.customer_id, now)


def _note(c: Crediting, days: BookDays) -> invoicing.NewCreditNoteRow:
    return invoicing.NewCreditNoteRow(
        c.invoice.bucket, c.note_id, c.invoice.id, c.invoice.customer_id, c.invoice.seller_code,
        c.invoice.currency, c.reason, "receivable" if c.settles_minor else "customer_credit",
        c.credit.net_minor, c.credit.tax_minor, c.credit.gross_minor,
        days.of(c.invoice.seller_code), days.now,
    )  # fmt: skip


def _line_credit(c: Crediting) -> invoicing.NewLineCreditRow:
    line, credit = c.line, c.credit
    return invoicing.NewLineCreditRow(
        line.bucket, line.item_id, line.period_start, line.kind, line.credit_seq + 1, c.note_id,
        credit.start, credit.end, credit.gross_minor, credit.tax_minor, credit.net_minor,
        line.currency, line.gross_minor, credit.cum_gross_minor, credit.cum_tax_minor,
    )  # fmt: skip


def _transfers(c: Crediting, days: BookDays) -> list[TransferRow]:
    invoice = c.invoice
    owner = Owner(invoice.bucket, invoice.seller_code, invoice.customer_id, invoice.currency)
    source: UUID = c.note_id
    on = days.of(invoice.seller_code)
    rows = []
    for purpose, amount in (
        (Purpose.CREDIT_NET, c.credit.net_minor),
        (Purpose.CREDIT_TAX, c.credit.tax_minor),
        (Purpose.CREDIT_USED, c.settles_minor),
    ):
        rows += post(purpose, amount, source=source, owner=owner, on=on, at=days.now)
    return rows
