"""Statements of what people take for the end of a charge or refund."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, EvidenceProposalId
from ledgerline.base.statements import statements
from ledgerline.payments.refusals import EvidenceProposed
from ledgerline.payments.rows.evidence import (
    EndedProposalRow,
    NewProposalRow,
    OpenReasonRow,
    OvertakenRow,
    ProposalRow,
)

REFUSALS: Final[Mapping[str, type[Rejected]]] = MappingProxyType(
    {"evidence_proposal_open": EvidenceProposed}
)
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_proposal(tx: Tx, row: NewProposalRow) -> int:
    """Record a proposal; a second one about the same raises ``EvidenceProposed``."""
    return await tx.execute(_SQL["add_proposal"], expect=1, **row._asdict())


async def find_proposal(tx: Tx, *, bucket: Bucket, id: EvidenceProposalId) -> ProposalRow | None:
    """Find a proposal; unlocked."""
    return await tx.row(_SQL["find_proposal"], ProposalRow, bucket=bucket, id=id)


async def end_proposal(tx: Tx, row: EndedProposalRow) -> int:
    """Approve or withdraw a proposal; counts it, if it was open."""
    return await tx.execute(_SQL["end_proposal"], **row._asdict())


async def lapse_proposals(tx: Tx, rows: Sequence[OvertakenRow], *, now: datetime) -> int:
    """End what is proposed about some charges or refunds whose provider was heard; counts it."""
    return await tx.write(_SQL["lapse_proposals"], rows, each=False, now=now)


async def read_open_reasons(tx: Tx, *, bucket: Bucket, subject_id: UUID) -> list[OpenReasonRow]:
    """Read why a charge or refund is open for people."""
    return await tx.rows(
        _SQL["read_open_reasons"], OpenReasonRow, bucket=bucket, subject_id=subject_id
    )
