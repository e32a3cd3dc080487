"""Find the next instant at which any work falls due."""

from datetime import UTC, datetime

from ledgerline.base.run import Run
from ledgerline.invoicing import pausing
from ledgerline.invoicing import store as invoicing
from ledgerline.payments import expiry, mandates, notices
from ledgerline.payments import store as payments
from ledgerline.rules.expiry import THRESHOLDS
from ledgerline.subscriptions import store as subscriptions


async def find_next_due(run: Run) -> datetime | None:
    """Return the earliest due instant of all queues; None when nothing ever falls due.

    While billing is paused no subscription is due.
    """
    async with run.transaction() as tx:
        billing = [] if await pausing.open_pause(tx) else await subscriptions.next_due(tx)
        paying = await payments.next_due(tx)
        telling = await notices.next_due(tx)
        looking = await mandates.next_due(tx)
        expiring = await expiry.next_due(
            tx, after=run.now().astimezone(UTC).date(), days=max(THRESHOLDS)
        )
        numbering = await invoicing.next_due(tx)
    found = [row.due_at for row in billing if row.due_at is not None]
    found += [row.due_at for row in paying if row.due_at is not None]
    found += [row.due_at for row in telling if row.due_at is not None]
    found += [row.due_at for row in looking if row.due_at is not None]
    found += [row.due_at for row in expiring if row.due_at is not None]
    found += [row.due_at for row in numbering if row.due_at is not None]
    return min(found, default=None)
