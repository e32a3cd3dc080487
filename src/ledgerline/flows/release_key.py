"""Give an idempotency key back: what its request began came to nothing through no fault of it."""

from uuid import UUID

from ledgerline.access import store as access
from ledgerline.base.ids import Bucket
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, key_of


@repeated
async def release_key(run: Run, *, bucket: Bucket, command: Command, subject_id: UUID) -> None:
    """Let a repeat begin anew, as if nothing had been asked.

    Called where nothing was executed because of us or the provider: what the key is tied to failed,
    its invoice is void, and whoever repeats the request wants what it asked for. A key that has an
    answer, or is tied to something else by now, is kept.
    """
    async with run.transaction() as tx:
        # the global one first, as whoever claims them does
        await access.release_global_keys(
            tx, [key_of(command, bucket=bucket, subject_id=subject_id)]
        )
        await access.release_key(
            tx,
            bucket=bucket,
            principal=command.principal,
            key=command.key,
            subject_id=subject_id,
        )
