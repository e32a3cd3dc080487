"""Keep the refusal of a rule under the idempotency key of its request."""

from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import LEASE, Command
from ledgerline.outbox import store as outbox
from ledgerline.outbox.model import NewKeyRow


async def keep_refusal(
    run: Run, *, bucket: Bucket, command: Command, status: int, body: bytes
) -> None:
    """Store a refusal, so that the same question gets the same answer.

    Called after the refused transaction rolled back, key and all. A key that somebody holds by
    now is left alone: whoever holds it answers.
    """
    now = run.wall()
    async with run.transaction() as tx:
        key = NewKeyRow(
            bucket, command.principal, command.key, command.fingerprint, "started", None,
            now + LEASE, now,
        )  # fmt: skip
        if await outbox.reserve_key(tx, key):
            await outbox.finish_key(
                tx, bucket=bucket, principal=command.principal, key=command.key, status=status,
                body=body,
            )  # fmt: skip
