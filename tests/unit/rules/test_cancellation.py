"""Cancellations: what is given back of which line, after whatever was given back before."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledgerline.base.ids import Bucket, SubscriptionId, uuid7
from ledgerline.pricing.model import Correction, LineKind
from ledgerline.pricing.rules.credit import unreserved, unused, withheld
from ledgerline.rules.cancellation import given_from
from ledgerline.rules.charged import given_back as given_back_of
from ledgerline.rules.charged import less
from ledgerline.subscriptions.model import (
    GivingBack,
    NothingToChange,
    RefundNeedsEndNow,
    Timing,
    WithdrawalOver,
)
from tests.unit.pricing.lines import deferred
from tests.unit.rules.sold import ALWAYS, YEARLY, sold
from tests.unit.rules.story import Story


def given_back(story: Story, day: str) -> list[int]:
    return [one.credit.gross_minor for one in story.cancel(day).credits]


def test_a_refund_lowers_what_the_cancellation_gives_back() -> None:
    story = Story([sold("plan", 3100)])
    story.buy("2026-01-01", "plan")
    story.refund("2026-01-05", 1500)

    assert given_back(story, "2026-01-16") == [826]


def test_the_same_with_tax_on_top() -> None:
    story = Story([sold("plan", 3100)], behavior="exclusive", rates=((ALWAYS, 200_000),))
    quoted = story.buy("2026-01-01", "plan")
    assert quoted.bill.gross_minor == 3720
    story.refund("2026-01-05", 1860)

    assert given_back(story, "2026-01-16") == [960]


def test_a_correction_counts_on_the_days_of_its_own_line() -> None:
    story = Story([sold("plan", 3100), sold("more", 6200)])
    story.buy("2026-01-01", "plan")
    stub = story.change("2026-01-16", "more")
    assert stub.charged_minor == 3200
    story.refund("2026-01-17", 1500, line=1)

    assert given_back(story, "2026-01-24") == [850]


def test_a_year_is_given_back_by_its_days() -> None:
    """C02."""
    story = Story([sold("year", 239995, cadence=YEARLY)])
    story.buy("2013-08-18", "year")

    assert given_back(story, "2013-09-17") == [220269]


def test_at_the_end_of_the_period_nothing_is_given_back_and_a_second_is_refused() -> None:
    story = Story([sold("plan", 1000)])
    story.buy("2026-01-01", "plan")

    done = story.cancel("2026-01-10", Timing.PERIOD_END)

    assert (done.ends_on, done.credits) == (date(2026, 2, 1), ())
    with pytest.raises(NothingToChange):
        story.cancel("2026-01-11", Timing.PERIOD_END)


def test_what_a_refund_under_way_takes_is_owed_if_it_fails() -> None:
    story = Story([sold("plan", 3100)])
    story.buy("2026-01-01", "plan")
    one = story.charged[0]
    promised = Correction(date(2026, 1, 1), date(2026, 2, 1), 1500)
    story.charged[0] = replace(one, line=replace(one.line, reserved=(promised,)))

    done = story.cancel("2026-01-16")

    assert [c.credit.gross_minor for c in done.credits] == [826]
    assert [w.amount_minor for w in done.withheld] == [774]


def test_a_refund_under_way_of_everything_leaves_only_what_is_withheld() -> None:
    story = Story([sold("plan", 3100)])
    story.buy("2026-01-01", "plan")
    one = story.charged[0]
    promised = Correction(date(2026, 1, 1), date(2026, 2, 1), 3100)
    line = replace(one.line, reserved=(promised,))

    assert unused(line, cut=date(2026, 1, 16)) is None
    assert withheld(line, cut=date(2026, 1, 16)) == 1600


def test_a_second_cut_withholds_what_the_first_would_not_have_given_back() -> None:
    story = Story([sold("plan", 3100)])
    story.buy("2026-01-01", "plan")
    one = story.charged[0]
    promised = Correction(date(2026, 1, 1), date(2026, 2, 1), 3100)
    # given a cut on the 16th that withheld all that was unused, or a third of it
    for first, more in ((1600, 0), (533, 1100 - 366)):
        kept = Correction(date(2026, 1, 16), date(2026, 2, 1), first)
        line = replace(one.line, reserved=(promised,), withheld=(kept,))

        assert withheld(line, cut=date(2026, 1, 21)) == more
        assert unreserved(line).reserved == unreserved(line).withheld == ()
        assert unreserved(line).corrections == (kept,)


def test_a_line_bears_the_credits_that_are_given_of_it() -> None:
    story = Story([sold("plan", 3100)])
    story.buy("2026-01-01", "plan")
    [credited] = given_back_of(story.charged[:1], cut=date(2026, 1, 16))

    assert given_back_of([less(credited)], cut=date(2026, 1, 16)) == ()
    assert less(credited).line.credited_gross_minor == 1600


def test_a_fee_is_not_given_back() -> None:
    story = Story([sold("plan", 3000, fee=900)])
    quoted = story.buy("2026-04-01", "plan")
    assert [line.kind for line in quoted.bill.priced.lines] == [
        LineKind.RECURRING,
        LineKind.FIXED,
    ]

    assert given_back(story, "2026-04-01") == [3000]


def test_deferred_revenue_keeps_its_sign() -> None:
    story = Story([sold("plan", 3100)])
    story.buy("2026-01-01", "plan")
    story.refund("2026-01-20", 1500)
    line = story.charged[0].line
    left = [deferred(line, on=date(2026, 1, day)) for day in range(1, 32)]
    assert min(left) >= 0
    assert deferred(line, on=date(2026, 2, 1)) == 0

    story.cancel("2026-01-21")
    line = story.charged[0].line
    assert deferred(line, on=date(2026, 1, 21)) == 1  # less than a whole unit was rounded away
    assert deferred(line, on=date(2026, 2, 1)) == 0


@pytest.mark.parametrize(
    ("back", "days", "first"),
    [
        (GivingBack.NONE, 20, "2026-01-21"),
        (GivingBack.UNUSED, 20, "2026-01-21"),
        (GivingBack.FULL, 0, "2026-01-01"),
        (GivingBack.FULL, 14, "2026-01-01"),
    ],
)
def test_who_withdraws_gets_every_day_back_and_others_those_from_today_on(
    back: GivingBack, days: int, first: str
) -> None:
    bought = datetime(2026, 1, 1, 12, tzinfo=UTC)
    made = SubscriptionId(uuid7(int(bought.timestamp() * 1000), Bucket(7), 1))
    story = Story([sold("plan", 1000)])
    story.buy("2026-01-01", "plan")
    row = story.subscription._replace(id=made)
    now = bought + timedelta(days=days)
    found = given_from(row, timing=Timing.NOW, now=now, back=back)
    assert found == date.fromisoformat(first)
    # the day after the fourteenth is too late, and the end of a period leaves nothing
    if back is GivingBack.FULL:
        late = bought + timedelta(days=15)
        with pytest.raises(WithdrawalOver):
            given_from(row, timing=Timing.NOW, now=late, back=back)
    if back is not GivingBack.NONE:
        with pytest.raises(RefundNeedsEndNow):
            given_from(row, timing=Timing.PERIOD_END, now=now, back=back)
