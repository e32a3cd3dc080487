"""Find the next instant at which any work falls due."""

from datetime import UTC, datetime

from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import NOTICE_DAYS_MAX
from ledgerline.invoicing import pausing
from ledgerline.invoicing import store as invoicing
from ledgerline.payments import expiry, mandates, notices
from ledgerline.payments import store as payments
from ledgerline.rules.expiry import THRESHOLDS
from ledgerline.rules.foretelling import wanted_of
from ledgerline.subscriptions import notices as renewals
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
        wanted = wanted_of(await catalog.read_markets(tx))
        renewing = await renewals.next_due(
            tx, now=run.now(), days=NOTICE_DAYS_MAX,
            market_codes=[one.market_code for one in wanted if not one.of_trials],
        )  # fmt: skip
        numbering = await invoicing.next_due(tx)
    queues = (billing, paying, telling, looking, expiring, renewing, numbering)
    due = [row.due_at for rows in queues for row in rows if row.due_at is not None]
    return min(due, default=None)
