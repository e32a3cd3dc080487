"""What becomes of money that came for a charge that had been given up."""

from enum import StrEnum

from ledgerline.payments.model import PaymentState


class Late(StrEnum):
    """What is done with it."""

    TAKE = "take"  # it pays the invoice after all
    GIVE_BACK = "give_back"
    WAIT = "wait"  # another attempt may still pay: with both the payer would have paid twice


def decide(state: PaymentState, *, has_live_attempt: bool, is_open: bool) -> Late:
    """Decide by the payment of the attempt and its invoice: only what is still owed takes it."""
    if state is PaymentState.PROCESSING and has_live_attempt:
        return Late.WAIT
    if state is PaymentState.PROCESSING and is_open:
        return Late.TAKE
    return Late.GIVE_BACK
