"""The objects of the Checkout API as they stand in JSON, as far as they are sent or read.

Source: Adyen's API explorer, "Checkout v71".
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from ledgerline.payments.adapters.strict_json import Address, Text


class Amount(Struct, frozen=True):
    """An amount in Adyen's minor units."""

    currency: Text
    value: int


class StoredCard(Struct, frozen=True, kw_only=True, rename="camel"):
    """A card that Adyen keeps for a shopper."""

    stored_payment_method_id: str
    type: str = "scheme"


class NewCard(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A card as the fields of a page have encrypted it, for Adyen alone to read."""

    type: str = "scheme"
    brand: str | None = None
    holder_name: str | None = None
    encrypted_card_number: str | None = None
    encrypted_expiry_month: str | None = None
    encrypted_expiry_year: str | None = None
    encrypted_security_code: str | None = None


class DefencesOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which reasons a dispute may be defended for."""

    dispute_psp_reference: str
    merchant_account_code: str


class DefenceDocument(Struct, frozen=True, kw_only=True):
    """A document, in base 64."""

    content: str
    content_type: str = msgspec.field(name="contentType", default="application/pdf")
    code: str = msgspec.field(name="defenseDocumentTypeCode")


class DocumentsOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """Documents that defend a dispute."""

    documents: list[DefenceDocument] = msgspec.field(name="defenseDocuments")
    dispute_psp_reference: str
    merchant_account_code: str


class DefendOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """Defend a dispute with what was supplied."""

    reason: str = msgspec.field(name="defenseReasonCode")
    dispute_psp_reference: str
    merchant_account_code: str


class Done(Struct, frozen=True, rename="camel"):
    """Whether a request about a dispute was done."""

    success: bool
    error_message: Any = None


class DefenceAnswer(Struct, frozen=True, rename="camel"):
    """The answer to every request that changes the defence of a dispute."""

    dispute_service_result: Done


class DocumentKind(Struct, frozen=True, rename="camel"):
    """A kind of document that a reason asks for, or takes; ``available`` once one is supplied."""

    code: Text = msgspec.field(name="defenseDocumentTypeCode")
    requirement_level: Text
    available: bool


class DefenceReason(Struct, frozen=True, rename="camel"):
    """A reason that a dispute may be defended for."""

    code: Text = msgspec.field(name="defenseReasonCode")
    satisfied: bool
    kinds: list[DocumentKind] = msgspec.field(name="defenseDocumentTypes", default_factory=list)


class DefenceReasons(Struct, frozen=True, rename="camel"):
    """The reasons that a dispute may be defended for."""

    dispute_service_result: Done
    defense_reasons: list[DefenceReason] = msgspec.field(default_factory=list)


class ThreeDSWish(Struct, frozen=True):
    """How the payer is asked to authenticate: on our own page, or by redirect."""

    native_three_ds: str = msgspec.field(name="nativeThreeDS")


class AuthenticationWish(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When the payer is asked to authenticate, and how; None leaves it to Adyen's rules."""

    attempt_authentication: str | None = msgspec.field(name="attemptAuthentication", default=None)
    three_ds_request_data: ThreeDSWish | None = msgspec.field(
        name="threeDSRequestData", default=None
    )


class Browser(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of the payer's browser."""

    accept_header: str
    user_agent: str


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
    payment_method: StoredCard | NewCard | None = None
    shopper_reference: str | None = None
    store_payment_method: bool | None = None
    channel: str | None = None
    browser_info: Browser | None = None
    redirect_to_issuer_method: str | None = None
    redirect_from_issuer_method: str | None = None


class RefundOrder(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The body of a refund; without an amount Adyen refuses it."""

    merchant_account: str
    reference: str
    amount: Amount | None = None


class Details(Struct, frozen=True, rename="camel"):
    """What a payer brings back from a redirect."""

    redirect_result: str


class DetailsOrder(Struct, frozen=True):
    """The body of what goes on with a payment whose payer is back."""

    details: Details


class CancelOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of a cancel by our reference."""

    merchant_account: str
    payment_reference: str
    reference: str


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
    action: Any = None
    payment_method: Any = None


class StoredMethod(Struct, frozen=True, kw_only=True, rename="camel"):
    """A method that is stored for a shopper."""

    id: Text
    brand: Any = None
    last_four: Any = None


class StoredMethods(Struct, frozen=True, kw_only=True, rename="camel"):
    """The methods that are stored for a shopper; the list may be left out where there are none."""

    shopper_reference: Text
    stored_payment_methods: tuple[StoredMethod, ...] = ()


class Redirect(Struct, frozen=True):
    """Where the payer has to go, by a plain link."""

    type: Literal["redirect"]
    method: Literal["GET"]
    url: Address


class Refund(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a refund: it was received, and a webhook tells what came of it."""

    status: Text
    psp_reference: Text
    payment_psp_reference: Text
    amount: Amount
    reference: Text | None = None


class Cancel(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a cancel: it was received, and a webhook tells what came of it."""

    status: Text
    payment_reference: Text
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


Order = (
    PaymentOrder
    | RefundOrder
    | DetailsOrder
    | CancelOrder
    | MethodsOrder
    | DefencesOrder
    | DocumentsOrder
    | DefendOrder
)


def encode(order: Order) -> bytes:
    """Write an order; equal orders give equal bytes."""
    return msgspec.json.encode(order)
