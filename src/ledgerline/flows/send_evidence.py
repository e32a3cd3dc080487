"""Send the pack of evidence of a dispute to its provider, once a stage."""

import asyncio
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.errors import Unavailable
from ledgerline.base.ids import DisputeEvidenceId, DisputeId
from ledgerline.base.log import logger
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.documents.evidence import render_evidence
from ledgerline.flows.lock_known_dispute import lock_known_dispute_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.read_evidence import read_evidence
from ledgerline.flows.settle_evidence import settle_evidence
from ledgerline.flows.take_back import take_back
from ledgerline.payments import defending
from ledgerline.payments.disputes import DisputeState, EvidenceState, SentEvidence
from ledgerline.payments.model import Psps
from ledgerline.payments.refusals import EvidenceNotTaken, EvidenceSent
from ledgerline.payments.rows.defences import NewDefenceRow
from ledgerline.payments.rows.disputes import DisputeRow
from ledgerline.payments.rules.defending import (
    STANDS,
    choose,
    require_fits,
    require_taken,
    require_time,
)
from ledgerline.payments.rules.ladder import first_look
from ledgerline.payments.rules.lifecycle import EVIDENCE

_log = logger(__name__)


class EvidenceOrder(NamedTuple):
    """Which dispute is answered, by whom, and for which of its provider's reasons, if one is named.

    Where none is and the provider wants one, its first that the pack is enough for is taken.
    """

    dispute_id: DisputeId
    by: str
    defence: str | None = None


class EvidencePlan(NamedTuple):
    """What would be sent, where and by when."""

    psp_account: str
    dispute_ref: str
    defence: str | None
    defences: tuple[str, ...]
    bytes: int
    sha256: str
    due_by: datetime | None


class _Pack(NamedTuple):
    raw: bytes
    defence: str | None
    defences: tuple[str, ...]


async def send_evidence(run: Run, psps: Psps, order: EvidenceOrder) -> EvidenceState:
    """Render the pack from what the books hold, send it, and return what came of it.

    It is committed as sent, with its bytes and the digest of the request, before any byte leaves;
    what is unknown is found out later, and never sent under another key meanwhile. Raises
    ``DisputeNotFound``, ``DisputeNotAnswerable``, ``EvidenceTooLate``, ``EvidenceSent``,
    ``EvidenceNotTaken``, ``DefenceRefused`` and ``CardNumberRefused``.
    """
    pack = await _pack(run, psps, order)
    sent = await _begin(run, psps, order, pack)
    reading = await psps.send_evidence(sent)
    try:
        return await settle_evidence(run, order.dispute_id, sent.evidence_id, reading)
    except Unavailable as lost:  # it is sent: the resolver settles it, nobody repeats it
        _log.warning("answer not recorded", evidence=sent.reference, failure=str(lost))
        return EvidenceState.SENT


async def preview_evidence(run: Run, psps: Psps, order: EvidenceOrder) -> EvidencePlan:
    """Return what would be sent, or raise what sending it would raise; sends and writes nothing."""
    pack = await _pack(run, psps, order)
    dispute = await take_back(run, lambda tx: _allowed(tx, run, psps, order))
    return EvidencePlan(
        psp_account=dispute.psp_account,
        dispute_ref=dispute.psp_ref or "",
        defence=pack.defence,
        defences=pack.defences,
        bytes=len(pack.raw),
        sha256=sha256(pack.raw).hexdigest(),
        due_by=dispute.due_by,
    )


async def _pack(run: Run, psps: Psps, order: EvidenceOrder) -> _Pack:
    """Ask which reasons there are and render, before anything is locked."""
    cards.refuse_cards([order.by, order.defence or ""])
    dispute = await take_back(run, lambda tx: _allowed(tx, run, psps, order))
    assert dispute.psp_ref is not None, dispute
    taken = require_taken(psps.capabilities(dispute.psp_account), account=dispute.psp_account)
    names: tuple[str, ...] | None = ()
    if taken.names_defences:
        names = (await psps.defences(dispute.psp_account, dispute.psp_ref)).names
    defence = choose(names, order.defence) if taken.names_defences or order.defence else None
    facts = await read_evidence(run, order.dispute_id)
    raw = await asyncio.to_thread(render_evidence, facts)
    require_fits(taken, size=len(raw))
    return _Pack(raw, defence, names or ())


async def _allowed(tx: Tx, run: Run, psps: Psps, order: EvidenceOrder) -> DisputeRow:
    """Read a dispute, under its locks, that may be answered now at its provider."""
    now = run.now()
    days = await read_book_days(tx, now=now)
    dispute = (await lock_known_dispute_in(tx, order.dispute_id, days=days)).dispute
    require_time(DisputeState(dispute.state), dispute.due_by, now=now)
    require_taken(psps.capabilities(dispute.psp_account), account=dispute.psp_account)
    if dispute.psp_ref is None:
        raise EvidenceNotTaken("the provider has not named the dispute yet: its webhook will")
    for held in await defending.read_evidence(tx, bucket=dispute.bucket, dispute_id=dispute.id):
        if held.stage == dispute.stage and held.state in STANDS:
            raise EvidenceSent(f"it is {held.state}", state=held.state)
    return dispute


@repeated
async def _begin(run: Run, psps: Psps, order: EvidenceOrder, pack: _Pack) -> SentEvidence:
    """Commit what precedes the call."""
    async with run.transaction() as tx:
        dispute = await _allowed(tx, run, psps, order)
        assert dispute.psp_ref is not None, dispute
        now = run.now()
        sent = psps.prepared(
            SentEvidence(
                bucket=dispute.bucket,
                evidence_id=DisputeEvidenceId(run.new_id(dispute.bucket)),
                psp_account=dispute.psp_account,
                dispute_ref=dispute.psp_ref,
                pack=pack.raw,
                defence=pack.defence,
            )
        )
        row = NewDefenceRow(
            bucket=dispute.bucket,
            id=sent.evidence_id,
            dispute_id=dispute.id,
            psp_account=sent.psp_account,
            dispute_ref=sent.dispute_ref,
            stage=dispute.stage,
            defence=sent.defence,
            pack=sent.pack,
            pack_hash=sha256(sent.pack).digest(),
            request_digest=sent.request_digest,
            sent_by=order.by,
            state=EVIDENCE.initial,
            state_before="-",
            state_event="created",
            looks=0,
            sent_at=now,
            resolve_at=first_look(now, psps.call_deadline(sent.psp_account)),
        )
        await defending.add_evidence(tx, row)
    return sent
