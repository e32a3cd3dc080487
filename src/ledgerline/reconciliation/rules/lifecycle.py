"""The lifecycle of a payout. A pair that is not here is refused."""

from typing import Final

from ledgerline.base.states import Machine, machine
from ledgerline.reconciliation.model import PayoutEvent, PayoutState

PAYOUT: Final[Machine[PayoutState, PayoutEvent]] = machine(
    "payout",
    initial=PayoutState.ANNOUNCED,
    final={PayoutState.FAILED},
    table={
        (PayoutState.ANNOUNCED, PayoutEvent.ARRIVED): PayoutState.PAID,
        (PayoutState.ANNOUNCED, PayoutEvent.FAILED): PayoutState.FAILED,
        (PayoutState.PAID, PayoutEvent.SENT_BACK): PayoutState.RETURNED,
        (PayoutState.RETURNED, PayoutEvent.ARRIVED): PayoutState.PAID,  # it was sent anew
        (PayoutState.RETURNED, PayoutEvent.FAILED): PayoutState.FAILED,
    },
)
