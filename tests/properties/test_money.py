"""Splitting, apportioning and rounding hold for every amount."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.money import (
    EXPONENTS,
    MINOR_MAX,
    Currency,
    Money,
    apportion,
    round_half_away,
)

EUR = Currency("EUR")

minors = st.integers(-MINOR_MAX, MINOR_MAX)
weights = st.lists(st.integers(0, MINOR_MAX), min_size=1, max_size=40).filter(any)
ratios = st.fractions(max_denominator=10_000)
# Exact values as a tax group has them: any sign, and a total that is their rounded sum.
exact_values = st.lists(
    st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=1_200_000),
    min_size=1,
    max_size=40,
)


@given(minors, weights)
def test_parts_sum_to_the_whole(minor: int, by: list[int]) -> None:
    parts = Money(minor, EUR).split(by)
    assert len(parts) == len(by)
    assert sum(parts, Money.zero(EUR)) == Money(minor, EUR)


@given(minors, weights)
def test_parts_of_a_negated_amount_are_the_parts_negated(minor: int, by: list[int]) -> None:
    amount = Money(minor, EUR)
    assert (-amount).split(by) == tuple(-part for part in amount.split(by))


@given(minors, weights)
def test_part_is_within_one_unit_of_its_share_and_never_of_the_other_sign(
    minor: int, by: list[int]
) -> None:
    whole = sum(by)
    for part, weight in zip(Money(minor, EUR).split(by), by, strict=True):
        assert abs(part.minor - Fraction(minor * weight, whole)) < 1
        assert part.minor * minor >= 0
        assert weight > 0 or part.minor == 0


@given(st.integers(0, MINOR_MAX), weights)
def test_larger_weight_never_gets_less(minor: int, by: list[int]) -> None:
    parts = Money(minor, EUR).split(by)
    ranked = sorted(zip(by, (part.minor for part in parts), strict=True))
    of_weight: dict[int, list[int]] = {}
    for weight, part in ranked:
        of_weight.setdefault(weight, []).append(part)
    groups = [of_weight[weight] for weight in sorted(of_weight)]
    assert all(max(low) <= min(high) for low, high in pairwise(groups))


@given(exact_values)
def test_apportioned_parts_sum_to_the_total_within_one_unit_each(exact: list[Fraction]) -> None:
    total = round_half_away(sum(exact, Fraction(0)))
    parts = apportion(total, exact)
    assert sum(parts) == total
    assert all(abs(part - value) <= 1 for part, value in zip(parts, exact, strict=True))


@given(exact_values)
def test_apportioning_is_symmetric_in_sign(exact: list[Fraction]) -> None:
    total = round_half_away(sum(exact, Fraction(0)))
    negated = apportion(-total, [-value for value in exact])
    assert negated == tuple(-part for part in apportion(total, exact))


@given(st.lists(st.integers(-MINOR_MAX, MINOR_MAX), max_size=40))
def test_whole_exact_values_are_their_own_parts(values: list[int]) -> None:
    assert apportion(sum(values), [Fraction(value) for value in values]) == tuple(values)


@given(ratios)
def test_rounding_moves_by_half_a_unit_at_most(x: Fraction) -> None:
    assert abs(round_half_away(x) - x) <= Fraction(1, 2)
    assert round_half_away(-x) == -round_half_away(x)


@given(st.integers(-(10**12), 10**12))
def test_half_is_rounded_away_from_zero(n: int) -> None:
    half = Fraction(2 * n + 1, 2)
    assert abs(round_half_away(half)) == abs(half) + Fraction(1, 2)


@given(ratios, ratios)
def test_rounding_keeps_order(x: Fraction, y: Fraction) -> None:
    low, high = sorted((x, y))
    assert round_half_away(low) <= round_half_away(high)


@given(minors, minors, ratios)
def test_arithmetic_is_that_of_whole_numbers(a: int, b: int, ratio: Fraction) -> None:
    assert Money(a, EUR) + Money(b, EUR) - Money(b, EUR) == Money(a, EUR)
    assert (Money(a, EUR) < Money(b, EUR)) == (a < b)
    assert (-Money(a, EUR)).times(ratio) == -Money(a, EUR).times(ratio)
    assert Money(a, EUR).times(Fraction(1)) == Money(a, EUR)


@given(minors, st.sampled_from(sorted(EXPONENTS)))
def test_decimal_reads_back_as_the_same_amount(minor: int, code: str) -> None:
    text = Money(minor, Currency(code)).decimal()
    assert Fraction(text) * 10 ** EXPONENTS[code] == minor
    assert len(text.partition(".")[2]) == EXPONENTS[code]
