from datetime import date, timedelta
from typing import Any

import pytest

from ledgerline.payments.debits import Announced
from ledgerline.payments.rules.bank_days import SCHEMES
from ledgerline.payments.rules.debit_notices import (
    Announce,
    Send,
    Terms,
    Wait,
    decide,
    has_no_notice,
    rule_of,
    terms_of,
)
from tests.unit.payments.test_mandates import SEPA_CORE

BACS = SEPA_CORE._replace(
    scheme="bacs", notice_days=10, notice_unit="bank_day", submit_bank_days=2, lapse_months=None
)
MONDAY = date(2026, 3, 2)
DUE = date(2026, 3, 16)


def sepa(agreed: int | None = None, *, lead: int = 0) -> Terms:
    return terms_of(SEPA_CORE, SCHEMES["sepa"], agreed_days=agreed, lead_bank_days=lead)


def machine(terms: Terms, told: Announced | None, *, today: date) -> Send | Wait | Announce:
    return decide(terms, 1190, told, today=today, payer_is_here=False)


def test_rule_that_holds_is_the_newest_of_its_scheme_that_has_begun() -> None:
    later = SEPA_CORE._replace(valid_from=date(2026, 1, 1), notice_days=10)
    rules = [later, SEPA_CORE, BACS]
    assert rule_of(rules, "sepa_core", on=date(2025, 12, 31)) is SEPA_CORE
    assert rule_of(rules, "sepa_core", on=date(2026, 1, 1)) is later
    assert rule_of(rules, "pad", on=date(2026, 1, 1)) is None
    assert rule_of(rules, None, on=date(2026, 1, 1)) is None


@pytest.mark.parametrize(("agreed", "expected"), [(None, 14), (3, 3), (0, 1), (20, 14)])
def test_mandate_agrees_to_less_but_never_to_less_than_a_day(
    agreed: int | None, expected: int
) -> None:
    assert sepa(agreed).days == expected


def test_sepa_counts_days_and_bacs_counts_bank_days() -> None:
    assert sepa().earliest(MONDAY) == DUE
    bacs = terms_of(BACS, SCHEMES["bacs"], agreed_days=None, lead_bank_days=0)
    # Good Friday and Easter Monday are no bank days
    assert bacs.earliest(date(2026, 3, 27)) == date(2026, 4, 14)


def test_payer_who_was_not_told_is_told_and_the_debit_waits() -> None:
    found = machine(sepa(), None, today=MONDAY)
    # one bank day for the scheme and two to spare
    assert found == Announce(due_on=DUE, earliest_on=DUE, send_on=date(2026, 3, 11))


def test_debit_comes_on_a_bank_day_that_its_provider_can_reach() -> None:
    # told on Thursday with a day's notice, and Friday to Monday are Easter
    found = machine(sepa(1), None, today=date(2026, 4, 2))
    assert found == Announce(
        due_on=date(2026, 4, 7), earliest_on=date(2026, 4, 3), send_on=date(2026, 4, 2)
    )
    assert machine(sepa(1, lead=4), None, today=MONDAY) == Announce(
        due_on=date(2026, 3, 6), earliest_on=date(2026, 3, 3), send_on=MONDAY
    )


def test_debit_goes_on_its_notice_and_not_before_it_has_to() -> None:
    told = Announced(1, 1190, DUE)
    assert machine(sepa(), told, today=date(2026, 3, 10)) == Wait(date(2026, 3, 11))
    for day in (11, 12, 13):
        assert machine(sepa(), told, today=date(2026, 3, day)) == Send(told)


def test_another_amount_or_a_day_that_is_missed_begins_anew() -> None:
    # an outage longer than what was spared: Monday's debit had to go by Friday
    late = machine(sepa(), Announced(1, 1190, DUE), today=DUE)
    assert late == Announce(
        due_on=date(2026, 3, 30), earliest_on=date(2026, 3, 30), send_on=date(2026, 3, 25)
    )
    other = machine(sepa(), Announced(1, 1191, DUE), today=date(2026, 3, 12))
    assert isinstance(other, Announce)
    assert other.due_on == date(2026, 3, 26)


def test_payer_who_is_here_sees_the_day_and_the_debit_goes_at_once() -> None:
    found = decide(sepa(3), 1190, None, today=MONDAY, payer_is_here=True)
    assert found == Announce(due_on=date(2026, 3, 5), earliest_on=date(2026, 3, 5), send_on=MONDAY)
    told = Announced(2, 1190, DUE)
    assert decide(sepa(), 1190, told, today=MONDAY, payer_is_here=True) == Send(told)


def test_a_day_is_reached_from_where_the_longest_lead_allows() -> None:
    terms = sepa(lead=4)
    assert terms.can_reach(DUE, today=date(2026, 3, 10))
    assert not terms.can_reach(DUE, today=date(2026, 3, 11))
    assert terms.send_on(DUE, today=MONDAY) == date(2026, 3, 6)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"has_mandate": False}, True),
        ({"scheme": "sepa_core", "has_rule": True}, False),
        ({"scheme": "ach"}, True),
        ({}, False),
        ({"waited": timedelta(days=1)}, True),
    ],
)
def test_a_debit_has_no_notice_where_nobody_knows_how_long_before_it_its_payer_is_told(
    facts: dict[str, Any], expected: bool
) -> None:
    asked: dict[str, Any] = {
        "has_mandate": True,
        "scheme": None,
        "has_rule": False,
        "waited": timedelta(hours=23),
    }
    assert has_no_notice(**{**asked, **facts}) is expected
