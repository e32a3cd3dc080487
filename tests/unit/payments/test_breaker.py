"""When a merchant account is left alone, and how it comes back."""

from datetime import timedelta
from typing import Final

import pytest

from ledgerline.payments.capabilities import Light
from ledgerline.payments.contract import Answer, PspReply, TransportFailure, TransportPhase
from ledgerline.payments.model import (
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
)
from ledgerline.payments.rules.breaker import UNTRIED, Breaker, Seen, after, light, probed, seen_of
from tests.unit.payments.samples import NOW

SECOND: Final = timedelta(seconds=1)
GOOD, BAD, SLOW, REFUSED = Seen(), Seen(failed=True), Seen(slow=True), Seen(refused=True)


def fed(*seen: Seen, breaker: Breaker = UNTRIED, apart: timedelta = SECOND) -> Breaker:
    for no, one in enumerate(seen):
        breaker = after(breaker, one, now=NOW + no * apart)
    return breaker


def opened() -> Breaker:
    return after(UNTRIED, REFUSED, now=NOW)


@pytest.mark.parametrize(
    ("_case", "seen", "state"),
    [
        ("a fifth of twenty fail", [GOOD] * 16 + [BAD] * 4, Light.OPEN),
        ("fewer fail", [GOOD] * 17 + [BAD] * 3, Light.CLOSED),
        ("all of nineteen fail", [BAD] * 19, Light.CLOSED),
        ("one of twenty is slow", [GOOD] * 19 + [SLOW], Light.CLOSED),
        ("two of twenty are slow", [GOOD] * 18 + [SLOW] * 2, Light.OPEN),
        ("our credentials are refused, once", [GOOD, REFUSED], Light.OPEN),
    ],
)
def test_it_opens_when_enough_of_a_minute_fails(_case: str, seen: list[Seen], state: Light) -> None:
    assert light(fed(*seen), now=NOW + 20 * SECOND) is state


def test_what_failed_more_than_a_minute_ago_is_forgotten() -> None:
    # given nineteen failures, then calm, and one more a minute later
    breaker = fed(*[BAD] * 19, apart=timedelta(0))
    breaker = after(breaker, BAD, now=NOW + timedelta(seconds=60))
    assert light(breaker, now=NOW + timedelta(seconds=60)) is Light.CLOSED
    # while a second earlier it would have been the twentieth
    breaker = after(fed(*[BAD] * 19, apart=timedelta(0)), BAD, now=NOW + timedelta(seconds=59))
    assert light(breaker, now=NOW + timedelta(seconds=59)) is Light.OPEN


def test_it_is_half_open_after_half_a_minute_and_lets_one_call_a_second_through() -> None:
    breaker = opened()
    at = NOW + timedelta(seconds=30)
    assert light(breaker, now=at - SECOND) is Light.OPEN
    assert light(breaker, now=at) is Light.HALF_OPEN
    breaker = probed(breaker, now=at)
    assert light(breaker, now=at) is Light.OPEN
    assert light(breaker, now=at + SECOND) is Light.HALF_OPEN


def test_five_clean_calls_close_it() -> None:
    breaker, at = opened(), NOW + timedelta(seconds=30)
    for _ in range(4):
        breaker = after(breaker, GOOD, now=at)
    assert light(breaker, now=at) is Light.HALF_OPEN
    assert light(after(breaker, GOOD, now=at), now=at) is Light.CLOSED


@pytest.mark.parametrize("bad", [BAD, SLOW, REFUSED])
def test_a_probe_that_fails_doubles_the_time_up_to_ten_minutes(bad: Seen) -> None:
    breaker, at = opened(), NOW
    for seconds in (30, 60, 120, 240, 480, 600, 600):
        ends = at + timedelta(seconds=seconds)
        assert light(breaker, now=ends - SECOND) is Light.OPEN
        assert light(breaker, now=ends) is Light.HALF_OPEN
        breaker, at = after(breaker, bad, now=ends), ends


def test_answers_to_what_was_begun_before_it_opened_say_nothing_new() -> None:
    breaker = opened()
    assert after(breaker, BAD, now=NOW + SECOND) == breaker
    assert after(breaker, GOOD, now=NOW + SECOND) == breaker


def _reply(status: int) -> PspReply:
    return PspReply(status, {}, b"")


DECLINED: Final = Reading(
    Outcome.DECLINED, EvidenceKind.RESPONSE, category=DeclineCategory.DO_NOT_HONOR
)
UNKNOWN: Final = Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)
NOTHING: Final = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)


@pytest.mark.parametrize(
    ("_case", "answer", "reading", "seen"),
    [
        ("a decline", _reply(402), DECLINED, GOOD),
        ("too many requests", _reply(429), NOTHING, GOOD),
        ("a server error", _reply(502), UNKNOWN, BAD),
        ("what nobody understands", _reply(200), UNKNOWN, BAD),
        ("wrong credentials", _reply(401), NOTHING, REFUSED),
        ("forbidden", _reply(403), NOTHING, REFUSED),
        ("no connection", TransportFailure(TransportPhase.NOT_CONNECTED, ""), NOTHING, BAD),
        ("no answer", TransportFailure(TransportPhase.BYTES_SENT, ""), UNKNOWN, BAD),
        ("our own queue", TransportFailure(TransportPhase.NOT_STARTED, ""), NOTHING, None),
    ],
)
def test_failures_are_of_the_wire_and_the_provider_never_of_the_payer(
    _case: str, answer: Answer, reading: Reading, seen: Seen | None
) -> None:
    assert seen_of(answer, reading, milliseconds=800, budget_milliseconds=1000) == seen


def test_a_call_is_slow_beyond_four_fifths_of_its_time() -> None:
    seen = seen_of(_reply(200), DECLINED, milliseconds=801, budget_milliseconds=1000)
    assert seen == SLOW
