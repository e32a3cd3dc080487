"""Renewals are decided once for all that are billed alike: what makes them alike, and what not."""

from collections.abc import Sequence
from datetime import date

import pytest

from ledgerline.base.calendar import Period
from ledgerline.rules.renewal import (
    NothingInForce,
    Renewal,
    alike,
    base_on,
    next_period,
    relevant,
    renew,
    taken_over,
)
from ledgerline.rules.timeline import Clock, Delta, Entry
from ledgerline.subscriptions.model import LogKind, Timing
from ledgerline.subscriptions.rows import ItemRow, SubscriptionRow
from tests.unit.pricing.lines import days
from tests.unit.rules.rows import item, offer
from tests.unit.rules.sold import QUARTERLY, YEARLY, sold
from tests.unit.rules.story import Story, at

PLANS = [
    sold("plan", 1000),
    sold("other", 900),
    sold("quarter", 2700, cadence=QUARTERLY),
    sold("year", 11990, cadence=YEARLY),
    sold("hifi", 300, product="hifi", goes_with=("plan",)),
]
BOOK = Story(PLANS).book


def bought(day: str, plan: str = "plan") -> SubscriptionRow:
    """Buy a plan and have it billed once."""
    story = Story(PLANS)
    story.buy(day, plan)
    return story.subscription


JANUARY_31 = bought("2026-01-31")
BASE = item(1, "2026-01-31")


def test_next_period_is_counted_from_the_anchor() -> None:
    assert next_period(JANUARY_31, [BASE], BOOK) == days("2026-02-28", "2026-03-31")


def test_next_period_of_another_rhythm_begins_where_billed_time_ends() -> None:
    waiting = [item(1, "2026-01-31", "2026-02-28"), item(2, "2026-02-28", plan="quarter")]
    assert next_period(JANUARY_31, waiting, BOOK) == days("2026-02-28", "2026-05-28")


@pytest.mark.parametrize(
    "items",
    [
        [],
        [item(1, "2026-01-31", "2026-02-28")],
        [item(1, "2026-01-31", component="hifi", plan="hifi")],
        [item(1, "2026-01-31", plan="unknown")],
    ],
)
def test_without_a_base_in_force_there_is_no_next_period(items: Sequence[ItemRow]) -> None:
    assert next_period(JANUARY_31, items, BOOK) is None
    assert relevant(JANUARY_31, items, BOOK) == items
    assert alike(JANUARY_31, items, (), BOOK)[0] == "nothing"


def test_relevant_is_what_the_next_period_bills_the_base_first() -> None:
    items = [
        item(1, "2026-01-31", "2026-02-28"),
        item(2, "2026-01-31", component="lyrics", plan="hifi"),
        item(3, "2026-01-31", component="hifi", plan="hifi"),
        item(4, "2026-03-31", plan="other"),
        item(6, "2026-03-15", "2026-03-31", plan="other"),
        item(5, "2026-02-28", "2026-03-15"),
    ]
    assert [one.no for one in relevant(JANUARY_31, items, BOOK)] == [5, 6, 3, 2]
    assert relevant(JANUARY_31, [BASE], BOOK) == [BASE]


def test_when_something_began_makes_no_group() -> None:
    # given two who came in different months and years, with an offer that began at other times
    one, other = (
        bought("2026-03-15"),
        bought("2025-12-15")._replace(billed_through=date(2026, 4, 15)),
    )
    key = alike(one, [item(1, "2026-03-15")], [offer(1, "HALF", "2026-03-15")], BOOK)
    assert key == alike(other, [item(4, "2025-12-15")], [offer(2, "HALF", "2026-01-15")], BOOK)
    # and items that end after the period, or never
    ends = [item(4, "2025-12-15", "2026-06-15")]
    assert key == alike(other, ends, [offer(2, "HALF", "2026-01-15", "2026-05-15")], BOOK)
    # and an offer that only begins after it
    later = [offer(1, "HALF", "2026-03-15"), offer(2, "TEN", "2026-05-15")]
    assert key == alike(one, [item(1, "2026-03-15")], later, BOOK)


