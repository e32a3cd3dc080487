"""The reference cases that the rules prove: each with its own numbers, without a database.

Rules of periods and prices ask for no currency, so a story sells in euros.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from ledgerline.base.calendar import Cadence, Period, Unit, grid, local_date, start_of
from ledgerline.base.money import Currency, Money
from ledgerline.catalog.model import PlanNotSold, PlanStatus
from ledgerline.pricing.model import LineKind
from ledgerline.pricing.rules.credit import ExceedsLineRemainder, amount_of, split
from ledgerline.pricing.tax.arithmetic import credit_share
from ledgerline.rules.lines import bill
from ledgerline.rules.renewal import Wait
from ledgerline.rules.timeline import Entry
from ledgerline.subscriptions.model import LogKind, SubscriptionState, Timing
from tests.unit.pricing.lines import days
from tests.unit.rules.known_cases import (
    CHANGES,
    DAYS,
    ELSEWHERE,
    FIRST_BOUNDARIES,
    IDS,
    NEW_YORK,
    NOT_BUILT,
    PERIODS,
    given_back,
    lines_of,
    proven_by,
    quoted_at,
    renewed,
    renewed_until,
    told,
)
from tests.unit.rules.rows import item
from tests.unit.rules.sold import YEARLY, Sold, sold

ROOT = Path(__file__).parents[3]
BERLIN = "Europe/Berlin"
DAILY = Cadence(1, Unit.DAY)
WEEKLY = Cadence(1, Unit.WEEK)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# days ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "bill_day", "cadence", "first"), FIRST_BOUNDARIES)
def test_first_boundary_of_a_bill_day(
    start: str, bill_day: int, cadence: Cadence, first: str
) -> None:
    laid = grid(date.fromisoformat(start), cadence, bill_day=bill_day)
    assert laid.boundary(0) == date.fromisoformat(first)


@pytest.mark.parametrize(("cadence", "start", "ends"), PERIODS)
def test_periods_end_where_their_anchor_says(
    cadence: Cadence, start: str, ends: Mapping[int, str]
) -> None:
    story = told(sold("plan", 1099, cadence=cadence))
    story.buy(start, "plan")
    lines = renewed_until(story, max(ends))
    assert {n: lines[n - 1].period.end.isoformat() for n in ends} == ends
    # and each is whole and begins where the one before it ended
    assert all((line.period, line.gross_minor) == (line.grid, 1099) for line in lines)
    assert all(one.period.end == after.period.start for one, after in pairwise(lines))


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        pytest.param("Etc/UTC", 16, id="I01-utc"),
        pytest.param("Europe/Paris", 16, id="I01-paris"),
        pytest.param("Pacific/Honolulu", 16, id="I01-honolulu"),
        pytest.param("Asia/Tokyo", 17, id="I01-tokyo"),
        pytest.param("Asia/Baghdad", 17, id="I01-baghdad"),
    ],
)
def test_bill_day_is_the_local_day_of_the_purchase(zone: str, day: int) -> None:
    quoted = quoted_at(told(sold("plan", 1099), zone=zone), utc("2012-07-16T21:17"), "plan")
    assert quoted.projection.clock.grid.day == day


def test_i02_no_day_drifts_over_clock_changes() -> None:
    zone = "America/Juneau"
    story = told(sold("plan", 24995), zone=zone)
    story.buy("2015-11-01", "plan")
    lines = renewed_until(story, 1 + 18)
    assert all((line.period, line.gross_minor) == (line.grid, 24995) for line in lines)
    assert {line.period.start.day for line in lines} == {1}
    assert {start_of(line.period.end, zone).hour for line in lines} == {8, 9}


def test_i03_trial_with_a_clock_change_inside() -> None:
    story = told(sold("plan", 2995, trial_days=30), zone="America/Los_Angeles")
    quoted = quoted_at(story, utc("2017-03-02T07:30"), "plan")  # half past eleven on the first
    assert quoted.period == days("2017-03-01", "2017-03-31")
    assert quoted.after is not None
    assert lines_of(quoted.after.bill) == [(days("2017-03-31", "2017-04-30"), 2995)]


@pytest.mark.parametrize(
    ("zone", "now", "trial"),
    [
        pytest.param("Pacific/Pago_Pago", "2026-03-02T08:00",
                     days("2026-03-01", "2026-03-31"), id="I04-pago-pago"),
        pytest.param("Asia/Tokyo", "2026-03-02T18:00",
                     days("2026-03-03", "2026-04-02"), id="I04-tokyo"),
    ],
)  # fmt: skip
def test_trial_begins_on_the_local_day(zone: str, now: str, trial: Period) -> None:
    quoted = quoted_at(told(sold("plan", 2995, trial_days=30), zone=zone), utc(now), "plan")
    assert (quoted.period, quoted.issued_on) == (trial, trial.start)


@pytest.mark.parametrize(("zone", "first", "last", "expected"), DAYS)
def test_days_are_calendar_days(zone: str, first: str, last: str, expected: int) -> None:
    counted = Period(local_date(utc(first), zone), local_date(utc(last), zone))
    assert counted.days == expected


def test_i06_local_months_as_instants() -> None:
    story = told(sold("plan", 1099), zone=NEW_YORK)
    story.buy("2024-02-01", "plan")
    due = [start_of(date(2024, 2, 1), NEW_YORK), story.subscription.next_bill_at]
    due.append(renewed(story, "2024-03-01").next_bill_at)
    assert due == [utc("2024-02-01T05:00"), utc("2024-03-01T05:00"), utc("2024-04-01T04:00")]


def test_i08_another_zone_moves_the_instant_and_no_date() -> None:
    story = told(sold("plan", 1099), zone=BERLIN)
    story.buy("2026-04-15", "plan")
    renewed(story, "2026-05-15")
    story.row = story.subscription._replace(zone=NEW_YORK)
    assert story.renew("2026-06-14") == Wait(until=utc("2026-06-15T04:00"))
    assert renewed(story, "2026-06-15").period == days("2026-06-15", "2026-07-15")
    assert [one.line.period.start.month for one in story.charged] == [4, 5, 6]


def test_i09_day_that_never_was_is_billed_once() -> None:
    due = [start_of(date(2011, 12, day), "Pacific/Apia") for day in (30, 31)]
    assert due == [utc("2011-12-30T10:00")] * 2
    story = told(sold("plan", 10, cadence=DAILY), zone="Pacific/Apia")
    story.buy("2011-12-29", "plan")
    periods = [renewed(story, "2011-12-31").period for _ in due]
    assert periods == [days("2011-12-30", "2011-12-31"), days("2011-12-31", "2012-01-01")]


# changes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("plan", "other", "bought", "rest", "credit", "charge"), CHANGES)
def test_change_now_gives_back_and_charges_the_rest(
    plan: Sold, other: Sold, bought: str, rest: Period, credit: Sequence[int], charge: int
) -> None:
    story = told(plan, other)
    story.buy(bought, "plan")
    proposal = story.change(rest.start.isoformat(), "other")
    assert (given_back(proposal.credits), lines_of(proposal.bill)) == (credit, [(rest, charge)])
    # and the next boundary is where the charge ends, on the day that is remembered
    row = story.subscription
    assert (row.billed_through, row.grid_day) == (rest.end, rest.end.day)
    assert len({one.key for one in story.charged}) == len(story.charged)


def test_b14_pieces_sum_to_the_period() -> None:
    story = told(sold("plan", 24995))
    cuts = ["2026-06-01", "2026-06-04", "2026-06-10", "2026-06-16", "2026-07-01"]
    items = [item(no, start, end) for no, (start, end) in enumerate(pairwise(cuts), 1)]
    june = days("2026-06-01", "2026-07-01")
    done = bill(items, (), period=june, grid=june, book=story.book)
    assert [gross for _, gross in lines_of(done)] == [2499, 4999, 4999, 12498]
    assert done.gross_minor == 24995


def test_c01_goodwill_bears_its_share_of_the_unused_days() -> None:
    story = told(sold("plan", 24995), sold("other", 995))
    story.buy("2012-05-01", "plan")
    story.refund("2012-05-01", 1000)
    proposal = story.change("2012-05-02", "other")
    assert (given_back(proposal.credits), proposal.charged_minor) == ([23221], 963)
    balance = proposal.credited_minor - proposal.charged_minor
    assert (balance, balance + 1000) == (22258, 23258)


def test_c02_year_canceled_after_thirty_days() -> None:
    story = told(sold("plan", 239995, cadence=YEARLY))
    story.buy("2013-08-18", "plan")
    [credit] = given_back(story.cancel("2013-09-17").credits)
    assert (credit, 239995 - credit) == (220269, 19726)


def test_c03_more_than_is_left_of_a_line() -> None:
    story = told(sold("plan", 24995))
    story.buy("2026-01-01", "plan")
    story.refund("2026-01-02", 20000)
    with pytest.raises(ExceedsLineRemainder) as refusal:
        story.refund("2026-01-03", 5000)
    assert refusal.value.code == "exceeds_line_remainder"


def test_c09_of_three_changes_on_one_day_the_last_fee_is_billed() -> None:
    fees = [sold(f"plan{n}", 1000 * n, fee=100 * n) for n in (1, 2, 3)]
    story = told(sold("plan", 500, trial_days=7), *fees)
    story.buy("2026-01-01", "plan")
    for plan in fees:
        story.change("2026-01-04", plan.code)
    done = renewed(story, "2026-01-08").bill.priced.lines
    assert [(one.kind, one.gross_minor) for one in done] == [
        (LineKind.RECURRING, 3000), (LineKind.FIXED, 300),
    ]  # fmt: skip
    replaced = [one for one in story.items if one.plan_code in {"plan1", "plan2"}]
    assert replaced
    assert all(one.starts_on == one.ends_on for one in replaced)


def test_c18_end_inside_a_period_that_is_withdrawn() -> None:
    story = told(sold("plan", 1099), zone=BERLIN)
    story.buy("2026-08-01", "plan")
    end = Entry(seq=3, kind=LogKind.CANCEL_SCHEDULED, effective=date(2026, 9, 16))
    story.log.append(end)
    story.row = story.subscription._replace(ends_on=end.effective, log_seq=end.seq)
    stub = renewed(story, "2026-09-01").bill
    assert lines_of(stub) == [(days("2026-09-01", "2026-09-16"), 549)]

    done = story.undo("2026-09-10")

    assert done.next is not None
    assert done.next.on == date(2026, 9, 16)
    rest = renewed(story, "2026-09-16").bill
    assert lines_of(rest) == lines_of(done.next.bill) == [(days("2026-09-16", "2026-10-01"), 550)]
    assert stub.gross_minor + rest.gross_minor == 1099


# units --------------------------------------------------------------------------------------------


def test_d01_more_units_from_the_boundary() -> None:
    story = told(sold("seat", 2995))
    bought = story.buy("2022-11-27", "seat", quantity=7)
    waiting = story.change("2022-12-10", quantity=10, timing=Timing.PERIOD_END)
    renewal = renewed(story, "2022-12-27")
    assert (bought.bill.gross_minor, renewal.bill.gross_minor) == (20965, 29950)
    assert (waiting.credits, waiting.charged_minor) == ((), 0)


def test_d02_other_plan_with_fewer_units() -> None:
    story = told(sold("plan", 5000), sold("other", 3000))
    story.buy("2024-03-01", "plan", quantity=2)
    proposal = story.propose("2024-03-15", "other", quantity=1)
    assert (given_back(proposal.credits), proposal.charged_minor) == ([5484], 1645)
    assert proposal.charged_minor - proposal.credited_minor == -3839


@pytest.mark.parametrize(
    ("held", "wanted", "prices", "on", "charge", "renewal"),
    [
        pytest.param(4, 6, (1200, 1500), "2026-09-19", 960, 9000, id="D03"),
        pytest.param(3, 9, (800, 1100), "2026-09-07", 3840, 9900, id="D04"),
    ],
)
def test_more_units_pay_the_price_of_the_period(
    held: int, wanted: int, prices: tuple[int, int], on: str, charge: int, renewal: int
) -> None:
    # given a price for the first month, and the one that is agreed for the time after it
    first, scheduled = prices
    story = told(sold("seat", scheduled, intro=(1, Unit.MONTH, first)), zone=BERLIN)
    assert story.buy("2026-09-01", "seat", quantity=held).bill.gross_minor == held * first
    proposal = story.change(on, quantity=wanted)
    assert proposal.credits == ()
    [line] = proposal.bill.priced.lines
    assert (line.terms.quantity, line.gross_minor) == (wanted - held, charge)
    assert renewed(story, "2026-10-01").bill.gross_minor == renewal


def test_d05_fewer_units() -> None:
    story = told(sold("seat", 1200), zone=BERLIN)
    story.buy("2026-09-01", "seat", quantity=8)
    proposal = story.propose("2026-09-21", quantity=5)
    assert (given_back(proposal.credits), proposal.bill.priced.lines) == ([1200], ())


def test_d06_units_of_three_lines() -> None:
    story = told(sold("seat", 1200), zone=BERLIN)
    story.buy("2026-09-01", "seat", quantity=5)
    charges = [story.change("2026-09-11", quantity=n).charged_minor for n in (8, 10)]
    assert charges == [2400, 1600]
    assert len({one.key.item_no for one in story.charged}) == 3
    assert given_back(story.cancel("2026-09-21").credits) == [2000, 1200, 800]


# sale, trials, nothing, credits -------------------------------------------------------------------


def test_e04_plan_that_is_sold_no_more() -> None:
    story = told(Sold("plan", ((date(2000, 1, 1), 1099), (date(2026, 2, 1), 1299))))
    story.buy("2026-01-10", "plan")
    now = utc("2026-02-05")
    shelf = story.catalog.shelf(now.date())
    retired = shelf.plans["plan"]._replace(status=PlanStatus.RETIRED)
    with pytest.raises(PlanNotSold) as refusal:
        quoted_at(story, now, "plan", shelf=replace(shelf, plans={"plan": retired}))
    assert refusal.value.code == "plan_not_on_sale"
    story.cancel("2026-02-05", Timing.PERIOD_END)
    assert story.undo("2026-02-06").after.ends_on is None
    assert renewed(story, "2026-02-10").bill.gross_minor == 1099


def test_g04_refund_of_what_a_cancellation_gave_back() -> None:
    story = told(sold("plan", 1799), zone=BERLIN)
    story.buy("2026-09-01", "plan")
    assert given_back(story.cancel("2026-09-13").credits) == [1079]
    line = story.charged[0].line
    for refund in (lambda: amount_of(line, 1079), lambda: split([line], 1079)):
        with pytest.raises(ExceedsLineRemainder) as refusal:
            refund()
        assert refusal.value.code == "exceeds_line_remainder"
        assert refusal.value.facts == {"left_minor": 720, "asked_minor": 1079}


def test_g08_week_of_which_a_day_is_used() -> None:
    story = told(sold("plan", 2999, cadence=WEEKLY), zone="Europe/Paris")
    story.buy("2026-01-05", "plan")
    assert given_back(story.cancel("2026-01-06").credits) == [2571]


def test_g09_credit_takes_its_share_of_the_tax() -> None:
    story = told(sold("plan", 2995), rate_ppm=100_000)
    story.buy("2026-01-01", "plan")
    line = story.charged[0].line
    assert (line.net_minor, line.tax_minor) == (2995, 300)
    tax = credit_share(line.tax_minor, line.net_minor, cum_before=0, cum_after=1000, mode=line.mode)
    credit = amount_of(line, 1000 + tax)
    assert (credit.net_minor, credit.tax_minor, credit.gross_minor) == (1000, 100, 1100)


def test_h01_plan_that_costs_nothing() -> None:
    story = told(sold("plan", 0))
    assert story.buy("2026-01-01", "plan").due_now_minor == 0
    lines = renewed_until(story, 3)
    assert [(line.kind, line.gross_minor) for line in lines] == [(LineKind.RECURRING, 0)] * 3


def test_h02_trial_costs_nothing() -> None:
    quoted = told(sold("plan", 1099, trial_days=7)).buy("2026-01-01", "plan")
    assert (lines_of(quoted.bill), quoted.due_now_minor) == (
        [(days("2026-01-01", "2026-01-08"), 0)], 0,
    )  # fmt: skip


def test_h03_second_run_bills_nothing() -> None:
    story = told(sold("plan", 1099))
    story.buy("2026-01-01", "plan")
    renewed(story, "2026-02-01")
    assert story.renew("2026-02-01") == Wait(until=utc("2026-03-01"))


def test_l04_cancellation_withdrawn_in_a_trial() -> None:
    story = told(sold("plan", 1099, trial_days=7))
    story.buy("2026-08-01", "plan")
    assert story.cancel("2026-08-03", Timing.PERIOD_END).ends_on == date(2026, 8, 8)
    story.undo("2026-08-05")
    done = renewed(story, "2026-08-08").bill
    assert lines_of(done) == [(days("2026-08-08", "2026-09-08"), 1099)]
    assert story.subscription.state == SubscriptionState.ACTIVE


def test_n04_amount_over_equal_lines() -> None:
    parts = Money(1000, Currency("EUR")).split([999, 999, 999])
    assert [part.minor for part in parts] == [334, 333, 333]


# every case ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "test"), sorted(ELSEWHERE.items()))
def test_named_test_exists(case: str, test: str) -> None:
    path, _, name = test.partition("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), case


def test_every_case_has_one_place() -> None:
    places = [proven_by(globals()), frozenset(ELSEWHERE), frozenset(NOT_BUILT)]
    assert len(IDS) == len(set(IDS)) == 125
    assert frozenset[str]().union(*places) == frozenset(IDS)
    assert sum(len(place) for place in places) == len(IDS)
