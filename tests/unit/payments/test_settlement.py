from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from ledgerline.base.money import Currency, Money
from ledgerline.payments.model import (
    AttemptState,
    DeclineCategory,
    EvidenceKind,
    Initiator,
    Outcome,
    PaymentState,
    Reading,
)
from ledgerline.payments.rules.retry import GiveUp, GiveUpReason, Retry
from ledgerline.payments.rules.settlement import (
    CLOSED,
    Contradict,
    Facts,
    Fail,
    Ignore,
    LookAgain,
    Succeed,
    Verdict,
    verdict,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FACTS = Facts(
    attempt_state=AttemptState.SENT,
    amount_minor=1799,
    currency="EUR",
    initiator=Initiator.MERCHANT,
    looks=0,
    payment_state=PaymentState.PROCESSING,
    tries=1,
    technical_tries=0,
    zone="Europe/Berlin",
    spread=0,
)
ASKED = Money(1799, Currency("EUR"))
FUNDS = DeclineCategory.INSUFFICIENT_FUNDS


def _read(outcome: Outcome, amount: Money | None = ASKED) -> Reading:
    category = FUNDS if outcome is Outcome.DECLINED else None
    return Reading(outcome, EvidenceKind.STATUS_QUERY, amount=amount, category=category)


def _expected(attempt: AttemptState, outcome: Outcome, payment: PaymentState) -> type[Verdict]:
    """Say by hand what kind of verdict each case has."""
    if attempt in CLOSED:
        contradicts = {
            (AttemptState.DECLINED, Outcome.SUCCEEDED),
            (AttemptState.NOT_EXECUTED, Outcome.SUCCEEDED),
            (AttemptState.SUCCEEDED, Outcome.DECLINED),
        }
        return Contradict if (attempt, outcome) in contradicts else Ignore
    if outcome in {Outcome.PENDING, Outcome.UNKNOWN, Outcome.ABSENT}:
        return LookAgain
    if outcome is Outcome.SUCCEEDED:
        return Succeed if payment is PaymentState.PROCESSING else Contradict
    return Fail


@pytest.mark.parametrize(
    ("attempt", "outcome", "payment"), list(product(AttemptState, Outcome, PaymentState))
)
def test_every_case_has_its_verdict(
    attempt: AttemptState, outcome: Outcome, payment: PaymentState
) -> None:
    facts = replace(FACTS, attempt_state=attempt, payment_state=payment)
    assert type(verdict(facts, _read(outcome), now=NOW)) is _expected(attempt, outcome, payment)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.ABSENT, Outcome.PENDING])
@pytest.mark.parametrize("looks", [0, 5, 6, 500])
def test_nothing_ends_by_age_or_by_looking_often(outcome: Outcome, looks: int) -> None:
    found = verdict(replace(FACTS, looks=looks), _read(outcome, None), now=NOW)
    assert isinstance(found, LookAgain)
    assert found.at > NOW
    assert found.unknown == (outcome is not Outcome.PENDING)


@pytest.mark.parametrize(
    "moved",
    [Money(1798, Currency("EUR")), Money(1800, Currency("EUR")), Money(1799, Currency("USD"))],
)
@pytest.mark.parametrize("attempt", [AttemptState.SENT, AttemptState.UNKNOWN])
def test_other_amount_than_asked_is_no_success(moved: Money, attempt: AttemptState) -> None:
    found = verdict(replace(FACTS, attempt_state=attempt), _read(Outcome.SUCCEEDED, moved), now=NOW)
    assert found == LookAgain(NOW + timedelta(seconds=10), unknown=True)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.PENDING])
def test_next_look_waits_for_what_the_provider_asked_for(outcome: Outcome) -> None:
    reading = Reading(outcome, EvidenceKind.RESPONSE, retry_after_seconds=120)
    found = verdict(FACTS, reading, now=NOW)
    assert found == LookAgain(NOW + timedelta(seconds=120), unknown=outcome is Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("attempt", "outcome", "expected"),
    [
        (AttemptState.DECLINED, Outcome.SUCCEEDED, Contradict("late_success", money_moved=True)),
        (
            AttemptState.NOT_EXECUTED,
            Outcome.SUCCEEDED,
            Contradict("late_success", money_moved=True),
        ),
        (
            AttemptState.SUCCEEDED,
            Outcome.DECLINED,
            Contradict("declined_after_success", money_moved=False),
        ),
    ],
)
def test_contradiction_says_whether_money_moved(
    attempt: AttemptState, outcome: Outcome, expected: Contradict
) -> None:
    assert verdict(replace(FACTS, attempt_state=attempt), _read(outcome), now=NOW) == expected


@pytest.mark.parametrize("payment", [PaymentState.FAILED, PaymentState.CANCELED])
def test_success_of_a_payment_that_was_given_up_is_money_nobody_expects(
    payment: PaymentState,
) -> None:
    facts = replace(FACTS, attempt_state=AttemptState.UNKNOWN, payment_state=payment)
    found = verdict(facts, _read(Outcome.SUCCEEDED), now=NOW)
    assert found == Contradict("late_success", money_moved=True)


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.NOT_EXECUTED])
def test_payer_who_is_present_chooses_what_to_try_next(outcome: Outcome) -> None:
    found = verdict(replace(FACTS, initiator=Initiator.CUSTOMER), _read(outcome), now=NOW)
    assert isinstance(found, Fail)
    assert found.then == GiveUp(GiveUpReason.CUSTOMER_MUST_ACT)


def test_decline_takes_the_next_slot_of_the_calendar() -> None:
    found = verdict(FACTS, _read(Outcome.DECLINED), now=NOW)
    # two days later at nine in Berlin
    at = Retry(datetime(2026, 3, 3, 8, tzinfo=UTC))
    assert found == Fail(AttemptState.DECLINED, at, technical_tries=0)


@pytest.mark.parametrize(
    ("technical", "then"),
    [
        (0, Retry(NOW + timedelta(hours=1))),
        (1, Retry(NOW + timedelta(hours=6))),
        (2, Retry(NOW + timedelta(hours=24))),
    ],
)
def test_try_that_was_not_executed_leaves_the_calendar_alone(technical: int, then: Retry) -> None:
    facts = replace(FACTS, tries=technical + 1, technical_tries=technical)
    found = verdict(facts, _read(Outcome.NOT_EXECUTED), now=NOW)
    assert found == Fail(AttemptState.NOT_EXECUTED, then, technical_tries=technical + 1)
