"""Read which invoices the notes correct that gave some credit."""

from collections.abc import Sequence

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CreditLotId, CreditNoteId, InvoiceId
from ledgerline.invoicing import store as invoicing
from ledgerline.ledger import store as ledger


async def read_credited_in(
    tx: Tx, bucket: Bucket, lot_ids: Sequence[CreditLotId]
) -> dict[CreditLotId, InvoiceId]:
    """Return the invoice of each lot that a credit note gave; another source has none.

    Neither ever changes, so they may be asked for before anything is locked.
    """
    lots = await ledger.find_lots(tx, bucket=bucket, ids=lot_ids)
    source = {lot.id: CreditNoteId(lot.source_id) for lot in lots}
    notes = await invoicing.read_note_facts(
        tx, buckets=[bucket] * len(source), ids=list(source.values())
    )
    invoice = {note.id: note.invoice_id for note in notes}
    return {id: invoice[note] for id, note in source.items() if note in invoice}
