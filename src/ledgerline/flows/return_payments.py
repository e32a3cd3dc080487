"""Pay what a cancellation gives back through the payments of the invoices it is given back of."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, InvoiceId, RefundId
from ledgerline.base.run import Run
from ledgerline.flows.credit_lines import Note
from ledgerline.flows.pay_out_credit import CreditRefund, PaidOut, add_credit_refund_in
from ledgerline.flows.read_charged import ChargedLines
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rows import DrawRow, LotRow
from ledgerline.payments import payer
from ledgerline.payments.rows.refunds import KeptPaymentRow, RefundDrawRow
from ledgerline.rules.charged import Credited

WHY: Final = "The subscription was canceled."


class Returned(NamedTuple):
    """What the payment of an invoice gives back of what is credited of it."""

    payment: KeptPaymentRow
    amount_minor: int

    @property
    def shown(self) -> PaidOut:
        """The same as a part of a pay-out is shown."""
        one = self.payment
        return PaidOut(one.id, one.seller_code, one.currency, self.amount_minor)


async def plan_returns_in(
    tx: Tx, charged: ChargedLines, given_back: Sequence[Credited]
) -> list[Returned]:
    """Lock the payments of the invoices that get credit and say how much each gives back.

    Never more than it has left: what was paid from credit, or through an account that was removed,
    stays credit of the customer.
    """
    given: Counter[InvoiceId] = Counter()
    for one in given_back:
        given[one.of.invoice_id] += one.credit.gross_minor
    if not given:
        return []
    bucket = next(iter(charged.invoices.values())).bucket
    kept = await payer.lock_kept_payments(tx, bucket=bucket, invoice_ids=sorted(given))
    return [Returned(row, min(row.kept_minor, given[row.invoice_id])) for row in kept]


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
        payment, lot = one.payment, lot_of[one.payment.invoice_id]
        refund_id = RefundId(run.new_id(payment.bucket))
        out = CreditRefund(
            refund_id=refund_id,
            customer_id=CustomerId(lot.customer_id),
            payment=payment,
            amount_minor=one.amount_minor,
            reason=WHY,
        )
        await add_credit_refund_in(tx, out, now=now)
        draws.append(
            RefundDrawRow(
                bucket=payment.bucket,
                refund_id=refund_id,
                lot_id=lot.id,
                payout_id=draws[0].payout_id if draws else refund_id,
                amount_minor=one.amount_minor,
            )
        )
    await payer.add_draws(tx, draws)
    await ledger.draw_lots(tx, [DrawRow(one.bucket, one.lot_id, one.amount_minor) for one in draws])
