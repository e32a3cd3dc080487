"""What the rows of a subscription promise a reader."""

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

import pytest

from ledgerline.base.ids import Bucket, CustomerId, PriceId, SubscriptionId
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import ItemView, OfferRow, SubscriptionView
from ledgerline.subscriptions.rules.outlook import (
    Course,
    course_of,
    had_until,
    next_charge_at,
    reduced_until,
    service_ends_on,
)

DUE: Final = datetime(2026, 2, 28, 23, tzinfo=UTC)
BOUNDARY: Final = date(2026, 3, 1)
COURSE: Final = Course(
    state="active",
    zone="Europe/Berlin",
    billed_through=BOUNDARY,
    next_bill_at=DUE,
    ends_on=None,
    parked=None,
    ended_at=None,
)
SOME: Final = UUID(int=7)
ROW: Final = SubscriptionView(
    bucket=Bucket(1),
    id=SubscriptionId(SOME),
    customer_id=CustomerId(SOME),
    market_code="DE",
    currency="EUR",
    zone="Europe/Berlin",
    family="music",
    state=SubscriptionState.ACTIVE,
    grid_origin=date(2026, 1, 1),
    grid_day=1,
    cadence_count=1,
    cadence_unit="month",
    billed_through=BOUNDARY,
    next_bill_at=DUE,
    ends_on=None,
    payment_method_id=None,
    customer_version=1,
    external_id=None,
    version=1,
    parked=None,
    created_at=DUE,
    ended_at=None,
    metadata="{}",
    plan_code="small",
    plan_name="Small",
    price_id=PriceId(SOME),
    unit_num=1199,
    unit_den=1,
    tax_behavior="inclusive",
    quantity=1,
)


def test_a_course_is_taken_from_what_is_shown() -> None:
    assert course_of(ROW) == COURSE


@pytest.mark.parametrize(
    ("course", "charged"),
    [
        (COURSE, DUE),
        (COURSE._replace(ends_on=BOUNDARY), None),
        (COURSE._replace(ends_on=date(2026, 3, 2)), DUE),
        (COURSE._replace(parked="price_missing"), None),
        (COURSE._replace(next_bill_at=None), None),
    ],
)
def test_a_charge_comes_unless_service_ends_or_billing_set_it_aside(
    course: Course, charged: datetime | None
) -> None:
    assert next_charge_at(course) == charged


@pytest.mark.parametrize(
    ("ends_on", "ended_at", "end"),
    [
        (None, None, None),
        (BOUNDARY, None, BOUNDARY),
        (BOUNDARY, DUE, BOUNDARY),  # midnight in Berlin
        (BOUNDARY, datetime(2026, 2, 10, 9, tzinfo=UTC), date(2026, 2, 10)),
        (None, datetime(2026, 2, 10, 23, tzinfo=UTC), date(2026, 2, 11)),
    ],
)
def test_an_end_that_came_before_a_planned_one_is_the_end(
    ends_on: date | None, ended_at: datetime | None, end: date | None
) -> None:
    assert service_ends_on(COURSE._replace(ends_on=ends_on, ended_at=ended_at)) == end


def _item(starts_on: date, ends_on: date | None) -> ItemView:
    return ItemView(
        no=1,
        component="base",
        plan_code="small",
        phase_no=1,
        price_id=PriceId(SOME),
        quantity=1,
        starts_on=starts_on,
        ends_on=ends_on,
        plan_name="Small",
        unit_num=1199,
        unit_den=1,
    )


def test_what_is_had_is_cut_where_service_ends() -> None:
    now, then = _item(date(2026, 1, 1), None), _item(BOUNDARY, None)
    early = _item(date(2026, 1, 1), date(2026, 2, 1))
    assert had_until([now, then], end=None) == [now, then]
    assert had_until([now, early, then], end=BOUNDARY) == [now._replace(ends_on=BOUNDARY), early]


def test_what_reduces_is_cut_where_service_ends() -> None:
    now = OfferRow(
        bucket=Bucket(1),
        subscription_id=SubscriptionId(SOME),
        no=1,
        offer_code="HALF",
        component="base",
        from_on=date(2026, 1, 1),
        until_on=None,
        periods=None,
        cadence_count=1,
        cadence_unit="month",
    )
    then = now._replace(from_on=BOUNDARY)
    assert reduced_until([now, then], end=None) == [now, then]
    assert reduced_until([now, then], end=BOUNDARY) == [now._replace(until_on=BOUNDARY)]
