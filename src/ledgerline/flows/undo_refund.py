"""Undo what was reserved for a refund that came to nothing."""

from datetime import datetime

from ledgerline.base.calendar import Period
from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.credit_lines import credit_lines_in, notes_of
from ledgerline.flows.read_charged import read_lines_in
from ledgerline.flows.return_credit import return_credit_in
from ledgerline.flows.shift_disputes import lock_over_in, shift_disputes_in
from ledgerline.invoicing.model import CreditReason
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.ledger.rows import DrawRow
from ledgerline.payments import exceptions, withholding
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    Reading,
    RefundCause,
)
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rows.refunds import RefundLineRow, RefundRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.pricing.rules.credit import amount_of, remainder
from ledgerline.rules.charged import Charged, Credited, LineKey, less


async def undo_refund_in(
    tx: Tx, run: Run, refund: RefundRow, invoice: InvoiceRow, *, reading: Reading, now: datetime
) -> None:
    """Undo what was reserved for a refund that has failed, and owe what it kept from the payer.

    Called under the locks of ``settle_refund``. What a dispute of the payment gave the payer is
    owed no more: it is drawn from the credit at once.
    """
    match RefundCause(refund.cause):
        case RefundCause.LATE_SUCCESS:
            await _tell_people(tx, refund, reading, now=now)
        case RefundCause.CREDIT:
            await release_in(tx, refund, refunded_minor=0)
            await return_credit_in(tx, refund, now=now)
        case RefundCause.ASKED | RefundCause.LATE_CHANGE:
            await release_in(tx, refund, refunded_minor=0)
            held = await lock_over_in(tx, refund)
            credit = await _owe_withheld(tx, run, refund, invoice, now=now)
            await shift_disputes_in(tx, refund, held, credit=credit, now=now)


async def release_in(tx: Tx, refund: RefundRow, *, refunded_minor: int) -> None:
    """End the reservation on its payment: all of it was refunded, or nothing."""
    await payments.end_reservation(
        tx, bucket=refund.bucket, id=refund.payment_id, amount_minor=refund.amount_minor,
        refunded_minor=refunded_minor,
    )  # fmt: skip


async def _owe_withheld(
    tx: Tx, run: Run, refund: RefundRow, invoice: InvoiceRow, *, now: datetime
) -> list[DrawRow]:
    """Credit what cuts gave back less because of a refund that has failed; return the lots."""
    charged = await read_lines_in(tx, [invoice], but_for=refund.id)
    by_key = {one.key: one for one in charged.lines}
    given = []
    withheld = await withholding.read_withheld(tx, buckets=[refund.bucket], refund_ids=[refund.id])
    for row in withheld:
        key = LineKey(row.period_start, row.item_no, row.kind)
        one = by_key[key]
        amount = min(row.amount_minor, remainder(one.line))
        if amount > 0:
            span = Period(row.from_on, one.line.period.end)
            given.append(Credited(one, amount_of(one.line, amount, span=span)))
            by_key[key] = less(given[-1])
    notes = notes_of(run, [invoice], given, CreditReason.REFUND_FAILED)
    lots = await credit_lines_in(tx, run, notes, now=now)
    return [DrawRow(one.bucket, one.id, one.amount_minor) for one in lots]


async def refund_lines_in(
    tx: Tx, refund: RefundRow, invoice: InvoiceRow
) -> list[tuple[Charged, RefundLineRow]]:
    """Pair the lines of a refund with what is left of them but for its own reservation."""
    rows = await payments.read_refund_lines(tx, bucket=refund.bucket, refund_id=refund.id)
    charged = await read_lines_in(tx, [invoice], but_for=refund.id)
    by_key = {one.key: one for one in charged.lines}
    return [(by_key[LineKey(row.period_start, row.item_no, row.kind)], row) for row in rows]


async def _tell_people(tx: Tx, refund: RefundRow, reading: Reading, *, now: datetime) -> None:
    """Tell people that late money could not be given back: it is in suspense still."""
    assert refund.attempt_id is not None, refund
    row = ExceptionRow(
        bucket=refund.bucket,
        subject_id=refund.attempt_id,
        reason=Reason.LATE_SUCCESS,
        detail=f"its refund was refused ({reading.code})",
        opened_at=now,
    )
    await exceptions.tell_exceptions(tx, [row])
