"""The objects of the Checkout API as they stand in JSON, as far as they are sent or read.

Source: Adyen's API explorer, "Checkout v71".
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ledgerline.payments.adapters.strict_json import Text


class Amount(Struct, frozen=True):
    """An amount in Adyen's minor units."""

    currency: Text
    value: int


class StoredCard(Struct, frozen=True, kw_only=True, rename="camel"):
    """A card that Adyen keeps for a shopper."""

    stored_payment_method_id: str
    type: str = "scheme"


class AuthenticationWish(Struct, frozen=True, rename="camel"):
    """When the payer is asked to authenticate."""

    attempt_authentication: str


class PaymentOrder(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The body of a payment; what is None is left out.

    Without an amount or a payment method Adyen refuses it before it looks further.
    """

    merchant_account: str
    reference: str
    return_url: str
    shopper_interaction: str
    recurring_processing_model: str
    capture_delay_hours: int
    authentication_data: AuthenticationWish
    amount: Amount | None = None
    payment_method: StoredCard | None = None
    shopper_reference: str | None = None


class RefundOrder(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The body of a refund; without an amount Adyen refuses it."""

    merchant_account: str
    reference: str
    amount: Amount | None = None


class MethodsOrder(Struct, frozen=True, rename="camel"):
    """The body of the question for payment methods, which moves nothing."""

    merchant_account: str


class Payment(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a payment; ``result_code`` may be an unknown word.

    ``additional_data`` is read apart: whatever it is, money has moved or not.
    """

    result_code: Text
    psp_reference: Text | None = None
    merchant_reference: Text | None = None
    amount: Amount | None = None
    refusal_reason_code: Text | None = None
    additional_data: Any = None


class Refund(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a refund: it was received, and a webhook tells what came of it."""

    status: Text
    psp_reference: Text
    payment_psp_reference: Text
    amount: Amount
    reference: Text | None = None


class Refusal(Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of an error."""

    error_code: Text
    error_type: Text | None = None


class SignedAmount(Struct, frozen=True):
    """An amount as it is signed, whatever currency stands there."""

    currency: str
    value: int


class Signature(Struct, frozen=True, rename="camel"):
    """The part of the additional data that is read; all but the signature is not signed."""

    hmac_signature: str
    chargeback_reason_code: Any = None
    defense_period_ends_at: Any = None


class Item(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is signed of one item of a webhook, its signature, and when and by what it was."""

    psp_reference: str
    merchant_account_code: str
    merchant_reference: str
    amount: SignedAmount
    event_code: str
    success: str
    additional_data: Signature
    original_reference: str = ""
    event_date: Any = None
    payment_method: Any = None


class Wrapped(Struct, frozen=True):
    """One element of a delivery."""

    item: Item = msgspec.field(name="NotificationRequestItem")


class Delivery(Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of a webhook."""

    notification_items: Annotated[tuple[Wrapped, ...], Meta(min_length=1)]


def encode(order: PaymentOrder | RefundOrder | MethodsOrder) -> bytes:
    """Write an order; equal orders give equal bytes."""
    return msgspec.json.encode(order)
