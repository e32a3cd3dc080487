from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerline.payments.adapters.sandbox.connector import CAPABILITIES
from ledgerline.payments.model import (
    DeclineCategory,
    EvidenceKind,
    LookupKind,
    Outcome,
    Reading,
)
from ledgerline.payments.rules.ladder import (
    Ask,
    ReplaySameKey,
    Settle,
    Step,
    Wait,
    first_look,
    first_step,
    next_look,
    next_step,
    proves_nothing,
)
from tests.unit.payments.samples import NOW

WEEK = timedelta(days=7)
CAN = replace(CAPABILITIES, key_window=WEEK)
ABSENT = Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY)
DECLINED = Reading(
    Outcome.DECLINED, EvidenceKind.STATUS_QUERY, category=DeclineCategory.DO_NOT_HONOR
)
UNSENT = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
ABSENT_FOR_SURE = Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)


def step(reading: Reading, *, age: timedelta = timedelta(0), wanted: bool = True) -> Step:
    return next_step(reading, CAN, sent_at=NOW - age, now=NOW, wanted=wanted)


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


@pytest.mark.parametrize(
    ("looks", "retry_after", "seconds"),
    [
        (0, 9, 10),
        (0, 10, 10),
        (0, 11, 11),
        (0, 99_999, 99_999),
        (6, 99_999, 99_999),
        (6, 60, 86400),
    ],
)
def test_no_look_comes_before_the_provider_wants_to_be_asked_again(
    looks: int, retry_after: int, seconds: int
) -> None:
    found = next_look(looks, NOW, retry_after_seconds=retry_after)
    assert found == NOW + timedelta(seconds=seconds)


def test_call_is_looked_at_two_seconds_after_its_own_deadline() -> None:
    assert first_look(NOW, timedelta(milliseconds=300)) == NOW + timedelta(seconds=2.3)
    assert first_look(NOW, timedelta(seconds=20)) == NOW + timedelta(seconds=22)


@pytest.mark.parametrize(
    ("_case", "lookup", "age", "wanted", "expected"),
    [
        ("by reference, at once", LookupKind.BY_REFERENCE, timedelta(0), True, Ask()),
        ("by reference, years later", LookupKind.BY_REFERENCE, WEEK * 100, False, Ask()),
        ("by key, while it is kept", LookupKind.BY_KEY, WEEK * 9 / 10 - timedelta.resolution, False,
         Ask()),
        ("by key, once it may be gone", LookupKind.BY_KEY, WEEK * 9 / 10, True, Wait()),
        ("no lookup: the replay asks", LookupKind.NONE, timedelta(0), True, ReplaySameKey()),
        ("no lookup, not wanted", LookupKind.NONE, timedelta(0), False, Wait()),
        ("no lookup, key may be gone", LookupKind.NONE, WEEK * 9 / 10, True, Wait()),
    ],
)  # fmt: skip
def test_first_step_is_what_the_provider_can_do(
    _case: str, lookup: LookupKind, age: timedelta, expected: Ask | Step, *, wanted: bool
) -> None:
    can = replace(CAN, lookup=lookup)
    assert first_step(can, sent_at=NOW - age, now=NOW, wanted=wanted, named=False) == expected


def test_who_can_be_asked_by_its_own_id_is_asked_once_it_is_known() -> None:
    can = replace(CAN, lookup=LookupKind.BY_ID)
    for age in (timedelta(0), WEEK * 100):
        at = NOW - age
        assert first_step(can, sent_at=at, now=NOW, wanted=False, named=True) == Ask()
    assert first_step(can, sent_at=NOW, now=NOW, wanted=True, named=False) == ReplaySameKey()
    assert first_step(can, sent_at=NOW - WEEK, now=NOW, wanted=True, named=False) == Wait()


def test_nothing_is_replayed_at_a_provider_that_forgets_its_refusals() -> None:
    # given one that would try a refused charge once more under the same key
    can = replace(CAN, replays_refusals=False)
    # then an absent charge is waited for, and where there is no lookup either, too
    assert next_step(ABSENT, can, sent_at=NOW, now=NOW, wanted=True) == Wait()
    mute = replace(can, lookup=LookupKind.NONE)
    assert first_step(mute, sent_at=NOW, now=NOW, wanted=True, named=False) == Wait()


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
