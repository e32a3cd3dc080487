"""Find what was made under an idempotency key before."""

from uuid import UUID

from ledgerline.access import store as access
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command


async def find_asked(run: Run, command: Command, *, bucket: Bucket) -> UUID | None:
    """Return the id of what a command makes, once it was begun; None where it was not.

    So what would be refused now since it is done already is not asked about again.
    """
    async with run.transaction() as tx:
        held = await access.read_key(
            tx, bucket=bucket, principal=command.principal, key=command.key
        )
    return None if held is None else held.subject_id
