from dataclasses import replace
from datetime import date

import pytest

from ledgerline.base.calendar import Period
from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import TaxBehavior
from ledgerline.pricing.model import BilledLine, LineKind, Rounding
from ledgerline.pricing.rules.credit import (
    ExceedsLineRemainder,
    amount_of,
    open_days,
    remainder,
    split,
    split_unused,
    unused,
    withheld,
)
from tests.unit.pricing.lines import (
    JANUARY,
    SEPTEMBER,
    billed,
    bought,
    credited,
    days,
    over,
    priced,
    terms,
)

FEBRUARY = days("2023-02-01", "2023-03-01")


@pytest.mark.parametrize(
    ("amount", "period", "cut", "expected"),
    [
        (239995, days("2013-08-18", "2014-08-18"), "2013-09-17", 220269),
        (1799, SEPTEMBER, "2026-09-13", 1079),
        (9900, days("2026-05-01", "2027-05-01"), "2026-05-12", 9602),
        (16900, days("2026-11-01", "2026-12-01"), "2026-11-08", 12957),
        (1099, days("2026-10-01", "2026-11-01"), "2026-10-11", 744),
        (2999, days("2026-01-05", "2026-01-12"), "2026-01-06", 2571),
        (1099, SEPTEMBER, "2026-09-01", 1099),  # on the first day all of it
        (1099, SEPTEMBER, "2026-08-01", 1099),  # and before it no more than all
    ],
)
def test_unused_days_come_back_and_the_day_of_the_cut_is_one_of_them(
    amount: int, period: Period, cut: str, expected: int
) -> None:
    credit = unused(bought(amount, period), cut=date.fromisoformat(cut))
    assert credit is not None
    assert credit.gross_minor == expected
    assert credit.end == period.end
    assert credit.start == max(date.fromisoformat(cut), period.start)


@pytest.mark.parametrize("cut", [date(2026, 10, 1), date(2026, 12, 24)])
def test_nothing_comes_back_once_the_period_is_over(cut: date) -> None:
    assert unused(bought(1099, SEPTEMBER), cut=cut) is None


def test_line_of_nothing_is_never_credited() -> None:
    assert unused(bought(0, SEPTEMBER), cut=date(2026, 9, 2)) is None
    trial = priced(terms(1099), period=SEPTEMBER, grid=SEPTEMBER, kind=LineKind.TRIAL)
    assert unused(billed(trial), cut=date(2026, 9, 2)) is None


def test_fee_that_is_due_once_buys_no_time() -> None:
    day = days("2026-09-01", "2026-09-02")
    fee = priced(terms(900), period=day, grid=day, kind=LineKind.FIXED)
    assert unused(billed(fee), cut=day.start) is None
    assert amount_of(billed(fee), 900).gross_minor == 900  # but it can be refunded


def test_tax_that_was_added_comes_back_with_its_net() -> None:
    # given 5000 and 20 % for [02-08, 03-01), canceled the next day
    stub = priced(
        terms(5000, rate_ppm=200_000, exclusive=True),
        period=days("2023-02-08", "2023-03-01"),
        grid=FEBRUARY,
    )
    credit = unused(billed(stub), cut=date(2023, 2, 9))
    assert credit is not None
    assert (credit.net_minor, credit.tax_minor, credit.gross_minor) == (3571, 714, 4285)


def test_goodwill_is_not_given_twice() -> None:
    # given 24995 for May, of which 1000 was given back over the month
    may = days("2012-05-01", "2012-06-01")
    line = replace(bought(24995, may), corrections=(over(may, 1000),))
    credit = unused(line, cut=date(2012, 5, 2))
    # then 24189 less the 968 that its 30 days of 31 bore already
    assert credit is not None
    assert (credit.gross_minor, credit.cum_gross_minor) == (23221, 24221)
    # and what is left is the day that was used, less its share of the goodwill
    assert remainder(credited(line, credit, on=date(2012, 5, 2))) == 774


def test_what_was_given_back_of_days_before_the_cut_takes_nothing() -> None:
    first_week = days("2026-09-01", "2026-09-08")
    line = replace(bought(3000, SEPTEMBER), corrections=(over(first_week, 700),))
    credit = unused(line, cut=date(2026, 9, 8))
    assert credit is not None
    assert credit.gross_minor == 2300


def test_each_correction_is_rounded_on_its_own() -> None:
    # given 31 days of 100, twice 50 back over all of them: each bore 25.81 of the 16 days left
    line = replace(bought(3100, JANUARY), corrections=(over(JANUARY, 50), over(JANUARY, 50)))
    credit = unused(line, cut=date(2026, 1, 16))
    assert credit is not None
    assert credit.gross_minor == 1600 - 26 - 26


def test_what_a_refund_under_way_has_reserved_is_not_credited() -> None:
    line = bought(1099, SEPTEMBER)
    cut = date(2026, 9, 2)
    assert unused(replace(line, reserved=(over(SEPTEMBER, 1099),)), cut=cut) is None
    credit = unused(replace(line, reserved=(over(SEPTEMBER, 1000),)), cut=cut)
    assert credit is not None
    assert credit.gross_minor == 1062 - 967


