"""Take back what was counted of a try that went well."""

from ledgerline.access import store as access
from ledgerline.base.run import Run
from ledgerline.flows.count_sign_in import Trying, keys_of


async def forgive_sign_in(run: Run, trying: Trying) -> None:
    """Take back what was counted: the password was right."""
    now, keys = run.wall(), keys_of(run, trying)
    async with run.transaction() as tx:
        await access.uncount_try(tx, key_hash=keys.place)
        await access.keep_known(tx, key_hash=keys.pair, now=now)
        await access.uncount_try(tx, key_hash=keys.person)
