"""Quotes: what is due now, what is due next at its own date, phases, add-ons, fees and coupons."""

from dataclasses import replace
from datetime import date

import pytest

from ledgerline.base.calendar import Unit
from ledgerline.catalog.model import PriceMissing, UnknownCoupon, UnknownPlan
from ledgerline.catalog.rows import CouponRow
from ledgerline.customers.model import TrialAlreadyUsed
from ledgerline.rules.quote import Held, Quote, next_charge
from ledgerline.rules.renewal import Renewal
from ledgerline.subscriptions.model import AddOnRefused, PurchaseInProgress, Timing
from tests.unit.pricing.lines import days
from tests.unit.rules.sold import ALWAYS, YEARLY, Sold, sold
from tests.unit.rules.story import Story


def now(quoted: Quote) -> list[tuple[str, str, int]]:
    return [(one.component, one.kind, one.gross_minor) for one in quoted.bill.priced.lines]


def after(quoted: Quote) -> int:
    assert quoted.after is not None
    return quoted.after.bill.gross_minor


def test_the_next_charge_is_taxed_by_its_own_date() -> None:
    story = Story(
        [sold("plan", 1000)],
        behavior="exclusive",
        rates=((ALWAYS, 100_000), (date(2026, 1, 20), 200_000)),
    )

    quoted = story.quote("2026-01-05", "plan")

    assert (quoted.bill.gross_minor, after(quoted)) == (1100, 1200)
    story.buy("2026-01-05", "plan")
    renewal = story.renew("2026-02-05")
    assert isinstance(renewal, Renewal)
    assert renewal.bill.gross_minor == 1200


def test_a_price_with_its_tax_inside_keeps_it_and_the_tax_moves() -> None:
    rates = ((ALWAYS, 190_000), (date(2026, 1, 20), 210_000))
    quoted = Story([sold("plan", 1000)], rates=rates).quote("2026-01-05", "plan")

    assert quoted.after is not None
    assert (after(quoted), quoted.after.bill.priced.tax_minor) == (1000, 174)


def test_an_add_on_and_a_fee_stand_on_the_same_bill() -> None:
    plans = [sold("plan", 1000, fee=250), sold("hifi", 300, product="hifi", goes_with=("plan",))]
    quoted = Story(plans).quote("2026-01-05", "plan", add_ons=["hifi"])

    assert now(quoted) == [
        ("base", "recurring", 1000),
        ("hifi", "recurring", 300),
        ("setup", "fixed", 250),
    ]
    assert after(quoted) == 1300


def test_in_a_trial_everything_is_free_and_the_fee_waits_for_the_first_paid_day() -> None:
    plans = [
        sold("plan", 1000, fee=250, trial_days=14),
        sold("hifi", 300, product="hifi", goes_with=("plan",)),
    ]
    quoted = Story(plans).quote("2026-01-05", "plan", add_ons=["hifi"])

    assert now(quoted) == [("base", "trial", 0), ("hifi", "trial", 0)]
    assert quoted.period == days("2026-01-05", "2026-01-19")
    assert quoted.after is not None
    assert (quoted.after.on, after(quoted)) == (date(2026, 1, 19), 1550)


def test_the_phases_follow_each_other_at_the_prices_of_the_sale() -> None:
    first = ((ALWAYS, 1000), (date(2026, 3, 1), 1400))
    plan = Sold("plan", first, trial_days=7, intro=(2, Unit.MONTH, 400))
    story = Story([plan])
    story.buy("2026-01-03", "plan")

    assert [(i.phase_no, i.starts_on, i.ends_on) for i in story.items] == [
        (1, date(2026, 1, 3), date(2026, 1, 10)),
        (2, date(2026, 1, 10), date(2026, 3, 10)),
        (3, date(2026, 3, 10), None),
    ]
    amounts = []
    for day in ("2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10"):
        renewal = story.renew(day)
        assert isinstance(renewal, Renewal)
        amounts.append(renewal.bill.gross_minor)
    assert amounts == [400, 400, 1000, 1000]


def test_an_introductory_price_may_end_inside_a_period() -> None:
    plan = sold("plan", 36500, cadence=YEARLY, intro=(3, Unit.MONTH, 3650))
    quoted = Story([plan]).quote("2026-01-01", "plan")

    assert [line.gross_minor for line in quoted.bill.priced.lines] == [900, 27500]


def test_a_coupon_of_periods_ends_on_its_date() -> None:
    coupon = CouponRow(
        code="THREE", percent_ppm=500_000, amount_minor=None, currency=None, periods=3
    )
    story = Story([sold("plan", 1000)], coupons=(coupon,))
    quoted = story.buy("2026-01-31", "plan", coupon="THREE")

    [offer] = quoted.projection.offers
    assert (offer.from_on, offer.until_on) == (date(2026, 1, 31), date(2026, 4, 30))
    amounts = [quoted.bill.gross_minor, after(quoted)]
    for day in ("2026-02-28", "2026-03-31", "2026-04-30"):
        renewal = story.renew(day)
        assert isinstance(renewal, Renewal)
        amounts.append(renewal.bill.gross_minor)
    assert amounts == [500, 500, 500, 500, 1000]


def stages(quoted: Quote) -> list[tuple[str, int]]:
    return [(one.on.isoformat(), one.gross_minor) for one in quoted.stages]


