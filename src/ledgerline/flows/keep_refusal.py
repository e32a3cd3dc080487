"""Keep the refusal of a rule under the idempotency key of its request."""

from ledgerline.access import store as access
from ledgerline.access.rows import RefusalRow
from ledgerline.base.ids import Bucket
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, key_of


@repeated
async def keep_refusal(
    run: Run, *, bucket: Bucket, command: Command, status: int, body: bytes
) -> None:
    """Store a refusal, so that the same question gets the same answer.

    Called after the refused transaction rolled back, key and all. A key that somebody holds by
    now is left alone: whoever holds it answers.
    """
    async with run.transaction() as tx:
        [holder] = await access.claim_global_keys(
            tx, [key_of(command, bucket=bucket, subject_id=None)]
        )
        if holder.bucket != bucket:
            return
        await access.keep_refusal(
            tx,
            RefusalRow(
                bucket=bucket,
                principal=command.principal,
                key=command.key,
                fingerprint=command.fingerprint,
                status=status,
                body=body,
                created_at=run.wall(),
            ),
        )
