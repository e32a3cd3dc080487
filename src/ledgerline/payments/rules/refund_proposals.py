"""Refunds above what one person may give back: proposed, then approved by another, in time."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ledgerline.base.states import Machine, machine
from ledgerline.payments.refusals import RefundProposalNotOpen

LASTS: Final = timedelta(hours=24)
"""For how long a second person may approve, in business time."""


class Gives(StrEnum):
    """What becomes of the amount that a proposed refund takes of a payment."""

    MONEY = "money"  # it goes back to what paid
    CREDIT = "credit"  # it is the customer's to spend


class RefundProposalState(StrEnum):
    """Where a proposed refund stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class RefundProposalEvent(StrEnum):
    """What happens to a proposed refund."""

    APPROVED = "approved"  # by somebody else, in time: the refund is made
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


REFUND_PROPOSAL: Final[Machine[RefundProposalState, RefundProposalEvent]] = machine(
    "refund_proposal",
    initial=RefundProposalState.PROPOSED,
    final={
        RefundProposalState.APPROVED,
        RefundProposalState.WITHDRAWN,
        RefundProposalState.LAPSED,
    },
    table={
        (
            RefundProposalState.PROPOSED,
            RefundProposalEvent.APPROVED,
        ): RefundProposalState.APPROVED,
        (
            RefundProposalState.PROPOSED,
            RefundProposalEvent.WITHDRAWN,
        ): RefundProposalState.WITHDRAWN,
        (
            RefundProposalState.PROPOSED,
            RefundProposalEvent.EXPIRED,
        ): RefundProposalState.LAPSED,
    },
)


def standing_of(state: str, expires_at: datetime, *, now: datetime) -> str:
    """Say where a proposal stands: one that nobody ended in time is too old, noted or not."""
    is_old = state == RefundProposalState.PROPOSED and expires_at <= now
    return RefundProposalState.LAPSED if is_old else state


def require_open(state: str, expires_at: datetime, *, now: datetime) -> None:
    """Refuse what was ended or is too old to be approved; raises ``RefundProposalNotOpen``."""
    stands = standing_of(state, expires_at, now=now)
    if stands != RefundProposalState.PROPOSED:
        raise RefundProposalNotOpen(f"the proposed refund is {stands}", state=stands)
