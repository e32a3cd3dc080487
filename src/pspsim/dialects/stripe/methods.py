"""Payment methods: Stripe's test ids, tokens of the simulator, and what was made of them.

Source: Stripe, "Testing", tab "PaymentMethods"; API reference, "The PaymentMethod object".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pspsim.cards import card_of
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.errors import invalid, missing
from pspsim.dialects.stripe.forms import Form
from pspsim.provider import Provider
from pspsim.records import Card
from pspsim.tokens import TokenRefused, parse_token

COLLECTION: Final = "payment_methods"
OWN_TOKEN: Final = "pm_tok_"  # noqa: S105 - a prefix


class Test(NamedTuple):
    """What a test id of Stripe stands for."""

    token: str = "tok_ok"  # noqa: S105 - the beginning of a token of the simulator
    decline_code: str | None = None  # where Stripe's word is none of the simulator's
    card: Mapping[str, Any] = MappingProxyType({})


_DECLINED: Final = "tok_decline_do_not_honor"
TESTS: Final[Mapping[str, Test]] = MappingProxyType(
    {
        "pm_card_visa": Test(),
        "pm_card_visa_debit": Test(card={"funding": "debit"}),
        "pm_card_mastercard": Test(card={"brand": "mastercard", "funding": "credit"}),
        "pm_card_mastercard_debit": Test(card={"brand": "mastercard", "funding": "debit"}),
        "pm_card_mastercard_prepaid": Test(card={"brand": "mastercard", "funding": "prepaid"}),
        "pm_card_amex": Test(card={"brand": "amex", "funding": "credit"}),
        "pm_card_us": Test(card={"country": "US"}),
        "pm_card_de": Test(card={"country": "DE"}),
        "pm_card_fr": Test(card={"country": "FR"}),
        "pm_card_gb": Test(card={"country": "GB"}),
        "pm_card_br": Test(card={"country": "BR"}),
        "pm_card_visa_chargeDeclined": Test(_DECLINED, "generic_decline"),
        "pm_card_chargeDeclined": Test(_DECLINED, "generic_decline"),
        "pm_card_visa_chargeDeclinedInsufficientFunds": Test("tok_decline_insufficient_funds"),
        "pm_card_chargeDeclinedInsufficientFunds": Test("tok_decline_insufficient_funds"),
        "pm_card_visa_chargeDeclinedLostCard": Test("tok_decline_lost_card"),
        "pm_card_visa_chargeDeclinedStolenCard": Test("tok_decline_stolen_card"),
        "pm_card_chargeDeclinedExpiredCard": Test("tok_decline_expired_card"),
        "pm_card_chargeDeclinedIncorrectCvc": Test(_DECLINED, "incorrect_cvc"),
        "pm_card_chargeDeclinedProcessingError": Test("tok_decline_processing_error"),
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded": Test(
            _DECLINED, "card_velocity_exceeded"
        ),
        "pm_card_radarBlock": Test("tok_decline_fraudulent"),
        "pm_card_authenticationRequired": Test("tok_challenge"),
        "pm_card_threeDSecure2Required": Test("tok_challenge"),
    }
)
# Tokens of Stripe.js that a payment method is made of.
_CARD_TOKENS: Final = MappingProxyType(
    {
        "tok_visa": "pm_card_visa",
        "tok_visa_debit": "pm_card_visa_debit",
        "tok_mastercard": "pm_card_mastercard",
        "tok_amex": "pm_card_amex",
        "tok_chargeDeclined": "pm_card_chargeDeclined",
        "tok_chargeDeclinedInsufficientFunds": "pm_card_chargeDeclinedInsufficientFunds",
    }
)


def create(call: Call) -> Object:
    """Make a payment method of a token; card numbers do not belong here."""
    form = call.form
    form.only("type", "card", "billing_details", "metadata")
    if form.choice("type", "card") is None:
        raise invalid("type is missing", param="type", code="parameter_missing")
    token = form.table("card").get("token")
    if token is None:
        raise invalid("send card[token]: no numbers here", param="card")
    if token in _CARD_TOKENS:
        made = _of_test(TESTS[_CARD_TOKENS[token]], call.name("pm"))
    elif _is_token(token):
        made = _made(call.name("pm"), token)
    else:
        raise missing("token", token, param="card[token]")
    made |= {"metadata": form.table("metadata"), "created": call.created}
    return shown(call.provider, call.keep(COLLECTION, made))


def allowed(form: Form) -> list[str]:
    """Return which types of payment methods an intent may be paid with."""
    wanted = form.words("allowed_payment_method_types")
    if wanted and form.has("automatic_payment_methods"):
        raise invalid(
            "allowed_payment_method_types and automatic_payment_methods exclude each other.",
            param="allowed_payment_method_types",
            code="parameters_exclusive",
        )
    if wanted and "card" not in wanted:
        raise invalid("Nothing but cards is served here.", param="allowed_payment_method_types")
    return ["card"]


def retrieve(call: Call, id_: str) -> Object:
    """Show a payment method."""
    call.form.only()
    call.form.expand()
    method = find(call, id_)
    if method is None:
        raise missing("PaymentMethod", id_)
    return shown(call.provider, method)


def attach(call: Call, id_: str) -> Object:
    """Give a payment method to a customer; of a test id a new one is made."""
    call.form.only("customer")
    customer = call.form.needed("customer")
    if call.kept("customers", customer) is None:
        raise missing("customer", customer, param="customer")
    method = find(call, id_)
    if method is None:
        raise missing("PaymentMethod", id_)
    return shown(call.provider, attached(call, method, customer))


def attached(call: Call, method: Object, customer: str) -> Object:
    """Keep that a method belongs to a customer; raises ``Refused`` where it is another's."""
    if method["customer"] not in {None, customer}:
        raise invalid("The payment method belongs to another customer.", param="customer")
    return call.keep(COLLECTION, {**method, "customer": customer})


