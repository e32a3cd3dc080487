"""Requests that move money: what their bodies must hold, and the commands they become.

Sources: Adyen's API explorer "Checkout v71"; docs "Error codes", "Tokenization".
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct
from typing_extensions import override

from pspsim.charges import ChargeBody, ChargeCommand, charge_command
from pspsim.dialects.adyen import methods
from pspsim.dialects.adyen.amounts import booked
from pspsim.dialects.adyen.answers import Refused
from pspsim.provider import Provider
from pspsim.records import Charge, Status
from pspsim.refunds import RefundBody, RefundCommand
from pspsim.replies import RequestRefused

REFERENCE_MAX: Final = 80
STORES: Final = "stores"
"""Under which the card is noted that a payment stores, once it is authorised."""
_ENCRYPTED: Final = "test_"
Body = TypeVar("Body", bound=Struct)
_OF_A_PAYMENT: Final = """
    accountInfo additionalAmount additionalData amount applicationInfo authenticationData
    bankAccount billingAddress browserInfo captureDelayHours channel checkoutAttemptId company
    conversionId countryCode dateOfBirth dccQuote deliverAt deliveryAddress deliveryDate
    deviceFingerprint enableOneClick enablePayOut enableRecurring enhancedSchemeData entityType
    fraudOffset fundOrigin fundRecipient industryUsage installments lineItems
    localizedShopperStatement mandate mcc merchantAccount merchantOrderReference
    merchantRiskIndicator metadata mpiData order orderReference origin paymentMethod
    paymentValidations platformChargebackLogic recurringExpiry recurringFrequency
    recurringProcessingModel redirectFromIssuerMethod redirectToIssuerMethod reference returnUrl
    riskData sessionValidity shopperConversionId shopperEmail shopperIP shopperInteraction
    shopperLocale shopperName shopperReference shopperStatement shopperTaxInfo
    socialSecurityNumber splits store storePaymentMethod subMerchants surcharge telephoneNumber
    threeDS2RequestData threeDSAuthenticationOnly trustedShopper
"""
_OF_A_MODIFICATION: Final = """
    amount applicationInfo capturePspReference enhancedSchemeData lineItems merchantAccount
    merchantRefundReason paymentReference platformChargebackLogic reference splits store
    subMerchants
"""
_INTERACTIONS: Final = frozenset({"Ecommerce", "ContAuth", "Moto", "POS"})
_MODELS: Final = frozenset({"CardOnFile", "Subscription", "UnscheduledCardOnFile"})


class Amount(Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in Adyen's minor units."""

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    value: Annotated[int, Meta(ge=0)]


class Method(Struct, frozen=True, rename="camel"):
    """How it is paid: by a stored card, or by one that the fields of a page have encrypted.

    The simulator keeps no card numbers: what is encrypted is ``test_`` and one of its tokens.
    """

    type: str = "scheme"
    stored_payment_method_id: str = ""
    encrypted_card_number: str = ""

    @property
    def token(self) -> str:
        """Return the token of the simulator that is meant; empty where there is none."""
        given = self.encrypted_card_number.removeprefix(_ENCRYPTED)
        return self.stored_payment_method_id or (
            "" if given == self.encrypted_card_number else given
        )


class Authentication(Struct, frozen=True, rename="camel"):
    """Whether the payer is asked to authenticate."""

    attempt_authentication: str = ""


