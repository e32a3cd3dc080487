"""Record a refund that was made at the provider's own place."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import RefundId
from ledgerline.base.run import Run
from ledgerline.flows.request_refund import Allowed, line_of
from ledgerline.flows.settle_refund import succeed_refund_in
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    EvidenceKind,
    Outcome,
    Reading,
    RefundCause,
    RefundEvent,
    RefundState,
)
from ledgerline.payments.rows.refunds import CaptureRow, NewRefundRow


class Made(NamedTuple):
    """A refund that a provider has made: of what, through which capture, and its own id of it."""

    allowed: Allowed
    capture: CaptureRow
    psp_ref: str
    why: str


async def record_refund_in(tx: Tx, run: Run, made: Made, *, now: datetime) -> RefundId:
    """Record it with credit note, receipt and transfers, under the locks of ``allowed_in``.

    Nothing is sent: it has no moment at which it could be, since it ends in the same transaction.
    """
    allowed, capture = made.allowed, made.capture
    payment = allowed.payment
    assert capture.psp_ref is not None, capture
    refund_id = RefundId(run.new_id(payment.bucket))
    await payments.reserve_refund(
        tx, bucket=payment.bucket, id=payment.id, amount_minor=allowed.amount_minor
    )
    await payments.add_refund(
        tx,
        NewRefundRow(
            bucket=payment.bucket,
            id=refund_id,
            payment_id=payment.id,
            invoice_id=payment.invoice_id,
            customer_id=payment.customer_id,
            seller_code=payment.seller_code,
            currency=payment.currency,
            amount_minor=allowed.amount_minor,
            cause=RefundCause.ASKED,
            reason=made.why,
            psp_account=capture.psp_account,
            charge_ref=capture.psp_ref,
            state=RefundState.SENT,
            state_before=RefundState.REQUESTED,
            state_event=RefundEvent.SENT,
            sent_at=now,
            resolve_at=now,
            looks=0,
            request_digest=None,
            attempt_id=None,
        ),
    )
    await payments.add_refund_lines(
        tx, [line_of(payment, refund_id, one) for one in allowed.shares]
    )
    refund = await payments.lock_refund(tx, bucket=payment.bucket, id=refund_id)
    assert refund is not None, refund_id
    said = Reading(Outcome.SUCCEEDED, EvidenceKind.OPERATOR, psp_ref=made.psp_ref)
    await succeed_refund_in(tx, run, refund, allowed.invoice, reading=said, now=now)
    return refund_id
