"""Issue the documents that say that a refund arrived, or that it came back after all."""

from ledgerline.base.db import Tx
from ledgerline.base.ids import ReceiptId
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import QueueRow
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.payments.rows.refunds import RefundRow
from ledgerline.receipts import store as receipts
from ledgerline.receipts.model import ReceiptKind
from ledgerline.receipts.rows import ReceiptRow


async def prove_refund_in(
    tx: Tx,
    refund: RefundRow,
    receipt_id: ReceiptId,
    kind: ReceiptKind,
    *,
    days: BookDays,
    offset_minor: int = 0,
) -> None:
    """Issue the receipt of a refund and queue it for its number; called when its state moves.

    A ``reversal`` corrects the receipt that told of the refund; ``offset_minor`` is what of it the
    customer had got by a dispute already, in minor units.
    """
    on, now = days.of(refund.seller_code), days.now
    key = series_id(refund.seller_code, "receipt", on)
    row = ReceiptRow(
        bucket=refund.bucket,
        id=receipt_id,
        kind=kind,
        subject_id=refund.id,
        payment_id=refund.payment_id,
        invoice_id=refund.invoice_id,
        customer_id=refund.customer_id,
        seller_code=refund.seller_code,
        currency=refund.currency,
        amount_minor=refund.amount_minor,
        issued_on=on,
        issued_at=now,
        series_id=key,
        release_no=days.release_no,
        offset_minor=offset_minor,
    )
    await receipts.add_receipts(tx, [row])
    await open_series_in(tx, [(refund.seller_code, "receipt", on)])
    await invoicing.enqueue_numbers(tx, [QueueRow(refund.bucket, receipt_id, key, now)])
