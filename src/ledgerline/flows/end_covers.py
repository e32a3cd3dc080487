"""End the service of subscriptions: their cover is cut where it lasts longer."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.rows import EndedCoverRow
from ledgerline.subscriptions.rows import SubscriptionRow
from ledgerline.subscriptions.rules.reach import lasting_months


async def end_covers_in(tx: Tx, ended: Sequence[SubscriptionRow], *, now: datetime) -> int:
    """End cover now, inside a transaction that holds the subscriptions' locks.

    Called by cancellation, plan change and collection. A repeat finds nothing that lasts longer.
    """
    return await entitlements.end_covers(tx, [_ended(row, now) for row in ended])


def _ended(row: SubscriptionRow, now: datetime) -> EndedCoverRow:
    held = lasting_months(row.cadence_count, row.cadence_unit, on=now.date())
    return EndedCoverRow(
        bucket=row.bucket,
        subscription_id=row.id,
        ended_at=now,
        first_month=held[-1],
        last_month=held[0],
    )
