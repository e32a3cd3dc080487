from datetime import date

import pytest

from ledgerline.base.calendar import Period
from ledgerline.pricing.rules.credit import ExceedsLineRemainder, amount_of, remainder, unused
from ledgerline.pricing.rules.price import price
from tests.unit.pricing.lines import SEPTEMBER, billed, days, terms

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
    line = billed(price(terms(amount), period=period, grid=period))
    credit = unused(line, cut=date.fromisoformat(cut))
    assert credit is not None
    assert credit.gross_minor == expected
    assert credit.end == period.end
    assert credit.start == max(date.fromisoformat(cut), period.start)


@pytest.mark.parametrize("cut", [date(2026, 10, 1), date(2026, 12, 24)])
def test_nothing_comes_back_once_the_period_is_over(cut: date) -> None:
    line = billed(price(terms(1099), period=SEPTEMBER, grid=SEPTEMBER))
    assert unused(line, cut=cut) is None


def test_line_of_nothing_is_never_credited() -> None:
    line = billed(price(terms(0), period=SEPTEMBER, grid=SEPTEMBER))
    assert unused(line, cut=date(2026, 9, 2)) is None


def test_tax_that_was_added_comes_back_with_its_net() -> None:
    # given 5000 and 20 % for [02-08, 03-01), canceled the next day
    stub = price(
        terms(5000, rate_ppm=200_000, exclusive=True),
        period=days("2023-02-08", "2023-03-01"),
        grid=FEBRUARY,
    )
    credit = unused(billed(stub), cut=date(2023, 2, 9))
    assert credit is not None
    assert (credit.net_minor, credit.tax_minor, credit.gross_minor) == (3571, 714, 4285)


def test_goodwill_is_not_given_twice() -> None:
    # given 24995 for May, of which 1000 was given back
    may = days("2012-05-01", "2012-06-01")
    line = billed(price(terms(24995), period=may, grid=may), credited_gross=1000)
    credit = unused(line, cut=date(2012, 5, 2))
    # then 23995 and not 24189: no more than what is left of the line
    assert credit is not None
    assert (credit.gross_minor, credit.cum_gross_minor) == (23995, 24995)


def test_what_a_refund_under_way_has_reserved_is_not_credited() -> None:
    line = price(terms(1099), period=SEPTEMBER, grid=SEPTEMBER)
    assert unused(billed(line, reserved=1099), cut=date(2026, 9, 2)) is None
    credit = unused(billed(line, reserved=1000), cut=date(2026, 9, 2))
    assert credit is not None
    assert credit.gross_minor == 99


def test_stated_amount_shares_the_tax_of_the_line() -> None:
    # given 1199 with 19 % inside
    line = price(terms(1199, rate_ppm=190_000), period=SEPTEMBER, grid=SEPTEMBER)
    first = amount_of(billed(line), 500)
    second = amount_of(billed(line, credited_gross=500, credited_tax=first.tax_minor), 699)
    assert (first.net_minor, first.tax_minor, first.cum_gross_minor) == (420, 80, 500)
    assert (second.net_minor, second.tax_minor, second.cum_gross_minor) == (588, 111, 1199)
    assert first.tax_minor + second.tax_minor == line.tax_minor == second.cum_tax_minor
    assert (first.start, first.end) == (SEPTEMBER.start, SEPTEMBER.end)


@pytest.mark.parametrize(("credited", "reserved"), [(20000, 0), (0, 20000), (15000, 5000)])
def test_more_than_is_left_of_a_line_is_refused(credited: int, reserved: int) -> None:
    line = billed(
        price(terms(24995), period=SEPTEMBER, grid=SEPTEMBER),
        credited_gross=credited,
        reserved=reserved,
    )
    assert remainder(line) == 4995
    with pytest.raises(ExceedsLineRemainder) as refusal:
        amount_of(line, 5000)
    assert refusal.value.facts == {"left_minor": 4995, "asked_minor": 5000}
    assert amount_of(line, 4995).gross_minor == 4995
