"""Values of subscriptions: states, events, refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar

from ledgerline.base.calendar import Cadence, Grid, Unit
from ledgerline.base.errors import Rejected


class SubscriptionState(StrEnum):
    """Where a subscription stands."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    EXPIRED = "expired"


class SubscriptionEvent(StrEnum):
    """What moves a subscription from state to state."""

    ACTIVATED = "activated"
    TRIAL_STARTED = "trial_started"
    PURCHASE_EXPIRED = "purchase_expired"
    TRIAL_CONVERTED = "trial_converted"
    PAYMENT_OVERDUE = "payment_overdue"
    PAYMENT_SETTLED = "payment_settled"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELED = "canceled"


class LogKind(StrEnum):
    """What the log of a subscription can say.

    Facts of its state, facts of its terms, and intentions, which stand with a future date and can
    be undone until then.
    """

    CREATED = "created"
    ACTIVATED = "activated"
    TRIAL_STARTED = "trial_started"
    TRIAL_CONVERTED = "trial_converted"
    PAYMENT_OVERDUE = "payment_overdue"
    PAYMENT_SETTLED = "payment_settled"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELED = "canceled"
    PURCHASE_EXPIRED = "purchase_expired"
    PLAN_CHANGED = "plan_changed"
    QUANTITY_CHANGED = "quantity_changed"
    CHANGE_SCHEDULED = "change_scheduled"
    CANCEL_SCHEDULED = "cancel_scheduled"
    UNDONE = "undone"


INTENTIONS = frozenset({LogKind.CHANGE_SCHEDULED, LogKind.CANCEL_SCHEDULED})
BASE = "base"  # the component that a subscription is about; others are add-ons and fees
SETUP = "setup"  # the fee of the base plan; that of an add-on is "setup:<product>"


def is_fee(component: str) -> bool:
    """Answer whether a component is due once instead of every period."""
    return component.partition(":")[0] == SETUP


class Timing(StrEnum):
    """When a change or a cancellation takes effect."""

    NOW = "now"
    PERIOD_END = "period_end"


class Anchor(StrEnum):
    """Where the periods of a subscription that is resumed begin."""

    KEEP = "keep"  # at the boundaries of before: what is left of the running period is charged
    RESTART = "restart"  # today: a whole period is charged


class GivingBack(StrEnum):
    """What a cancellation at once gives back through the payments it came from."""

    NONE = "none"  # what is unused becomes credit of the customer
    UNUSED = "unused"  # by days
    FULL = "full"  # all that was paid: the customer withdraws from the contract


class AgreementKind(StrEnum):
    """What kind of text a payer was told (the first three) or accepted."""

    ORDER_BUTTON = "order_button"
    RENEWAL = "renewal"
    WITHDRAWAL = "withdrawal"
    TERMS = "terms"
    MANDATE = "mandate"
    WITHDRAWAL_WAIVER = "withdrawal_waiver"
    RENEWAL_CONSENT = "renewal_consent"
    PRICE_INCREASE = "price_increase"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A text that a payer was told or accepted: its kind, which version, and in which language."""

    kind: AgreementKind
    text_version: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What a purchase leaves on its subscription beside the terms.

    ``payer_ip`` is the address the payer accepted from; it is kept as a keyed hash only.
    ``channel`` is where they accepted: over the API, or at our page.
    """

    metadata: Mapping[str, str] = field(default_factory=dict)
    external_id: str | None = None
    agreements: tuple[Accepted, ...] = ()
    payer_ip: str | None = None
    channel: str = "api"


class SubscriptionNotFound(Rejected):
    """There is no such subscription."""

    code: ClassVar[str] = "subscription_not_found"


class SubscriptionEnded(Rejected):
    """The subscription has ended: nothing of it is charged any more."""

    code: ClassVar[str] = "subscription_ended"


class PurchaseInProgress(Rejected):
    """The customer already has a live subscription of this product family."""

    code: ClassVar[str] = "purchase_in_progress"


class NotPaused(Rejected):
    """Only what is paused can be resumed."""

    code: ClassVar[str] = "not_paused"


class PauseLimitReached(Rejected):
    """The subscription was paused as often as it may be; from ``until`` on it may be again."""

    code: ClassVar[str] = "pause_limit_reached"


class SettleFirst(Rejected):
    """An invoice of this subscription is unpaid; the plan cannot change before it is settled."""

    code: ClassVar[str] = "settle_first"


class RefundNeedsEndNow(Rejected):
    """Only a cancellation at once leaves anything unused that could be paid back."""

    code: ClassVar[str] = "refund_needs_end_now"


class WithdrawalOver(Rejected):
    """A customer withdraws within fourteen days; ``until`` was the last of them."""

    code: ClassVar[str] = "withdrawal_over"


class NothingToChange(Rejected):
    """The subscription already is what was asked for."""

    code: ClassVar[str] = "nothing_to_change"


class ChangeInProgress(Rejected):
    """A change waits for its payment; nothing else may change what it stands on."""

    code: ClassVar[str] = "change_in_progress"


class ChangeWithdrawn(Rejected):
    """The change was given up before it was paid; what was taken for it all the same goes back."""

    code: ClassVar[str] = "change_withdrawn"


class AddOnRefused(Rejected):
    """The add-on does not go with the plan, or it was named twice."""

    code: ClassVar[str] = "add_on_refused"


class NothingToUndo(Rejected):
    """No intention of this number stands, or it has taken effect."""

    code: ClassVar[str] = "nothing_to_undo"


class ChangeRefused(Rejected):
    """The state of the subscription does not allow this change."""

    code: ClassVar[str] = "change_refused"


class AgreementsRefused(Rejected):
    """The same text is accepted twice in one purchase."""

    code: ClassVar[str] = "agreements_refused"


class PayerIpRefused(Rejected):
    """What is given as the payer's address is no IP address."""

    code: ClassVar[str] = "payer_ip_refused"


class SubscriptionParked(Rejected):
    """A billing run parked this subscription; it must be looked at first."""

    code: ClassVar[str] = "subscription_parked"


class SubscriptionNotParked(Rejected):
    """The subscription is not set aside, or for another reason than the one that was looked at."""

    code: ClassVar[str] = "subscription_not_parked"


class WouldPark(Rejected):
    """A billing run would set the subscription aside again: what it was parked for still holds."""

    code: ClassVar[str] = "would_park"


def grid_of(origin: date, day: int, cadence_count: int, cadence_unit: str) -> Grid:
    """Rebuild the grid of a subscription from its columns."""
    return Grid(origin, Cadence(cadence_count, Unit(cadence_unit)), day)
