"""What the portal says of subscriptions, invoices and cards, written in one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from ledgerline.base.calendar import local_date
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.flows.carry_out_change import Proposed
from ledgerline.invoicing.rows.shown import InvoiceView
from ledgerline.payments.rows.shown import PaymentMethodView
from ledgerline.pricing.model import PricedLine
from ledgerline.rules.charged import Credited
from ledgerline.storefront.portal.reading import Planned
from ledgerline.storefront.shown import ShownLine, Writer, card_name
from ledgerline.subscriptions.model import LogKind, SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.subscriptions.rules import outlook


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPlan:
    """A subscription in words; ``note`` names the status, ``tone`` its colour.

    A trial has no ``price``: what it costs is nothing, and what follows is the next payment.
    """

    id: str
    name: str
    note: str
    tone: str
    price: Markup | None
    count: int
    unit: str
    until: Markup | None
    next_on: Markup | None
    next_amount: Markup | None
    method: "ShownCard | None"
    change_to: str | None = None
    change_on: Markup | None = None
    undo: dict[str, str] | None = None
    withdraws: bool = False
    pauses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """A payment method as people know it."""

    id: str
    name: str
    until: str | None
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDue:
    """An invoice that is open; ``again_on`` is when it is tried without the customer."""

    id: str
    amount: Markup
    on: Markup
    again_on: Markup | None


def plan_of(
    writer: Writer,
    row: SubscriptionView,
    *,
    next_minor: int | None,
    method: PaymentMethodView | None,
    standing: Sequence[Planned],
) -> ShownPlan:
    """Write a subscription."""
    course = outlook.course_of(row)
    at = outlook.next_charge_at(course)
    ends = outlook.service_ends_on(course)
    note, tone = _note(row)
    until = ends if ends is not None else row.billed_through
    change = next((one for one in standing if one.entry.kind == LogKind.CHANGE_SCHEDULED), None)
    return ShownPlan(
        id=encode(PREFIXES["subscription"], row.id),
        name=row.plan_name if row.quantity == 1 else f"{row.plan_name} × {row.quantity}",
        note=note,
        tone=tone,
        price=price_of(writer, row),
        count=row.cadence_count,
        unit=row.cadence_unit,
        until=writer.day(until) if note in {"ends", "paused", "trial"} else None,
        next_on=None if at is None else writer.day(day_of(at, row.zone)),
        next_amount=None if next_minor is None else writer.money(next_minor, row.currency),
        method=None if method is None else card_of(method),
        change_to=None if change is None or note == "ends" else change.plan_name,
        change_on=None if change is None else writer.day(change.entry.effective),
    )


def price_of(writer: Writer, row: SubscriptionView) -> Markup | None:
    """Write what a subscription costs a period, as it was agreed; nothing for a trial."""
    if row.state == SubscriptionState.TRIALING:
        return None
    return writer.price(row.unit_num * row.quantity, row.unit_den, row.currency)


def card_of(row: PaymentMethodView, *, is_default: bool = False) -> ShownCard:
    """Write a payment method."""
    until = None if row.expires_on is None else f"{row.expires_on:%m/%y}"
    return ShownCard(
        id=encode(PREFIXES["payment_method"], row.id),
        name=card_name(row),
        until=until,
        is_default=is_default,
    )


def due_of(writer: Writer, row: InvoiceView, *, again_on: date | None) -> ShownDue:
    """Write an open invoice: what is left of it after credit."""
    return ShownDue(
        id=encode(PREFIXES["invoice"], row.id),
        amount=writer.money(row.total_minor - row.credit_used_minor, row.currency),
        on=writer.day(row.issued_on),
        again_on=None if again_on is None else writer.day(again_on),
    )


def given_back(writer: Writer, one: Credited, currency: str) -> ShownLine:
    """Write what is given back of a line, with minus; it is called by the page."""
    credit = one.credit
    return ShownLine(
        text="",
        note=writer.language.locality.span(credit.start, credit.end),
        amount=writer.money(-credit.gross_minor, currency),
    )


def bill_of(writer: Writer, proposed: Proposed) -> dict[str, object]:
    """Write what a change costs, line by line, and what follows it."""
    proposal = proposed.proposal
    currency, following, due = proposal.price.currency, proposal.next, proposed.due_minor
    left = proposed.balance_minor + proposal.credited_minor + due - proposal.charged_minor
    used = proposal.charged_minor - proposal.credited_minor - due
    return {
        "lines": [
            *(given_back(writer, one, currency) for one in proposal.credits),
            *(charged(writer, one) for one in proposal.bill.priced.lines),
        ],
        "on": writer.day(proposal.entry.effective),
        "waits": not proposal.bill.positions,
        "due": writer.money(due, currency), "due_minor": due,
        "used": writer.money(-used, currency) if used > 0 else None,
        "left": writer.money(left, currency) if left > 0 else None,
        "next_on": None if following is None else writer.day(following.on),
        "next_amount": None
        if following is None
        else writer.money(following.bill.gross_minor, currency),
    }  # fmt: skip


def charged(writer: Writer, line: PricedLine) -> ShownLine:
    """Write what is charged, with its tax."""
    return ShownLine(
        text=line.terms.plan_name,
        note=writer.language.locality.span(line.period.start, line.period.end),
        amount=writer.money(line.gross_minor, line.terms.currency),
    )


def day_of(at: datetime, zone: str) -> date:
    """Return the day that an instant is for a customer."""
    return local_date(at, zone)


def _note(row: SubscriptionView) -> tuple[str, str]:
    if row.state == SubscriptionState.PAST_DUE:
        return "past_due", "warn"
    if row.state == SubscriptionState.PAUSED:
        return "paused", "warn"
    if row.ends_on is not None:
        return "ends", "warn"
    if row.state == SubscriptionState.TRIALING:
        return "trial", "accent"
    return "active", "good"
