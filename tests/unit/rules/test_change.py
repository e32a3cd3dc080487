"""Changes of plan and quantity: credits, charges and what comes next, to the minor unit."""

from datetime import date

import pytest

from ledgerline.base.calendar import Period, Unit
from ledgerline.catalog.rows import CouponRow
from ledgerline.rules.change import Proposal
from ledgerline.rules.renewal import Renewal
from ledgerline.subscriptions.model import (
    ChangeRefused,
    NothingToChange,
    NothingToUndo,
    SettleFirst,
    SubscriptionState,
    Timing,
)
from tests.unit.pricing.lines import days
from tests.unit.rules.sold import ALWAYS, QUARTERLY, YEARLY, Sold, sold
from tests.unit.rules.story import Story


def given_back(proposal: Proposal) -> list[int]:
    return [one.credit.gross_minor for one in proposal.credits]


def lines(proposal: Proposal) -> list[tuple[Period, int]]:
    return [(line.period, line.gross_minor) for line in proposal.bill.priced.lines]


def test_a_refund_lowers_what_a_later_change_gives_back() -> None:
    story = Story([sold("basic", 3100), sold("more", 6200)])
    story.buy("2026-01-01", "basic")
    story.refund("2026-01-10", 1500)

    proposal = story.propose("2026-01-16", "more")

    assert given_back(proposal) == [826]
    assert lines(proposal) == [(days("2026-01-16", "2026-02-01"), 3200)]
    assert proposal.due_minor(0) == 2374


def test_a_refund_of_a_year_lowers_the_credit_by_its_share() -> None:
    story = Story([sold("year", 11990, cadence=YEARLY), sold("family", 19990, cadence=YEARLY)])
    story.buy("2026-01-01", "year")
    story.refund("2026-02-10", 1000)

    assert given_back(story.propose("2026-03-15", "family")) == [8792]


def test_goodwill_takes_its_share_of_the_unused_days() -> None:
    """C01."""
    story = Story([sold("big", 24995), sold("small", 995)])
    story.buy("2012-05-01", "big")
    story.refund("2012-05-01", 1000)

    proposal = story.propose("2012-05-02", "small")

    assert (given_back(proposal), proposal.charged_minor) == ([23221], 963)


@pytest.mark.parametrize(
    ("plan", "other", "bought", "on", "credit", "charge"),
    [
        pytest.param(11900, 17900, "2026-04-01", "2026-04-11", 7933, 11933, id="B09"),
        pytest.param(1000, 2000, "2024-03-01", "2024-03-15", 548, 1097, id="B12"),
        pytest.param(995, 24995, "2012-05-01", "2012-05-02", 963, 24189, id="C01-turned"),
    ],
)
def test_the_days_left_are_given_back_and_charged(
    plan: int, other: int, bought: str, on: str, credit: int, charge: int
) -> None:
    story = Story([sold("plan", plan), sold("other", other)])
    story.buy(bought, "plan")

    proposal = story.propose(on, "other")

    assert (given_back(proposal), proposal.charged_minor) == ([credit], charge)


def test_the_same_cadence_keeps_the_grid() -> None:
    """C17."""
    story = Story([sold("year", 9900, cadence=YEARLY), sold("more", 14900, cadence=YEARLY)])
    story.buy("2026-01-01", "year")

    proposal = story.change("2026-03-15", "more")

    assert (given_back(proposal), proposal.charged_minor) == ([7920], 11920)
    assert story.subscription.billed_through == date(2027, 1, 1)


def test_another_cadence_begins_today() -> None:
    """B11."""
    story = Story([sold("month", 1099), sold("year", 9900, cadence=YEARLY)])
    story.buy("2026-06-01", "month")

    proposal = story.change("2026-06-16", "year")

    assert given_back(proposal) == [550]
    assert lines(proposal) == [(days("2026-06-16", "2027-06-16"), 9900)]
    assert story.subscription.billed_through == date(2027, 6, 16)
    assert story.subscription.grid_day == 16


def test_two_changes_on_one_day_each_give_back_what_they_find() -> None:
    """C11, without calendar alignment."""
    story = Story(
        [sold("a", 3100), sold("b", 6200), sold("c", 9300)],
        behavior="exclusive",
        rates=((ALWAYS, 250_000),),
    )
    story.buy("2026-01-01", "a")

    first, second = story.change("2026-01-16", "b"), story.change("2026-01-16", "c")

    assert (given_back(first), first.charged_minor) == ([2000], 4000)
    assert (given_back(second), second.charged_minor) == ([4000], 6000)
    assert [(i.plan_code, i.starts_on, i.ends_on) for i in story.items] == [
        ("a", date(2026, 1, 1), date(2026, 1, 16)),
        ("b", date(2026, 1, 16), date(2026, 1, 16)),
        ("c", date(2026, 1, 16), None),
    ]


