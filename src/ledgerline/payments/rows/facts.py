"""What documents say of how money moved."""

from typing import NamedTuple

from ledgerline.base.ids import CreditNoteId, InvoiceId, PaymentId, ReceiptId, RefundId


class PaymentFactRow(NamedTuple):
    """A payment's card, and the provider's reference of what was captured."""

    id: PaymentId
    invoice_id: InvoiceId
    brand: str
    last4: str
    psp_ref: str | None


class RefundFactRow(NamedTuple):
    """A refund's cause, its provider's reference, and the documents that were issued for it."""

    id: RefundId
    cause: str
    credit_note_id: CreditNoteId | None
    receipt_id: ReceiptId | None
    psp_ref: str | None
