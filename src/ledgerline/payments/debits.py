"""Frozen values of bank debits: mandates, what is told of them, and the notices before a debit."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol


class MandateState(StrEnum):
    """Where a mandate stands. Until its provider says so, that is unknown."""

    UNKNOWN = "unknown"
    PENDING = "pending"  # set up, and not yet confirmed by the banks
    ACTIVE = "active"
    PAUSED = "paused"
    FAILED = "failed"  # the banks never took it
    CANCELED = "canceled"
    EXPIRED = "expired"
    REPLACED = "replaced"  # another one stands for it


class MandateEvent(StrEnum):
    """What happens to a mandate, the weaker first: of two at one instant the later one holds."""

    CREATED = "created"
    SUBMITTED = "submitted"
    ACTIVATED = "activated"
    TRANSFERRED = "transferred"  # to another bank account of its payer
    PAUSED = "paused"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    REINSTATED = "reinstated"
    SEEN_PENDING = "seen_pending"  # what a look found goes before what was told at that instant
    SEEN_ACTIVE = "seen_active"
    SEEN_PAUSED = "seen_paused"
    SEEN_FAILED = "seen_failed"
    SEEN_EXPIRED = "seen_expired"
    SEEN_CANCELED = "seen_canceled"
    LAPSED = "lapsed"  # by our calendar: nothing was collected for too long
    REPLACED = "replaced"


class MandateSource(StrEnum):
    """Who told a fact of a mandate."""

    WEBHOOK = "webhook"
    LOOK = "look"
    CLOCK = "clock"


CHARGEABLE: Final = frozenset({MandateState.UNKNOWN, MandateState.PENDING, MandateState.ACTIVE})
"""Debits by these are sent: providers take them before the banks have confirmed a mandate."""
ENDED: Final = frozenset(
    {MandateState.FAILED, MandateState.CANCELED, MandateState.EXPIRED, MandateState.REPLACED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateTold:
    """What a provider told of the mandate with its id ``psp_token``; ``cause`` is its own word.

    ``replaced_by`` is the id of the one that stands for it from then on.
    """

    psp_token: str
    event: MandateEvent
    occurred_at: datetime
    cause: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateReading:
    """What a look at a mandate found; ``event`` is None where that was not understood.

    ``scheme`` and ``reference`` (the unique one of the mandate) are what banks know it by.
    """

    event: MandateEvent | None
    scheme: str | None = None
    reference: str | None = None


class MandateBook(Protocol):
    """Where mandates can be looked at."""

    async def mandate(self, account: str, psp_token: str) -> MandateReading | None:
        """Look at a mandate; None where its provider cannot be asked, or did not answer."""
        del account, psp_token  # whoever knows no mandates says so
        return None


@dataclass(frozen=True, slots=True)
class Announced:
    """A notice of one payment: its number, what it says, and until when its debit can be sent."""

    no: int
    amount_minor: int
    due_on: date
