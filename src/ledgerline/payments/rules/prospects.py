"""What a payment or a refund still has before it: the next try, the time to mend, what is left."""

from datetime import UTC, datetime
from typing import NamedTuple

from ledgerline.base.ids import instant_of
from ledgerline.payments.model import RefundState
from ledgerline.payments.rows.shown import PaymentView, RefundView


def next_try_at(payment: PaymentView) -> datetime | None:
    """Return when a machine tries a payment next; None while none will.

    Where it awaits its payer the instant in the row is when it is given up, and where the
    subscription has ended nobody is charged any more.
    """
    if payment.awaits_payer or payment.is_over:
        return None
    return payment.next_try_at


def mend_until(payment: PaymentView) -> datetime | None:
    """Return until when the payer can mend a payment that no machine may try; else None."""
    return payment.next_try_at if payment.awaits_payer and not payment.is_over else None


class Left(NamedTuple):
    """What was captured and given back of a payment, and what its invoice has left, with tax.

    ``claim_minor`` is the invoice's total less what was credited of it and what refunds under way
    have reserved; ``lost_minor`` is what disputes took for good. While a change waits for its
    payment, or the payment is disputed (``is_held``), nothing is refunded.
    """

    captured_minor: int
    refunded_minor: int
    refunding_minor: int
    lost_minor: int
    claim_minor: int
    is_held: bool


def left_of(payment: PaymentView) -> Left:
    """Say what is left of a payment as it is shown."""
    return Left(
        captured_minor=payment.captured_minor,
        refunded_minor=payment.refunded_minor,
        refunding_minor=payment.refunding_minor,
        lost_minor=payment.dispute_lost_minor,
        claim_minor=payment.claim_minor,
        is_held=payment.is_held or payment.disputed_minor > 0,
    )


def kept_minor(left: Left) -> int:
    """Return how much of the money is still ours, and not on its way back."""
    return left.captured_minor - left.refunded_minor - left.refunding_minor - left.lost_minor


def refundable_minor(left: Left) -> int:
    """Return how much a refund can give back: of the money, and not of what is credited already."""
    if left.is_held:
        return 0
    return max(0, min(kept_minor(left), left.claim_minor))


def goes_out_at(refund: RefundView) -> datetime | None:
    """Return when a refund goes out that no provider has executed; None once one may have."""
    return refund.resolve_at if refund.state == RefundState.REQUESTED else None


def asked_at(refund: RefundView) -> datetime:
    """Return when a refund was asked for (UTC): it may be sent again later than it was first."""
    return datetime.fromtimestamp(instant_of(refund.id) / 1000, UTC)
