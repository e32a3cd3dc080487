"""What entry points show of invoices, credit notes, and the runs that bill."""

from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import (
    Bucket,
)
from ledgerline.base.statements import statements
from ledgerline.invoicing.rows.pausing import (
    BillRunsAsked,
    BillRunView,
    ParkedReasonView,
    PauseView,
)
from ledgerline.invoicing.rows.shown import (
    CreditNoteLineView,
    CreditNotesAsked,
    CreditNoteView,
    InvoicesAsked,
    InvoiceView,
    LineView,
)

_SQL: Final = statements(__name__)


async def invoice(read: ReadTx, *, bucket: Bucket, id: UUID) -> InvoiceView | None:
    """Read one invoice."""
    return await read.row(_SQL["invoice"], InvoiceView, bucket=bucket, id=id)


async def invoices(read: ReadTx, asked: InvoicesAsked) -> list[InvoiceView]:
    """Read a page of invoices, newest first."""
    return await read.rows(_SQL["invoices"], InvoiceView, **asked._asdict())


async def lines(read: ReadTx, *, bucket: Bucket, invoice_id: UUID) -> list[LineView]:
    """Read the lines of an invoice."""
    return await read.rows(_SQL["lines"], LineView, bucket=bucket, invoice_id=invoice_id)


async def credit_note(read: ReadTx, *, bucket: Bucket, id: UUID) -> CreditNoteView | None:
    """Read one credit note."""
    return await read.row(_SQL["credit_note"], CreditNoteView, bucket=bucket, id=id)


async def credit_note_lines(
    read: ReadTx, *, bucket: Bucket, credit_note_id: UUID
) -> list[CreditNoteLineView]:
    """Read what a credit note gives back, line by line."""
    return await read.rows(
        _SQL["credit_note_lines"], CreditNoteLineView, bucket=bucket, credit_note_id=credit_note_id
    )


async def listed_credit_notes(read: ReadTx, asked: CreditNotesAsked) -> list[CreditNoteView]:
    """Read a page of credit notes, newest first."""
    return await read.rows(_SQL["listed_credit_notes"], CreditNoteView, **asked._asdict())


async def credit_notes(read: ReadTx, *, bucket: Bucket, invoice_id: UUID) -> list[CreditNoteView]:
    """Read the credit notes of an invoice."""
    return await read.rows(
        _SQL["credit_notes"], CreditNoteView, bucket=bucket, invoice_id=invoice_id
    )


async def bill_runs(read: ReadTx, asked: BillRunsAsked) -> list[BillRunView]:
    """Read a page of billing runs that did something, newest first."""
    return await read.rows(_SQL["bill_runs"], BillRunView, **asked._asdict())


async def bill_run(read: ReadTx, *, id: UUID) -> BillRunView | None:
    """Read one billing run."""
    return await read.row(_SQL["bill_run"], BillRunView, id=id)


async def billing_pauses(read: ReadTx, *, limit: int) -> list[PauseView]:
    """Read the pause that holds, if one does, and then the newest that ended."""
    return await read.rows(_SQL["billing_pauses"], PauseView, limit=limit)


async def parked_reasons(read: ReadTx) -> list[ParkedReasonView]:
    """Count what billing runs set aside, by reason, the most frequent first."""
    return await read.rows(_SQL["parked_reasons"], ParkedReasonView)
