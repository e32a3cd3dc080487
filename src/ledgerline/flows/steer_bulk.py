"""Start a bulk job, let it rest, go on, or end early."""

from uuid import UUID

from ledgerline.access.model import Act
from ledgerline.base.run import Run
from ledgerline.bulk import store as bulk
from ledgerline.bulk.model import BulkJobNotFound, BulkStep
from ledgerline.bulk.rules.jobs import stepped
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.choose_bulk import By


async def steer_bulk(run: Run, job_id: UUID, step: BulkStep, by: By) -> None:
    """Take a step with a job, once under a key; it holds from the next row on.

    Raises ``BulkJobNotFound``, ``BulkJobOver``, ``SecondPersonNeeded`` and ``AlreadyDone``.
    """
    async with run.transaction() as tx:
        job = await bulk.lock_job(tx, id=job_id)
        if job is None:
            raise BulkJobNotFound("there is no such job")
        moved = stepped(job, step, by=by.actor, now=run.now())
        act = Act(
            actor=by.actor, name=f"bulk_{step.value}", route=by.route, kind="bulk_job",
            object_id=job_id,
        )  # fmt: skip
        await audit_act_in(tx, run, act, key=by.key)
        await bulk.keep_job(tx, moved)
