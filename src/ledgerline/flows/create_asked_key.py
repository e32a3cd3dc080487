"""Create an API key that a person asks for at the console."""

from ledgerline.access import store as access
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.create_api_key import (
    KEYS,
    NewApiKey,
    key_uuid,
    new_secret,
    row_of,
    written,
)


@repeated
async def create_asked_key(run: Run, new: NewApiKey, *, live: bool, command: Command) -> str | None:
    """Return a new secret key that a person asked for; None where the same was done before."""
    secret = new_secret(run)
    async with run.transaction() as tx:
        if await claim_key_in(tx, bucket=KEYS, command=command, subject_id=key_uuid(new.id)):
            return None
        await access.add_api_key(tx, row_of(run, new, secret))
    return written(new.id, secret, live=live)
