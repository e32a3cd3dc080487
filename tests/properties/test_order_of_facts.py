"""What is said of one attempt, in any order and however often, comes to the same end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.payments.authentication import PayerAction
from ledgerline.payments.model import (
    AttemptState,
    DeclineCategory,
    EvidenceKind,
    Initiator,
    Outcome,
    PaymentState,
    Reading,
)
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.retry_plan import Policy
from ledgerline.payments.rules.settlement import (
    AskPayer,
    Contradict,
    Facts,
    Fail,
    Ignore,
    LookAgain,
    Over,
    Succeed,
    verdict,
)
from tests.unit.payments.samples import METHOD, NOW

SENT = Facts(
    attempt_state=AttemptState.SENT,
    amount_minor=1799,
    currency="EUR",
    initiator=Initiator.MERCHANT,
    looks=0,
    payment_state=PaymentState.PROCESSING,
    tries=1,
    technical_tries=0,
    own_failures=0,
    payer_tries=0,
    resume=None,
    zone="Europe/Berlin",
    spread=0,
    method_id=METHOD,
    policy=Policy(1),
    act_until=NOW + timedelta(minutes=30),
    goes_elsewhere=False,
)
WAYS = (EvidenceKind.RESPONSE, EvidenceKind.WEBHOOK, EvidenceKind.STATUS_QUERY,
        EvidenceKind.SETTLEMENT_LINE)  # fmt: skip
DECLINED = [
    Reading(Outcome.DECLINED, way, category=DeclineCategory.INSUFFICIENT_FUNDS) for way in WAYS
]
SUCCEEDED = [Reading(Outcome.SUCCEEDED, way, psp_ref="ch_1") for way in WAYS]
ASKED = PayerAction(url="https://bank.example/1")
NOTHING = [
    Reading(outcome, way, action=ASKED if outcome is Outcome.REQUIRES_ACTION else None)
    for outcome in (Outcome.UNKNOWN, Outcome.ABSENT, Outcome.PENDING, Outcome.REQUIRES_ACTION)
    for way in WAYS
]


def told(facts: Sequence[Reading]) -> tuple[AttemptState, int, frozenset[Reason]]:
    """Say where an attempt stands after some facts, how often its money is booked, and why asked.

    What was booked is booked once: an exception is open once, and what it books goes with it.
    """
    state, booked, opened = SENT, 0, set[Reason]()
    for looks, fact in enumerate(facts):
        match verdict(replace(state, looks=looks), fact, now=NOW):
            case Succeed():
                booked += 1
                state = replace(state, attempt_state=AttemptState.SUCCEEDED)
            case Fail(state=ended) | Over(state=ended):
                state = replace(state, attempt_state=ended)
            case AskPayer():
                state = replace(state, attempt_state=AttemptState.REQUIRES_ACTION)
            case LookAgain(unknown=True):
                state = replace(state, attempt_state=AttemptState.UNKNOWN)
            case Contradict(reason=reason, money_moved=moved):
                booked += moved and reason not in opened
                opened.add(reason)
            case LookAgain() | Ignore():
                pass
    return state.attempt_state, booked, frozenset(opened)


@pytest.mark.parametrize(
    ("proofs", "end"),
    [(SUCCEEDED, (AttemptState.SUCCEEDED, 1)), (DECLINED, (AttemptState.DECLINED, 0))],
)
@given(draw=st.data())
def test_facts_that_agree_come_to_one_end(
    proofs: list[Reading], end: tuple[AttemptState, int], draw: st.DataObject
) -> None:
    facts = draw.draw(st.lists(st.sampled_from([*proofs, *NOTHING]), max_size=8))
    facts.insert(draw.draw(st.integers(0, len(facts))), draw.draw(st.sampled_from(proofs)))
    assert told(facts) == (*end, frozenset())


@given(facts=st.lists(st.sampled_from(NOTHING)))
def test_facts_that_prove_nothing_end_nothing(facts: list[Reading]) -> None:
    state, booked, opened = told(facts)
    assert state in {AttemptState.SENT, AttemptState.UNKNOWN, AttemptState.REQUIRES_ACTION}
    assert (booked, opened) == (0, frozenset())


@given(draw=st.data())
def test_money_that_came_is_booked_once_whatever_else_is_said(draw: st.DataObject) -> None:
    facts = draw.draw(st.lists(st.sampled_from([*SUCCEEDED, *DECLINED, *NOTHING]), max_size=8))
    for proofs in (SUCCEEDED, DECLINED):
        facts.insert(draw.draw(st.integers(0, len(facts))), draw.draw(st.sampled_from(proofs)))
    state, booked, opened = told(facts)
    assert booked == 1
    assert state in {AttemptState.SUCCEEDED, AttemptState.DECLINED}
    assert opened & {Reason.LATE_SUCCESS, Reason.DECLINED_AFTER_SUCCESS}
