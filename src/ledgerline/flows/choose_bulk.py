"""Freeze what a job is to act on, and steer it: start, pause, go on, cancel."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from ledgerline.access.model import Act
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.bulk import store as bulk
from ledgerline.bulk.model import BulkJobNotFound, BulkKind, BulkOutcome, BulkState
from ledgerline.bulk.rows import BulkJobRow, Candidate, NewBulkJobRow, NewBulkRow
from ledgerline.bulk.rules.jobs import is_large, require_choice, require_in, require_starter
from ledgerline.flows.audit_act import audit_act_in


class Choice(NamedTuple):
    """What is done to what, and how that was chosen."""

    kind: BulkKind
    chosen: str
    candidates: Sequence[Candidate]


class By(NamedTuple):
    """Who asks, through which route, under which key."""

    actor: str
    route: str
    key: str


async def choose_bulk(run: Run, choice: Choice, by: By) -> UUID:
    """Record a job that does nothing yet; what was chosen does not change any more.

    Raises ``BulkRefused`` and ``AlreadyDone``.
    """
    require_choice(choice.candidates)
    now = run.now()
    job_id = run.at(run.wall()).new_id(Bucket(0))
    job = NewBulkJobRow(
        id=job_id, kind=choice.kind, chosen=choice.chosen, as_of=now, asked_by=by.actor,
        asked_at=now, is_large=is_large(choice.candidates),
    )  # fmt: skip
    rows = [
        NewBulkRow(
            job_id=job_id, no=no, subject_id=one.subject_id, customer_id=one.customer_id,
            amount_minor=one.amount_minor, currency=one.currency, reason=one.exclusion,
            outcome=BulkOutcome.EXCLUDED if one.exclusion else None,
            ended_at=now if one.exclusion else None,
        )
        for no, one in enumerate(choice.candidates, 1)
    ]  # fmt: skip
    async with run.transaction() as tx:
        await _write_in(tx, run, "bulk_chosen", job_id, by=by)
        await bulk.add_job(tx, job)
        await bulk.add_rows(tx, rows)
    return job_id


async def start_bulk(run: Run, job_id: UUID, by: By) -> None:
    """Let a job run. Raises ``BulkJobNotFound``, ``BulkJobOver`` and ``SecondPersonNeeded``."""
    async with run.transaction() as tx:
        job = await _lock_in(tx, job_id)
        require_in(job, BulkState.CHOSEN)
        require_starter(job, by.actor)
        await _write_in(tx, run, "bulk_started", job_id, by=by)
        await bulk.keep_job(tx, job._replace(started_by=by.actor, started_at=run.now()))


async def pause_bulk(run: Run, job_id: UUID, by: By) -> None:
    """Let a job rest after the row at hand. Raises ``BulkJobNotFound`` and ``BulkJobOver``."""
    async with run.transaction() as tx:
        job = await _lock_in(tx, job_id)
        require_in(job, BulkState.RUNNING)
        await _write_in(tx, run, "bulk_paused", job_id, by=by)
        await bulk.keep_job(tx, job._replace(paused_at=run.now()))


async def resume_bulk(run: Run, job_id: UUID, by: By) -> None:
    """Let a job go on. Raises ``BulkJobNotFound``, ``BulkJobOver``, ``SecondPersonNeeded``."""
    async with run.transaction() as tx:
        job = await _lock_in(tx, job_id)
        require_in(job, BulkState.PAUSED)
        require_starter(job, by.actor)
        await _write_in(tx, run, "bulk_resumed", job_id, by=by)
        await bulk.keep_job(tx, job._replace(paused_at=None))


async def cancel_bulk(run: Run, job_id: UUID, by: By) -> None:
    """End a job early; what was done stays. Raises ``BulkJobNotFound`` and ``BulkJobOver``."""
    async with run.transaction() as tx:
        job = await _lock_in(tx, job_id)
        require_in(job, BulkState.CHOSEN, BulkState.RUNNING, BulkState.PAUSED)
        await _write_in(tx, run, "bulk_canceled", job_id, by=by)
        await bulk.keep_job(tx, job._replace(canceled_at=run.now()))


async def _lock_in(tx: Tx, job_id: UUID) -> BulkJobRow:
    job = await bulk.lock_job(tx, id=job_id)
    if job is None:
        raise BulkJobNotFound("there is no such job")
    return job


async def _write_in(tx: Tx, run: Run, name: str, job_id: UUID, *, by: By) -> None:
    act = Act(actor=by.actor, name=name, route=by.route, kind="bulk_job", object_id=job_id)
    await audit_act_in(tx, run, act, key=by.key)
