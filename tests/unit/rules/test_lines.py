"""What of a period is billed: pieces in which nothing changes, and the tax of its first day."""

from collections.abc import Sequence
from datetime import date

import pytest

from ledgerline.base.errors import Rejected
from ledgerline.catalog.model import PriceMissing, UnknownCoupon
from ledgerline.catalog.rows import CouponRow
from ledgerline.pricing.model import LineKind
from ledgerline.pricing.tax.rates import TaxRateMissing
from ledgerline.rules.lines import Bill, bill, segments
from ledgerline.subscriptions.rows import ItemRow, OfferRow
from tests.unit.pricing.lines import days
from tests.unit.rules.rows import item, offer
from tests.unit.rules.sold import ALWAYS, YEARLY, Catalog, sold

APRIL = days("2026-04-01", "2026-05-01")
HALF = CouponRow(code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=None)
TEN = CouponRow(code="TEN", percent_ppm=100_000, amount_minor=None, currency=None, periods=None)
PLANS = [
    sold("plan", 3000, fee=250),
    sold("hifi", 300, product="hifi", goes_with=("plan",)),
    sold("year", 11990, cadence=YEARLY),
]
CATALOG = Catalog(PLANS, coupons=(HALF, TEN))


def pieces(
    items: Sequence[ItemRow], offers: Sequence[OfferRow] = ()
) -> list[tuple[int, str, str, tuple[str, ...]]]:
    return [
        (
            one.position,
            one.start.isoformat(),
            one.end.isoformat(),
            tuple(offer.offer_code for offer in one.offers),
        )
        for one in segments(items, offers, APRIL)
    ]


def amounts(billed: Bill) -> list[int]:
    return [line.gross_minor for line in billed.priced.lines]


def test_item_that_goes_on_covers_the_period() -> None:
    assert pieces([item(1, "2026-01-01")]) == [(0, "2026-04-01", "2026-05-01", ())]


def test_base_comes_first_and_the_others_as_they_came() -> None:
    items = [
        item(1, "2026-01-01", component="hifi", plan="hifi"),
        item(2, "2026-01-01", component="lyrics", plan="hifi"),
        item(3, "2026-01-01"),
    ]
    assert [one[0] for one in pieces(items)] == [2, 0, 1]


def test_item_is_cut_where_it_begins_and_ends() -> None:
    items = [item(1, "2026-01-01", "2026-04-11"), item(2, "2026-04-11", "2026-06-01")]
    assert pieces(items) == [
        (0, "2026-04-01", "2026-04-11", ()),
        (1, "2026-04-11", "2026-05-01", ()),
    ]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-04-10", "2026-04-10"),  # of no day
        ("2026-01-01", "2026-04-01"),  # over when the period begins
        ("2026-05-01", None),  # begins after it
    ],
)
def test_what_has_no_day_in_the_period_is_passed_over(start: str, end: str | None) -> None:
    assert pieces([item(1, start, end)]) == []


def test_offer_cuts_where_it_begins_and_ends() -> None:
    offers = [
        offer(1, "HALF", "2026-01-01", "2026-04-16"),
        offer(2, "TEN", "2026-04-06"),
        offer(3, "OVER", "2026-01-01", "2026-04-01"),
        offer(4, "LATER", "2026-05-01"),
    ]
    assert pieces([item(1, "2026-01-01")], offers) == [
        (0, "2026-04-01", "2026-04-06", ("HALF",)),
        (0, "2026-04-06", "2026-04-16", ("HALF", "TEN")),
        (0, "2026-04-16", "2026-05-01", ("TEN",)),
    ]


def test_offer_cuts_no_other_component() -> None:
    items = [item(1, "2026-01-01"), item(2, "2026-01-01", component="hifi", plan="hifi")]
    assert pieces(items, [offer(1, "HALF", "2026-04-16", on="hifi")]) == [
        (0, "2026-04-01", "2026-05-01", ()),
        (1, "2026-04-01", "2026-04-16", ()),
        (1, "2026-04-16", "2026-05-01", ("HALF",)),
    ]


