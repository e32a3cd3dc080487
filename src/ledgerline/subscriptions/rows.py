"""Row types of subscriptions: their fields are columns, in name and order."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.calendar import Cadence, Grid, Unit
from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentMethodId,
    PriceId,
    SubscriptionId,
)


class SubscriptionRow(NamedTuple):
    """One subscription as flows see it: its clock and state; its terms stand in its items."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    seller_code: str
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    payment_method_id: PaymentMethodId | None
    customer_version: int
    item_seq: int
    log_seq: int
    event_seq: int
    version: int
    parked: str | None
    ended_at: datetime | None

    @property
    def grid(self) -> Grid:
        """The boundaries of its periods."""
        cadence = Cadence(self.cadence_count, Unit(self.cadence_unit))
        return Grid(self.grid_origin, cadence, self.grid_day)


class ItemRow(NamedTuple):
    """One item: what is had of a component from ``starts_on`` on, until ``ends_on`` or for good.

    An end only ever moves earlier; what lasts longer is another item. One without a day is passed
    over by every reader.
    """

    bucket: Bucket
    subscription_id: SubscriptionId
    no: int
    component: str
    plan_code: str
    phase_no: int
    price_id: PriceId
    quantity: int
    starts_on: date
    ends_on: date | None

    def holds(self, day: date) -> bool:
        """Answer whether it is in force on a day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


class OfferRow(NamedTuple):
    """An offer that reduces a component from a date on, until another or for good.

    ``periods`` says how many it was given for, where it was counted in periods. A fixed amount is
    taken off each period of the cadence that it was given on.
    """

    bucket: Bucket
    subscription_id: SubscriptionId
    no: int
    offer_code: str
    component: str
    from_on: date
    until_on: date | None
    periods: int | None
    cadence_count: int
    cadence_unit: str

    @property
    def cadence(self) -> Cadence:
        """The cadence it was given on."""
        return Cadence(self.cadence_count, Unit(self.cadence_unit))


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
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    payment_method_id: PaymentMethodId | None
    customer_version: int
    metadata: str
    external_id: str | None
    item_seq: int
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


class ProjectRow(NamedTuple):
    """The clock, the end and the sequences of a subscription as its log now says."""

    bucket: Bucket
    id: SubscriptionId
    version: int
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    item_seq: int
    log_seq: int
    event_seq: int


class ItemEndRow(NamedTuple):
    """When an item ends."""

    bucket: Bucket
    subscription_id: SubscriptionId
    no: int
    ends_on: date | None


class SubscriptionStepRow(NamedTuple):
    """One move along the state table."""

    bucket: Bucket
    id: SubscriptionId
    state_before: str
    state_event: str
    state: str
    next_bill_at: datetime | None
    ended_at: datetime | None


class ParkRow(NamedTuple):
    """A subscription to set aside."""

    bucket: Bucket
    id: SubscriptionId
    reason: str


class NotedRow(NamedTuple):
    """What a caller noted on a subscription; ``metadata`` is JSON text."""

    metadata: str
    external_id: str | None


class HeldSubscriptionRow(NamedTuple):
    """A subscription of a customer and what is noted on it; ``metadata`` is JSON text."""

    bucket: Bucket
    id: SubscriptionId
    state: str
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
    """A text that the payer was told or accepted with a subscription."""

    bucket: Bucket
    subscription_id: SubscriptionId
    kind: str
    text_version: str
    language: str | None
    accepted_at: datetime
    channel: str
    ip_hash: bytes | None


class ChargedSubscriptionRow(NamedTuple):
    """In which market a subscription is sold, and whether it has ended."""

    id: SubscriptionId
    market_code: str
    is_over: bool


class EasedRow(NamedTuple):
    """When the end of collection last paused a subscription or moved it to a free plan."""

    id: SubscriptionId
    eased_at: datetime


class DueRow(NamedTuple):
    """The earliest due instant; None when nothing is due ever."""

    due_at: datetime | None


class PendingChangeRow(NamedTuple):
    """A change that waits for its payment, frozen; ``body`` is JSON text.

    It stands on ``billed_through``: with another value it is void. From ``lapses_at`` on it no
    longer waits.
    """

    bucket: Bucket
    subscription_id: SubscriptionId
    invoice_id: InvoiceId
    billed_through: date
    lapses_at: datetime
    body: str


class ReservedRow(NamedTuple):
    """How far item numbers are given by a change that waits."""

    bucket: Bucket
    id: SubscriptionId
    version: int
    item_seq: int


class CountedRow(NamedTuple):
    """A subscription of which something is told, though its row stays as it is."""

    bucket: Bucket
    id: SubscriptionId
    version: int


class RenewalNoticeRow(NamedTuple):
    """What is told so many days before a trial or a year ends; without days, with the bill."""

    bucket: Bucket
    subscription_id: SubscriptionId
    renews_on: date
    days: int
    due_at: datetime | None
    told_at: datetime | None


class WantedRow(NamedTuple):
    """How long before a market wants it told that a trial ends, or that a year does."""

    market_code: str
    of_trials: bool
    days: int


class UntoldRow(NamedTuple):
    """A subscription of whose renewal nothing was told."""

    id: SubscriptionId


class OwnerView(NamedTuple):
    """Whose something is."""

    customer_id: CustomerId


class SubscriptionsAsked(NamedTuple):
    """Which subscriptions: those whose id is below ``before``; each filter may be None."""

    now: datetime
    before: UUID
    bucket: Bucket | None
    customer_id: UUID | None
    states: list[str] | None
    limit: int


class SubscriptionView(NamedTuple):
    """A subscription with the item of its base plan that is in force; ``metadata`` is JSON text."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    payment_method_id: PaymentMethodId | None
    customer_version: int
    external_id: str | None
    version: int
    parked: str | None
    created_at: datetime
    ended_at: datetime | None
    metadata: str
    plan_code: str
    plan_name: str
    price_id: PriceId
    unit_num: int
    unit_den: int
    tax_behavior: str
    quantity: int


class ItemView(NamedTuple):
    """An item with the names of its plan and the amount of its price."""

    no: int
    component: str
    plan_code: str
    phase_no: int
    price_id: PriceId
    quantity: int
    starts_on: date
    ends_on: date | None
    plan_name: str
    unit_num: int
    unit_den: int


class AgreementView(NamedTuple):
    """A text that the payer accepted; only whether an address was given is shown."""

    kind: str
    text_version: str
    language: str | None
    accepted_at: datetime
    channel: str
    has_ip: bool