@pytest.mark.parametrize(
    ("_case", "row", "items", "codes"),
    [
        ("seller", JANUARY_31._replace(seller_code="other"), [BASE], ["HALF"]),
        ("market", JANUARY_31._replace(market_code="YY"), [BASE], ["HALF"]),
        ("currency", JANUARY_31._replace(currency="USD"), [BASE], ["HALF"]),
        ("zone", JANUARY_31._replace(zone="Asia/Tokyo"), [BASE], ["HALF"]),
        ("family", JANUARY_31._replace(family="video"), [BASE], ["HALF"]),
        ("end", JANUARY_31._replace(ends_on=date(2026, 3, 5)), [BASE], ["HALF"]),
        ("day of the month", JANUARY_31._replace(grid_day=30), [BASE], ["HALF"]),
        ("period", JANUARY_31._replace(billed_through=date(2026, 3, 31)), [BASE], ["HALF"]),
        ("quantity", JANUARY_31, [item(1, "2026-01-31", quantity=2)], ["HALF"]),
        ("price", JANUARY_31, [item(1, "2026-01-31", plan="other")], ["HALF"]),
        ("item that ends", JANUARY_31, [item(1, "2026-01-31", "2026-03-15")], ["HALF"]),
        (
            "another item",
            JANUARY_31,
            [BASE, item(2, "2026-02-28", component="hifi", plan="hifi")],
            ["HALF"],
        ),
        ("offer", JANUARY_31, [BASE], ["TEN"]),
        ("two offers", JANUARY_31, [BASE], ["HALF", "TEN"]),
        ("no offer", JANUARY_31, [BASE], []),
    ],
)
def test_what_is_billed_otherwise_is_another_group(
    _case: str, row: SubscriptionRow, items: list[ItemRow], codes: list[str]
) -> None:
    held = alike(JANUARY_31, [BASE], [offer(1, "HALF", "2026-01-31")], BOOK)
    offers = [offer(n, code, "2026-01-31") for n, code in enumerate(codes, 1)]
    assert alike(row, items, offers, BOOK) != held


def test_offer_that_ends_in_the_period_is_another_group() -> None:
    whole = alike(JANUARY_31, [BASE], [offer(1, "HALF", "2026-01-31")], BOOK)
    for start, end in (("2026-01-31", "2026-03-15"), ("2026-03-15", None)):
        assert alike(JANUARY_31, [BASE], [offer(1, "HALF", start, end)], BOOK) != whole


def test_who_takes_up_another_rhythm_is_not_alike_to_who_has_it() -> None:
    # given one who changes from months to years today, and one who has had years of these dates
    story = Story(PLANS)
    story.buy("2026-02-01", "plan")
    story.change("2026-02-10", "year", timing=Timing.PERIOD_END)
    taking = story.subscription
    held = bought("2025-03-01", "year")
    items = ([*story.items[1:]], [item(1, "2025-03-01", plan="year")])
    found = [
        renew(row, of_row, (), BOOK, now=at("2026-03-01"))
        for row, of_row in zip((taking, held), items, strict=True)
    ]
    assert [isinstance(one, Renewal) and one.takes_over for one in found] == [True, False]
    # then one decision does not serve both
    assert alike(taking, items[0], (), BOOK) != alike(held, items[1], (), BOOK)


def test_another_rhythm_is_a_fact_that_sets_the_clock_and_no_terms() -> None:
    story = Story(PLANS)
    story.buy("2026-01-31", "plan")
    story.change("2026-02-10", "quarter", timing=Timing.PERIOD_END)
    row = story.subscription
    renewal = renew(row, story.items[1:], (), BOOK, now=at("2026-02-28"))
    assert isinstance(renewal, Renewal)
    assert renewal.takes_over
    assert renewal.grid.period(0) == Period(date(2026, 2, 28), date(2026, 5, 28))
    assert taken_over(row, renewal) == Entry(
        seq=row.log_seq + 1,
        kind=LogKind.PLAN_CHANGED,
        effective=date(2026, 2, 28),
        delta=Delta(clock=Clock(renewal.grid, date(2026, 2, 28))),
    )


def test_base_of_a_day_is_the_one_in_force() -> None:
    items = [
        item(2, "2026-01-31", component="hifi", plan="hifi"),
        item(1, "2026-01-31", "2026-02-28"),
        item(3, "2026-02-28", "2026-02-28", plan="other"),
        item(4, "2026-02-28", plan="quarter"),
    ]
    assert base_on(items, date(2026, 2, 27)).no == 1
    assert base_on(items, date(2026, 2, 28)).no == 4
    with pytest.raises(NothingInForce) as refusal:
        base_on(items, date(2026, 1, 30))
    assert refusal.value.facts == {"on": "2026-01-30"}


def test_an_offer_of_another_cadence_is_converted_from_its_start_so_that_tells_apart() -> None:
    monthly = [offer(1, "TEN", start) for start in ("2025-11-30", "2025-12-31")]
    keys = {alike(JANUARY_31, [BASE], [one], BOOK) for one in monthly}
    assert len(keys) == 1
    yearly = [offer(1, "TEN", start, per=YEARLY) for start in ("2025-11-30", "2025-12-31")]
    keys |= {alike(JANUARY_31, [BASE], [one], BOOK) for one in yearly}
    assert len(keys) == 3


def test_who_is_billed_to_another_day_of_the_same_period_is_not_alike() -> None:
    # an end inside the period was withdrawn: the rest of the period is still to be billed
    rest = JANUARY_31._replace(billed_through=date(2026, 3, 10))
    assert next_period(rest, [BASE], BOOK) == next_period(JANUARY_31, [BASE], BOOK)
    assert alike(rest, [BASE], (), BOOK) != alike(JANUARY_31, [BASE], (), BOOK)