def test_it_is_said_from_when_on_what_is_paid() -> None:
    coupon = CouponRow(
        code="THREE", percent_ppm=500_000, amount_minor=None, currency=None, periods=3
    )
    plain = Story([sold("plan", 1000)], coupons=(coupon,))
    assert stages(plain.quote("2026-01-31", "plan")) == [("2026-02-28", 1000)]
    reduced = plain.quote("2026-01-31", "plan", coupon="THREE")
    assert stages(reduced) == [("2026-02-28", 500), ("2026-04-30", 1000)]
    # as the renewals charge it
    plain.buy("2026-01-31", "plan", coupon="THREE")
    for day, minor in (("2026-02-28", 500), ("2026-03-31", 500), ("2026-04-30", 1000)):
        renewal = plain.renew(day)
        assert isinstance(renewal, Renewal)
        assert renewal.bill.gross_minor == minor


def test_a_trial_an_introduction_a_fee_and_a_coupon_follow_each_other() -> None:
    coupon = CouponRow(code="ONE", percent_ppm=None, amount_minor=100, currency="EUR", periods=1)
    plan = Sold("plan", ((ALWAYS, 1000),), trial_days=7, intro=(2, Unit.MONTH, 400), fee=250)
    story = Story([plan], coupons=(coupon,))
    quoted = story.quote("2026-01-03", "plan", coupon="ONE")
    assert stages(quoted) == [("2026-01-10", 550), ("2026-02-10", 400), ("2026-03-10", 1000)]
    assert quoted.after is not None
    assert (quoted.after.on.isoformat(), after(quoted)) == stages(quoted)[0]
    story.buy("2026-01-03", "plan", coupon="ONE")
    for day, minor in (*stages(quoted), ("2026-04-10", 1000)):
        renewal = story.renew(day)
        assert isinstance(renewal, Renewal)
        assert renewal.bill.gross_minor == minor, day


def test_a_coupon_reduces_the_plan_and_not_its_add_ons() -> None:
    coupon = CouponRow(
        code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=None
    )
    plans = [sold("plan", 1000), sold("hifi", 300, product="hifi", goes_with=("plan",))]
    quoted = Story(plans, coupons=(coupon,)).quote(
        "2026-01-05", "plan", add_ons=["hifi"], coupon="HALF"
    )

    assert now(quoted) == [("base", "recurring", 500), ("hifi", "recurring", 300)]


def test_tax_is_rounded_once_for_the_document() -> None:
    """G03, restated: 5 × 0.2 rounded line by line would be 1 for each."""
    plans = [
        sold("plan", 2),
        *(sold(f"a{n}", 2, product=f"a{n}", goes_with=("plan",)) for n in range(4)),
    ]
    story = Story(plans, behavior="exclusive", rates=((ALWAYS, 250_000),))

    quoted = story.quote("2026-01-05", "plan", add_ons=[f"a{n}" for n in range(4)])

    assert quoted.bill.priced.tax_minor == 3
    assert [line.tax_minor for line in quoted.bill.priced.lines] == [1, 1, 1, 0, 0]


def test_credit_is_a_forecast_of_what_pays_first() -> None:
    held = Held(balances=(("acme", "EUR", 300), ("acme", "USD", 99)))
    quoted = Story([sold("plan", 1000)]).quote("2026-01-05", "plan", held=held)

    assert (quoted.credit_used_minor, quoted.due_now_minor) == (300, 700)


def test_what_cannot_be_bought() -> None:
    plans = [
        sold("plan", 1000, trial_days=7),
        sold("other", 900),
        sold("hifi", 300, product="hifi", goes_with=("plan",)),
        Sold("later", ((date(2027, 1, 1), 500),)),
    ]
    story = Story(plans)
    with pytest.raises(UnknownPlan):
        story.quote("2026-01-05", "nothing")
    with pytest.raises(PriceMissing):
        story.quote("2026-01-05", "later")
    with pytest.raises(AddOnRefused, match="bought with another"):
        story.quote("2026-01-05", "hifi")
    with pytest.raises(AddOnRefused, match="does not go"):
        story.quote("2026-01-05", "other", add_ons=["hifi"])
    with pytest.raises(AddOnRefused, match="bought once"):
        story.quote("2026-01-05", "plan", add_ons=["hifi", "hifi"])
    with pytest.raises(UnknownCoupon):
        story.quote("2026-01-05", "plan", coupon="NOPE")
    tried = Held(tried_families=frozenset({"music"}))
    with pytest.raises(TrialAlreadyUsed):
        story.quote("2026-01-05", "plan", held=tried)
    assert story.quote("2026-01-05", "plan", trial=False, held=tried).free is False
    story.buy("2026-01-05", "other")
    with pytest.raises(PurchaseInProgress):
        story.quote("2026-01-05", "plan", held=Held(live=[story.subscription]))


def test_the_next_charge_is_that_of_its_renewal() -> None:
    plans = [sold("plan", 1000), sold("year", 11990, cadence=YEARLY)]
    story = Story(plans)
    story.buy("2026-01-31", "plan")
    plain = next_charge(story.rows, story.book)
    assert plain is not None
    assert (plain.on, plain.bill.gross_minor) == (date(2026, 2, 28), 1000)
    # and with another rhythm that is planned, its first period
    story.change("2026-02-10", "year", timing=Timing.PERIOD_END)
    planned = next_charge(story.rows, story.book)
    assert planned is not None
    [line] = planned.bill.priced.lines
    assert (line.period, line.gross_minor) == (days("2026-02-28", "2027-02-28"), 11990)


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [(date(2026, 2, 28), None), (date(2026, 2, 1), None), (date(2026, 3, 10), 1000)],
)
def test_there_is_no_next_charge_of_what_ends_first(ends_on: date, expected: int | None) -> None:
    story = Story([sold("plan", 1000)])
    story.buy("2026-01-31", "plan")
    found = next_charge(replace(story.rows, ends_on=ends_on), story.book)
    assert (found and found.bill.gross_minor) == expected
