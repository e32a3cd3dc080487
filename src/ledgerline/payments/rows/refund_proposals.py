"""Rows of refunds for which a second person answers."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import Bucket, CustomerId, PaymentId, RefundId, RefundProposalId


class NewRefundProposalRow(NamedTuple):
    """A refund to propose: how much of which payment, why, and until when it may be approved."""

    bucket: Bucket
    id: RefundProposalId
    payment_id: PaymentId
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
    currency: str
    amount_minor: int
    reason: str
    state: str
    proposed_by: str
    expires_at: datetime


class EndedRefundProposalRow(NamedTuple):
    """How a proposed refund ends, who ends it, and the refund that was made of it."""

    bucket: Bucket
    id: RefundProposalId
    state_event: str
    state: str
    ended_by: str
    ended_at: datetime
    refund_id: RefundId | None


class RefundProposalView(NamedTuple):
    """A proposed refund, and whose payment it is of."""

    bucket: Bucket
    id: RefundProposalId
    payment_id: PaymentId
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
