"""Find out what became of evidence whose answer never came; send it again where that is safe."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn, results
from ledgerline.flows.settle_evidence import settle_evidence
from ledgerline.payments import defending, disputing
from ledgerline.payments.disputes import SentEvidence
from ledgerline.payments.model import EvidenceKind, Outcome, Psps, Reading
from ledgerline.payments.rows.defences import DefenceRow
from ledgerline.payments.rows.disputes import DisputeRow
from ledgerline.payments.rules.defending import Next, next_of
from ledgerline.payments.rules.ladder import age_of

EVIDENCE_BATCH_MAX: Final = 20
_LEASE: Final = timedelta(minutes=2)
_NOT_ASKED: Final = Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code="not_asked")


async def resolve_evidence(run: Run, psps: Psps, *, limit: int = EVIDENCE_BATCH_MAX) -> int:
    """Look at one batch of evidence without a known end; return how many were looked at.

    First its provider is asked, where it can be; then the same bytes go out again under the same
    keys, while those are kept and the deadline has not passed. What fails is raised when the others
    are done.
    """
    now = run.now()
    async with run.transaction() as tx:
        rows = await defending.claim_evidence(tx, now=now, next_look_at=now + _LEASE, limit=limit)
        disputes = [
            await disputing.find_dispute(tx, bucket=row.bucket, id=row.dispute_id) for row in rows
        ]
    found = await asyncio.gather(
        *(_find(run, psps, row, of, now=now) for row, of in zip(rows, disputes, strict=True)),
        return_exceptions=True,
    )
    await in_turn(
        settle_evidence(run, row.dispute_id, row.id, reading)
        for row, reading in zip(rows, found, strict=True)
        if isinstance(reading, Reading)
    )
    results(found)
    return len(rows)


async def _find(
    run: Run, psps: Psps, row: DefenceRow, dispute: DisputeRow | None, *, now: datetime
) -> Reading:
    assert dispute is not None, row.id
    assert row.pack is not None, row.id
    sent = SentEvidence(
        bucket=row.bucket,
        evidence_id=row.id,
        psp_account=row.psp_account,
        dispute_ref=row.dispute_ref,
        pack=row.pack,
        defence=row.defence,
        request_digest=row.request_digest,
        decided=run.moment(),
    )
    can = psps.capabilities(row.psp_account)
    found: Reading | None = None
    while True:
        age = age_of(row.sent_at, now=now, there=psps.clock(row.psp_account))
        match next_of(can, found, age=age, due_by=dispute.due_by, now=now):
            case Next.ASK:
                found = await psps.find_evidence(sent)
            case Next.SEND_AGAIN:
                return await psps.send_evidence(sent)
            case Next.WAIT:
                return found or _NOT_ASKED