def test_pieces_of_a_period_sum_to_its_price() -> None:
    items = [
        item(1, "2026-01-01", "2026-04-11"),
        item(2, "2026-04-11", quantity=2),
        item(3, "2026-01-01", component="hifi", plan="hifi"),
    ]
    done = bill(items, (), period=APRIL, grid=APRIL, book=CATALOG.book)
    assert amounts(done) == [1000, 4000, 300]
    assert done.positions == (0, 1, 2)
    assert done.gross_minor == 5300


def test_each_side_of_an_offers_end_has_its_own_amount_of_the_whole_period() -> None:
    year = days("2026-03-01", "2027-03-01")
    done = bill(
        [item(1, "2026-03-01", plan="year")],
        [offer(1, "HALF", "2026-03-01", "2026-06-01")],
        period=year,
        grid=year,
        book=CATALOG.book,
    )
    assert [line.grid_minor for line in done.priced.lines] == [5995, 11990]
    assert amounts(done) == [1511, 8968]
    assert done.positions == (0, 0)


def test_offers_that_overlap_reduce_one_after_the_other() -> None:
    offers = [offer(1, "HALF", "2026-01-01"), offer(2, "TEN", "2026-01-01")]
    done = bill([item(1, "2026-01-01")], offers, period=APRIL, grid=APRIL, book=CATALOG.book)
    assert amounts(done) == [1350]


def test_part_of_a_period_costs_its_days() -> None:
    rest = days("2026-04-16", "2026-05-01")
    done = bill([item(1, "2026-04-16")], (), period=rest, grid=APRIL, book=CATALOG.book)
    assert amounts(done) == [1500]
    assert done.priced.lines[0].grid == APRIL


def test_fee_is_charged_whole_on_its_day() -> None:
    rest = days("2026-04-16", "2026-05-01")
    items = [item(1, "2026-04-16"), item(2, "2026-04-16", "2026-04-17", component="setup")]
    done = bill(items, (), period=rest, grid=APRIL, book=CATALOG.book)
    fee = done.priced.lines[1]
    assert (fee.kind, fee.gross_minor) == (LineKind.FIXED, 250)
    assert fee.period == fee.grid == days("2026-04-16", "2026-04-17")


def test_free_time_is_billed_at_nothing() -> None:
    week = days("2026-04-01", "2026-04-08")
    items = [item(1, "2026-04-01"), item(2, "2026-04-01", component="hifi", plan="hifi")]
    done = bill(items, (), period=week, grid=week, book=CATALOG.book, free=True)
    assert [line.kind for line in done.priced.lines] == [LineKind.TRIAL, LineKind.TRIAL]
    assert amounts(done) == [0, 0]


def test_tax_of_every_piece_is_that_of_the_first_day() -> None:
    rates = ((ALWAYS, 100_000), (date(2026, 4, 11), 200_000))
    book = Catalog(PLANS, behavior="exclusive", rates=rates).book
    items = [item(1, "2026-01-01", "2026-04-16"), item(2, "2026-04-16", quantity=2)]
    done = bill(items, (), period=APRIL, grid=APRIL, book=book)
    assert [line.terms.tax_rate_ppm for line in done.priced.lines] == [100_000, 100_000]
    assert amounts(done) == [1650, 3300]


def test_period_without_items_claims_nothing() -> None:
    done = bill([], (), period=APRIL, grid=APRIL, book=CATALOG.book)
    assert (done.positions, done.gross_minor) == ((), 0)


@pytest.mark.parametrize(
    ("_case", "plan", "code", "start", "expected"),
    [
        ("no price", "other", "HALF", "2026-04-01", PriceMissing),
        ("no coupon", "plan", "NOPE", "2026-04-01", UnknownCoupon),
        ("no rate", "plan", "HALF", "1999-04-01", TaxRateMissing),
    ],
)
def test_what_cannot_be_looked_up_is_refused(
    _case: str, plan: str, code: str, start: str, expected: type[Rejected]
) -> None:
    period = days(start, "2026-05-01")
    one, half = item(1, start, plan=plan), offer(1, code, start)
    with pytest.raises(expected):
        bill([one], [half], period=period, grid=period, book=CATALOG.book)
