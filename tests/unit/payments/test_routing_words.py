"""Routing rules in sentences."""

import pytest

from ledgerline.payments.model import Funding, Initiator
from ledgerline.payments.rules.routing import Filtered, Strategy, Then, When
from ledgerline.payments.rules.routing_words import NAMES, REASONS, condition, consequence, percent


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (When(), "every charge"),
        (When(market=("DE", "FR")), "market DE or FR"),
        (When(bin=("4111",), funding=(Funding.DEBIT,)),
         "card number begins with 4111 and funding debit"),
        (When(currency=("EUR",), amount_from=100, amount_below=900),
         "currency EUR and amount from 1.00 EUR and amount below 9.00 EUR"),
        (When(currency=("JPY",), amount_from=900), "currency JPY and amount from 900 JPY"),
        (When(initiator=(Initiator.MERCHANT,)), "initiator merchant"),
    ],
)  # fmt: skip
def test_a_condition_is_said(when: When, said: str) -> None:
    assert condition(when) == said


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (Then(prefer=("aster", "boreal_eu")), "try aster, then boreal_eu"),
        (Then(split={"aster": 333_333, "boreal": 666_667}),
         "split: 33.3333 % to aster, 66.6667 % to boreal"),
        (Then(split={"aster": 1_000_000}), "split: 100 % to aster"),
        (Then(exclude=("boreal_eu",)), "never boreal_eu; later rules decide"),
        (Then(strategy=Strategy.LEAST_COST), "try the account with the lowest fee first"),
        (Then(strategy=Strategy.PRIORITY), "try accounts in the default order"),
    ],
)  # fmt: skip
def test_a_consequence_is_said(then: Then, said: str) -> None:
    assert consequence(then) == said


def test_everything_has_words() -> None:
    assert set(REASONS) == set(Filtered)
    assert set(NAMES) == set(When.__dataclass_fields__)


def test_a_share_loses_no_digit() -> None:
    assert [percent(ppm) for ppm in (0, 1, 14_050, 1_000_000)] == [
        "0 %", "0.0001 %", "1.405 %", "100 %",
    ]  # fmt: skip