def test_the_way_back_from_a_planned_change_keeps_the_held_price() -> None:
    plans = [
        Sold("full", ((ALWAYS, 1199), (date(2026, 8, 5), 1299))),
        sold("student", 599),
    ]
    story = Story(plans)
    story.buy("2026-08-01", "full", trial=False)
    story.change("2026-08-10", "student", timing=Timing.PERIOD_END)
    assert story.rows.items[-1].plan_code == "student"

    back = story.change("2026-08-10", "full", timing=Timing.NOW)

    assert (given_back(back), back.charged_minor, back.due_minor(0)) == ([], 0, 0)
    assert back.next is not None
    assert back.next.bill.gross_minor == 1199
    renewal = story.renew("2026-09-01")
    assert isinstance(renewal, Renewal)
    assert renewal.bill.gross_minor == 1199


def test_in_a_trial_the_way_back_keeps_the_held_price_as_well() -> None:
    plans = [
        Sold("full", ((ALWAYS, 1199), (date(2026, 8, 5), 1299)), trial_days=30),
        sold("student", 599),
    ]
    story = Story(plans)
    story.buy("2026-08-01", "full")
    story.change("2026-08-10", "student")
    assert story.subscription.state == SubscriptionState.TRIALING

    back = story.change("2026-08-10", "full")

    assert (back.charged_minor, back.entry.kind) == (0, "undone")
    renewal = story.renew("2026-08-31")
    assert isinstance(renewal, Renewal)
    assert renewal.bill.gross_minor == 1199


def test_undo_opens_again_what_a_planned_change_had_closed() -> None:
    story = Story([sold("full", 1199), sold("student", 599)])
    story.buy("2026-08-01", "full")
    story.change("2026-08-10", "student", timing=Timing.PERIOD_END)

    done = story.undo("2026-08-20")

    assert [(i.no, i.plan_code, i.starts_on, i.ends_on) for i in done.after.items] == [
        (1, "full", date(2026, 8, 1), date(2026, 9, 1)),
        (2, "student", date(2026, 9, 1), date(2026, 9, 1)),
        (3, "full", date(2026, 9, 1), None),
    ]
    with pytest.raises(NothingToUndo):
        story.undo("2026-08-20")


def test_what_has_taken_effect_is_not_undone() -> None:
    story = Story([sold("full", 1199), sold("student", 599)])
    story.buy("2026-08-01", "full")
    story.change("2026-08-10", "student", timing=Timing.PERIOD_END)

    with pytest.raises(NothingToUndo):
        story.undo("2026-09-01")


def test_a_cancellation_that_waits_is_withdrawn() -> None:
    """L04."""
    story = Story([sold("full", 1199, trial_days=7)])
    story.buy("2026-08-01", "full")
    waiting = story.cancel("2026-08-03", Timing.PERIOD_END)
    assert waiting.ends_on == story.rows.ends_on == date(2026, 8, 8)

    done = story.undo("2026-08-05")

    assert (done.after.ends_on, story.subscription.ends_on) == (None, None)
    renewal = story.renew("2026-08-08")
    assert isinstance(renewal, Renewal)
    assert renewal.bill.gross_minor == 1199


def test_the_newest_intention_is_undone_first_or_the_one_that_is_named() -> None:
    story = Story([sold("full", 1199), sold("student", 599)])
    story.buy("2026-08-01", "full")
    story.change("2026-08-10", "student", timing=Timing.PERIOD_END)
    story.cancel("2026-08-11", Timing.PERIOD_END)

    assert story.undo("2026-08-12").intention.kind == "cancel_scheduled"
    assert [one.kind for one in story.intentions()] == ["change_scheduled"]
    assert story.undo("2026-08-12", 3).intention.kind == "change_scheduled"


def test_a_planned_change_of_cadence_takes_over_at_the_boundary() -> None:
    story = Story([sold("month", 1099), sold("quarter", 2999, cadence=QUARTERLY)])
    story.buy("2026-01-31", "month")
    story.change("2026-02-10", "quarter", timing=Timing.PERIOD_END)

    renewal = story.renew("2026-02-28")

    assert isinstance(renewal, Renewal)
    assert renewal.takes_over
    assert renewal.period == days("2026-02-28", "2026-05-28")
    assert renewal.bill.gross_minor == 2999


def test_more_seats_are_charged_for_the_days_left_at_the_held_price() -> None:
    """D03 with the price of 2026-09-15 on sale, D06."""
    story = Story([Sold("seat", ((ALWAYS, 1200), (date(2026, 9, 15), 1500)))])
    story.buy("2026-09-01", "seat", quantity=4)

    proposal = story.change("2026-09-19", quantity=6)

    assert given_back(proposal) == []
    assert [(line.terms.quantity, line.gross_minor) for line in proposal.bill.priced.lines] == [
        (2, 960)
    ]
    renewal = story.renew("2026-10-01")
    assert isinstance(renewal, Renewal)
    assert renewal.bill.gross_minor == 7200


