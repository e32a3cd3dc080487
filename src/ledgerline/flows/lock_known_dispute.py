"""Lock a dispute that people or the clock act on, with everything it may change."""

from ledgerline.base.db import Tx
from ledgerline.base.ids import DisputeId, bucket_of
from ledgerline.flows.lock_dispute import Matter, lock_dispute_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.payments import disputing
from ledgerline.payments import store as payments
from ledgerline.payments.refusals import DisputeNotFound
from ledgerline.payments.rows.disputes import ToldOfRow


async def lock_known_dispute_in(tx: Tx, dispute_id: DisputeId, *, days: BookDays) -> Matter:
    """Lock from the top and read the dispute again; raises ``DisputeNotFound``."""
    bucket = bucket_of(dispute_id)
    found = await disputing.find_dispute(tx, bucket=bucket, id=dispute_id)
    if found is None:
        raise DisputeNotFound("there is no such dispute", dispute=str(dispute_id))
    owner = await payments.find_invoice(tx, bucket=bucket, id=found.payment_id)
    assert owner is not None, found
    of = ToldOfRow(
        bucket=bucket,
        id=found.attempt_id,
        payment_id=found.payment_id,
        invoice_id=found.invoice_id,
        subscription_id=owner.subscription_id,
    )
    case = await lock_dispute_in(tx, of)
    [dispute] = [one for one in case.disputes if one.id == dispute_id]
    return Matter(case, dispute, days)
