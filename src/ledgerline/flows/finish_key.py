"""Store the definitive answer of an idempotency key."""

from ledgerline.access import store as access
from ledgerline.base.ids import Bucket
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command


@repeated
async def finish_key(
    run: Run, *, bucket: Bucket, command: Command, status: int, body: bytes
) -> None:
    """Keep status and body of an answer; repeating it keeps the same.

    Nobody waits for the disk: a crash that loses the answer leaves the key tied to what its request
    made, and a repeat answers from that.
    """
    async with run.transaction() as tx, tx.pipeline():
        await tx.relax()
        await access.finish_key(
            tx, bucket=bucket, principal=command.principal, key=command.key, status=status,
            body=body,
        )  # fmt: skip
