from datetime import date

import pytest

from ledgerline.catalog.model import TaxRate
from ledgerline.catalog.rules.parse import parse
from ledgerline.pricing.tax.rates import TaxRateMissing, TaxRates, as_known
from tests.unit.catalog.texts import SHIPPED
from tests.unit.pricing.lines import inclusive

RATES = TaxRates.of(parse(SHIPPED).tax_rates)
DIGITAL = "digital_services"


@pytest.mark.parametrize(
    ("tax_point", "rate_ppm", "net", "tax"),
    [
        (date(2020, 6, 30), 190_000, 839, 160),
        (date(2020, 7, 1), 160_000, 861, 138),
        (date(2020, 12, 31), 160_000, 861, 138),
        (date(2021, 1, 1), 190_000, 839, 160),
    ],
)
def test_t17_rate_is_that_of_the_tax_point(
    tax_point: date, rate_ppm: int, net: int, tax: int
) -> None:
    # given 9.99 in Germany with tax, around the half year of 16 %
    rate = RATES.at("DE", DIGITAL, on=tax_point).rate_ppm
    # then
    assert rate == rate_ppm
    assert inclusive(999, rate) == (net, tax)


@pytest.mark.parametrize(
    ("market", "day", "rate_ppm"),
    [
        ("FI", date(2024, 8, 31), 240_000),
        ("FI", date(2024, 9, 1), 255_000),
        ("CH", date(2023, 12, 31), 77_000),
        ("CH", date(2024, 1, 1), 81_000),
        ("SE", date(2026, 6, 1), 250_000),
        ("FR", date(2026, 6, 1), 200_000),
        ("ES", date(2026, 6, 1), 210_000),
        ("IT", date(2026, 6, 1), 220_000),
        ("NL", date(2026, 6, 1), 210_000),
        ("PL", date(2026, 6, 1), 230_000),
        ("GB", date(2026, 6, 1), 200_000),
        ("JP", date(2026, 6, 1), 100_000),
        ("AU", date(2026, 6, 1), 100_000),
        ("IN", date(2026, 6, 1), 180_000),
        ("KW", date(2026, 6, 1), 0),
        ("US", date(2026, 6, 1), 0),
    ],
)
def test_shipped_rate_holds_on_a_day(market: str, day: date, rate_ppm: int) -> None:
    assert RATES.at(market, DIGITAL, on=day).rate_ppm == rate_ppm


def test_row_that_holds_names_its_source() -> None:
    row = RATES.at("KW", DIGITAL, on=date(2026, 6, 1))
    assert row.source == "entered by hand: the country levies no VAT"


@pytest.mark.parametrize(
    ("_case", "market", "category", "day"),
    [
        ("a market without rates", "AQ", DIGITAL, date(2026, 6, 1)),
        ("a category without rates", "DE", "ebook", date(2026, 6, 1)),
        ("a day before the first rate", "GB", DIGITAL, date(2011, 1, 3)),
    ],
)
def test_missing_rate_is_refused_and_never_zero(
    _case: str, market: str, category: str, day: date
) -> None:
    with pytest.raises(TaxRateMissing) as refused:
        RATES.at(market, category, on=day)
    assert refused.value.facts == {"market": market, "category": category, "on": day.isoformat()}


def test_two_rates_of_one_day_are_a_defect() -> None:
    row = TaxRate(
        market_code="DE",
        category=DIGITAL,
        valid_from=date(2021, 1, 1),
        rate_ppm=190_000,
        source="statute",
    )
    with pytest.raises(AssertionError):
        TaxRates.of((row, row))


def _rate(first: date, rate_ppm: int) -> TaxRate:
    return TaxRate(
        market_code="DE", category=DIGITAL, valid_from=first, rate_ppm=rate_ppm, source="law"
    )


def test_rate_that_is_entered_late_counts_from_the_day_on_which_it_was() -> None:
    begun, march, july = date(2026, 1, 1), date(2026, 3, 1), date(2026, 7, 1)
    first, third = _rate(date(2007, 1, 1), 190_000), _rate(july, 160_000)
    known = [(first, begun), (third, begun)]
    assert as_known(known) == [first, third]
    # what begins after it was entered begins as it says, and what began before on that day
    late = _rate(march, 170_000)
    may = date(2026, 5, 9)
    assert as_known([*known, (late, may)]) == [first, _rate(may, 170_000), third]
    # what a later rate took the place of before it was entered never counted
    assert as_known([*known, (late, date(2026, 8, 1))]) == [first, third]
    # of two that are entered at once the later one counts
    assert as_known([(first, begun), (late, may), (_rate(date(2026, 4, 1), 165_000), may)]) == [
        first, _rate(may, 165_000),
    ]  # fmt: skip
    assert as_known([]) == []
