"""Amounts, rounding, splitting."""

import operator
from collections.abc import Callable
from fractions import Fraction

import pytest

from ledgerline.base.money import (
    EXPONENTS,
    MINOR_MAX,
    Money,
    UnknownCurrency,
    apportion,
    currency,
    exponent,
    round_half_away,
)

EUR = currency("EUR")
USD = currency("USD")
JPY = currency("JPY")
KWD = currency("KWD")

EUR_10_99 = Money(1099, EUR)
EUR_0_01 = Money(1, EUR)


def minors(parts: tuple[Money, ...]) -> list[int]:
    return [part.minor for part in parts]


@pytest.mark.parametrize(("code", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0)])
def test_exponent_is_the_one_of_iso_4217(code: str, places: int) -> None:
    assert exponent(currency(code)) == places


@pytest.mark.parametrize("code", ["CLF", "UYW", "XAU", "XXX", "eur", "DEM", "", "EUR "])
def test_code_that_is_no_currency_to_pay_with_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        currency(code)
    assert refused.value.code == "unknown_currency"
    assert refused.value.facts == {"currency": code}


def test_every_currency_has_three_letters_and_at_most_three_decimals() -> None:
    assert {len(code) for code in EXPONENTS} == {3}
    assert set(EXPONENTS.values()) == {0, 2, 3}
    assert len(EXPONENTS) == 155


def test_a_million_of_the_largest_amounts_fits_a_bigint() -> None:
    assert 1_000_000 * MINOR_MAX < 2**63


@pytest.mark.parametrize(
    ("x", "rounded"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(49, 100), 0),
        (Fraction(-49, 100), 0),
        (Fraction(51, 100), 1),
        (Fraction(39999, 2), 20000),
        (Fraction(7), 7),
        (Fraction(0), 0),
    ],
)
def test_half_is_rounded_away_from_zero(x: Fraction, rounded: int) -> None:
    assert round_half_away(x) == rounded


def test_amounts_of_one_currency_add_subtract_negate_and_compare() -> None:
    price, cent = EUR_10_99, EUR_0_01
    assert price + cent == Money(1100, EUR)
    assert price - cent == Money(1098, EUR)
    assert -price == Money(-1099, EUR)
    assert [cent < price, cent <= price, cent > price, cent >= price] == [True, True, False, False]
    assert sum([price, cent], Money.zero(EUR)) == Money(1100, EUR)


def test_equal_amounts_are_neither_more_nor_less() -> None:
    price, same = EUR_10_99, Money(1099, EUR)
    assert [price < same, price <= same, price > same, price >= same] == [False, True, False, True]
    assert price == same


def test_only_nothing_is_false() -> None:
    assert not Money.zero(EUR)
    assert EUR_0_01
    assert -EUR_0_01


@pytest.mark.parametrize(
    "operation", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge]
)
def test_amounts_of_two_currencies_never_meet(operation: Callable[[Money, Money], object]) -> None:
    with pytest.raises(AssertionError):
        operation(EUR_10_99, Money(100, USD))


def test_amounts_of_two_currencies_are_never_equal() -> None:
    assert Money(100, EUR) != Money(100, USD)
    assert Money(100, EUR) == Money(100, EUR)


@pytest.mark.parametrize(
    ("_case", "minor", "ratio", "product"),
    [
        ("B01 14 of 30 days", 24995, Fraction(14, 30), 11664),
        ("B04 19999.5 goes up", 199995, Fraction(3, 30), 20000),
        ("B11 549.5 goes up", 1099, Fraction(15, 30), 550),
        ("credit of the same half", -1099, Fraction(15, 30), -550),
        ("C02 335 of 365 days", 239995, Fraction(335, 365), 220269),
    ],
)
def test_ratio_of_an_amount_is_rounded_once(
    _case: str, minor: int, ratio: Fraction, product: int
) -> None:
    assert Money(minor, USD).times(ratio) == Money(product, USD)


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 1], [1, 0]),
        (5, [0, 1, 0], [0, 5, 0]),
        (1000, [1, 2, 3, 4], [100, 200, 300, 400]),
        (10, [3, 3, 1], [4, 4, 2]),
        (0, [2, 1], [0, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_split_gives_whole_units_that_sum_to_the_amount(
    minor: int, weights: list[int], parts: list[int]
) -> None:
    assert minors(Money(minor, EUR).split(weights)) == parts


@pytest.mark.parametrize("weights", [[0, 0], [], [2, -1]])
def test_split_of_an_amount_over_no_weight_or_a_negative_one_is_a_defect(
    weights: list[int],
) -> None:
    with pytest.raises(AssertionError):
        EUR_10_99.split(weights)


def test_apportion_gives_missing_units_to_the_largest_fractions() -> None:
    exact = [Fraction(7, 10), Fraction(23, 10), Fraction(30, 10)]
    assert apportion(6, exact) == (1, 2, 3)


def test_apportion_serves_the_earlier_of_two_equal_fractions() -> None:
    assert apportion(1, [Fraction(1, 2), Fraction(1, 2)]) == (1, 0)
    assert apportion(-1, [Fraction(-1, 2), Fraction(-1, 2)]) == (-1, 0)


def test_apportion_of_mixed_signs_stays_within_one_unit() -> None:
    exact = [Fraction(1005, 100), Fraction(-995, 100)]
    assert apportion(0, exact) == (10, -10)
    assert apportion(0, [-value for value in exact]) == (-10, 10)


def test_apportion_of_nothing_over_nothing_is_nothing() -> None:
    assert apportion(0, []) == ()
    assert apportion(0, [Fraction(0), Fraction(0)]) == (0, 0)


def test_total_that_the_exact_values_do_not_come_to_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        apportion(5, [Fraction(1), Fraction(1)])
    with pytest.raises(AssertionError):
        apportion(1, [Fraction(1), Fraction(1)])


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(1799, EUR), "17.99"),
        (Money(1990, JPY), "1990"),
        (Money(2990, KWD), "2.990"),
        (Money(5, EUR), "0.05"),
        (Money(-5, EUR), "-0.05"),
        (Money(-1, JPY), "-1"),
        (Money(7, KWD), "0.007"),
        (Money(0, EUR), "0.00"),
        (Money(0, JPY), "0"),
        (Money(-123456, EUR), "-1234.56"),
    ],
)
def test_decimal_has_every_digit_of_the_currency(amount: Money, text: str) -> None:
    assert amount.decimal() == text
