"""Values of invoicing: states, causes, refusals."""

from enum import StrEnum
from typing import ClassVar

from ledgerline.base.errors import Rejected


class InvoiceState(StrEnum):
    """Where a claim stands."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class InvoiceEvent(StrEnum):
    """What happens to a claim."""

    SETTLED = "settled"
    REOPENED = "reopened"  # what paid it was taken back, and it is owed again
    VOIDED = "voided"
    WRITTEN_OFF = "written_off"


class InvoiceCause(StrEnum):
    """What made the invoice."""

    PURCHASE = "purchase"
    RENEWAL = "renewal"
    CHANGE = "change"


class CreditReason(StrEnum):
    """Why a credit note was issued."""

    PLAN_CHANGED = "plan_changed"
    CANCELED = "canceled"
    UNCOLLECTIBLE = "uncollectible"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    LATE_CHANGE = "late_change"
    GOODWILL = "goodwill"


class AllocationSource(StrEnum):
    """What settles a part of an invoice."""

    PAYMENT = "payment"
    CREDIT = "credit"
    CREDIT_NOTE = "credit_note"
    DISPUTE = "dispute"


class DoubleBilled(Rejected):
    """Time that is about to be billed is on a line already."""

    code: ClassVar[str] = "double_billed"


class BillingPaused(Rejected):
    """Somebody paused billing; until it is resumed no run bills."""

    code: ClassVar[str] = "billing_paused"


class BillingNotPaused(Rejected):
    """Billing is not paused, or by another pause than the one that is meant."""

    code: ClassVar[str] = "billing_not_paused"


class NothingParked(Rejected):
    """Nothing is set aside for this reason, or all of it would be set aside again."""

    code: ClassVar[str] = "nothing_parked"


class RefusedByDatabase(Rejected):
    """The database refuses to bill this subscription: its rows contradict each other."""

    code: ClassVar[str] = "refused_by_database"


class InvoiceNotFound(Rejected):
    """There is no such invoice."""

    code: ClassVar[str] = "invoice_not_found"


class AlreadyBilled(Rejected):
    """This service time of the item was billed before."""

    code: ClassVar[str] = "already_billed"


class DocumentNotFound(Rejected):
    """There is no such document."""

    code: ClassVar[str] = "document_not_found"


class DocumentNotNumbered(Rejected):
    """The document has no number: it waits for one, or nothing was paid that would give it one."""

    code: ClassVar[str] = "document_not_numbered"


class NothingToPreview(Rejected):
    """No document will be issued that could be shown."""

    code: ClassVar[str] = "nothing_to_preview"


class DocumentUnreadable(Rejected):
    """What the document says cannot be opened here: its body or its retention key is missing."""

    code: ClassVar[str] = "document_unreadable"


class CheckState(StrEnum):
    """What is known of the e-invoice of a document."""

    WAITING = "waiting"
    VALID = "valid"
    INVALID = "invalid"


class EinvoiceInvalid(Rejected):
    """The published rules refuse what the e-invoice says, so it is not handed out."""

    code: ClassVar[str] = "einvoice_invalid"
