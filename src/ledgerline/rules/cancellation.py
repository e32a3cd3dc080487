"""What a cancellation does: when service ends, and what is given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledgerline.base.calendar import local_date
from ledgerline.rules.charged import Charged, Credited, Withheld, given_back, kept_from, total
from ledgerline.rules.timeline import Entry
from ledgerline.subscriptions.model import LogKind, NothingToChange, Timing
from ledgerline.subscriptions.rows import SubscriptionRow


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
) -> Cancellation:
    """Decide a cancellation of a running subscription; ``charged`` are its paid lines.

    At once, the days from today on are given back: the day of the cancellation is not charged. At
    the period's end nothing is, and service lasts as far as it is billed. Raises
    ``NothingToChange`` for a second one.
    """
    if timing is Timing.NOW:
        today = local_date(now, subscription.zone)
        return Cancellation(
            subscription=subscription,
            ends_on=today,
            entry=None,
            credits=given_back(charged, cut=today),
            withheld=kept_from(charged, cut=today),
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
