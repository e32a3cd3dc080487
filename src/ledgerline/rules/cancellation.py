"""What a cancellation does: when service ends, and what is given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.base.ids import instant_of
from ledgerline.rules.charged import (
    Charged,
    Credited,
    Withheld,
    given_back,
    given_back_whole,
    kept_from,
    total,
)
from ledgerline.rules.timeline import Entry
from ledgerline.subscriptions.model import (
    GivingBack,
    LogKind,
    NothingToChange,
    RefundNeedsEndNow,
    Timing,
    WithdrawalOver,
)
from ledgerline.subscriptions.rows import SubscriptionRow

WITHDRAWAL: Final = timedelta(days=14)
"""How long after the day of the contract a consumer may withdraw (Directive 2011/83/EU art. 9)."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """When service ends and what is given back of paid lines; ``entry`` is an intention or None.

    A cancellation at once is a fact of the state, which the lifecycle records.
    """

    subscription: SubscriptionRow
    ends_on: date
    entry: Entry | None
    credits: tuple[Credited, ...]
    withheld: tuple[Withheld, ...]

    @property
    def credited_minor(self) -> int:
        """What is given back, with tax."""
        return total(self.credits)


def propose(
    subscription: SubscriptionRow,
    charged: Sequence[Charged],
    *,
    timing: Timing,
    now: datetime,
    back: GivingBack = GivingBack.NONE,
) -> Cancellation:
    """Decide a cancellation of a running subscription; ``charged`` are its paid lines.

    At once, the days from ``given_from`` on are given back: the day of the cancellation is not
    charged. At the period's end nothing is, and service lasts as far as it is billed. Raises
    ``NothingToChange`` for a second one and what ``given_from`` raises.
    """
    cut = given_from(subscription, timing=timing, now=now, back=back)
    give = given_back_whole if back is GivingBack.FULL else given_back
    if timing is Timing.NOW:
        return Cancellation(
            subscription=subscription,
            ends_on=local_date(now, subscription.zone),
            entry=None,
            credits=give(charged, cut=cut),
            withheld=kept_from(charged, cut=cut),
        )
    if subscription.ends_on is not None:
        raise NothingToChange(
            "the subscription ends already", ends_on=subscription.ends_on.isoformat()
        )
    ends_on = subscription.billed_through
    entry = Entry(seq=subscription.log_seq + 1, kind=LogKind.CANCEL_SCHEDULED, effective=ends_on)
    return Cancellation(
        subscription=subscription, ends_on=ends_on, entry=entry, credits=(), withheld=()
    )


def given_from(
    subscription: SubscriptionRow, *, timing: Timing, now: datetime, back: GivingBack
) -> date:
    """Return the first day that is given back: today, or the first of all for who withdraws.

    Raises ``RefundNeedsEndNow`` and ``WithdrawalOver``.
    """
    today = local_date(now, subscription.zone)
    if back is GivingBack.NONE:
        return today
    if timing is not Timing.NOW:
        raise RefundNeedsEndNow("nothing is unused at the end of a period: cancel now")
    if back is GivingBack.UNUSED:
        return today
    made_at = datetime.fromtimestamp(instant_of(subscription.id) / 1000, UTC)
    begun = local_date(made_at, subscription.zone)
    until = begun + WITHDRAWAL
    if today > until:
        raise WithdrawalOver(
            "the fourteen days are over: only what is unused can be paid back",
            until=until.isoformat(),
        )
    return begun
