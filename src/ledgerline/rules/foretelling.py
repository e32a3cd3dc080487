"""What is told before a trial ends or a plan renews for a year: of what, and when."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.calendar import local_date, start_of
from ledgerline.catalog.rows import MarketRow
from ledgerline.payments.rules.notices import Later, Never, Tell
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import RenewalNoticeRow, SubscriptionRow, WantedRow

RENEWS: Final = frozenset(
    {SubscriptionState.TRIALING, SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE}
)
_DAY: Final = timedelta(days=1)


def wanted_of(markets: Iterable[MarketRow]) -> list[WantedRow]:
    """List what markets want told: of trials one number of days each, of years as many as said."""
    wanted = []
    for one in markets:
        wanted.append(WantedRow(one.code, of_trials=True, days=one.trial_notice_days))
        years = [int(days) for days in one.renewal_notice_days.split(",") if days]
        wanted += [WantedRow(one.code, of_trials=False, days=days) for days in years]
    return wanted


def decide(
    notice: RenewalNoticeRow,
    subscription: SubscriptionRow,
    *,
    total_minor: int | None,
    due_days: Collection[int],
    now: datetime,
) -> Tell | Later | Never:
    """Decide about a notice that is due.

    ``total_minor`` is what the renewal will cost; None where it ends instead, or nobody can say.
    ``due_days`` are those of all notices of the same renewal that are due: where one came so late
    that a nearer one is due as well, only that is told. Of what ends or rests it is asked again
    each day, for an end may be taken back. A year that costs nothing is not told of; the end of a
    trial is, whatever follows it.
    """
    today = local_date(now, subscription.zone)
    if subscription.billed_through != notice.renews_on or today >= notice.renews_on:
        return Never()
    if any(days < notice.days for days in due_days):
        return Never()
    tries = subscription.state == SubscriptionState.TRIALING
    if total_minor is None or (total_minor == 0 and not tries):
        return Later(start_of(today + _DAY, subscription.zone))
    return Tell()
