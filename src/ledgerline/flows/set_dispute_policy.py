"""Set what follows when a dispute is lost."""

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.payments import disputing
from ledgerline.payments.disputes import DisputeKind, WhenLost
from ledgerline.payments.rows.disputes import DisputePolicyRow


@repeated
async def set_dispute_policy(run: Run, kind: DisputeKind, when_lost: WhenLost) -> None:
    """Set for all disputes of a kind that are lost from now on; what is lost stays as it was."""
    async with run.transaction() as tx:
        await disputing.put_policy(tx, DisputePolicyRow(kind, when_lost), now=run.now())
