"""When a job is large, where it is, and who starts it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ledgerline.base.money import Currency, exponent
from ledgerline.bulk.model import (
    BulkJobOver,
    BulkRefused,
    BulkState,
    BulkStep,
    SecondPersonNeeded,
)
from ledgerline.bulk.rows import BulkJobRow, Candidate

ROWS_MAX: Final = 5_000
ROWS_ALONE: Final = 500
UNITS_ALONE: Final = 10_000
"""In whole units of one currency: no rate of exchange is known here."""


FROM: Final[Mapping[BulkStep, frozenset[BulkState]]] = MappingProxyType(
    {
        BulkStep.STARTED: frozenset({BulkState.CHOSEN}),
        BulkStep.PAUSED: frozenset({BulkState.RUNNING}),
        BulkStep.RESUMED: frozenset({BulkState.PAUSED}),
        BulkStep.CANCELED: frozenset({BulkState.CHOSEN, BulkState.RUNNING, BulkState.PAUSED}),
    }
)
"""Where a job is before each step."""


def is_large(candidates: Sequence[Candidate]) -> bool:
    """Tell whether a second person has to start it."""
    taken = [one for one in candidates if not one.exclusion]
    sums: dict[str, int] = defaultdict(int)
    for one in taken:
        if one.currency is not None:
            sums[one.currency] += one.amount_minor or 0
    above = (minor > UNITS_ALONE * 10 ** exponent(Currency(of)) for of, minor in sums.items())
    return len(taken) > ROWS_ALONE or any(above)


def require_choice(candidates: Sequence[Candidate]) -> None:
    """Refuse a choice of nothing, of too much, or of one thing twice; raises ``BulkRefused``."""
    if not any(not one.exclusion for one in candidates):
        raise BulkRefused("nothing of this can be acted on")
    if len(candidates) > ROWS_MAX:
        raise BulkRefused(f"a job has at most {ROWS_MAX} rows")
    if len({one.subject_id for one in candidates}) < len(candidates):
        raise BulkRefused("something was chosen twice")


def state_of(job: BulkJobRow) -> BulkState:
    """Say where a job is."""
    if job.canceled_at is not None:
        return BulkState.CANCELED
    if job.ended_at is not None:
        return BulkState.ENDED
    if job.started_at is None:
        return BulkState.CHOSEN
    return BulkState.RUNNING if job.paused_at is None else BulkState.PAUSED


def stepped(job: BulkJobRow, step: BulkStep, *, by: str, now: datetime) -> BulkJobRow:
    """Return a job after a step; raises ``BulkJobOver`` and ``SecondPersonNeeded``.

    To go on takes the same person as to start.
    """
    require_step(job, step, by=by)
    match step:
        case BulkStep.STARTED:
            return job._replace(started_by=by, started_at=now)
        case BulkStep.PAUSED:
            return job._replace(paused_at=now)
        case BulkStep.RESUMED:
            return job._replace(paused_at=None)
        case BulkStep.CANCELED:
            return job._replace(canceled_at=now)


def require_step(job: BulkJobRow, step: BulkStep, *, by: str) -> None:
    """Refuse a step; raises ``BulkJobOver`` and ``SecondPersonNeeded``."""
    require_in(job, FROM[step])
    if step in {BulkStep.STARTED, BulkStep.RESUMED}:
        require_starter(job, by)


def require_in(job: BulkJobRow, states: Iterable[BulkState]) -> None:
    """Refuse what cannot be done to a job where it is; raises ``BulkJobOver``."""
    state = state_of(job)
    if state not in states:
        raise BulkJobOver(f"the job is {state}", state=state.value)


def require_starter(job: BulkJobRow, by: str) -> None:
    """Refuse that whoever chose a large job starts it; raises ``SecondPersonNeeded``."""
    if job.is_large and by.strip().lower() == job.asked_by.strip().lower():
        raise SecondPersonNeeded("it is large: a second person looks at it and starts it")


def key_of(job_id: UUID, no: int) -> str:
    """Name a row: the idempotency key under which it is acted on, also after a crash."""
    return f"bulk {job_id} {no}"
