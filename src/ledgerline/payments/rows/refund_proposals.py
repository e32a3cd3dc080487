"""Rows of refunds for which a second person answers."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import (
    Bucket,
    CreditNoteId,
    CustomerId,
    PaymentId,
    RefundId,
    RefundProposalId,
)


class NewRefundProposalRow(NamedTuple):
    """A refund to propose: how much of which payment, as what, why and until when."""

    bucket: Bucket
    id: RefundProposalId
    payment_id: PaymentId
    gives: str
    currency: str
    amount_minor: int
    reason: str
    state: str
    state_before: str
    state_event: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime


class RefundProposalRow(NamedTuple):
    """A proposed refund as it stands."""

    bucket: Bucket
    id: RefundProposalId
    payment_id: PaymentId
    gives: str
    currency: str
    amount_minor: int
    reason: str
    state: str
    proposed_by: str
    expires_at: datetime


class EndedRefundProposalRow(NamedTuple):
    """How a proposed refund ends, who ends it, and the refund or credit note that was made."""

    bucket: Bucket
    id: RefundProposalId
    state_event: str
    state: str
    ended_by: str
    ended_at: datetime
    refund_id: RefundId | None
    credit_note_id: CreditNoteId | None


class RefundProposalView(NamedTuple):
    """A proposed refund, and whose payment it is of."""

    bucket: Bucket
    id: RefundProposalId
    payment_id: PaymentId
    gives: str
    currency: str
    amount_minor: int
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    customer_id: CustomerId
