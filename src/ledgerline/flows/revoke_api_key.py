"""Revoke an API key: whoever presents it is refused from now on."""

from ledgerline.access import store as access
from ledgerline.base.run import Run


async def revoke_api_key(run: Run, *, key_id: str) -> bool:
    """Revoke; False when there is no such key or it was revoked before."""
    async with run.transaction() as tx:
        return await access.revoke_api_key(tx, id=key_id, revoked_at=run.wall()) == 1
