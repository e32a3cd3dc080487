"""Tell people of payouts whose money has been nowhere for long."""

from typing import Final

from ledgerline.base.run import Run
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.payments import exceptions, settling
from ledgerline.payments.rows.exceptions import ClosedRow, ExceptionRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.rules import telling
from ledgerline.reconciliation.rules.cadence import missed_before

PAYOUTS_MAX: Final = 10_000  # more than were ever missed


async def watch_payouts(run: Run, *, limit: int = PAYOUTS_MAX) -> int:
    """Open one exception for each payout whose money should be somewhere by now; counts new ones.

    Called by a worker every hour; safe to repeat. Silence is the news: it was announced and no line
    of the bank answered, the bank sent it back and neither bank nor file has it since, or it failed
    and there was no later payout that could contain it. What is found since is closed.
    """
    now = run.now()
    async with run.transaction() as tx:
        told = await settling.read_open(tx, reason=Reason.PAYOUT_MISSING)
        missed = await reconciliation.read_missed_payouts(
            tx, before=missed_before(now), limit=limit
        )
        gone = {one.subject_id for one in told} - {payout.id for payout in missed}
        if len(missed) < limit:
            found = [ClosedRow(NOBODY, id, Reason.PAYOUT_MISSING) for id in sorted(gone)]
            await exceptions.close_exceptions(tx, found, now=now)
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
