"""Record what looks found to be taken back of charges: each is a success, and a dispute of it."""

from collections.abc import Sequence

from ledgerline.base.ids import AttemptId, Bucket
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn
from ledgerline.flows.record_dispute import DisputeTold, record_dispute
from ledgerline.payments import store as payments
from ledgerline.payments.disputes import DisputeReading, DisputeSource

Return = tuple[Bucket, AttemptId, DisputeReading]


async def hear_returns(run: Run, found: Sequence[Return]) -> None:
    """Record returns of succeeded charges of which nobody has heard; safe to repeat.

    A look says neither when nor why, so whatever moved money of a charge before goes before it: the
    webhook that follows names the dispute that this began, and moves nothing.
    """
    if not found:
        return
    async with run.transaction() as tx:
        rows = await payments.read_attempts(
            tx, buckets=[bucket for bucket, _, _ in found], ids=[id for _, id, _ in found]
        )
    account_of = {row.id: row.psp_account for row in rows}
    await in_turn(
        record_dispute(
            run,
            DisputeTold(
                psp_account=account_of[id],
                key=f"look {id}",
                source=DisputeSource.RESPONSE,
                reading=reading,
                reference=str(id),
                moves=0,
            ),
        )
        for _, id, reading in found
    )
