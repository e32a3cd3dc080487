"""Rows of disputes, and of what was told of them."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CreditLotId,
    CustomerId,
    DisputeId,
    InvoiceId,
    PaymentId,
    RefundId,
    SubscriptionId,
)


class DisputeRow(NamedTuple):
    """One dispute.

    ``held_minor`` is the part that we still had when it was taken, ``over_minor`` what had gone
    back before, and ``offset_minor`` what a refund gave that came back: the payer got it by the
    dispute instead. All are 0 while nothing is taken; ``reopened_minor`` is what the invoice owes
    again.
    """

    bucket: Bucket
    id: DisputeId
    payment_id: PaymentId
    attempt_id: AttemptId
    invoice_id: InvoiceId
    customer_id: CustomerId
    seller_code: str
    psp_account: str
    psp_ref: str | None
    kind: str
    stage: str
    reason: str
    reason_code: str | None
    currency: str
    amount_minor: int
    held_minor: int
    over_minor: int
    offset_minor: int
    reopened_minor: int
    state: str
    state_before: str
    state_event: str
    due_by: datetime | None
    told_at: datetime | None
    opened_at: datetime
    fact_no: int
    event_seq: int


class DisputeFactRow(NamedTuple):
    """What was told of a dispute or done about it; ``fact_key`` makes a repeat nothing new.

    ``taken_minor`` left the provider's account by it, ``given_minor`` came back.
    """

    bucket: Bucket
    dispute_id: DisputeId
    no: int
    fact_key: str
    event: str
    source: str
    applied: bool
    amount_minor: int
    taken_minor: int
    given_minor: int
    occurred_at: datetime | None
    recorded_at: datetime
    note: str


class DisputeStepRow(NamedTuple):
    """What a fact changed of a dispute."""

    bucket: Bucket
    id: DisputeId
    psp_ref: str | None
    stage: str
    reason: str
    reason_code: str | None
    held_minor: int
    over_minor: int
    offset_minor: int
    reopened_minor: int
    state: str
    state_before: str
    state_event: str
    due_by: datetime | None
    told_at: datetime | None
    fact_no: int
    event_seq: int


class DisputeDrawRow(NamedTuple):
    """What a dispute takes of a lot of credit, by which of its facts; negative where it ended."""

    bucket: Bucket
    dispute_id: DisputeId
    no: int
    lot_id: CreditLotId
    amount_minor: int


class DrawnRow(NamedTuple):
    """What a dispute has of a lot of credit."""

    lot_id: CreditLotId
    amount_minor: int


class DisputedRow(NamedTuple):
    """By how much what is disputed and lost of a payment changes."""

    bucket: Bucket
    id: PaymentId
    disputed_minor: int
    lost_minor: int


class RoomRow(NamedTuple):
    """How much of a payment neither refunds nor disputes have, or are to have."""

    room_minor: int


class DisputedInvoiceRow(NamedTuple):
    """An invoice that is disputed."""

    id: InvoiceId


class PromisedRow(NamedTuple):
    """What refunds under way are to give back of a payment."""

    promised_minor: int


class PayingRow(NamedTuple):
    """An attempt whose money a payment has."""

    id: AttemptId


class ToldOfRow(NamedTuple):
    """An attempt that a dispute is about, with what it belongs to."""

    bucket: Bucket
    id: AttemptId
    payment_id: PaymentId
    invoice_id: InvoiceId
    subscription_id: SubscriptionId


class DisputeMoveRow(NamedTuple):
    """What a fact moved of an attempt's money."""

    attempt_id: AttemptId
    taken_minor: int
    given_minor: int


class DisputePolicyRow(NamedTuple):
    """What follows when a dispute of a kind is lost."""

    kind: str
    when_lost: str


class RecollectRow(NamedTuple):
    """How often an invoice was collected anew."""

    times: int


class DueDisputeRow(NamedTuple):
    """A dispute that waits for an answer of ours."""

    bucket: Bucket
    id: DisputeId
    payment_id: PaymentId
    invoice_id: InvoiceId
    attempt_id: AttemptId
    state: str
    due_by: datetime | None


class FrozenRow(NamedTuple):
    """A refund that does not go out now; never, where a dispute that was lost has its money."""

    id: RefundId
    is_lost: bool


class DisputesAsked(NamedTuple):
    """Which disputes: those with ids below ``before``; each filter may be None."""

    before: UUID
    bucket: Bucket | None
    payment_id: UUID | None
    states: list[str] | None
    limit: int


class DisputeView(NamedTuple):
    """A dispute as it is shown."""

    bucket: Bucket
    id: DisputeId
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    psp_account: str
    psp_ref: str | None
    kind: str
    stage: str
    reason: str
    reason_code: str | None
    currency: str
    amount_minor: int
    over_minor: int
    offset_minor: int
    reopened_minor: int
    state: str
    due_by: datetime | None
    opened_at: datetime


class DisputeFactView(NamedTuple):
    """What was told of a dispute, or done about it."""

    no: int
    event: str
    source: str
    applied: bool
    taken_minor: int
    given_minor: int
    occurred_at: datetime | None
    recorded_at: datetime
    note: str


class NamelessRow(NamedTuple):
    """A dispute that its provider has given no name yet."""

    id: DisputeId
    attempt_id: AttemptId
    amount_minor: int