def test_fewer_seats_are_given_back_newest_line_first() -> None:
    """D05, then D06."""
    story = Story([sold("seat", 1200)])
    story.buy("2026-09-01", "seat", quantity=8)
    assert given_back(story.propose("2026-09-21", quantity=5)) == [1200]

    story = Story([sold("seat", 1200)])
    story.buy("2026-09-01", "seat", quantity=5)
    charges = [
        story.change("2026-09-11", quantity=8).charged_minor,
        story.change("2026-09-11", quantity=10).charged_minor,
    ]
    assert charges == [2400, 1600]
    assert given_back(story.propose("2026-09-21", quantity=7)) == [800, 400]
    done = story.cancel("2026-09-21")
    assert [one.credit.gross_minor for one in done.credits] == [2000, 1200, 800]


def test_a_later_quantity_replaces_the_one_that_waits() -> None:
    story = Story([sold("seat", 1000)])
    story.buy("2026-09-01", "seat", quantity=4)
    story.change("2026-09-05", quantity=2, timing=Timing.PERIOD_END)
    story.change("2026-09-06", quantity=6)

    renewal = story.renew("2026-10-01")

    assert isinstance(renewal, Renewal)
    assert renewal.bill.gross_minor == 6000


def test_a_quantity_changed_now_reaches_the_plan_that_waits() -> None:
    story = Story([sold("seat", 1000), sold("other", 700)])
    story.buy("2026-09-01", "seat", quantity=2)
    story.change("2026-09-05", "other", timing=Timing.PERIOD_END)
    story.change("2026-09-06", quantity=5)

    renewal = story.renew("2026-10-01")

    assert isinstance(renewal, Renewal)
    assert renewal.bill.gross_minor == 3500


def test_add_ons_stay_become_their_sibling_or_end() -> None:
    plans = [
        sold("month", 1000),
        sold("pro", 2000),
        sold("year", 12000, cadence=YEARLY),
        sold("hifi_month", 500, product="hifi", goes_with=("month",)),
        sold("hifi_year", 5000, cadence=YEARLY, product="hifi", goes_with=("year",)),
        sold("lyrics", 300, product="lyrics", goes_with=("month", "pro")),
    ]
    story = Story(plans)
    story.buy("2026-04-01", "month", add_ons=["hifi_month", "lyrics"])

    to_pro = story.propose("2026-04-16", "pro")
    assert given_back(to_pro) == [500, 250]  # base and hifi; the lyrics go on
    assert to_pro.charged_minor == 1000
    assert to_pro.next is not None
    assert to_pro.next.bill.gross_minor == 2300

    to_year = story.propose("2026-04-16", "year")
    assert given_back(to_year) == [500, 250, 150]
    assert [line.gross_minor for line in to_year.bill.priced.lines] == [12000, 5000]


def test_the_fee_of_the_new_plan_is_charged_whole_and_not_given_back() -> None:
    story = Story([sold("plan", 3000), sold("other", 6000, fee=1500)])
    story.buy("2026-04-01", "plan")

    proposal = story.change("2026-04-16", "other")

    assert [(line.kind, line.gross_minor) for line in proposal.bill.priced.lines] == [
        ("recurring", 3000),
        ("fixed", 1500),
    ]
    done = story.cancel("2026-04-16")
    assert [one.credit.gross_minor for one in done.credits] == [3000]


def test_who_changes_gets_the_last_phase_not_the_introductory_price() -> None:
    story = Story([sold("plan", 1000), sold("other", 3000, intro=(3, Unit.MONTH, 100))])
    story.buy("2026-04-01", "plan")

    assert story.propose("2026-04-16", "other").charged_minor == 1500


def test_an_offer_goes_on_until_its_date_whatever_the_cadence() -> None:
    half = CouponRow(code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=3)
    story = Story([sold("month", 1000), sold("year", 11990, cadence=YEARLY)], coupons=(half,))
    story.buy("2026-03-01", "month", coupon="HALF")

    proposal = story.propose("2026-03-01", "year")

    assert given_back(proposal) == [500]
    assert [line.gross_minor for line in proposal.bill.priced.lines] == [1511, 8968]
    assert proposal.charged_minor == 10479


def test_the_zero_side_of_a_change_is_no_credit() -> None:
    """C14, C08."""
    story = Story([sold("free", 0), sold("paid", 2995)])
    story.buy("2022-02-01", "free")

    proposal = story.propose("2022-02-15", "paid")

    assert (given_back(proposal), proposal.charged_minor) == ([], 1498)


def test_what_forbids_a_change() -> None:
    story = Story([sold("plan", 1000), sold("other", 2000)])
    story.buy("2026-04-01", "plan")
    with pytest.raises(NothingToChange):
        story.propose("2026-04-16", "plan")
    with pytest.raises(NothingToChange):
        story.propose("2026-04-16", quantity=1)
    story.row = story.subscription._replace(state="past_due")
    with pytest.raises(SettleFirst):
        story.propose("2026-04-16", "other")
    story.row = story.subscription._replace(state="active", ends_on=date(2026, 5, 1))
    with pytest.raises(ChangeRefused, match="take that back first"):
        story.propose("2026-04-16", "other")
    story.row = story.subscription._replace(ends_on=None)
    with pytest.raises(ChangeRefused, match="not billed yet"):
        story.propose("2026-05-01", "other")
