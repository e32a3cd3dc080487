"""Rates that are made up of several taxes: cases T13 to T16 and what each market rounds."""

from collections.abc import Sequence

import pytest

from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import (
    RoundingComponents,
    RoundingTarget,
    TaxBehavior,
    TaxTreatment,
)
from ledgerline.pricing.model import USUAL, Rounding, Taxation
from ledgerline.pricing.tax.arithmetic import TaxableLine, components_of, group, is_one, tax_lines
from tests.unit.pricing.lines import rated

INCLUSIVE = TaxBehavior.INCLUSIVE
EXCLUSIVE = TaxBehavior.EXCLUSIVE
COMBINED = Rounding(components=RoundingComponents.COMBINED)
EQUAL = Rounding(components=RoundingComponents.EQUAL)
INSIDE = Rounding(components=RoundingComponents.INSIDE)
QUEBEC = (50_000, 99_750)
CITY = (65_000, 38_500)
INDIA = (90_000, 90_000)
BRAZIL = (50_000, 6_500, 30_000)


@pytest.mark.parametrize(
    ("_case", "stated", "rates", "behavior", "rounding", "taxes"),
    [
        ("T13 Quebec, each tax alone", 14_000, QUEBEC, EXCLUSIVE, USUAL, (700, 1397)),
        ("T13 Quebec, a small amount", 1099, QUEBEC, EXCLUSIVE, USUAL, (55, 110)),
        ("T14 state and city, combined", 1099, CITY, EXCLUSIVE, COMBINED, (72, 42)),
        ("T14 state and city, each alone", 1099, CITY, EXCLUSIVE, USUAL, (71, 42)),
        ("T16 Brazil, inside the price", 2390, BRAZIL, INCLUSIVE, INSIDE, (120, 16, 72)),
        ("India, one half used twice", 11_900, INDIA, INCLUSIVE, EQUAL, (908, 908)),
        ("India, added", 10_050, INDIA, EXCLUSIVE, EQUAL, (905, 905)),
        ("one tax alone in a market of halves", 11_900, (180_000,), INCLUSIVE, EQUAL, (1815,)),
        ("a price that contains several knows their sum", 11_900, INDIA, INCLUSIVE, USUAL,
         (908, 907)),
        ("a credit mirrors its charge", -11_900, INDIA, INCLUSIVE, USUAL, (-908, -907)),
        ("net is rounded, and taxes are what remains", 299, (30_000, 10_000), INCLUSIVE,
         Rounding(target=RoundingTarget.NET), (8, 3)),
        ("nothing", 0, INDIA, INCLUSIVE, EQUAL, (0, 0)),
    ],
)  # fmt: skip
def test_components_of_a_group(
    _case: str,
    stated: int,
    rates: Sequence[int],
    behavior: TaxBehavior,
    rounding: Rounding,
    taxes: tuple[int, ...],
) -> None:
    assert components_of(stated, rates, behavior=behavior, rounding=rounding) == taxes
    done = group((stated,), rated(*rates), behavior=behavior, rounding=rounding)
    assert done.total.tax == sum(taxes)
    assert done.components == (taxes if len(rates) > 1 else ())


def test_t13_quebec_is_the_same_in_every_view() -> None:
    # given 140.00 in four lines
    done = group((3500, 3500, 3500, 3500), rated(*QUEBEC), behavior=EXCLUSIVE)
    # then tax and total are those of one line
    assert (done.total.tax, done.total.gross) == (2097, 16_097)
    assert [line.tax for line in done.lines] == [525, 524, 524, 524]


def test_t15_what_is_not_taxed_is_a_group_of_its_own() -> None:
    lines = (
        TaxableLine(2499, Taxation(TaxTreatment.STANDARD, 107_500)),
        TaxableLine(644, Taxation(TaxTreatment.NOT_SUBJECT, 0)),
    )
    taxed = tax_lines(lines, behavior=EXCLUSIVE)
    assert (taxed.total.tax, taxed.total.gross) == (269, 3412)
    assert [done.total.tax for done in taxed.groups.values()] == [269, 0]


def test_t16_brazil_leaves_the_price_as_it_is() -> None:
    done = group((2390,), rated(*BRAZIL), behavior=INCLUSIVE, rounding=INSIDE)
    assert (done.total.net, done.total.tax, done.total.gross) == (2182, 208, 2390)


def test_line_of_one_unit_is_not_taxed_beyond_itself() -> None:
    # given seven lines of 0.01, whose halves of 0.53 are rounded to one each
    done = group((1,) * 7, rated(*INDIA), behavior=INCLUSIVE, rounding=EQUAL)
    assert done.components == (1, 1)
    # then no line bears both
    assert [line.tax for line in done.lines] == [1, 1, 0, 0, 0, 0, 0]


def test_same_rate_of_other_components_is_another_group() -> None:
    lines = (
        TaxableLine(1099, Taxation(TaxTreatment.STANDARD, 103_500, CITY)),
        TaxableLine(1099, Taxation(TaxTreatment.STANDARD, 103_500)),
    )
    taxed = tax_lines(lines, behavior=EXCLUSIVE, rounding=COMBINED)
    assert [done.components for done in taxed.groups.values()] == [(72, 42), ()]


@pytest.mark.parametrize(
    ("_case", "rates", "behavior", "rounding"),
    [
        ("halves that differ", CITY, EXCLUSIVE, EQUAL),
        ("inside a price without tax", BRAZIL, EXCLUSIVE, INSIDE),
        (
            "halves that remain",
            INDIA,
            INCLUSIVE,
            Rounding(RoundingMode.DOWN, RoundingTarget.NET, RoundingComponents.EQUAL),
        ),
        ("more than everything", (600_000, 600_000), EXCLUSIVE, USUAL),
    ],
)
def test_what_the_catalog_refuses_is_a_defect(
    _case: str, rates: Sequence[int], behavior: TaxBehavior, rounding: Rounding
) -> None:
    with pytest.raises(AssertionError):
        components_of(1000, rates, behavior=behavior, rounding=rounding)


def test_components_that_are_not_their_rate_are_a_defect() -> None:
    of = Taxation(TaxTreatment.STANDARD, 100_000, (50_000, 40_000))
    with pytest.raises(AssertionError):
        group((1000,), of, behavior=EXCLUSIVE)


def test_components_are_one_where_a_price_knows_only_their_sum() -> None:
    assert is_one(contained=True, rounding=USUAL)
    assert not is_one(contained=False, rounding=USUAL)
    assert is_one(contained=False, rounding=COMBINED)
    assert not is_one(contained=True, rounding=EQUAL)
    assert not is_one(contained=True, rounding=INSIDE)
