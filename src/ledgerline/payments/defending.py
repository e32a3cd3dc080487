"""Statements of evidence that is sent for disputes."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, DisputeId
from ledgerline.base.statements import statements
from ledgerline.payments.refusals import EvidenceSent
from ledgerline.payments.rows.defences import DefenceRow, DefenceStepRow, NewDefenceRow

REFUSALS: Final[Mapping[str, type[Rejected]]] = MappingProxyType(
    {"dispute_evidence_once": EvidenceSent}
)
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_evidence(tx: Tx, row: NewDefenceRow) -> int:
    """Commit evidence as sent; raises ``EvidenceSent`` where some of its stage was."""
    return await tx.execute(_SQL["add_evidence"], **row._asdict())


async def read_evidence(tx: Tx, *, bucket: Bucket, dispute_id: DisputeId) -> list[DefenceRow]:
    """Read what was sent for a dispute, the newest first."""
    return await tx.rows(_SQL["read_evidence"], DefenceRow, bucket=bucket, dispute_id=dispute_id)


async def claim_evidence(
    tx: Tx, *, now: datetime, next_look_at: datetime, limit: int
) -> list[DefenceRow]:
    """Claim evidence that somebody has to look at."""
    return await tx.rows(
        _SQL["claim_evidence"], DefenceRow, now=now, next_look_at=next_look_at, limit=limit
    )


async def step_evidence(tx: Tx, row: DefenceStepRow) -> int:
    """Say where evidence stands, under the lock of its dispute."""
    return await tx.execute(_SQL["step_evidence"], **row._asdict())
