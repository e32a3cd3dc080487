from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerline.payments.adapters.sandbox.connector import CAPABILITIES
from ledgerline.payments.capabilities import CancelKind, LookupKind
from ledgerline.payments.model import DeclineCategory, EvidenceKind, Initiator, Outcome, Reading
from ledgerline.payments.rules.ladder import (
    WANTED_FOR,
    Ask,
    CancelThere,
    ReplaySameKey,
    Settle,
    Step,
    Wait,
    Wish,
    age_of,
    first_look,
    first_step,
    next_look,
    next_step,
    proves_nothing,
    wish_of,
)
from tests.unit.payments.samples import NOW

WEEK = timedelta(days=7)
CAN = replace(CAPABILITIES, key_window=WEEK, cancel=CancelKind.NONE)
UNWANTED = (Wish.LATE, Wish.GIVEN_UP)
ABSENT = Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY)
DECLINED = Reading(
    Outcome.DECLINED, EvidenceKind.STATUS_QUERY, category=DeclineCategory.DO_NOT_HONOR
)
UNSENT = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
ABSENT_FOR_SURE = Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)


def step(reading: Reading, *, age: timedelta = timedelta(0), wish: Wish = Wish.WANTED) -> Step:
    return next_step(reading, CAN, age=age, wish=wish)


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
    ("_case", "lookup", "age", "wish", "expected"),
    [
        ("by reference, at once", LookupKind.BY_REFERENCE, timedelta(0), Wish.WANTED, Ask()),
        ("by reference, years later", LookupKind.BY_REFERENCE, WEEK * 100, Wish.GIVEN_UP, Ask()),
        ("by key, while it is kept", LookupKind.BY_KEY, WEEK * 9 / 10 - timedelta.resolution,
         Wish.GIVEN_UP, Ask()),
        ("by key, once it may be gone", LookupKind.BY_KEY, WEEK * 9 / 10, Wish.WANTED, Wait()),
        ("no lookup: the replay asks", LookupKind.NONE, timedelta(0), Wish.WANTED, ReplaySameKey()),
        ("no lookup, not wanted", LookupKind.NONE, timedelta(0), Wish.GIVEN_UP, Wait()),
        ("no lookup, key may be gone", LookupKind.NONE, WEEK * 9 / 10, Wish.WANTED, Wait()),
    ],
)  # fmt: skip
def test_first_step_is_what_the_provider_can_do(
    _case: str, lookup: LookupKind, age: timedelta, expected: Ask | Step, *, wish: Wish
) -> None:
    can = replace(CAN, lookup=lookup)
    assert first_step(can, age=age, wish=wish, named=False) == expected


def test_key_is_as_old_as_the_later_clock_says_and_older_where_only_ours_was_seen() -> None:
    sent_at, hour = NOW - timedelta(hours=10), timedelta(hours=1)
    assert age_of(sent_at, now=NOW, there=NOW - 5 * hour) == 10 * hour
    assert age_of(sent_at, now=NOW, there=NOW + 5 * hour) == 15 * hour
    assert age_of(sent_at, now=NOW, there=None) == 18 * hour


def test_who_can_be_asked_by_its_own_id_is_asked_once_it_is_known() -> None:
    can = replace(CAN, lookup=LookupKind.BY_ID)
    for age in (timedelta(0), WEEK * 100):
        assert first_step(can, age=age, wish=Wish.GIVEN_UP, named=True) == Ask()
    assert first_step(can, age=timedelta(0), wish=Wish.WANTED, named=False) == ReplaySameKey()
    assert first_step(can, age=WEEK, wish=Wish.WANTED, named=False) == Wait()


def test_nothing_is_replayed_at_a_provider_that_forgets_its_refusals() -> None:
    # given one that would try a refused charge once more under the same key
    can = replace(CAN, replays_refusals=False)
    # then an absent charge is waited for, and where there is no lookup either, too
    assert next_step(ABSENT, can, age=timedelta(0), wish=Wish.WANTED) == Wait()
    mute = replace(can, lookup=LookupKind.NONE)
    assert first_step(mute, age=timedelta(0), wish=Wish.WANTED, named=False) == Wait()


@pytest.mark.parametrize("wish", list(Wish))
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
    reading: Reading, *, wish: Wish
) -> None:
    assert step(reading, age=timedelta(days=400), wish=wish) == Settle(reading)


