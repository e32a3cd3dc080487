"""What a reading does to a set-up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from ledgerline.payments.authentication import PayerAction
from ledgerline.payments.debits import MandateEvent, MandateReading
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.rules.ladder import Wish, next_look
from ledgerline.payments.rules.setting_up import (
    NEVER_CAME_AFTER,
    End,
    Keep,
    SetupFacts,
    StillAsks,
    never_came,
    setup_verdict,
    setup_wish,
)
from ledgerline.payments.rules.settlement import AskPayer, Ignore, LookAgain
from ledgerline.payments.setups import GivenMandate, Saved, SetupState

NOW: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
UNTIL: Final = NOW + timedelta(minutes=30)
FACTS: Final = SetupFacts(
    state=SetupState.SENT, looks=0, token="tok_1", brand="visa", last4="4242", act_until=UNTIL
)
RESPONSE: Final = EvidenceKind.RESPONSE
DONE: Final = Reading(Outcome.SUCCEEDED, RESPONSE)
PAGE: Final = PayerAction(url="https://bank.example", expires_at=NOW + timedelta(minutes=15))


def test_a_success_keeps_what_the_provider_names_and_else_what_was_given() -> None:
    assert setup_verdict(FACTS, DONE, now=NOW) == Keep("tok_1", "visa", "4242")
    told = replace(DONE, saved=Saved("pm_1", "mastercard"))
    assert setup_verdict(FACTS, told, now=NOW) == Keep("pm_1", "mastercard", "4242")
    whole = replace(DONE, saved=Saved("pm_1", "mastercard", "0005"))
    odd = replace(DONE, saved=Saved("pm_1", "mastercard", "…05"))  # no four digits
    assert setup_verdict(FACTS, odd, now=NOW) == Keep("pm_1", "mastercard", "4242")
    nothing = replace(FACTS, token=None, brand=None, last4=None)
    assert setup_verdict(nothing, whole, now=NOW) == Keep("pm_1", "mastercard", "0005")


@pytest.mark.parametrize("end", ["00", "1A", "0123"])
def test_a_mandate_is_kept_with_as_much_of_its_account_as_is_told(end: str) -> None:
    seen = MandateReading(event=MandateEvent.SEEN_PENDING, scheme="sepa_core")
    given = GivenMandate(reading=seen, given_at=NOW)
    told = replace(DONE, saved=Saved("MD1", "sepa_core", end, mandate=given))
    nothing = replace(FACTS, token=None, brand=None, last4=None)
    assert setup_verdict(nothing, told, now=NOW) == Keep("MD1", "sepa_core", end, given)


@pytest.mark.parametrize(
    "facts", [replace(FACTS, token=None), replace(FACTS, brand=None), replace(FACTS, last4=None)]
)
def test_a_success_that_nobody_could_use_is_looked_at_again(facts: SetupFacts) -> None:
    assert isinstance(setup_verdict(facts, DONE, now=NOW), LookAgain)


def test_a_refusal_ends_it_and_our_own_failure_ends_it_otherwise() -> None:
    refused = Reading(Outcome.DECLINED, RESPONSE)
    assert setup_verdict(FACTS, refused, now=NOW) == End(SetupState.FAILED)
    unsent = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
    assert setup_verdict(FACTS, unsent, now=NOW) == End(SetupState.NOT_EXECUTED)
    # once the resolver has looked, that one call sent nothing proves nothing
    seen = replace(FACTS, looks=1)
    assert isinstance(setup_verdict(seen, unsent, now=NOW), LookAgain)
    void = Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)
    assert setup_verdict(seen, void, now=NOW) == End(SetupState.NOT_EXECUTED)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.ABSENT, Outcome.PENDING])
def test_what_proves_nothing_ends_nothing_however_late_it_is(outcome: Outcome) -> None:
    reading = Reading(outcome, EvidenceKind.STATUS_QUERY)
    found = setup_verdict(FACTS, reading, now=UNTIL + timedelta(days=400))
    assert isinstance(found, LookAgain)
    assert found.unknown is (outcome is not Outcome.PENDING)


def test_a_payer_is_asked_until_the_page_or_the_set_up_expires() -> None:
    asks = Reading(Outcome.REQUIRES_ACTION, RESPONSE, action=PAGE)
    found = setup_verdict(FACTS, asks, now=NOW)
    assert isinstance(found, AskPayer)
    assert found.action == PAGE
    longer = replace(asks, action=replace(PAGE, expires_at=None))
    found = setup_verdict(FACTS, longer, now=NOW)
    assert isinstance(found, AskPayer)
    assert found.action.expires_at == UNTIL
    for facts, reading, now in (
        (FACTS, asks, UNTIL),
        (replace(FACTS, act_until=None), asks, NOW),
        (FACTS, replace(asks, action=None), NOW),
        (FACTS, asks, NOW + timedelta(minutes=15)),
    ):
        assert isinstance(setup_verdict(facts, reading, now=now), LookAgain)


def test_a_payer_who_has_a_page_keeps_it_until_the_set_up_expires() -> None:
    asks = Reading(Outcome.REQUIRES_ACTION, EvidenceKind.STATUS_QUERY)
    waiting = replace(FACTS, state=SetupState.REQUIRES_ACTION, looks=1)
    assert setup_verdict(waiting, asks, now=NOW) == StillAsks(next_look(1, NOW))
    late = UNTIL - timedelta(seconds=1)
    assert setup_verdict(waiting, asks, now=late) == StillAsks(UNTIL)
    for facts, now in (
        (FACTS, NOW),  # nobody knows where they could be sent
        (waiting, UNTIL),
        (replace(waiting, act_until=None), NOW),
    ):
        assert isinstance(setup_verdict(facts, asks, now=now), LookAgain)


@pytest.mark.parametrize(
    "state", [SetupState.SUCCEEDED, SetupState.FAILED, SetupState.NOT_EXECUTED]
)
def test_an_end_stands(state: SetupState) -> None:
    over = replace(FACTS, state=state)
    for outcome in Outcome:
        assert setup_verdict(over, Reading(outcome, RESPONSE), now=NOW) == Ignore()


def test_it_is_wanted_until_it_expires_or_is_canceled() -> None:
    assert setup_wish(canceled=False, expires_at=UNTIL, now=NOW) is Wish.WANTED
    assert setup_wish(canceled=False, expires_at=UNTIL, now=UNTIL) is Wish.LATE
    assert setup_wish(canceled=True, expires_at=UNTIL, now=NOW) is Wish.GIVEN_UP


@pytest.mark.parametrize(
    ("outcome", "wish", "age", "expected"),
    [
        (Outcome.ABSENT, Wish.GIVEN_UP, NEVER_CAME_AFTER, True),
        (Outcome.ABSENT, Wish.GIVEN_UP, NEVER_CAME_AFTER - timedelta(seconds=1), False),
        (Outcome.ABSENT, Wish.WANTED, 9 * NEVER_CAME_AFTER, False),
        (Outcome.UNKNOWN, Wish.GIVEN_UP, 9 * NEVER_CAME_AFTER, False),
    ],
)
def test_only_what_nobody_wants_and_nobody_knows_of_is_over_without_a_word(
    outcome: Outcome, wish: Wish, age: timedelta, expected: bool
) -> None:
    reading = Reading(outcome, EvidenceKind.STATUS_QUERY)
    assert never_came(reading, wish=wish, age=age) is expected
