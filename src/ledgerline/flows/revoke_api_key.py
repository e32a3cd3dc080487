"""Revoke an API key: whoever presents it is refused from now on."""

from ledgerline.access import store as access
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.create_api_key import KEYS, key_uuid


@repeated
async def revoke_api_key(run: Run, *, key_id: str, command: Command | None = None) -> bool:
    """Revoke; False when there is no such key or it was revoked before.

    With the same ``command`` a repeat changes nothing and returns True.
    """
    async with run.transaction() as tx:
        if command is not None and await claim_key_in(
            tx, bucket=KEYS, command=command, subject_id=key_uuid(key_id)
        ):
            return True
        return await access.revoke_api_key(tx, id=key_id, revoked_at=run.wall()) == 1
