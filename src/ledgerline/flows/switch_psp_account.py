"""Let new charges go to a merchant account, or not."""

from ledgerline.base.run import Run
from ledgerline.payments import store as payments
from ledgerline.payments.model import AccountStatus
from ledgerline.payments.refusals import PspAccountNotFound
from ledgerline.payments.rows.accounts import AccountUseRow


async def switch_psp_account(
    run: Run, code: str, status: AccountStatus, *, dry_run: bool = False
) -> AccountUseRow:
    """Set the status of an account and return what rests on it; at once, for every process.

    Disabled it takes no new charge: cards that have a token elsewhere are charged there, purchases
    with others are refused and their renewals wait with grace. What was begun there is still found
    out, and money it took is given back there. Raises ``PspAccountNotFound``.
    """
    async with run.transaction() as tx:
        known = {row.code for row in await payments.read_psp_accounts(tx)}
        if code not in known:
            raise PspAccountNotFound("there is no such account", account=code)
        use = await payments.read_account_use(tx, code=code)
        if not dry_run:
            await payments.set_account_status(tx, code=code, status=status)
    return use
