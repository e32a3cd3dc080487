"""Forget a merchant account that nothing rests on."""

from ledgerline.base.run import Run
from ledgerline.payments import store as payments
from ledgerline.payments.refusals import PspAccountNotFound
from ledgerline.payments.rules.accounts import require_unused


async def remove_psp_account(run: Run, code: str, *, dry_run: bool = False) -> None:
    """Delete an account with its secrets; ``dry_run`` says whether it could be and deletes nothing.

    Raises ``PspAccountNotFound``, and ``PspAccountInUse`` with what rests on it, counted.
    """
    async with run.transaction() as tx:
        known = {row.code for row in await payments.read_psp_accounts(tx)}
        if code not in known:
            raise PspAccountNotFound("there is no such account", account=code)
        require_unused(code, await payments.read_account_use(tx, code=code))
        if not dry_run:
            await payments.remove_psp_account(tx, code=code)
