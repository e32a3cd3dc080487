"""Tell people of payouts that were announced and that no bank line has answered."""

from typing import Final

from ledgerline.base.run import Run
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.payments import exceptions
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.rules import telling
from ledgerline.reconciliation.rules.cadence import missed_before

PAYOUTS_MAX: Final = 10_000  # more than were ever missed


async def watch_payouts(run: Run, *, limit: int = PAYOUTS_MAX) -> int:
    """Open one exception for each payout that should have arrived by now; counts new ones.

    Called by a worker every hour; safe to repeat. Its provider says no more of it, so silence is
    the news: it failed, was sent back, or nobody noted the line of the bank, which closes this.
    """
    now = run.now()
    async with run.transaction() as tx:
        missed = await reconciliation.read_missed_payouts(
            tx, announced_before=missed_before(now), limit=limit
        )
        rows = [
            ExceptionRow(
                bucket=NOBODY,
                subject_id=payout.id,
                reason=Reason.PAYOUT_MISSING,
                detail=telling.of_missed(payout),
                opened_at=now,
            )
            for payout in missed
        ]
        return len(await exceptions.add_exceptions(tx, rows)) if rows else 0
