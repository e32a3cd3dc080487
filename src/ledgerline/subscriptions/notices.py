"""Statements of what is told before a trial ends, or a plan renews for a year."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, SubscriptionId
from ledgerline.base.statements import statements
from ledgerline.subscriptions.rows import (
    DueRow,
    RenewalNoticeRow,
    SubscriptionRow,
    UntoldRow,
    WantedRow,
)

_SQL: Final = statements(__name__)


async def plan_notices(
    tx: Tx, wanted: Sequence[WantedRow], *, buckets: tuple[int, int], now: datetime, until: datetime
) -> int:
    """Plan what is told of what a bucket range renews by an instant, as its markets want it.

    What is planned stays as it is.
    """
    return await tx.execute(
        _SQL["plan_notices"],
        market_code=[one.market_code for one in wanted],
        of_trials=[one.of_trials for one in wanted],
        days=[one.days for one in wanted],
        bucket_from=buckets[0],
        bucket_to=buckets[1],
        now=now,
        until=until,
    )


async def read_due_notices(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, limit: int
) -> list[RenewalNoticeRow]:
    """Read what is due to be told in a bucket range, without locking."""
    return await tx.rows(
        _SQL["read_due_notices"], RenewalNoticeRow, bucket_from=bucket_from, bucket_to=bucket_to,
        now=now, limit=limit,
    )  # fmt: skip


async def read_notices(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId], now: datetime
) -> list[RenewalNoticeRow]:
    """Read what is due to be told of some subscriptions, whose locks are held."""
    return await tx.rows(
        _SQL["read_notices"], RenewalNoticeRow, buckets=list(buckets), ids=list(ids), now=now
    )


async def step_notices(tx: Tx, rows: Sequence[RenewalNoticeRow]) -> int:
    """Say that notices are told, put off, or no longer needed; what was told stays told."""
    return await tx.write(_SQL["step_notices"], rows)


async def read_untold(tx: Tx, rows: Sequence[SubscriptionRow]) -> list[UntoldRow]:
    """Read of which subscriptions that are renewed now nothing was told, whose locks are held."""
    return await tx.rows(
        _SQL["read_untold"],
        UntoldRow,
        buckets=[row.bucket for row in rows],
        ids=[row.id for row in rows],
        renew_on=[row.billed_through for row in rows],
    )


async def add_told(tx: Tx, rows: Sequence[RenewalNoticeRow]) -> int:
    """Insert what is told at once."""
    return await tx.write(_SQL["add_told"], rows)


async def next_due(
    tx: Tx, *, now: datetime, days: int, market_codes: Sequence[str]
) -> list[DueRow]:
    """Find when something is to be told, or planned ``days`` before a renewal.

    ``market_codes`` are the markets that want to be told of years.
    """
    return await tx.rows(
        _SQL["next_due"], DueRow, now=now, days=days, market_codes=list(market_codes)
    )
