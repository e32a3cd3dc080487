"""Rows of what is held of a customer or for a time, for whoever erases it."""

from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, PaymentId, PaymentMethodId


class HeldMethodRow(NamedTuple):
    """A payment method and one of its instruments, if any; ``metadata`` is JSON text."""

    bucket: Bucket
    id: PaymentMethodId
    psp_account: str | None
    psp_token: str | None
    metadata: str
    external_id: str | None


class HeldPaymentRow(NamedTuple):
    """A payment and how far it got."""

    bucket: Bucket
    id: PaymentId
    state: str


class HeldTryRow(NamedTuple):
    """An attempt or refund and how far it got."""

    id: UUID
    payment_id: PaymentId
    state: str


class OldRow(NamedTuple):
    """How much is older than it is kept."""

    old: int
