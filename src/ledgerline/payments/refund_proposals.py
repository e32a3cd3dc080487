"""Statements of refunds for which a second person answers."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, PaymentId, RefundProposalId
from ledgerline.base.statements import statements
from ledgerline.payments.refusals import RefundProposed
from ledgerline.payments.rows.refund_proposals import (
    EndedRefundProposalRow,
    NewRefundProposalRow,
    RefundProposalRow,
)

REFUSALS: Final[Mapping[str, type[Rejected]]] = MappingProxyType(
    {"refund_proposal_open": RefundProposed}
)
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_refund_proposal(tx: Tx, row: NewRefundProposalRow) -> int:
    """Record a proposed refund; a second one of a payment raises ``RefundProposed``."""
    return await tx.execute(_SQL["add_refund_proposal"], expect=1, **row._asdict())


async def find_refund_proposal(
    tx: Tx, *, bucket: Bucket, id: RefundProposalId
) -> RefundProposalRow | None:
    """Find a proposed refund; unlocked."""
    return await tx.row(_SQL["find_refund_proposal"], RefundProposalRow, bucket=bucket, id=id)


async def end_refund_proposal(tx: Tx, row: EndedRefundProposalRow) -> int:
    """Approve or withdraw a proposed refund; counts it, if it was open."""
    return await tx.execute(_SQL["end_refund_proposal"], **row._asdict())


async def lapse_refund_proposal(
    tx: Tx, *, bucket: Bucket, payment_id: PaymentId, now: datetime
) -> int:
    """End what was proposed of a payment and nobody approved in time; counts it."""
    return await tx.execute(
        _SQL["lapse_refund_proposal"], bucket=bucket, payment_id=payment_id, now=now
    )