@pytest.mark.parametrize(
    ("_case", "age", "wish", "expected"),
    [
        ("at once", timedelta(0), Wish.WANTED, ReplaySameKey()),
        ("just inside nine tenths", WEEK * 9 / 10 - timedelta(microseconds=1), Wish.WANTED,
         ReplaySameKey()),
        ("at nine tenths", WEEK * 9 / 10, Wish.WANTED, Wait()),
        ("years later", timedelta(days=1000), Wish.WANTED, Wait()),
        ("nobody wants it", timedelta(0), Wish.GIVEN_UP, Wait()),
    ],
)  # fmt: skip
def test_absent_is_replayed_under_the_same_key_and_never_ends_the_attempt(
    _case: str, age: timedelta, expected: Step, *, wish: Wish
) -> None:
    assert step(ABSENT, age=age, wish=wish) == expected


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


@pytest.mark.parametrize(
    ("initiator", "is_open", "age", "wish"),
    [
        (Initiator.CUSTOMER, True, WANTED_FOR - timedelta.resolution, Wish.WANTED),
        (Initiator.CUSTOMER, True, WANTED_FOR, Wish.LATE),
        (Initiator.CUSTOMER, False, timedelta(0), Wish.GIVEN_UP),
        (Initiator.MERCHANT, True, WEEK, Wish.WANTED),
        (Initiator.MERCHANT, False, timedelta(0), Wish.GIVEN_UP),
    ],
)
def test_who_left_without_a_word_wants_nothing_any_more_after_half_an_hour(
    initiator: Initiator, age: timedelta, wish: Wish, *, is_open: bool
) -> None:
    assert wish_of(initiator, is_open=is_open, sent_at=NOW - age, now=NOW) is wish


def test_what_never_arrived_is_ended_where_that_holds_for_ever_and_sent_again_elsewhere() -> None:
    for_ever = replace(CAN, cancel=CancelKind.BY_REFERENCE)
    held = replace(CAN, cancel=CancelKind.HELD)
    new = timedelta(0)
    for wish in UNWANTED:
        assert next_step(ABSENT, for_ever, wish=wish, age=new) == CancelThere()
    for can in (CAN, held):
        assert next_step(ABSENT, can, wish=Wish.LATE, age=new) == ReplaySameKey()
        assert next_step(ABSENT, can, wish=Wish.GIVEN_UP, age=new) == Wait()
    assert next_step(ABSENT, for_ever, wish=Wish.WANTED, age=new) == ReplaySameKey()


@pytest.mark.parametrize("cancel", [CancelKind.HELD, CancelKind.BY_REFERENCE])
def test_what_waits_for_a_payer_who_is_gone_is_ended_and_what_is_held_only_when_given_up(
    cancel: CancelKind,
) -> None:
    can = replace(CAN, cancel=cancel)
    asks = Reading(Outcome.REQUIRES_ACTION, EvidenceKind.STATUS_QUERY)
    pending = Reading(Outcome.PENDING, EvidenceKind.STATUS_QUERY)
    lost = Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY)
    found = {
        wish: [next_step(one, can, age=timedelta(0), wish=wish) for one in (asks, pending, lost)]
        for wish in Wish
    }
    assert found == {
        Wish.WANTED: [Wait(), Wait(), Wait()],
        Wish.LATE: [CancelThere(), Wait(), Wait()],  # a debit that is on its way is not late
        Wish.GIVEN_UP: [CancelThere(), CancelThere(), CancelThere()],
    }


def test_who_cannot_be_asked_is_told_to_end_it_and_never_replays_while_a_payer_acts() -> None:
    can = replace(CAN, lookup=LookupKind.NONE, cancel=CancelKind.HELD)
    found = {
        (wish, acts): first_step(can, age=timedelta(0), wish=wish, named=False, acts=acts)
        for wish in Wish
        for acts in (False, True)
    }
    assert found == {
        (Wish.WANTED, False): ReplaySameKey(),
        (Wish.WANTED, True): Wait(),
        (Wish.LATE, False): ReplaySameKey(),
        (Wish.LATE, True): CancelThere(),
        (Wish.GIVEN_UP, False): CancelThere(),
        (Wish.GIVEN_UP, True): CancelThere(),
    }
