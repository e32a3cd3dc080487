"""Match again what the settlement files of every account left open."""

from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn
from ledgerline.flows.match_settlement import match_settlement
from ledgerline.payments import store as payments


async def match_settlements(run: Run) -> int:
    """Go through all accounts; return how many lines were matched and captures newly missed.

    Called by a worker every hour; safe to repeat. What fails at one account is raised when the
    others are done.
    """
    async with run.transaction() as tx:
        accounts = await payments.read_psp_accounts(tx)
    done = await in_turn(match_settlement(run, psp_account=one.code) for one in accounts)
    return sum(one.matched + one.missing for one in done)
