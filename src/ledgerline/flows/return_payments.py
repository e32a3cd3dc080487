"""Pay what a cancellation gives back through the payments of the invoices it is given back of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CreditLotId, CustomerId, InvoiceId, RefundId
from ledgerline.base.run import Run
from ledgerline.flows.credit_lines import Note
from ledgerline.flows.pay_out_credit import CreditRefund, PaidOut, add_credit_refund_in
from ledgerline.flows.read_charged import ChargedLines
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rows import DrawRow, LotRow
from ledgerline.payments import payer
from ledgerline.payments.rows.refunds import KeptPaymentRow, RefundDrawRow
from ledgerline.payments.rules.paying_out import Kept, trace
from ledgerline.rules.charged import Credited

WHY: Final = "The subscription was canceled."


class Returned(NamedTuple):
    """What a payment gives back, by the invoices that get credit of it."""

    payment: KeptPaymentRow
    of: Mapping[InvoiceId, int]

    @property
    def amount_minor(self) -> int:
        """All that it gives back."""
        return sum(self.of.values())

    @property
    def shown(self) -> PaidOut:
        """The same as a part of a pay-out is shown."""
        one = self.payment
        return PaidOut(one.id, one.seller_code, one.currency, self.amount_minor)


async def plan_returns_in(
    tx: Tx, charged: ChargedLines, given_back: Sequence[Credited], *, whole: bool
) -> list[Returned]:
    """Lock the payments of the invoices that get credit and say how much each gives back.

    Never more than it has left: what was paid from credit, or through an account that was removed,
    stays credit of the customer. Where the ``whole`` contract is undone, what a change was paid
    with by what it replaced goes back through the payment that had paid for that.
    """
    given: Counter[InvoiceId] = Counter()
    for one in given_back:
        given[one.of.invoice_id] += one.credit.gross_minor
    if not given:
        return []
    bucket = next(iter(charged.invoices.values())).bucket
    asked = sorted({*given, *charged.invoices} if whole else given)
    rows = await payer.lock_kept_payments(tx, bucket=bucket, invoice_ids=asked)
    row_of = {row.id: row for row in rows}
    kept = [Kept(row.id, row.invoice_id, row.kept_minor) for row in rows]
    return [Returned(row_of[id_], of) for id_, of in trace(kept, given, others=whole)]


async def return_payments_in(
    tx: Tx,
    run: Run,
    returns: Sequence[Returned],
    credited: tuple[Sequence[Note], Sequence[LotRow]],
    *,
    now: datetime,
) -> None:
    """Commit the refunds, which the resolver sends; each draws the credit that its note gave.

    ``credited`` are the notes and the lots they gave. A refund that fails gives its draw back: the
    customer keeps the credit.
    """
    notes, lots = credited
    lot_of = {note.invoice.id: lot for note in notes for lot in lots if lot.source_id == note.id}
    draws: list[RefundDrawRow] = []
    for one in returns:
        payment, drawn = one.payment, [(lot_of[id_], minor) for id_, minor in one.of.items()]
        refund_id = RefundId(run.new_id(payment.bucket))
        out = CreditRefund(
            refund_id=refund_id,
            customer_id=CustomerId(drawn[0][0].customer_id),
            payment=payment,
            amount_minor=one.amount_minor,
            reason=WHY,
        )
        await add_credit_refund_in(tx, out, now=now)
        payout_id = draws[0].payout_id if draws else refund_id
        draws += [
            RefundDrawRow(
                bucket=payment.bucket,
                refund_id=refund_id,
                lot_id=lot.id,
                payout_id=payout_id,
                amount_minor=minor,
            )
            for lot, minor in drawn
        ]
    await payer.add_draws(tx, draws)
    taken: Counter[tuple[Bucket, CreditLotId]] = Counter()
    for draw in draws:
        taken[draw.bucket, draw.lot_id] += draw.amount_minor
    await ledger.draw_lots(
        tx, [DrawRow(bucket, lot_id, minor) for (bucket, lot_id), minor in taken.items()]
    )
