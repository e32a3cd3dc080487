from datetime import date

import pytest

from ledgerline.payments.rules.bank_days import SCHEMES, TARGET, UK, scheme_of

SEPA, BACS = SCHEMES["sepa"], SCHEMES["bacs"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 4, 2), date(2026, 4, 2)),
        (date(2026, 4, 3), date(2026, 4, 7)),  # Good Friday to Easter Monday
        (date(2026, 5, 1), date(2026, 5, 4)),  # 1 May, then a weekend
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2040, 12, 25), date(2040, 12, 25)),  # no data yet: weekends only
    ],
)
def test_euro_debits_settle_on_target_days(day: date, expected: date) -> None:
    assert SEPA.bank_day(day) == expected


def test_british_debits_wait_for_substitute_days() -> None:
    # Boxing Day 2026 is a Saturday, so Monday the 28th is closed
    assert BACS.bank_day(date(2026, 12, 25)) == date(2026, 12, 29)
    assert BACS.bank_day(date(2026, 5, 1)) == date(2026, 5, 1)


def test_bank_days_are_counted_over_weekends_and_holidays() -> None:
    assert SEPA.bank_days_after(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert SEPA.bank_days_after(date(2026, 4, 2), 2) == date(2026, 4, 8)


@pytest.mark.parametrize("closed", [TARGET, UK])
def test_closed_days_stand_under_their_year(closed: dict[int, frozenset[date]]) -> None:
    assert all(day.year == year for year, days in closed.items() for day in days)
    assert {2025, 2026, 2027} <= set(closed)


def test_a_mandate_is_told_by_its_brand() -> None:
    assert scheme_of("sepa_core") is SEPA
    assert scheme_of("Bacs") is BACS
    assert scheme_of("visa") is None
    assert scheme_of("") is None
