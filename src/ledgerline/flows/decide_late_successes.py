"""Decide about money that came for charges that had been given up: take it, or give it back."""

from typing import Final

from ledgerline.base.ids import RefundId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.lock_late_money import lock_late_money_in
from ledgerline.flows.return_late_money import Back, return_late_money_in
from ledgerline.flows.take_late_money import take_late_money_in
from ledgerline.payments import exceptions
from ledgerline.payments.rows.exceptions import ClosedRow, UndecidedRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.late_success import Late

DECIDE_BATCH_MAX: Final = 100


async def decide_late_successes(
    run: Run, *, buckets: Buckets, limit: int = DECIDE_BATCH_MAX
) -> int:
    """Take or give back what came late; return how many cases were decided.

    While the invoice is open, its subscription goes on and nothing else may still pay it, the money
    pays it: an attempt is made of it (``adopted_from``) that settles as every other. Else it is a
    refund that the resolver sends. While another attempt of the payment is live, nothing is
    decided. What has no id at its provider is left to people. Safe to repeat. What fails is raised
    when the others are done.
    """
    async with run.transaction() as tx:
        rows = await exceptions.read_undecided(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], limit=limit
        )
    decided = await in_turn(_decide(run, row) for row in rows)
    return sum(decided)


@repeated
async def _decide(run: Run, row: UndecidedRow) -> bool:
    now = run.now()
    async with run.transaction() as tx:
        late = await lock_late_money_in(tx, bucket=row.bucket, attempt_id=row.attempt_id)
        if late is None or late.row.was_refunded:
            return False
        match late.decision:
            case Late.TAKE:
                closed = ClosedRow(row.bucket, row.attempt_id, Reason.LATE_SUCCESS)
                await take_late_money_in(tx, run, late, psp_ref=row.psp_ref, now=now)
                await exceptions.close_exceptions(tx, [closed], now=now)
            case Late.GIVE_BACK:
                back = Back(RefundId(run.new_id(row.bucket)), row.psp_ref)
                await return_late_money_in(tx, late, back, now=now)
            case Late.WAIT:
                return False
    return True
