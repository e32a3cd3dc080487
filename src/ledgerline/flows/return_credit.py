"""Give credit back that was not paid out, but for what a dispute of the payment has paid."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.flows.read_credited import read_credited_in
from ledgerline.flows.shift_disputes import lock_over_in, shift_disputes_in
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rows import DrawRow
from ledgerline.payments import payer
from ledgerline.payments.rows.refunds import RefundRow


async def return_credit_in(tx: Tx, refund: RefundRow, *, now: datetime) -> int:
    """Return what a refund of credit drew to its lots, and draw of them what disputes have paid.

    Called under the locks of ``settle_refund``, once the payment counts the refund no more. A
    dispute takes back what its payment paid: it stands for credit of that invoice alone. Credit of
    others went out through the payment too; that stays the customer's. Return what was drawn.
    """
    held = await lock_over_in(tx, refund)
    draws = await payer.read_draws(tx, bucket=refund.bucket, refund_id=refund.id)
    back = [DrawRow(one.bucket, one.lot_id, one.amount_minor) for one in draws]
    await ledger.return_to_lots(tx, back)
    credit = await _of_invoice(tx, refund, back) if held else []
    return await shift_disputes_in(tx, refund, held, credit=credit, now=now)


async def _of_invoice(tx: Tx, refund: RefundRow, back: list[DrawRow]) -> list[DrawRow]:
    """Keep what a credit note of the payment's own invoice had given."""
    of = await read_credited_in(tx, refund.bucket, [one.id for one in back])
    return [one for one in back if of.get(one.id) == refund.invoice_id]
