"""Evidence for disputes: when it may be sent, for which reason, and what came of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from ledgerline.payments.adapters.sandbox.connector import CAPABILITIES
from ledgerline.payments.capabilities import Evidence
from ledgerline.payments.disputes import DisputeState, EvidenceEvent
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import (
    DefenceRefused,
    DisputeNotAnswerable,
    EvidenceNotTaken,
    EvidenceTooLate,
)
from ledgerline.payments.rules.defending import (
    Next,
    choose,
    event_of,
    next_of,
    require_fits,
    require_taken,
    require_time,
)
from tests.unit.payments.samples import NOW

S: Final = DisputeState
E: Final = EvidenceEvent
HOUR: Final = timedelta(hours=1)
ASKS: Final = CAPABILITIES
BLIND: Final = replace(
    CAPABILITIES, evidence=Evidence(bytes_max=1, lookup=False, names_defences=True)
)
NONE: Final = replace(CAPABILITIES, evidence=None)


def looked(outcome: Outcome, kind: EvidenceKind = EvidenceKind.STATUS_QUERY) -> Reading:
    return Reading(outcome, kind)


@pytest.mark.parametrize("state", [S.WARNING, S.NEEDS_RESPONSE])
def test_evidence_is_taken_until_the_deadline_and_where_none_is_named(state: DisputeState) -> None:
    require_time(state, NOW + HOUR, now=NOW)
    require_time(state, None, now=NOW)
    with pytest.raises(EvidenceTooLate):
        require_time(state, NOW, now=NOW)


@pytest.mark.parametrize("state", sorted(set(S) - {S.WARNING, S.NEEDS_RESPONSE}))
def test_nobody_waits_for_evidence_of_what_is_over(state: DisputeState) -> None:
    refused = EvidenceTooLate if state is S.EXPIRED else DisputeNotAnswerable
    with pytest.raises(refused):
        require_time(state, NOW + HOUR, now=NOW)


def test_a_provider_that_takes_none_is_not_asked_and_a_pack_has_to_fit() -> None:
    with pytest.raises(EvidenceNotTaken):
        require_taken(NONE, account="aster")
    taken = require_taken(BLIND, account="aster")
    require_fits(taken, size=1)
    with pytest.raises(EvidenceNotTaken):
        require_fits(taken, size=2)


def test_the_first_reason_is_taken_unless_another_of_them_is_named() -> None:
    assert choose(("a", "b"), None) == "a"
    assert choose(("a", "b"), "b") == "b"
    for names, asked in (((), None), (None, "a"), (("a",), "c")):
        with pytest.raises(DefenceRefused):
            choose(names, asked)


@pytest.mark.parametrize(
    ("can", "found", "age", "is_late", "then"),
    [
        (ASKS, None, HOUR, False, Next.ASK),
        (ASKS, looked(Outcome.ABSENT), HOUR, False, Next.SEND_AGAIN),
        (ASKS, looked(Outcome.ABSENT), timedelta(days=7), False, Next.WAIT),
        (ASKS, looked(Outcome.ABSENT), HOUR, True, Next.WAIT),
        (ASKS, looked(Outcome.UNKNOWN), HOUR, False, Next.WAIT),
        (ASKS, looked(Outcome.SUCCEEDED), HOUR, False, Next.WAIT),
        (BLIND, None, HOUR, False, Next.SEND_AGAIN),
        (BLIND, None, timedelta(days=7), False, Next.WAIT),
        (NONE, None, HOUR, False, Next.WAIT),
    ],
)
def test_it_goes_out_again_only_while_its_key_is_kept_and_in_time(
    can: object, found: Reading | None, age: timedelta, is_late: bool, then: Next
) -> None:
    due = NOW if is_late else NOW + HOUR
    assert next_of(can, found, age=age, due_by=due, now=NOW) is then  # type: ignore[arg-type] # a value of the table


@pytest.mark.parametrize(
    ("reading", "state", "looks", "age", "event"),
    [
        (looked(Outcome.SUCCEEDED), S.LOST, 3, HOUR, E.CONFIRMED),
        (looked(Outcome.DECLINED), S.NEEDS_RESPONSE, 0, HOUR, E.DECLINED),
        (looked(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT), S.NEEDS_RESPONSE, 0, HOUR,
         E.PROVEN_ABSENT),
        # another process may have sent it before
        (looked(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT), S.NEEDS_RESPONSE, 1, HOUR,
         E.ANSWER_LOST),
        (looked(Outcome.UNKNOWN), S.UNDER_REVIEW, 1, HOUR, E.CONFIRMED),
        (looked(Outcome.UNKNOWN), S.WON, 1, HOUR, E.CONFIRMED),
        (looked(Outcome.UNKNOWN), S.LOST, 1, HOUR, E.OVERTAKEN),
        (looked(Outcome.UNKNOWN), S.EXPIRED, 1, timedelta(days=9), E.ANSWER_LOST),
        (looked(Outcome.ABSENT), S.NEEDS_RESPONSE, 1, HOUR, E.ANSWER_LOST),
        (looked(Outcome.ABSENT), S.NEEDS_RESPONSE, 1, timedelta(days=1), E.PROVEN_ABSENT),
    ],
)  # fmt: skip
def test_what_is_not_known_ends_only_by_what_says_so(
    reading: Reading, state: DisputeState, looks: int, age: timedelta, event: EvidenceEvent
) -> None:
    assert event_of(reading, state=state, looks=looks, age=age) is event
