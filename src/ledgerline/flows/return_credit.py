"""Give credit back that was not paid out, but for what a dispute of the payment has paid."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CreditLotId, CreditNoteId, InvoiceId
from ledgerline.flows.shift_disputes import lock_over_in, shift_disputes_in
from ledgerline.invoicing import store as invoicing
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rows import DrawRow
from ledgerline.payments import payer
from ledgerline.payments.model import RefundCause
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


async def invoices_of_credit(tx: Tx, refund: RefundRow) -> list[InvoiceId]:
    """Return the invoices whose notes gave what a refund of credit drew; none of another refund.

    They never change once it is committed, so they may be asked for before anything is locked.
    """
    if refund.cause != RefundCause.CREDIT:
        return []
    draws = await payer.read_draws(tx, bucket=refund.bucket, refund_id=refund.id)
    of = await _invoices_of(tx, refund.bucket, [one.lot_id for one in draws])
    return sorted(set(of.values()))


async def _of_invoice(tx: Tx, refund: RefundRow, back: list[DrawRow]) -> list[DrawRow]:
    """Keep what a credit note of the payment's own invoice had given."""
    of = await _invoices_of(tx, refund.bucket, [one.id for one in back])
    return [one for one in back if of.get(one.id) == refund.invoice_id]


async def _invoices_of(
    tx: Tx, bucket: Bucket, lot_ids: Sequence[CreditLotId]
) -> dict[CreditLotId, InvoiceId]:
    """Return which invoice the note corrects that gave each of some lots."""
    lots = await ledger.find_lots(tx, bucket=bucket, ids=lot_ids)
    source = {lot.id: CreditNoteId(lot.source_id) for lot in lots}
    notes = await invoicing.read_note_facts(
        tx, buckets=[bucket] * len(source), ids=list(source.values())
    )
    invoice = {note.id: note.invoice_id for note in notes}
    return {id: invoice[note] for id, note in source.items() if note in invoice}
