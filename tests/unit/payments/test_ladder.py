from datetime import timedelta

import pytest

from ledgerline.payments.model import DeclineCategory, EvidenceKind, Outcome, Reading
from ledgerline.payments.rules.ladder import (
    ReplaySameKey,
    Settle,
    Step,
    Wait,
    next_look,
    next_step,
    proves_nothing,
)
from tests.unit.payments.samples import NOW

WEEK = timedelta(days=7)
ABSENT = Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY)
DECLINED = Reading(
    Outcome.DECLINED, EvidenceKind.STATUS_QUERY, category=DeclineCategory.DO_NOT_HONOR
)
UNSENT = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
ABSENT_FOR_SURE = Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)


def step(reading: Reading, *, age: timedelta = timedelta(0), wanted: bool = True) -> Step:
    return next_step(reading, sent_at=NOW - age, now=NOW, key_window=WEEK, wanted=wanted)


@pytest.mark.parametrize(
    ("looks", "seconds"),
    [
        (0, 10),
        (1, 60),
        (2, 300),
        (3, 1800),
        (4, 7200),
        (5, 43200),
        (6, 86400),
        (7, 86400),
        (1000, 86400),
    ],
)
def test_looks_grow_apart_and_go_on_daily_without_end(looks: int, seconds: int) -> None:
    assert next_look(looks, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize(
    "reading",
    [
        Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY),
        Reading(Outcome.SUCCEEDED, EvidenceKind.RESPONSE),
        DECLINED,
        ABSENT_FOR_SURE,
    ],
)
def test_evidence_settles_whether_the_money_is_still_wanted_or_not(
    reading: Reading, *, wanted: bool
) -> None:
    assert step(reading, age=timedelta(days=400), wanted=wanted) == Settle(reading)


@pytest.mark.parametrize(
    ("_case", "age", "wanted", "expected"),
    [
        ("at once", timedelta(0), True, ReplaySameKey()),
        ("just inside nine tenths", WEEK * 9 / 10 - timedelta(microseconds=1), True,
         ReplaySameKey()),
        ("at nine tenths", WEEK * 9 / 10, True, Wait()),
        ("years later", timedelta(days=1000), True, Wait()),
        ("nobody wants it", timedelta(0), False, Wait()),
    ],
)  # fmt: skip
def test_absent_is_replayed_under_the_same_key_and_never_ends_the_attempt(
    _case: str, age: timedelta, expected: Step, *, wanted: bool
) -> None:
    assert step(ABSENT, age=age, wanted=wanted) == expected


@pytest.mark.parametrize("kind", [EvidenceKind.RESPONSE, EvidenceKind.TRANSPORT])
def test_replay_that_was_refused_before_execution_says_nothing_about_the_first_call(
    kind: EvidenceKind,
) -> None:
    # given a first call whose answer was lost and a replay that met a rate limit or a closed port
    refused = Reading(Outcome.NOT_EXECUTED, kind)
    # then the attempt stays unknown, since the first call may have moved the money
    assert step(refused) == Wait()


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.UNKNOWN])
@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=1000)])
def test_age_alone_never_ends_an_attempt(outcome: Outcome, age: timedelta) -> None:
    assert step(Reading(outcome, EvidenceKind.STATUS_QUERY), age=age) == Wait()


@pytest.mark.parametrize(
    ("_case", "reading", "looks", "expected"),
    [
        ("the first call knows what it sent", UNSENT, 0, False),
        ("a later one knows only of itself", UNSENT, 1, True),
        ("a void proves absence whoever called", ABSENT_FOR_SURE, 1, False),
        ("an answer is evidence", DECLINED, 3, False),
    ],
)
def test_call_that_was_not_sent_proves_nothing_once_others_may_have_called(
    _case: str, reading: Reading, looks: int, expected: bool
) -> None:
    assert proves_nothing(reading, looks=looks) is expected
