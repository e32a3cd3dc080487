"""What becomes of money that came for a charge that had been given up."""

from enum import StrEnum

from ledgerline.payments.model import PaymentState


class Late(StrEnum):
    """What is done with it."""

    TAKE = "take"  # it pays the invoice after all
    GIVE_BACK = "give_back"
    WAIT = "wait"  # another attempt may still pay, or its payer has it back already


def decide(
    state: PaymentState, *, has_live_attempt: bool, is_owed: bool, is_taken_back: bool
) -> Late:
    """Decide by the payment of the attempt and what is owed: only what still is takes it.

    While another attempt may pay, the payer would have paid twice. What a dispute has taken back
    (``is_taken_back``) is given back to nobody a second time: that is for people to end.
    """
    if state is PaymentState.PROCESSING and has_live_attempt:
        return Late.WAIT
    if state is PaymentState.PROCESSING and is_owed:
        return Late.TAKE
    return Late.WAIT if is_taken_back else Late.GIVE_BACK
