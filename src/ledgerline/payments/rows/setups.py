"""Rows of set-ups."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import Bucket, CustomerId, PaymentMethodId, SetupId


class NewSetupRow(NamedTuple):
    """A set-up to commit as sent, in column order.

    ``data_sealed`` is the payment data under the key of the environment. Until ``expires_at`` its
    payer is waited for.
    """

    bucket: Bucket
    id: SetupId
    customer_id: CustomerId
    psp_account: str
    psp_token: str | None
    data_sealed: bytes | None
    brand: str | None
    last4: str | None
    currency: str
    makes_default: bool
    state: str
    state_before: str
    state_event: str
    sent_at: datetime
    expires_at: datetime
    resolve_at: datetime
    looks: int
    request_digest: bytes | None
    return_url: str | None
    challenge: bool


class SetupRow(NamedTuple):
    """One set-up as flows see it."""

    bucket: Bucket
    id: SetupId
    customer_id: CustomerId
    psp_account: str
    psp_token: str | None
    data_sealed: bytes | None
    brand: str | None
    last4: str | None
    currency: str
    makes_default: bool
    state: str
    sent_at: datetime
    expires_at: datetime
    canceled_at: datetime | None
    resolve_at: datetime | None
    looks: int
    psp_ref: str | None
    request_digest: bytes | None
    return_url: str | None
    challenge: bool
    event_seq: int


class SetupMoveRow(NamedTuple):
    """A set-up that stays live, if it is still in the state it was seen in.

    ``action_sealed`` is where its payer has to go, under the key of the environment; ``event_seq``
    counts what was told of it.
    """

    bucket: Bucket
    id: SetupId
    state_before: str
    state_event: str
    state: str
    resolve_at: datetime
    unknown_since: datetime | None
    psp_ref: str | None
    action_sealed: bytes | None
    action_expires_at: datetime | None
    event_seq: int


class SetupEndRow(NamedTuple):
    """How a set-up ended, by which evidence, and how its payer was authenticated."""

    bucket: Bucket
    id: SetupId
    state_before: str
    state_event: str
    state: str
    ended_at: datetime
    evidence: str
    category: str | None
    psp_code: str | None
    psp_ref: str | None
    payment_method_id: PaymentMethodId | None
    three_ds_version: str | None
    three_ds_challenged: bool | None
    three_ds_status: str | None
    three_ds_eci: str | None
    three_ds_transaction_id: str | None
    liability_shifted: bool | None
    event_seq: int


class SetupLookRow(NamedTuple):
    """When a set-up is looked at again."""

    bucket: Bucket
    id: SetupId
    resolve_at: datetime


class KnownTokenRow(NamedTuple):
    """The payment method of a customer that has a token already."""

    payment_method_id: PaymentMethodId


class HeldSetupRow(NamedTuple):
    """A set-up of a customer and how far it got."""

    id: SetupId
    state: str
