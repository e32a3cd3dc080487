"""Freeze what a bulk job is to act on; it does nothing yet."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from ledgerline.access.model import Act
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.bulk import store as bulk
from ledgerline.bulk.model import BulkKind, BulkOutcome
from ledgerline.bulk.rows import Candidate, NewBulkJobRow, NewBulkRow
from ledgerline.bulk.rules.jobs import is_large, require_choice
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
        act = Act(
            actor=by.actor, name="bulk_chosen", route=by.route, kind="bulk_job", object_id=job_id
        )
        await audit_act_in(tx, run, act, key=by.key)
        await bulk.add_job(tx, job)
        await bulk.add_rows(tx, rows)
    return job_id
