"""Store the definitive answer of an idempotency key."""

from ledgerline.access import store as access
from ledgerline.access.rows import AnswerRow
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command
from ledgerline.flows.seal_answer import seal_answer_in


@repeated
async def finish_key(
    run: Run, *, bucket: Bucket, command: Command, status: int, plain: bytes,
    customer_id: CustomerId | None,
) -> None:  # fmt: skip
    """Keep status and body of an answer, sealed for its customer; repeating it keeps the same.

    Nobody waits for the disk: a crash that loses the answer leaves the key tied to what its request
    made, and a repeat answers from that. Raises ``CustomerErased``.
    """
    async with run.transaction() as tx:
        body = await seal_answer_in(tx, run, plain, command=command, customer_id=customer_id)
        async with tx.pipeline():
            await tx.relax()
            await access.finish_key(
                tx,
                AnswerRow(
                    bucket=bucket,
                    principal=command.principal,
                    key=command.key,
                    status=status,
                    body=body,
                    customer_id=customer_id,
                ),
            )
