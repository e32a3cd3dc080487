"""Withdraw what somebody proposed as the end of a charge or refund."""

from ledgerline.base import cards
from ledgerline.base.ids import EvidenceProposalId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.payments import evidence
from ledgerline.payments.refusals import EvidenceNotFound, EvidenceNotOpen
from ledgerline.payments.rows.evidence import EndedProposalRow
from ledgerline.payments.rules.evidence import PROPOSAL, ProposalEvent, ProposalState


@repeated
async def withdraw_evidence(
    run: Run, proposal_id: EvidenceProposalId, *, by: str, command: Command | None = None
) -> None:
    """Take a proposal back, whoever made it; it stays on record.

    With the same ``command`` a repeat changes nothing. Raises ``EvidenceNotFound``,
    ``EvidenceNotOpen`` and ``CardNumberRefused``.
    """
    cards.refuse_cards([by])
    bucket, now = bucket_of(proposal_id), run.now()
    event = ProposalEvent.WITHDRAWN
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=proposal_id)
            if held is not None:
                return
        found = await evidence.find_proposal(tx, bucket=bucket, id=proposal_id)
        if found is None:
            raise EvidenceNotFound("there is no such proposal")
        row = EndedProposalRow(
            bucket=bucket,
            id=proposal_id,
            state_event=event,
            state=PROPOSAL.after(ProposalState.PROPOSED, event),
            ended_by=by,
            ended_at=now,
        )
        if not await evidence.end_proposal(tx, row):
            raise EvidenceNotOpen(f"the proposal is {found.state}", state=found.state)
