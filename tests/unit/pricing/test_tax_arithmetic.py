"""The numbers of a document: cases T1 to T10, T17, T19 and T23."""

from fractions import Fraction

import pytest

from ledgerline.base.money import Currency, Money, RoundingMode, rounded
from ledgerline.catalog.model import RoundingTarget, TaxBehavior, TaxTreatment
from ledgerline.pricing.model import Rounding, Taxation
from ledgerline.pricing.tax.arithmetic import (
    Amounts,
    CreditBeyondLine,
    TaxableLine,
    credit_share,
    group,
    tax_lines,
)
from tests.unit.pricing.lines import exclusive, inclusive, rated

INCLUSIVE = TaxBehavior.INCLUSIVE
EXCLUSIVE = TaxBehavior.EXCLUSIVE
EURO = Currency("EUR")
HALF_UP = RoundingMode.HALF_UP


@pytest.mark.parametrize(
    ("_case", "gross", "rate_ppm", "net", "tax"),
    [
        ("T1 Germany, although the net times 19 % is 1.92", 1199, 190_000, 1008, 191),
        ("T2 Germany", 1799, 190_000, 1512, 287),
        ("T3 United Kingdom", 1099, 200_000, 916, 183),
        ("T3 Finland", 1199, 255_000, 955, 244),
        ("T3 Switzerland", 1395, 81_000, 1290, 105),
        ("T3 Luxembourg", 1099, 170_000, 939, 160),
        ("T3 Estonia", 799, 240_000, 644, 155),
        ("T3 Romania", 2499, 210_000, 2065, 434),
        ("T4 Sweden", 12900, 250_000, 10320, 2580),
        ("T4 Hungary", 199000, 270_000, 156693, 42307),
        ("T4 Saudi Arabia", 2199, 150_000, 1912, 287),
        ("T4 Australia", 1299, 100_000, 1181, 118),
        ("T5 target tax", 299, 40_000, 287, 12),
        ("T7 Bahrain, thousandths", 2990, 100_000, 2718, 272),
        ("T7 Oman, thousandths", 1990, 50_000, 1895, 95),
        ("T7 Kuwait, no tax", 1990, 0, 1990, 0),
        ("T17 Germany at 19 %", 999, 190_000, 839, 160),
        ("T17 Germany at 16 %", 999, 160_000, 861, 138),
        ("all of it tax again", 200, 1_000_000, 100, 100),
        ("nothing", 0, 190_000, 0, 0),
        ("a credit mirrors its charge", -1199, 190_000, -1008, -191),
    ],
)
def test_inclusive_price_is_divided_by_rounding_its_tax(
    _case: str, gross: int, rate_ppm: int, net: int, tax: int
) -> None:
    assert inclusive(gross, rate_ppm) == (net, tax)


def test_t5_target_net_rounds_the_other_side() -> None:
    assert inclusive(299, 40_000, rounding=Rounding(target=RoundingTarget.NET)) == (288, 11)


def test_t6_japan_rounds_down_once_a_rate() -> None:
    # given two lines at 10 % and one at 8 %, prices with tax
    lines = (
        TaxableLine(980, Taxation(TaxTreatment.STANDARD, 100_000)),
        TaxableLine(540, Taxation(TaxTreatment.REDUCED, 80_000)),
        TaxableLine(1280, Taxation(TaxTreatment.STANDARD, 100_000)),
    )
    # when
    taxed = tax_lines(lines, behavior=INCLUSIVE, rounding=Rounding(mode=RoundingMode.DOWN))
    # then each rate is rounded once, over its lines
    assert {of.rate_ppm: done.total for of, done in taxed.groups.items()} == {
        100_000: Amounts(net=2055, tax=205, gross=2260),
        80_000: Amounts(net=500, tax=40, gross=540),
    }
    assert taxed.total == Amounts(net=2555, tax=245, gross=2800)
    # and the lines keep their order and foot
    assert [line.gross for line in taxed.lines] == [980, 540, 1280]
    assert [line.tax for line in taxed.lines] == [89, 40, 116]


def test_t8_two_rates_make_two_groups() -> None:
    lines = (
        TaxableLine(1099, Taxation(TaxTreatment.STANDARD, 190_000)),
        TaxableLine(999, Taxation(TaxTreatment.REDUCED, 70_000)),
    )
    taxed = tax_lines(lines, behavior=INCLUSIVE)
    assert taxed.lines == (Amounts(924, 175, 1099), Amounts(934, 65, 999))
    assert taxed.total == Amounts(net=1858, tax=240, gross=2098)


