"""End the service of subscriptions: their cover is cut where it lasts longer."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import SubscriptionId
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.rows import EndedCoverRow
from ledgerline.subscriptions.rows import SubscriptionRow
from ledgerline.subscriptions.rules.reach import lasting_months


async def end_covers_in(
    tx: Tx,
    ended: Sequence[SubscriptionRow],
    *,
    now: datetime,
    components: Sequence[str] | None = None,
) -> int:
    """End cover now, of all components or some, inside a transaction that holds the locks.

    Called by cancellation, change and collection. A repeat finds nothing that lasts longer.
    """
    wanted = None if components is None else list(components)
    return await entitlements.end_covers(tx, [_ended(row, now) for row in ended], components=wanted)


async def read_paid_in(
    tx: Tx, rows: Sequence[SubscriptionRow], *, now: datetime
) -> set[SubscriptionId]:
    """Find which of some subscriptions have service that is paid beyond now."""
    found = await entitlements.read_paid(tx, [_ended(row, now) for row in rows])
    return {one.subscription_id for one in found}


def _ended(row: SubscriptionRow, now: datetime) -> EndedCoverRow:
    held = lasting_months(row.cadence_count, row.cadence_unit, on=now.date())
    return EndedCoverRow(
        bucket=row.bucket,
        subscription_id=row.id,
        ended_at=now,
        first_month=held[-1],
        last_month=held[0],
    )