def test_credit_above_what_is_left_is_capped_and_its_tax_follows_the_cap() -> None:
    # given a line of 20000 whose days would be worth 35000, 5000 of it given back: 30000 computed
    line = BilledLine(
        kind=LineKind.RECURRING,
        behavior=TaxBehavior.INCLUSIVE,
        quantity=1,
        period=SEPTEMBER,
        grid=SEPTEMBER,
        grid_minor=35000,
        net_minor=16807,
        tax_minor=3193,
        gross_minor=20000,
        credited_tax_minor=798,
        corrections=(over(SEPTEMBER, 5000),),
    )
    credit = unused(line, cut=SEPTEMBER.start)
    assert credit is not None
    assert (credit.gross_minor, credit.tax_minor, credit.net_minor) == (15000, 2395, 12605)
    assert (credit.cum_gross_minor, credit.cum_tax_minor) == (20000, 3193)


@pytest.mark.parametrize(("tax", "tax_credited"), [(0, 0), (4000, 3000)])
def test_credit_above_what_is_left_is_capped_also_where_tax_comes_on_top(
    tax: int, tax_credited: int
) -> None:
    # given a line of 20000 without its tax, a quarter of it given back, and 35000 in its price
    given = 5000 + tax // 4
    line = BilledLine(
        kind=LineKind.RECURRING,
        behavior=TaxBehavior.EXCLUSIVE,
        quantity=1,
        period=SEPTEMBER,
        grid=SEPTEMBER,
        grid_minor=35000,
        net_minor=20000,
        tax_minor=tax,
        gross_minor=20000 + tax,
        credited_tax_minor=tax // 4,
        corrections=(over(SEPTEMBER, given),),
    )
    credit = unused(line, cut=SEPTEMBER.start)
    assert credit is not None
    assert (credit.net_minor, credit.tax_minor) == (15000, tax_credited)


@pytest.mark.parametrize(
    ("reserved", "expected"),
    [
        (0, 0),
        (1500, 774),  # 1600 without, 826 with it
        (3100, 1600),  # all that the cut would have given
    ],
)
def test_what_refunds_under_way_keep_from_a_cut_is_named(reserved: int, expected: int) -> None:
    promised = (over(JANUARY, reserved),) if reserved else ()
    line = replace(bought(3100, JANUARY), reserved=promised)
    assert withheld(line, cut=date(2026, 1, 16)) == expected


def test_refund_under_way_of_days_that_are_over_withholds_nothing() -> None:
    line = replace(bought(3100, JANUARY), reserved=(over(days("2026-01-01", "2026-01-11"), 1000),))
    assert withheld(line, cut=date(2026, 1, 16)) == 0


def test_stated_amount_shares_the_tax_of_the_line() -> None:
    # given 1199 with 19 % inside
    line = billed(priced(terms(1199, rate_ppm=190_000), period=SEPTEMBER, grid=SEPTEMBER))
    first = amount_of(line, 500)
    second = amount_of(credited(line, first, on=SEPTEMBER.start), 699)
    assert (first.net_minor, first.tax_minor, first.cum_gross_minor) == (420, 80, 500)
    assert (second.net_minor, second.tax_minor, second.cum_gross_minor) == (588, 111, 1199)
    assert first.tax_minor + second.tax_minor == line.tax_minor == second.cum_tax_minor
    assert (first.start, first.end) == (SEPTEMBER.start, SEPTEMBER.end)


def test_stated_amount_may_say_for_which_days_it_is() -> None:
    week = days("2026-09-08", "2026-09-15")
    credit = amount_of(bought(3000, SEPTEMBER), 500, span=week)
    assert (credit.start, credit.end, credit.gross_minor) == (week.start, week.end, 500)


def test_a_refund_takes_no_days_that_are_given_back_whole() -> None:
    # given a line cut on the second day, of which one day is left
    line = bought(3000, SEPTEMBER)
    cut = unused(line, cut=date(2026, 9, 2))
    assert cut is not None
    after = credited(line, cut, on=SEPTEMBER.start)
    # then what is refunded of it is of that day, and before of all days
    assert open_days(line) == SEPTEMBER
    assert open_days(after) == days("2026-09-01", "2026-09-02")
    refund = amount_of(after, 100)
    assert (refund.start, refund.end) == (date(2026, 9, 1), date(2026, 9, 2))
    # but a part of the days that remain leaves them open
    part = amount_of(line, 500, span=days("2026-09-16", "2026-10-01"))
    assert open_days(credited(line, part, on=SEPTEMBER.start)) == SEPTEMBER