def test_treatments_of_one_rate_stay_apart() -> None:
    # given two treatments that both come to nothing
    lines = (
        TaxableLine(1000, Taxation(TaxTreatment.ZERO, 0)),
        TaxableLine(500, Taxation(TaxTreatment.NOT_COLLECTING, 0)),
    )
    taxed = tax_lines(lines, behavior=EXCLUSIVE)
    assert {of.treatment: done.total for of, done in taxed.groups.items()} == {
        TaxTreatment.ZERO: Amounts(1000, 0, 1000),
        TaxTreatment.NOT_COLLECTING: Amounts(500, 0, 500),
    }


def test_document_without_lines_is_nothing() -> None:
    taxed = tax_lines((), behavior=INCLUSIVE)
    assert (taxed.lines, taxed.groups, taxed.total) == ((), {}, Amounts(0, 0, 0))


def test_t9_discount_is_split_over_the_lines_it_reduces() -> None:
    equal = Money(1000, EURO).split((999, 999, 999))
    assert [part.minor for part in equal] == [334, 333, 333]
    unequal = Money(290, EURO).split((1799, 999, 99))
    assert [part.minor for part in unequal] == [180, 100, 10]


def test_t10_credits_of_a_line_close_it_exactly() -> None:
    # given 11.99 with 1.91 of tax, credited 4.00, 4.00 and 3.99
    steps = [(0, 400), (400, 800), (800, 1199)]
    # when
    taxes = [
        credit_share(191, 1199, cum_before=before, cum_after=after, mode=HALF_UP)
        for before, after in steps
    ]
    # then the shares of tax and net are those of the running totals
    assert taxes == [64, 63, 64]
    nets = [after - before - tax for (before, after), tax in zip(steps, taxes, strict=True)]
    assert nets == [336, 337, 335]
    assert (sum(taxes), sum(nets)) == (191, 1008)
    # and a fourth of one cent is refused
    with pytest.raises(CreditBeyondLine) as refused:
        credit_share(191, 1199, cum_before=1199, cum_after=1200, mode=HALF_UP)
    assert refused.value.facts == {"charged": 1199, "credited": 1200}


def test_negative_line_takes_credits_of_its_own_sign() -> None:
    # given the line of T10 as a reduction
    assert credit_share(-191, -1199, cum_before=0, cum_after=-400, mode=HALF_UP) == -64
    with pytest.raises(CreditBeyondLine):
        credit_share(-191, -1199, cum_before=-800, cum_after=-1200, mode=HALF_UP)


def test_credit_keeps_the_rounding_of_its_line() -> None:
    # given 4.00 of 11.99, whose share of the tax is 63.72
    assert credit_share(191, 1199, cum_before=0, cum_after=400, mode=RoundingMode.DOWN) == 63


def test_line_of_nothing_is_credited_with_nothing() -> None:
    assert credit_share(0, 0, cum_before=0, cum_after=0, mode=HALF_UP) == 0


def test_t19_upgrade_with_unused_time_is_one_group() -> None:
    # given a new plan and the rest of the old one, both with 19 %
    done = group((1799, -560), rated(190_000), behavior=INCLUSIVE)
    # then the group is rounded once and the lines share it
    assert done.total == Amounts(net=1041, tax=198, gross=1239)
    assert [line.tax for line in done.lines] == [287, -89]


def test_t23_share_of_time_is_rounded_before_tax() -> None:
    # given 2.00 without tax for 29 of 30 days
    line = Money(200, EURO).times(Fraction(29, 30))
    assert line.minor == 193
    # then tax is counted from the line as it is printed
    assert exclusive(line.minor, 250_000) == (48, 241)


def test_lines_that_cancel_out_have_no_tax() -> None:
    done = group((1199, -1199), rated(190_000), behavior=INCLUSIVE)
    assert done.total == Amounts(0, 0, 0)
    assert [line.tax for line in done.lines] == [191, -191]


@pytest.mark.parametrize(
    ("mode", "up_from_half", "down_from_half", "below_half"),
    [
        (RoundingMode.HALF_UP, 4, 3, 2),
        (RoundingMode.HALF_EVEN, 4, 2, 2),
        (RoundingMode.DOWN, 3, 2, 2),
        (RoundingMode.UP, 4, 3, 3),
    ],
)
def test_every_mode_rounds_both_signs_alike(
    mode: RoundingMode, up_from_half: int, down_from_half: int, below_half: int
) -> None:
    expected = {
        Fraction(7, 2): up_from_half,
        Fraction(5, 2): down_from_half,
        Fraction(9, 4): below_half,
        Fraction(3): 3,
    }
    for exact, whole in expected.items():
        assert rounded(exact, mode) == whole
        assert rounded(-exact, mode) == -whole


def test_rate_above_the_whole_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        inclusive(1199, 1_000_001)


def test_credits_that_run_backward_are_a_defect() -> None:
    with pytest.raises(AssertionError):
        credit_share(191, 1199, cum_before=800, cum_after=400, mode=HALF_UP)
