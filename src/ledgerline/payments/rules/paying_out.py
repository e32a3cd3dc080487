"""Which payments give credit back, and which lots of it each takes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledgerline.base.ids import CreditLotId, InvoiceId, PaymentId


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
        parts.append(Part(payment_id, given, tuple(draw(waiting, given))))
    return parts


class Kept(NamedTuple):
    """What a payment has left, and of which invoice it is."""

    payment_id: PaymentId
    invoice_id: InvoiceId
    kept_minor: int


def trace(
    kept: Sequence[Kept], given: Mapping[InvoiceId, int], *, others: bool
) -> list[tuple[PaymentId, Mapping[InvoiceId, int]]]:
    """Say how much each payment gives back of what invoices are credited, and of which.

    First each gives back its own invoice. Then, with ``others``, what it has left gives back
    invoices that were paid from what it had paid for: a change is paid with what it replaces. The
    newest payment that has something left comes first.
    """
    left = dict(given)
    room = {one.payment_id: one.kept_minor for one in kept}
    parts: dict[PaymentId, dict[InvoiceId, int]] = {one.payment_id: {} for one in kept}
    own = [(one, one.invoice_id) for one in kept]
    further = [(one, invoice_id) for one in reversed(kept) for invoice_id in given if others]
    for one, invoice_id in [*own, *further]:
        minor = min(room[one.payment_id], left.get(invoice_id, 0))
        if minor > 0:
            room[one.payment_id] -= minor
            left[invoice_id] -= minor
            part = parts[one.payment_id]
            part[invoice_id] = part.get(invoice_id, 0) + minor
    return [(payment_id, part) for payment_id, part in parts.items() if part]


def draw(waiting: list[tuple[CreditLotId, int]], wanted: int) -> list[tuple[CreditLotId, int]]:
    """Take what is wanted of the lots at the end of the list, and lower or drop them.

    What they do not hold is not taken.
    """
    drawn = []
    while wanted > 0 and waiting:
        lot_id, left = waiting.pop()
        taken = min(left, wanted)
        if taken > 0:
            drawn.append((lot_id, taken))
        if left > taken:
            waiting.append((lot_id, left - taken))
        wanted -= taken
    return drawn
