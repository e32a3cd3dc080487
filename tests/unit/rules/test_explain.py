"""Explanations can be computed again by whoever reads them."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from ledgerline.base.calendar import Period
from ledgerline.base.money import Currency, RoundingMode
from ledgerline.catalog.model import RoundingComponents, RoundingTarget, TaxBehavior
from ledgerline.pricing.model import USUAL, Discount, LineKind, Rounding, Terms
from ledgerline.pricing.rules.credit import unused
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.tax.arithmetic import group
from ledgerline.rules.explain import (
    Explained,
    Explanation,
    explain,
    explain_credit,
    explain_days,
    explain_tax,
    fraction_text,
    of_line,
    percent,
    sentence,
    show,
)
from tests.unit.pricing.lines import JANUARY, TERMS, billed, over, priced, rated, terms

ANY = replace(
    TERMS,
    unit=Fraction(1799),
    quantity=2,
    tax_rate_ppm=190_000,
    discount=Discount(percent_ppm=100_000),
)
INCLUSIVE = TaxBehavior.INCLUSIVE
EXCLUSIVE = TaxBehavior.EXCLUSIVE
REST = Period(date(2026, 1, 14), JANUARY.end)


def explained(of: Terms, period: Period, kind: LineKind = LineKind.RECURRING) -> Explained:
    grid = JANUARY if kind is LineKind.RECURRING else period
    return of_line(priced(of, period=period, grid=grid, kind=kind))


def test_inputs_are_those_of_the_line() -> None:
    assert explained(replace(ANY, quantity=1), REST) == Explained(
        kind="recurring",
        unit=Fraction(1799),
        quantity=1,
        discount_minor=180,
        grid_minor=1619,
        period=REST,
        grid=JANUARY,
        tax_rate_ppm=190_000,
        behavior=TaxBehavior.INCLUSIVE,
        net_minor=790,
        tax_minor=150,
        gross_minor=940,
    )


def test_a_whole_period_is_price_times_quantity_less_discount() -> None:
    how = explain(explained(ANY, JANUARY))
    assert how.rule == "price.full"
    assert how.formula == "1799 × 2 − 360 = 3238"
    assert how.tax == "3238 × 19/119 = 516.99 → 517"


def test_a_piece_that_reaches_the_end_is_its_share_of_days() -> None:
    how = explain(explained(replace(ANY, quantity=1), REST))
    assert how.rule == "proration.day"
    assert how.formula == "1799 × 1 − 180 = 1619; 1619 × 18/31 = 940.06 → 940"


def test_free_time_and_fees_have_rules_of_their_own() -> None:
    week = Period(date(2026, 1, 1), date(2026, 1, 8))
    assert explain(explained(ANY, week, LineKind.TRIAL)) == Explanation(
        "trial", "7 days free = 0", "0 × 19/119 = 0"
    )
    first = Period(date(2026, 1, 1), date(2026, 1, 2))
    fee = explain(explained(terms(250, rate_ppm=200_000, exclusive=True), first, LineKind.FIXED))
    assert fee == Explanation("price.once", "250 × 1 = 250", "250 × 20/100 = 50")


def test_price_of_a_part_of_a_minor_unit_is_a_fraction() -> None:
    how = explain(explained(replace(TERMS, unit=Fraction(1, 3), quantity=10), JANUARY))
    assert how.formula == "1/3 × 10 = 3"


@pytest.mark.parametrize(("first", "end"), [(1, 2), (1, 31), (2, 16), (15, 16), (30, 31)])
def test_a_piece_in_the_middle_is_the_difference_of_two_ends(first: int, end: int) -> None:
    piece = Period(date(2026, 1, first), date(2026, 1, end))
    text = explain_days(1799, piece=piece, grid=JANUARY)
    assert int(text.rpartition(" ")[2]) == portion(1799, piece=piece, grid=JANUARY)
    assert text.count(" − ") == 1


def test_days_are_counted_back_from_the_end() -> None:
    assert explain_days(3100, piece=JANUARY, grid=JANUARY) == "3100 × 31/31 = 3100"
    assert explain_days(1000, piece=REST, grid=JANUARY) == "1000 × 18/31 = 580.65 → 581"
    middle = Period(date(2026, 1, 11), date(2026, 1, 14))
    assert explain_days(1000, piece=middle, grid=JANUARY) == (
        "1000 × 21/31 = 677.42 → 677; 1000 × 18/31 = 580.65 → 581; 677 − 581 = 96"
    )


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("added", explain_tax(10_000, 88_750, TaxBehavior.EXCLUSIVE),
         "10000 × 8.875/100 = 887.50 → 888"),
        ("none", explain_tax(1199, 0, TaxBehavior.EXCLUSIVE), "1199 × 0/100 = 0"),
        ("contained", explain_tax(0, 255_000, TaxBehavior.INCLUSIVE), "0 × 25.5/125.5 = 0"),
        ("refunded", explain_tax(-1199, 190_000, TaxBehavior.INCLUSIVE),
         "-1199 × 19/119 = -191.44 → -191"),
    ],
)  # fmt: skip
def test_tax_is_explained(_case: str, text: str, expected: str) -> None:
    assert text == expected


QUEBEC = (50_000, 99_750)


@pytest.mark.parametrize(
    ("_case", "stated", "rates", "behavior", "rounding", "text"),
    [
        ("down", 985, (100_000,), INCLUSIVE, Rounding(RoundingMode.DOWN),
         "985 × 10/110 = 89.55, rounded down → 89"),
        ("up", 1990, (80_000,), INCLUSIVE, Rounding(RoundingMode.UP),
         "1990 × 8/108 = 147.41, rounded up → 148"),
        ("even", 250, (10_000,), EXCLUSIVE, Rounding(RoundingMode.HALF_EVEN),
         "250 × 1/100 = 2.50, a half to even → 2"),
        ("net", 299, (40_000,), INCLUSIVE, Rounding(target=RoundingTarget.NET),
         "299 × 100/104 = 287.50 → 288; 299 − 288 = 11"),
        ("each alone", 14_000, QUEBEC, EXCLUSIVE, USUAL,
         "14000 × 5/100 = 700; 14000 × 9.975/100 = 1396.50 → 1397; 700 + 1397 = 2097"),
        ("one half used twice", 11_900, (90_000, 90_000), INCLUSIVE,
         Rounding(components=RoundingComponents.EQUAL),
         "11900 × 9/118 = 907.63 → 908; 2 × 908 = 1816"),
        ("inside the price", 2390, (50_000, 6_500), INCLUSIVE,
         Rounding(components=RoundingComponents.INSIDE),
         "2390 × 5/100 = 119.50 → 120; 2390 × 0.65/100 = 15.54 → 16; 120 + 16 = 136"),
        ("rounded as one", 1099, (65_000, 38_500), EXCLUSIVE,
         Rounding(components=RoundingComponents.COMBINED), "1099 × 10.35/100 = 113.75 → 114"),
    ],
)  # fmt: skip
def test_tax_is_explained_as_it_was_rounded(
    _case: str,
    stated: int,
    rates: tuple[int, ...],
    behavior: TaxBehavior,
    rounding: Rounding,
    text: str,
) -> None:
    said = explain_tax(stated, sum(rates), behavior, rounding=rounding, components=rates)
    assert said == text
    # and the explanation ends in what is charged
    done = group((stated,), rated(*rates), behavior=behavior, rounding=rounding)
    assert int(said.rpartition(" ")[2]) == done.total.tax


def test_lines_and_credits_say_how_their_market_rounds() -> None:
    line = priced(
        replace(terms(985, rate_ppm=100_000), rounding=Rounding(RoundingMode.DOWN)),
        period=JANUARY,
        grid=JANUARY,
    )
    assert explain(of_line(line)).tax == "985 × 10/110 = 89.55, rounded down → 89"
    assert (
        sentence(of_line(line), "JPY")
        == "985 JPY × 1 = 985 JPY, of it 89 JPY tax at 10 %, rounded down"
    )
    credit = unused(billed(line), cut=REST.start)
    assert credit is not None
    assert explain_credit(billed(line), credit).tax == "89 × 572/985, rounded down → 51"


def test_a_credit_is_its_days_and_its_share_of_the_tax_of_its_line() -> None:
    line = billed(priced(terms(1199, rate_ppm=190_000), period=JANUARY, grid=JANUARY))
    credit = unused(line, cut=REST.start)
    assert credit is not None
    assert (credit.gross_minor, credit.tax_minor) == (696, 111)
    assert explain_credit(line, credit) == Explanation(
        "credit.day", "1199 × 18/31 = 696.19 → 696", "191 × 696/1199 → 111"
    )


def test_a_credit_after_goodwill_says_what_is_less() -> None:
    line = billed(
        priced(terms(3100), period=JANUARY, grid=JANUARY), corrections=(over(JANUARY, 1500),)
    )
    credit = unused(line, cut=date(2026, 1, 16))
    assert credit is not None
    assert explain_credit(line, credit).formula == ("3100 × 16/31 = 1600; given back of it: 826")


def test_a_credit_of_a_price_without_tax_is_explained_without_it() -> None:
    # given 3720 with 20 % on top, of which 1860 was given back
    of = terms(3100, rate_ppm=200_000, exclusive=True)
    line = billed(
        priced(of, period=JANUARY, grid=JANUARY),
        corrections=(over(JANUARY, 1860),),
        credited_tax=310,
    )
    credit = unused(line, cut=date(2026, 1, 16))
    assert credit is not None
    assert (credit.gross_minor, credit.net_minor) == (960, 800)
    assert explain_credit(line, credit) == Explanation(
        "credit.day",
        "3100 × 16/31 = 1600; given back of it: 800",
        "620 × 960/3720 → 160",
    )


@pytest.mark.parametrize(
    ("_case", "line", "expected"),
    [
        ("whole", explained(replace(ANY, discount=TERMS.discount), JANUARY),
         "17.99 EUR × 2 = 35.98 EUR, of it 5.74 EUR tax at 19 %"),
        ("discount", explained(ANY, JANUARY),
         "(17.99 EUR × 2 − 3.60 EUR discount) = 32.38 EUR, of it 5.17 EUR tax at 19 %"),
        ("days", explained(terms(1099), REST),
         "10.99 EUR × 1 × 18/31 days = 6.38 EUR, of it 0.00 EUR tax at 0 %"),
        ("on top", explained(terms(5000, rate_ppm=255_000, exclusive=True), JANUARY),
         "50.00 EUR × 1 = 50.00 EUR + 12.75 EUR tax at 25.5 % = 62.75 EUR"),
        ("free", explained(ANY, REST, LineKind.TRIAL), "trial of 18 days: 0.00 EUR"),
        ("fee", explained(terms(250), REST, LineKind.FIXED),
         "2.50 EUR × 1 = 2.50 EUR, of it 0.00 EUR tax at 0 %"),
        ("part of a cent", explained(replace(TERMS, unit=Fraction(1, 3), quantity=300), JANUARY),
         "1/3 minor units EUR × 300 = 1.00 EUR, of it 0.00 EUR tax at 0 %"),
    ],
)  # fmt: skip
def test_a_line_is_one_sentence_in_its_currency(_case: str, line: Explained, expected: str) -> None:
    assert sentence(line, "EUR") == expected


def test_amounts_have_the_decimals_of_their_currency() -> None:
    yen = explained(replace(terms(1099), currency=Currency("JPY")), JANUARY)
    assert sentence(yen, "JPY") == "1099 JPY × 1 = 1099 JPY, of it 0 JPY tax at 0 %"
    assert [show(1234, code) for code in ("EUR", "JPY", "KWD")] == [
        "12.34 EUR",
        "1234 JPY",
        "1.234 KWD",
    ]
    assert (show(0, "EUR"), show(-5, "EUR")) == ("0.00 EUR", "-0.05 EUR")


def test_rates_are_written_with_no_more_decimals_than_they_need() -> None:
    assert [percent(rate) for rate in (0, 190_000, 255_000, 88_750)] == ["0", "19", "25.5", "8.875"]
    assert [fraction_text(rate) for rate in (0, 190_000, 1_000_000)] == ["0", "0.19", "1"]
