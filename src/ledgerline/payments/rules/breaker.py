"""When a merchant account is left alone, since calls to it fail: never for what issuers decline."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ledgerline.payments.capabilities import Light
from ledgerline.payments.contract import Answer, PspReply, TransportPhase
from ledgerline.payments.model import Outcome, Reading

WINDOW_SECONDS: Final = 60
CALLS_MIN: Final = 20  # in the window; fewer prove nothing
FAILED_PERCENT: Final = 20
SLOW_PERCENT: Final = 5  # more of them are slow: then the 95th percentile is
SLOW_PERCENT_OF_BUDGET: Final = 80
OPEN_FIRST: Final = timedelta(seconds=30)  # doubled each time a probe fails
OPEN_MAX: Final = timedelta(minutes=10)
PROBE_EVERY: Final = timedelta(seconds=1)
CLEAN_CALLS: Final = 5  # close it again
_REFUSES_US: Final = frozenset({401, 403})
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One charge as it went over the wire; ``refused`` says that our credentials were."""

    failed: bool = False
    slow: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """The calls of one second."""

    second: int
    calls: int
    failed: int
    slow: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What is remembered of an account: a minute of calls, and since when it is left alone.

    ``openings`` counts how often in a row it opened, ``clean`` the good probes since.
    """

    tallies: tuple[Tally, ...] = ()
    opened_at: datetime | None = None
    openings: int = 0
    clean: int = 0
    probed_at: datetime | None = None


UNTRIED: Final = Breaker()


def seen_of(
    answer: Answer, reading: Reading, *, milliseconds: int, budget_milliseconds: int
) -> Seen | None:
    """Judge one call by its answer and how long it took; None for one that waited in our queue.

    A failure is a transport failure, a status of 500 and above, and whatever nobody understands. A
    decline is none: it says that the account works.
    """
    slow = milliseconds * 100 > SLOW_PERCENT_OF_BUDGET * budget_milliseconds
    if isinstance(answer, PspReply):
        failed = answer.status >= _SERVER_ERROR or reading.outcome is Outcome.UNKNOWN
        return Seen(failed=failed, slow=slow, refused=answer.status in _REFUSES_US)
    return None if answer.phase is TransportPhase.NOT_STARTED else Seen(failed=True, slow=slow)


def light(breaker: Breaker, *, now: datetime) -> Light:
    """Say whether a charge may go there: half open, one in a second may."""
    if breaker.opened_at is None:
        return Light.CLOSED
    if now < _until(breaker, breaker.opened_at):
        return Light.OPEN
    if breaker.probed_at is not None and now < breaker.probed_at + PROBE_EVERY:
        return Light.OPEN
    return Light.HALF_OPEN


def probed(breaker: Breaker, *, now: datetime) -> Breaker:
    """Give the one charge of a second away."""
    return replace(breaker, probed_at=now)


def after(breaker: Breaker, seen: Seen, *, now: datetime) -> Breaker:
    """Learn from one call.

    It opens at 20 % failures, or when the 95th percentile takes more than 80 % of the time there
    is, of at least 20 calls in a minute; at once where our credentials are refused. Five good
    probes close it.
    """
    if breaker.opened_at is not None:
        if now < _until(breaker, breaker.opened_at):
            return breaker  # it was begun before: nothing new
        if seen.failed or seen.refused or seen.slow:
            return _opened(breaker, now)
        clean = breaker.clean + 1
        return UNTRIED if clean >= CLEAN_CALLS else replace(breaker, clean=clean)
    if seen.refused:
        return _opened(breaker, now)
    counted = replace(breaker, tallies=_counted(breaker.tallies, seen, int(now.timestamp())))
    calls = sum(one.calls for one in counted.tallies)
    failed = sum(one.failed for one in counted.tallies)
    slow = sum(one.slow for one in counted.tallies)
    brown = slow * 100 > SLOW_PERCENT * calls
    if calls >= CALLS_MIN and (failed * 100 >= FAILED_PERCENT * calls or brown):
        return _opened(counted, now)
    return counted


def _until(breaker: Breaker, opened_at: datetime) -> datetime:
    doubled = min(breaker.openings - 1, 10)  # ten doublings are beyond the most there is
    return opened_at + min(OPEN_MAX, OPEN_FIRST * (1 << doubled))


def _opened(breaker: Breaker, now: datetime) -> Breaker:
    return Breaker(opened_at=now, openings=breaker.openings + 1)


def _counted(tallies: tuple[Tally, ...], seen: Seen, second: int) -> tuple[Tally, ...]:
    kept = tuple(one for one in tallies if second - WINDOW_SECONDS < one.second <= second)
    last = kept[-1] if kept and kept[-1].second == second else Tally(second, 0, 0, 0)
    grown = Tally(second, last.calls + 1, last.failed + seen.failed, last.slow + seen.slow)
    return (*(one for one in kept if one.second != second), grown)
