"""Row types of the subscriptions tables: their fields are columns, in name and order."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, CustomerId, ItemId, PaymentMethodId, PriceId, SubscriptionId


class SubscriptionRow(NamedTuple):
    """One subscription as flows see it."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    seller_code: str
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    item_id: ItemId
    plan_code: str
    price_id: PriceId
    quantity: int
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    pending_plan_code: str | None
    pending_price_id: PriceId | None
    coupon_code: str | None
    coupon_periods_left: int | None
    payment_method_id: PaymentMethodId | None
    customer_version: int
    log_seq: int
    event_seq: int
    version: int
    parked: str | None


class DueGroupRow(NamedTuple):
    """Subscriptions that will be billed alike: the columns of one of them, and how many."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    seller_code: str
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    item_id: ItemId
    plan_code: str
    price_id: PriceId
    quantity: int
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    pending_plan_code: str | None
    pending_price_id: PriceId | None
    coupon_code: str | None
    coupon_periods_left: int | None
    payment_method_id: PaymentMethodId | None
    customer_version: int
    log_seq: int
    event_seq: int
    version: int
    parked: str | None
    subscriptions: int

    @property
    def sample(self) -> SubscriptionRow:
        """The one of them that stands for all."""
        return SubscriptionRow._make(self[: len(SubscriptionRow._fields)])


class NewSubscriptionRow(NamedTuple):
    """A subscription to insert, in column order; ``metadata`` is JSON text."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    seller_code: str
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    state_before: str
    state_event: str
    item_id: ItemId
    plan_code: str
    price_id: PriceId
    quantity: int
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    coupon_code: str | None
    coupon_periods_left: int | None
    payment_method_id: PaymentMethodId | None
    customer_version: int
    metadata: str
    external_id: str | None
    log_seq: int
    event_seq: int
    version: int
    created_at: datetime
    ended_at: datetime | None


class AdvanceRow(NamedTuple):
    """The next period of a subscription."""

    bucket: Bucket
    id: SubscriptionId
    version: int
    billed_through: date
    next_bill_at: datetime
    coupon_periods_left: int | None


class TermsRow(NamedTuple):
    """New terms of a subscription; the sequences are the new ones."""

    bucket: Bucket
    id: SubscriptionId
    version: int
    item_id: ItemId
    plan_code: str
    price_id: PriceId
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime
    coupon_periods_left: int | None
    log_seq: int
    event_seq: int


class SubscriptionStepRow(NamedTuple):
    """One move along the state table."""

    bucket: Bucket
    id: SubscriptionId
    state_before: str
    state_event: str
    state: str
    next_bill_at: datetime | None
    ended_at: datetime | None


class ScheduleRow(NamedTuple):
    """What happens at the end of the period: an end, or other terms."""

    bucket: Bucket
    id: SubscriptionId
    version: int
    ends_on: date | None
    pending_plan_code: str | None
    pending_price_id: UUID | None


class ParkRow(NamedTuple):
    """A subscription to park."""

    bucket: Bucket
    id: SubscriptionId
    reason: str


class LogRow(NamedTuple):
    """One entry of a subscription's log; ``body`` is JSON text."""

    bucket: Bucket
    subscription_id: SubscriptionId
    seq: int
    kind: str
    effective: date
    entitled_at: datetime
    recorded_at: datetime
    actor: str
    command_key: str
    body: str


class NotedRow(NamedTuple):
    """What a caller noted on a subscription; ``metadata`` is JSON text."""

    metadata: str
    external_id: str | None


class NoteRow(NamedTuple):
    """A caller's notes on a subscription; ``seen`` is the version before."""

    bucket: Bucket
    id: SubscriptionId
    seen: int
    metadata: str
    external_id: str | None


class AgreementRow(NamedTuple):
    """A text that the payer accepted with a subscription."""

    bucket: Bucket
    subscription_id: SubscriptionId
    kind: str
    text_version: str
    accepted_at: datetime
    channel: str
    ip_hash: bytes | None


class EndedSubscriptionRow(NamedTuple):
    """A subscription that has ended."""

    id: SubscriptionId


class DueRow(NamedTuple):
    """The earliest due instant; None when nothing is due ever."""

    due_at: datetime | None


class OwnerView(NamedTuple):
    """Whose something is."""

    customer_id: CustomerId


class SubscriptionsAsked(NamedTuple):
    """Which subscriptions: those whose id is below ``before``; each filter may be None."""

    before: UUID
    bucket: Bucket | None
    customer_id: UUID | None
    states: list[str] | None
    limit: int


class SubscriptionView(NamedTuple):
    """A subscription with its price; its last billed period is [period_start, billed_through).

    ``metadata`` is JSON text.
    """

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    item_id: ItemId
    plan_code: str
    plan_name: str
    price_id: PriceId
    unit_minor: int
    tax_behavior: str
    quantity: int
    cadence_count: int
    cadence_unit: str
    period_start: date | None
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    pending_plan_code: str | None
    coupon_code: str | None
    payment_method_id: PaymentMethodId | None
    customer_version: int
    metadata: str
    external_id: str | None
    version: int
    parked: str | None
    created_at: datetime
    ended_at: datetime | None


class AgreementView(NamedTuple):
    """A text that the payer accepted; only whether an address was given is shown."""

    kind: str
    text_version: str
    accepted_at: datetime
    channel: str
    has_ip: bool
