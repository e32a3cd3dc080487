"""Give back what was paid for a change that will not happen: the money goes where it came from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId, RefundId
from ledgerline.base.run import Run
from ledgerline.flows.credit_lines import Note, credit_lines_in
from ledgerline.flows.read_charged import read_lines_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.payments import store as payments
from ledgerline.payments import withholding
from ledgerline.payments.model import RefundCause
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rows.refunds import NewRefundRow, RefundLineRow, WithheldRow
from ledgerline.payments.rules.lifecycle import REFUND
from ledgerline.pricing.rules.credit import amount_of, split
from ledgerline.rules.charged import Charged, Credited

WHY: Final = "The change was given up before this payment arrived."


async def give_back_late_in(
    tx: Tx, run: Run, invoice: InvoiceRow, payment: PaymentRow, *, now: datetime
) -> None:
    """Undo the invoice of a change that was paid too late, in the transaction that proves it.

    What credit had paid is credit again, what nobody paid is no claim any more, and what the
    payer's means paid is a refund that the resolver sends. Should that fail, it becomes credit.
    """
    await _credit_rest(tx, run, invoice, invoice.total_minor - payment.amount_minor, now=now)
    charged = await read_lines_in(tx, [invoice])
    parts = split([one.line for one in charged.lines], payment.amount_minor)
    refund_id = RefundId(run.new_id(payment.bucket))
    await payments.reserve_refund(
        tx, bucket=payment.bucket, id=payment.id, amount_minor=payment.amount_minor
    )
    await payments.add_refund(tx, await _refund(tx, payment, refund_id, now=now))
    lines = _lines(payment, refund_id, charged.lines, parts)
    await payments.add_refund_lines(tx, lines)
    await withholding.withhold(tx, [_owed(row) for row in lines])


async def _credit_rest(
    tx: Tx, run: Run, invoice: InvoiceRow, rest_minor: int, *, now: datetime
) -> None:
    """Credit what the payment did not pay: first what is open, the rest had been credit."""
    allocated = await invoicing.read_allocated(
        tx, buckets=[invoice.bucket], invoice_ids=[invoice.id]
    )
    open_minor = invoice.total_minor - sum(one.amount_minor for one in allocated)
    charged = await read_lines_in(tx, [invoice])
    parts = split([one.line for one in charged.lines], rest_minor)
    given = [
        Credited(one, amount_of(one.line, part))
        for one, part in zip(charged.lines, parts, strict=True)
        if part > 0
    ]
    note = Note(
        id=CreditNoteId(run.new_id(invoice.bucket)),
        invoice=invoice,
        credits=tuple(given),
        reason=CreditReason.LATE_CHANGE,
        open_minor=open_minor,
    )
    await credit_lines_in(tx, run, [note], now=now)


async def _refund(
    tx: Tx, payment: PaymentRow, refund_id: RefundId, *, now: datetime
) -> NewRefundRow:
    [capture] = await payments.read_captures(tx, bucket=payment.bucket, payment_id=payment.id)
    assert capture.psp_ref is not None, capture
    return NewRefundRow(
        bucket=payment.bucket,
        id=refund_id,
        payment_id=payment.id,
        invoice_id=payment.invoice_id,
        customer_id=payment.customer_id,
        seller_code=payment.seller_code,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        cause=RefundCause.LATE_CHANGE,
        reason=WHY,
        psp_account=capture.psp_account,
        charge_ref=capture.psp_ref,
        state=REFUND.initial,
        state_before="-",
        state_event="created",
        sent_at=now,
        resolve_at=now,
        looks=0,
        request_digest=None,
        attempt_id=None,
    )


def _lines(
    payment: PaymentRow, refund_id: RefundId, charged: Sequence[Charged], parts: Sequence[int]
) -> list[RefundLineRow]:
    """Reserve the lines as far as the payer's means paid them."""
    return [
        RefundLineRow(
            bucket=payment.bucket,
            refund_id=refund_id,
            invoice_id=payment.invoice_id,
            subscription_id=payment.subscription_id,
            period_start=one.key.period_start,
            item_no=one.key.item_no,
            kind=one.key.kind,
            amount_minor=part,
            from_on=one.line.period.start,
            until_on=one.line.period.end,
        )
        for one, part in zip(charged, parts, strict=True)
        if part > 0
    ]


def _owed(row: RefundLineRow) -> WithheldRow:
    """Owe all of a line to the customer as credit if the refund fails."""
    return WithheldRow(
        bucket=row.bucket,
        refund_id=row.refund_id,
        period_start=row.period_start,
        item_no=row.item_no,
        kind=row.kind,
        from_on=row.from_on,
        amount_minor=row.amount_minor,
    )