def detach(call: Call, id_: str) -> Object:
    """Take a payment method from its customer."""
    call.form.only()
    call.form.expand()
    method = find(call, id_)
    if method is None:
        raise missing("PaymentMethod", id_)
    if method["customer"] is None:
        raise invalid("The payment method belongs to no customer.")
    return shown(call.provider, call.keep(COLLECTION, {**method, "customer": None}))


def find(call: Call, id_: str) -> Object | None:
    """Find a payment method: one that was kept, a test id, or a token of the simulator."""
    if id_ in TESTS:
        return _of_test(TESTS[id_], call.name("pm")) | {"created": call.created}
    kept = call.kept(COLLECTION, id_)
    if kept is not None:
        return kept
    token = id_.removeprefix("pm_")
    if id_.startswith(OWN_TOKEN) and _is_token(token):
        return _made(id_, token) | {"created": call.created}
    return None


def shown(provider: Provider, method: Object) -> Object:
    """Show a payment method as the API does."""
    printed = card(provider, method)
    return {
        "id": method["id"],
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "card": {
            **printed,
            "checks": {"address_line1_check": None, "cvc_check": "pass"},
            "networks": {"available": [printed["brand"]], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": method["created"],
        "customer": method["customer"],
        "livemode": False,
        "metadata": method["metadata"],
        "type": "card",
    }


def card(provider: Provider, method: Object) -> Object:
    """Tell what is printed on the card of a method, as every charge of it does."""
    token = method["token"]
    told = card_of(
        provider.draws, token, provider=provider.name, segment=parse_token(token).segment
    )
    return printed(told, method["card"])


def printed(told: Card, changed: Mapping[str, Any]) -> Object:
    """Write a card in Stripe's words; a test id may say otherwise."""
    year, month = told.expires.split("-")
    return {
        "brand": "visa",
        "country": told.issuer_country,
        "exp_month": int(month),
        "exp_year": int(year),
        "fingerprint": told.fingerprint.removeprefix("fp_")[:16],
        "funding": told.funding,
        "last4": told.bin[-4:],
        **changed,
    }


def _of_test(test: Test, id_: str) -> Object:
    made = _made(id_, f"{test.token}_{id_}")
    return made | {"decline_code": test.decline_code, "card": dict(test.card)}


def _made(id_: str, token: str) -> Object:
    return {
        "id": id_,
        "token": token,
        "decline_code": None,
        "card": {},
        "customer": None,
        "metadata": {},
        "created": 0,
    }


def _is_token(text: str) -> bool:
    try:
        parse_token(text)
    except TokenRefused:
        return False
    return True
