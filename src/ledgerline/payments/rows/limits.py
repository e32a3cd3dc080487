"""Rows of what limits the tries of a card."""

from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.ids import AttemptId, Bucket, PaymentId, PaymentMethodId


class LimitRow(NamedTuple):
    """At most ``tries_max`` tries in vain within ``hours``, from a day on; ``any`` is any."""

    network: str
    region: str
    initiator: str
    hours: int
    valid_from: date
    tries_max: int


class CardTryRow(NamedTuple):
    """A try of the card of a payment method that brought no money, or has not ended."""

    payment_method_id: PaymentMethodId
    attempt_id: AttemptId
    sent_at: datetime
    is_live: bool


class WithheldTryRow(NamedTuple):
    """A payment whose try is not sent now, why, and when it is due again."""

    bucket: Bucket
    id: PaymentId
    next_try_at: datetime
    withheld_for: str


class HeldCardsRow(NamedTuple):
    """How many cards are held."""

    held: int
