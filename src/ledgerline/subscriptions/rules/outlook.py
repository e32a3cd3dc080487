"""What the rows of a subscription promise a reader: its next charge, its end, what it has until."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.calendar import local_date
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import ItemView, OfferRow, SubscriptionView


class Course(NamedTuple):
    """Where a subscription stands between what is billed and its end."""

    state: str
    zone: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    parked: str | None
    ended_at: datetime | None


def course_of(row: SubscriptionView) -> Course:
    """Take what matters of a subscription as it is shown."""
    return Course(
        state=row.state,
        zone=row.zone,
        billed_through=row.billed_through,
        next_bill_at=row.next_bill_at,
        ends_on=row.ends_on,
        parked=row.parked,
        ended_at=row.ended_at,
    )


def next_charge_at(course: Course) -> datetime | None:
    """Return when the period after what is billed will be charged; None when none will be.

    Nothing is once service ends no later than what is billed, while it is paused, and while billing
    has set the subscription aside.
    """
    ends_on = course.ends_on
    if course.state == SubscriptionState.PAUSED or course.parked is not None:
        return None
    if ends_on is not None and ends_on <= course.billed_through:
        return None
    return course.next_bill_at


def service_ends_on(course: Course) -> date | None:
    """Return the first day that is without service, planned or past; None when no end is known.

    An end that came before a planned one is the end.
    """
    if course.ended_at is None:
        return course.ends_on
    return local_date(course.ended_at, course.zone)


def had_until(items: Sequence[ItemView], *, end: date | None) -> list[ItemView]:
    """Cut what is had, or will be, where service ends; what would begin then never does."""
    if end is None:
        return list(items)
    return [
        item._replace(ends_on=end if item.ends_on is None else min(item.ends_on, end))
        for item in items
        if item.starts_on < end
    ]


def reduced_until(offers: Sequence[OfferRow], *, end: date | None) -> list[OfferRow]:
    """Cut what reduces where service ends, in the same way."""
    if end is None:
        return list(offers)
    return [
        offer._replace(until_on=end if offer.until_on is None else min(offer.until_on, end))
        for offer in offers
        if offer.from_on < end
    ]
