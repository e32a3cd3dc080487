"""Give money back that came late: a refund that the resolver sends."""

from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import RefundId
from ledgerline.customers import store as customers
from ledgerline.flows.lock_late_money import LateMoney
from ledgerline.payments import store as payments
from ledgerline.payments.model import RefundCause
from ledgerline.payments.rows.refunds import NewRefundRow
from ledgerline.payments.rules.lifecycle import REFUND

WHY: Final = "The charge had been given up before this money came."


class Back(NamedTuple):
    """The refund that is made: its id, what the provider calls the charge, and why."""

    refund_id: RefundId
    psp_ref: str
    why: str = WHY


async def return_late_money_in(tx: Tx, late: LateMoney, back: Back, *, now: datetime) -> None:
    """Commit the refund under its locks; its success takes the money out of suspense.

    No words are kept of who was erased.
    """
    payment, attempt = late.payment, late.attempt
    [customer] = await customers.read_customers(
        tx, buckets=[payment.bucket], ids=[payment.customer_id]
    )
    await payments.add_refund(
        tx,
        NewRefundRow(
            bucket=payment.bucket,
            id=back.refund_id,
            payment_id=payment.id,
            invoice_id=payment.invoice_id,
            customer_id=payment.customer_id,
            seller_code=payment.seller_code,
            currency=attempt.currency,
            amount_minor=attempt.amount_minor,
            cause=RefundCause.LATE_SUCCESS,
            reason=back.why if customer.erased_at is None else "",
            psp_account=attempt.psp_account,
            charge_ref=back.psp_ref,
            state=REFUND.initial,
            state_before="-",
            state_event="created",
            sent_at=now,
            resolve_at=now,
            looks=0,
            request_digest=None,
            attempt_id=attempt.id,
        ),
    )
