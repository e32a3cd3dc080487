"""What is told before a card expires: whom it concerns, and when."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from ledgerline.base.calendar import Grid
from ledgerline.payments.rows.expiry import CardNoticeRow
from ledgerline.payments.rules.notices import Later, Never, Tell
from ledgerline.rules.terms import Book, cadence_of
from ledgerline.subscriptions.model import BASE, SubscriptionState, is_fee
from ledgerline.subscriptions.rows import ItemRow, SubscriptionRow

THRESHOLDS: Final = (30, 7)  # days before the first day on which the card cannot be used
_RENEWS: Final = frozenset(
    {SubscriptionState.TRIALING, SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE}
)


def renewal_after(
    subscription: SubscriptionRow, items: Sequence[ItemRow], book: Book, *, expires_on: date
) -> date | None:
    """Return the first renewal that costs something and falls on a day when a card has expired.

    ``items`` are those beyond billed time. None where nothing is renewed by then: the subscription
    ends before, is free, does not run, or is set aside.
    """
    if subscription.state not in _RENEWS or subscription.parked is not None:
        return None
    start = subscription.billed_through
    base = next((one for one in items if one.component == BASE and one.holds(start)), None)
    if base is None:
        return None
    if start < expires_on:
        grid, cadence = subscription.grid, cadence_of(book.price(base.price_id))
        if cadence != grid.cadence:  # another rhythm takes over with the next period
            grid = Grid(start, cadence, start.day)
        period = grid.period(grid.index_of(expires_on))
        start = period.start if period.start == expires_on else period.end
    ends_on = subscription.ends_on
    if ends_on is not None and ends_on <= start:
        return None
    costs = any(
        book.price(item.price_id).unit_num > 0
        for item in items
        if item.holds(start) and not is_fee(item.component)
    )
    return start if costs else None


def decide(
    notice: CardNoticeRow, *, expires_on: date | None, renews_on: date | None, now: datetime
) -> Tell | Later | Never:
    """Decide about a notice that is due; ``expires_on`` is what is known of the card by now.

    Nothing is told of a card that was renewed or has expired, nor twice at once where it came so
    late that the nearer notice is due as well. While no renewal would fail for it, it is looked at
    once a day: a subscription may begin to rest on the card.
    """
    today = now.astimezone(UTC).date()
    if expires_on != notice.expires_on or today >= notice.expires_on:
        return Never()
    if any(
        days < notice.days and today >= notice.expires_on - timedelta(days=days)
        for days in THRESHOLDS
    ):
        return Never()
    if renews_on is None:
        return Later(datetime.combine(today + timedelta(days=1), time.min, tzinfo=UTC))
    return Tell()