def test_days_that_were_given_back_whole_give_no_cent_more_whatever_their_roundings() -> None:
    fifth = date(2026, 1, 5)
    for amount in range(1000, 1100):
        for before in ((), (over(JANUARY, 77),)):
            # given a line whose days from the fifth on were given back
            line = replace(bought(amount, JANUARY), corrections=before)
            cut = unused(line, cut=fifth)
            assert cut is not None
            after = credited(line, cut, on=fifth)
            # then a later cut gives nothing of them, and an earlier one the days before alone
            for day in range(5, 32):
                assert unused(after, cut=date(2026, 1, day)) is None, (amount, day)
            second = unused(after, cut=date(2026, 1, 2))
            assert second is not None
            assert (second.start, second.end) == (date(2026, 1, 2), fifth)


@pytest.mark.parametrize(("given", "reserved"), [(20000, 0), (0, 20000), (15000, 5000)])
def test_more_than_is_left_of_a_line_is_refused(given: int, reserved: int) -> None:
    line = replace(
        bought(24995, SEPTEMBER),
        corrections=(over(SEPTEMBER, given),),
        reserved=(over(SEPTEMBER, reserved),),
    )
    assert remainder(line) == 4995
    with pytest.raises(ExceedsLineRemainder) as refusal:
        amount_of(line, 5000)
    assert refusal.value.facts == {"left_minor": 4995, "asked_minor": 5000}
    assert amount_of(line, 4995).gross_minor == 4995


@pytest.mark.parametrize(
    ("left", "amount", "expected"),
    [
        ((1000, 2000), 1000, (333, 667)),
        ((1000, 2000), 3000, (1000, 2000)),
        ((1, 1, 1), 2, (1, 1, 0)),  # of equal shares the earlier comes first
        ((0, 700), 300, (0, 300)),
        ((0, 0), 0, (0, 0)),
    ],
)
def test_sum_is_spread_by_what_is_left_of_each_line(
    left: tuple[int, ...], amount: int, expected: tuple[int, ...]
) -> None:
    lines = [
        replace(bought(part + 500, SEPTEMBER), corrections=(over(SEPTEMBER, 500),)) for part in left
    ]
    assert split(lines, amount) == expected


def test_days_are_refunded_for_what_they_are_worth_in_each_line() -> None:
    third = date(2026, 9, 21)
    fee = replace(bought(900, SEPTEMBER), kind=LineKind.FIXED)
    lines = [bought(3000, SEPTEMBER), bought(600, SEPTEMBER), fee]
    assert split_unused(lines, None, cut=third) == (1000, 200, 0)
    assert split_unused(lines, 600, cut=third) == (500, 100, 0)
    with pytest.raises(ExceedsLineRemainder) as refusal:
        split_unused(lines, 1201, cut=third)
    assert refusal.value.facts == {"left_minor": 1200, "asked_minor": 1201}
    # and less what was taken of the same days
    taken = replace(lines[0], corrections=(over(days("2026-09-21", "2026-10-01"), 400),))
    assert split_unused([taken], None, cut=third) == (600,)
    assert split_unused([taken], None, cut=SEPTEMBER.end) == (0,)


def test_more_than_is_left_of_all_lines_is_refused() -> None:
    lines = [
        replace(bought(1000, SEPTEMBER), reserved=(over(SEPTEMBER, 400),)),
        bought(2000, SEPTEMBER),
    ]
    with pytest.raises(ExceedsLineRemainder) as refusal:
        split(lines, 2601)
    assert refusal.value.facts == {"left_minor": 2600, "asked_minor": 2601}


def test_credits_are_rounded_as_their_line_was_and_close_it() -> None:
    # given 985 yen with 10 % inside, 89.55, rounded down to 89
    of = replace(terms(985, rate_ppm=100_000), rounding=Rounding(RoundingMode.DOWN))
    line = billed(priced(of, period=JANUARY, grid=JANUARY))
    assert line.tax_minor == 89
    # when it is credited in two parts: 89 × 500/985 is 45.18, 89 × 900/985 is 81.32
    first = amount_of(line, 500)
    line = credited(line, first, on=JANUARY.start)
    second = amount_of(line, 400)
    line = credited(line, second, on=JANUARY.start)
    last = amount_of(line, 85)
    # then each goes down from its running total, and the last closes the line
    assert (first.tax_minor, second.tax_minor, last.tax_minor) == (45, 36, 8)
    # where tax that goes up is given back at once
    up = billed(
        priced(replace(of, rounding=Rounding(RoundingMode.UP)), period=JANUARY, grid=JANUARY)
    )
    assert amount_of(up, 500).tax_minor == 46


def test_days_of_a_price_without_tax_are_worth_what_their_tax_was_rounded_to() -> None:
    # given 1000 without tax and 8.875 % of it, 88.75
    for mode, tax, worth in ((RoundingMode.DOWN, 88, 48), (RoundingMode.UP, 89, 49)):
        of = replace(terms(1000, rate_ppm=88_750, exclusive=True), rounding=Rounding(mode))
        line = billed(priced(of, period=JANUARY, grid=JANUARY))
        assert line.tax_minor == tax
        # when 17 of 31 days are given back: 548
        credit = unused(line, cut=date(2026, 1, 15))
        assert credit is not None
        assert credit.gross_minor == 548 + worth
