from collections.abc import Callable
from fractions import Fraction

import pytest

from ledgerline.base.calendar import Unit
from ledgerline.base.money import Currency
from ledgerline.catalog.rules import scalars
from ledgerline.catalog.rules.nodes import Spot, root

EUR = Currency("EUR")


def _spot(value: str) -> Spot:
    return root(f"at: {value}\n").fields("at")["at"]


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (scalars.zone, "Europe/Oslo", "Europe/Oslo"),
        (scalars.currency, "NOK", "NOK"),
        (scalars.cadence, "3 month", (3, Unit.MONTH)),
        (scalars.length, "30 days", (30, Unit.DAY)),
        (scalars.length, "1 year", (1, Unit.YEAR)),
        (lambda spot: scalars.amount(spot, EUR), "11.99", 1199),
        (lambda spot: scalars.price(spot, EUR), "11.99", Fraction(1199)),
        (lambda spot: scalars.price(spot, EUR), "0.005", Fraction(1, 2)),
        (lambda spot: scalars.price(spot, Currency("JPY")), "980.25", Fraction(3921, 4)),
        (scalars.percent, "25.5", 255_000),
        (scalars.percent, "100", 1_000_000),
        (scalars.tax_id, "NO 999999999 MVA", "NO 999999999 MVA"),
        (scalars.email, "hei@fjord.example", "hei@fjord.example"),
        (scalars.website, "https://fjord.example/a?b", "https://fjord.example/a?b"),
        (scalars.colour, "'#1F7A5C'", "#1f7a5c"),
    ],
)
def test_a_value_is_read_exactly(
    read: Callable[[Spot], object], value: str, expected: object
) -> None:
    spot = _spot(value)
    assert read(spot) == expected
    assert spot.notes.problems == []


@pytest.mark.parametrize(
    ("read", "value", "stand_in"),
    [
        (scalars.zone, "Europe/Olso", "Europe/Olso"),
        (scalars.currency, "nok", ""),
        (scalars.cadence, "3 months", (1, Unit.MONTH)),
        (scalars.length, "0 days", (1, Unit.MONTH)),
        (lambda spot: scalars.amount(spot, EUR), "11.995", 0),
        (lambda spot: scalars.price(spot, EUR), "11.9", 0),
        (lambda spot: scalars.price(spot, EUR), "0.00", 0),
        (scalars.percent, "100.1", 0),
        (scalars.tax_id, "no 9", ""),
        (scalars.email, "hei@fjord", ""),
        (scalars.website, "ftp://fjord.example", ""),
        (scalars.colour, "green", ""),
        (scalars.colour, "#1f7a5c", ""),
    ],
)
def test_a_value_that_cannot_be_read_is_noted_once(
    read: Callable[[Spot], object], value: str, stand_in: object
) -> None:
    spot = _spot(value)
    assert read(spot) == stand_in
    assert [problem.key for problem in spot.notes.problems] == ["at"]


def test_keys_of_another_form_are_noted_and_passed_over() -> None:
    spot = root("solo: 1\nDuo: 2\n")
    assert list(scalars.coded(spot)) == ["solo"]
    assert [(problem.line, problem.key) for problem in spot.notes.problems] == [(2, "Duo")]
