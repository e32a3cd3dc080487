"""Keep the refusal of a rule under the idempotency key of its request."""

from ledgerline.access import store as access
from ledgerline.access.rows import RefusalRow
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, key_of
from ledgerline.flows.seal_answer import seal_answer_in


@repeated
async def keep_refusal(
    run: Run, *, bucket: Bucket, command: Command, status: int, plain: bytes,
    customer_id: CustomerId | None,
) -> None:  # fmt: skip
    """Store a refusal, sealed for its customer, so that the same question gets the same answer.

    Called after the refused transaction rolled back, key and all. A key that somebody holds by
    now is left alone: whoever holds it answers. Raises ``CustomerErased``.
    """
    async with run.transaction() as tx:
        [holder] = await access.claim_global_keys(
            tx, [key_of(command, bucket=bucket, subject_id=None)]
        )
        if holder.bucket != bucket:
            return
        body = await seal_answer_in(tx, run, plain, command=command, customer_id=customer_id)
        await access.keep_refusal(
            tx,
            RefusalRow(
                bucket=bucket,
                principal=command.principal,
                key=command.key,
                fingerprint=command.fingerprint,
                status=status,
                body=body,
                customer_id=customer_id,
            ),
        )
