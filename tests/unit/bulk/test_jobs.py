"""When a job is large, where it is, and who starts it."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from ledgerline.bulk.model import BulkJobOver, BulkRefused, BulkState, BulkStep, SecondPersonNeeded
from ledgerline.bulk.rows import BulkJobRow, Candidate
from ledgerline.bulk.rules.jobs import (
    ROWS_ALONE,
    ROWS_MAX,
    is_large,
    key_of,
    require_choice,
    require_in,
    require_starter,
    require_step,
    state_of,
    stepped,
)

NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
JOB: Final = BulkJobRow(
    id=UUID(int=1), kind="charge_invoices", chosen="ids", as_of=NOON, asked_by="per_1",
    asked_at=NOON, is_large=True, started_by=None, started_at=None, paused_at=None,
    canceled_at=None, ended_at=None,
)  # fmt: skip
RUNNING: Final = JOB._replace(started_by="per_2", started_at=NOON)


def _some(count: int, minor: int = 1, currency: str = "EUR", why: str = "") -> list[Candidate]:
    return [
        Candidate(
            subject_id=UUID(int=no), customer_id=None, amount_minor=minor, currency=currency,
            exclusion=why,
        )
        for no in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("candidates", "large"),
    [
        (_some(ROWS_ALONE), False),
        (_some(ROWS_ALONE + 1), True),
        (_some(ROWS_ALONE + 1, why="is paid"), False),
        (_some(1, 1_000_000), False),
        (_some(1, 1_000_001), True),
        (_some(1, 10_001, "JPY"), True),
        (_some(1, 10_000_000, "KWD"), False),
        ([*_some(1, 900_000), *_some(1, 900_000, "USD")], False),
        ([_some(1)[0]._replace(amount_minor=None, currency=None)], False),
    ],
)
def test_what_takes_a_second_person(candidates: list[Candidate], large: bool) -> None:
    assert is_large(candidates) is large


def test_nothing_too_much_and_twice_the_same_are_refused() -> None:
    require_choice([*_some(1), _some(9, why="is paid")[8]])
    for wrong in ([], _some(3, why="is paid"), _some(ROWS_MAX + 1), _some(1) * 2):
        with pytest.raises(BulkRefused):
            require_choice(wrong)


@pytest.mark.parametrize(
    ("job", "state"),
    [
        (JOB, BulkState.CHOSEN),
        (RUNNING, BulkState.RUNNING),
        (RUNNING._replace(paused_at=NOON), BulkState.PAUSED),
        (RUNNING._replace(ended_at=NOON), BulkState.ENDED),
        (RUNNING._replace(canceled_at=NOON), BulkState.CANCELED),
        (JOB._replace(canceled_at=NOON), BulkState.CANCELED),
    ],
)
def test_where_a_job_is_follows_from_what_happened(job: BulkJobRow, state: BulkState) -> None:
    assert state_of(job) is state
    require_in(job, [state])
    with pytest.raises(BulkJobOver):
        require_in(job, set(BulkState) - {state})


def test_who_chose_a_large_job_does_not_start_it() -> None:
    require_starter(JOB, "per_2")
    require_starter(JOB._replace(is_large=False), "per_1")
    with pytest.raises(SecondPersonNeeded):
        require_starter(JOB, " PER_1")


def test_each_row_has_a_key_of_its_own() -> None:
    assert key_of(UUID(int=1), 2) == f"bulk {UUID(int=1)} 2"


def test_each_step_leads_on_and_to_go_on_takes_whom_to_start_takes() -> None:
    started = stepped(JOB, BulkStep.STARTED, by="per_2", now=NOON)
    assert (started.started_by, state_of(started)) == ("per_2", BulkState.RUNNING)
    paused = stepped(started, BulkStep.PAUSED, by="per_1", now=NOON)
    assert state_of(paused) is BulkState.PAUSED
    for step in (BulkStep.STARTED, BulkStep.PAUSED):
        with pytest.raises(BulkJobOver):
            require_step(paused, step, by="per_2")
    with pytest.raises(SecondPersonNeeded):
        stepped(paused, BulkStep.RESUMED, by="per_1", now=NOON)
    assert stepped(paused, BulkStep.RESUMED, by="per_2", now=NOON) == started
    assert state_of(stepped(paused, BulkStep.CANCELED, by="per_1", now=NOON)) is BulkState.CANCELED
