"""How often a card may be tried in vain: limits of networks, and our own, which are stricter.

A try that brought money is no reattempt, and one of which nothing was executed never reached the
network: neither counts. Every other does, whatever it asked for, whoever started it, and at
whichever account; one that is under way counts as well.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ledgerline.payments.model import Initiator
from ledgerline.payments.refusals import CardLimitReached
from ledgerline.payments.rows.limits import CardTryRow, LimitRow

ANY: Final = "any"
LONGEST: Final = timedelta(days=30)  # what is older is counted by no limit
UNDER_WAY: Final = timedelta(minutes=15)  # after which a try that is under way has mostly ended


def limits_of(
    limits: Sequence[LimitRow],
    *,
    network: str,
    issuer_country: str | None,
    initiator: Initiator,
    on: date,
) -> list[LimitRow]:
    """Return the limits that hold for a try on a day: of each, the one that began last."""
    newest: dict[tuple[str, str, str, int], LimitRow] = {}
    for row in sorted(limits, key=lambda one: one.valid_from):
        if (
            row.valid_from <= on
            and row.network in {ANY, network.lower()}
            and row.region in {ANY, issuer_country}
            and row.initiator in {ANY, initiator}
        ):
            newest[row.network, row.region, row.initiator, row.hours] = row
    return list(newest.values())


def free_at(
    limits: Sequence[LimitRow], tries: Sequence[CardTryRow], *, now: datetime
) -> datetime | None:
    """Return when a card may be tried again; None where it may be tried now.

    What waits only for tries that are under way looks again soon: they may bring money yet.
    """
    waits = [wait for row in limits if (wait := _wait(row, tries, now=now)) is not None]
    return max(waits, default=None)


def require_free(limits: Sequence[LimitRow], tries: Sequence[CardTryRow], *, now: datetime) -> None:
    """Refuse a try that would break a limit; raises ``CardLimitReached`` with when it may be."""
    free = free_at(limits, tries, now=now)
    if free is not None:
        raise CardLimitReached(
            "this card was refused too often: pay by another, or wait",
            retry_after_seconds=max(1, int((free - now).total_seconds())),
        )


def _wait(limit: LimitRow, tries: Sequence[CardTryRow], *, now: datetime) -> datetime | None:
    window = timedelta(hours=limit.hours)
    within = sorted(
        (one for one in tries if one.sent_at > now - window), key=lambda one: one.sent_at
    )
    if len(within) < limit.tries_max:
        return None
    if sum(not one.is_live for one in within) < limit.tries_max:
        return now + UNDER_WAY
    return within[-limit.tries_max].sent_at + window
