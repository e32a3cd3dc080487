"""Changes where a fee or an amount off is at hand."""

from ledgerline.catalog.rows import CouponRow
from ledgerline.rules.renewal import Renewal
from tests.unit.rules.sold import sold
from tests.unit.rules.story import Story


def test_in_a_trial_the_fee_goes_with_what_is_replaced() -> None:
    plans = [
        sold("full", 1199, trial_days=14, fee=250),
        sold("other", 700),
        sold("hifi", 300, product="hifi", goes_with=("full",), fee=90),
    ]
    story = Story(plans)
    story.buy("2026-01-05", "full", add_ons=["hifi"])
    story.change("2026-01-08", "other")

    renewal = story.renew("2026-01-19")

    assert isinstance(renewal, Renewal)
    assert [line.gross_minor for line in renewal.bill.priced.lines] == [700]


def test_a_fee_of_today_is_billed_and_stays() -> None:
    story = Story([sold("full", 1199, fee=250), sold("other", 700)])
    story.buy("2026-01-05", "full")
    story.change("2026-01-05", "other")

    fees = [item for item in story.rows.items if item.component == "setup"]
    assert [(str(item.starts_on), str(item.ends_on)) for item in fees] == [
        ("2026-01-05", "2026-01-06")
    ]


def test_an_amount_comes_off_once_a_period_however_many_units_are_added() -> None:
    two_off = CouponRow(
        code="TWO", percent_ppm=None, amount_minor=200, currency="EUR", periods=None
    )
    half = CouponRow(code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=3)
    story = Story([sold("seat", 1199)], coupons=(two_off, half))
    story.buy("2026-01-01", "seat", coupon="TWO")
    assert story.propose("2026-01-16", quantity=2).charged_minor == 619

    story = Story([sold("seat", 1199)], coupons=(two_off, half))
    story.buy("2026-01-01", "seat", coupon="HALF")
    assert story.propose("2026-01-16", quantity=2).charged_minor == 309
