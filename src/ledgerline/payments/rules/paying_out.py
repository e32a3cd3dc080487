"""Which payments give credit back, and which lots of it each takes."""

from collections.abc import Sequence
from typing import NamedTuple

from ledgerline.base.ids import CreditLotId, PaymentId


class Part(NamedTuple):
    """What one payment gives back, in minor units, and what it takes of each lot."""

    payment_id: PaymentId
    amount_minor: int
    draws: tuple[tuple[CreditLotId, int], ...]


def divide(
    amount_minor: int,
    payments: Sequence[tuple[PaymentId, int]],
    lots: Sequence[tuple[CreditLotId, int]],
) -> list[Part]:
    """Divide an amount over what payments have left and what lots hold, each in their order.

    Neither may hold less than it: what is asked for was checked before.
    """
    assert 0 < amount_minor <= sum(kept for _, kept in payments), (amount_minor, payments)
    assert amount_minor <= sum(left for _, left in lots), (amount_minor, lots)
    parts: list[Part] = []
    waiting = list(reversed(lots))
    for payment_id, kept in payments:
        given = min(kept, amount_minor)
        if given == 0:
            break
        amount_minor -= given
        parts.append(Part(payment_id, given, tuple(_draw(waiting, given))))
    return parts


def _draw(waiting: list[tuple[CreditLotId, int]], wanted: int) -> list[tuple[CreditLotId, int]]:
    """Take from the lots at the end of the list, and lower or drop them."""
    drawn = []
    while wanted > 0:
        lot_id, left = waiting.pop()
        taken = min(left, wanted)
        if taken > 0:
            drawn.append((lot_id, taken))
        if left > taken:
            waiting.append((lot_id, left - taken))
        wanted -= taken
    return drawn