class PaymentBody(Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of a payment, as far as it decides anything here."""

    amount: Amount | None = None
    merchant_account: str = ""
    reference: str = ""
    return_url: str = ""
    payment_method: Method | None = None
    shopper_reference: str = ""
    shopper_interaction: str = "Ecommerce"
    recurring_processing_model: str = ""
    store_payment_method: bool = False
    authentication_data: Authentication = Authentication()


class Brought(Struct, frozen=True, rename="camel"):
    """What a payer brings back from a redirect."""

    redirect_result: str = ""


class ModificationBody(Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of a capture, refund, reversal or cancel."""

    merchant_account: str = ""
    amount: Amount | None = None
    reference: str = ""
    payment_reference: str = ""


@dataclass(frozen=True)
class Returning(RefundCommand):
    """A refund or reversal: it is always received, and may turn out to be impossible."""

    @override
    def check(self) -> None:
        """Allow everything: what cannot be given back fails later, with a webhook."""

    @override
    def ending(self, nth: int) -> Status:
        captured = self.charge.amount if self.charge.status is Status.SUCCEEDED else 0
        if self.body.amount > captured - self.provider.own.refunded[self.charge.id]:
            return Status.FAILED
        return super().ending(nth)


def read(raw: bytes) -> dict[str, Any]:
    """Read the object in a body; raises ``Refused``."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("702", f"Unexpected input: {error}", status=HTTPStatus.BAD_REQUEST) from error


def read_payment(provider: Provider, raw: bytes) -> ChargeCommand:
    """Read a payment; raises ``Refused``."""
    body = _known(read(raw), _OF_A_PAYMENT, PaymentBody, name="PaymentRequest")
    require_account(body.merchant_account)
    if not 0 < len(body.reference) <= REFERENCE_MAX:
        raise Refused("130", "Reference Missing")
    if body.amount is None:
        raise Refused("100", "No amount specified")
    if not body.return_url:
        raise Refused("14_030", "Return URL is missing.")
    method = body.payment_method
    if method is None or not method.token:
        raise Refused("14_004", "Missing payment method details")
    if body.amount.value == 0 and not body.store_payment_method:
        raise Refused("702", "amount.value must be greater than 0 unless details are stored")
    _require_words(body)
    methods.require(provider, body.shopper_reference, method.token)
    return _charge(provider, body, body.amount, token=method.token)


def read_modification(raw: bytes) -> ModificationBody:
    """Read a capture, refund, reversal or cancel; raises ``Refused``."""
    body = _known(
        read(raw), _OF_A_MODIFICATION, ModificationBody, name="PaymentModificationRequest"
    )
    require_account(body.merchant_account)
    return body


def read_details(raw: bytes) -> str:
    """Read what a payer brought back from a redirect; raises ``Refused``."""
    plain = read(raw)
    if "details" not in plain:
        raise Refused("702", "Required field 'details' is not provided")
    try:
        return msgspec.convert(plain["details"], type=Brought, strict=True).redirect_result
    except msgspec.ValidationError as error:
        raise Refused("702", str(error)) from error


def returning(
    provider: Provider, body: ModificationBody, *, psp: str, event: str, key: str
) -> Returning:
    """Make the command of a refund, or of a reversal where ``event`` is CANCEL_OR_REFUND.

    Raises ``Refused``.
    """
    charge = provider.own.charges.get(psp)
    if charge is None:
        raise Refused("167", "Original pspReference required for this operation")
    order = RefundBody(
        reference=body.reference or f"modification {key}",
        charge=psp,
        amount=_to_return(charge, body.amount, event),
        currency=charge.currency,
    )
    note = {"account": body.merchant_account, "event": event, "named": body.reference}
    return Returning(provider, order, charge, note)


def require_account(name: str) -> None:
    """Refuse a request without the name of a merchant account."""
    if not name:
        raise Refused(
            "901", "Invalid Merchant Account", status=HTTPStatus.FORBIDDEN, kind="security"
        )


def _to_return(charge: Charge, asked: Amount | None, event: str) -> int:
    if event == "CANCEL_OR_REFUND":
        return charge.amount
    if asked is None:
        raise Refused("100", "No amount specified")
    if asked.value == 0:
        raise Refused("137", "Invalid amount specified")
    if asked.currency != charge.currency:
        raise Refused("138", "Unsupported currency specified")
    return _booked(asked)


def _charge(provider: Provider, body: PaymentBody, amount: Amount, *, token: str) -> ChargeCommand:
    never = body.authentication_data.attempt_authentication == "never"
    is_first = body.shopper_interaction == "Ecommerce" and body.store_payment_method
    is_present = (body.recurring_processing_model == "CardOnFile" or is_first) and not never
    order = ChargeBody(
        reference=body.reference,
        amount=_booked(amount),
        currency=amount.currency,
        payment_token=token,
        initiator="customer" if is_present else "merchant",
        description=msgspec.json.encode(body).decode(),
        return_url=body.return_url if is_present else None,
        challenge=body.authentication_data.attempt_authentication == "always",
    )
    note = {"account": body.merchant_account, "shopper": body.shopper_reference}
    if body.store_payment_method:
        note[STORES] = token
    try:
        return charge_command(provider, order, note=note)
    except RequestRefused as refusal:
        raise Refused("803", "PaymentDetail not found") from refusal


def _require_words(body: PaymentBody) -> None:
    if body.shopper_interaction not in _INTERACTIONS:
        raise Refused("702", f"Unknown shopperInteraction {body.shopper_interaction}")
    if body.recurring_processing_model not in _MODELS:
        raise Refused("702", "recurringProcessingModel is required with stored details")
    if body.authentication_data.attempt_authentication not in {"", "always", "never"}:
        raise Refused("702", "Unknown attemptAuthentication")


def _booked(amount: Amount) -> int:
    units = booked(amount.value, amount.currency)
    if units is None:
        raise Refused("137", "Invalid amount specified")
    return units


def _known(plain: dict[str, Any], names: str, kind: type[Body], *, name: str) -> Body:
    unknown = sorted(plain.keys() - set(names.split()))
    if unknown:
        listed = ", ".join(unknown)
        raise Refused(
            "702", f"Structure of {name} contains the following unknown fields: [{listed}]"
        )
    try:
        return msgspec.convert(plain, type=kind, strict=True)
    except msgspec.ValidationError as error:
        raise Refused("702", str(error)) from error
