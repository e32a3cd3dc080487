"""Show the credit note of a refund: credit the lines, read the note, and take it all back."""

from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId
from ledgerline.base.run import Run
from ledgerline.catalog.model import SeriesKind
from ledgerline.documents.snapshot import Document
from ledgerline.flows.credit_lines import Note, credit_lines_in
from ledgerline.flows.preview_document import preview_document_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.request_refund import RefundOrder, allowed_in
from ledgerline.flows.take_back import take_back
from ledgerline.invoicing.model import CreditReason
from ledgerline.invoicing.rules.numbering import series_id


async def preview_credit_note(run: Run, order: RefundOrder) -> Document:
    """Show the credit note that a refund would be issued with; raises what forbids the refund."""
    return await take_back(run, lambda tx: _credit_note(tx, run, order))


async def _credit_note(tx: Tx, run: Run, order: RefundOrder) -> Document:
    now = run.now()
    allowed = await allowed_in(tx, order, now=now)
    note_id = CreditNoteId(run.new_id(allowed.invoice.bucket))
    note = Note(note_id, allowed.invoice, allowed.credits, CreditReason.REFUND, kept=False)
    await credit_lines_in(tx, run, [note], now=now)
    key = series_id(
        note.invoice.seller_code,
        SeriesKind.CREDIT_NOTE,
        (await read_book_days(tx, now=now)).of(note.invoice.seller_code),
    )
    return await preview_document_in(tx, run, SeriesKind.CREDIT_NOTE, note_id, series=key)
