"""Queue the documents of paid invoices for their numbers."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import ReceiptId
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import InvoiceRow, QueueRow
from ledgerline.invoicing.rules.kind import was_served
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.payments.rows.payments import PaymentRow


async def number_settled_in(
    tx: Tx,
    paid: Sequence[tuple[PaymentRow, InvoiceRow, ReceiptId]],
    *,
    days: BookDays,
    now: datetime,
) -> None:
    """Queue receipts for their number, and invoices that get one only once they are paid."""
    queue, documents = [], []
    for payment, invoice, receipt_id in paid:
        on = days.of(payment.seller_code)
        key = series_id(payment.seller_code, "receipt", on)
        documents.append((payment.seller_code, "receipt", on))
        queue.append(QueueRow(payment.bucket, receipt_id, key, now))
        if not was_served(invoice.cause, invoice.state_event):
            key = series_id(invoice.seller_code, "invoice", invoice.issued_on)
            documents.append((invoice.seller_code, "invoice", invoice.issued_on))
            queue.append(QueueRow(invoice.bucket, invoice.id, key, now))
    await open_series_in(tx, documents)
    await invoicing.enqueue_numbers(tx, queue)
