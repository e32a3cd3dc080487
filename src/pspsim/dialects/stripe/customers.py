"""Customers and setup intents: what is kept of a payer before money moves.

Source: Stripe API reference, "The Customer object", "Create a SetupIntent".
"""

from typing import Final

from pspsim.codes import DeclineCode
from pspsim.dialects.stripe import methods
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.declines import card_error
from pspsim.dialects.stripe.errors import Refused, invalid, missing
from pspsim.tokens import TokenKind, parse_token

CUSTOMERS: Final = "customers"
SETUPS: Final = "setup_intents"


def create(call: Call) -> Object:
    """Make a customer."""
    form = call.form
    form.only("name", "email", "description", "phone", "metadata", "payment_method")
    method = form.text("payment_method")
    customer: Object = {
        "id": call.name("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.created,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": form.text("description"),
        "email": form.text("email"),
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "livemode": False,
        "metadata": form.table("metadata"),
        "name": form.text("name"),
        "phone": form.text("phone"),
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    if method is not None:
        methods.attached(call, _method(call, method), customer["id"])
    return call.keep(CUSTOMERS, customer)


def retrieve(call: Call, id_: str) -> Object:
    """Show a customer."""
    call.form.only()
    call.form.expand()
    customer = call.kept(CUSTOMERS, id_)
    if customer is None:
        raise missing("customer", id_)
    return customer


def create_setup(call: Call) -> Object:
    """Make a SetupIntent, and confirm it if that is asked for."""
    form = call.form
    form.only(
        *("customer", "payment_method", "allowed_payment_method_types"),
        "automatic_payment_methods",
        *("usage", "confirm", "metadata", "description", "return_url"),
    )
    customer = form.text("customer")
    if customer is not None and call.kept(CUSTOMERS, customer) is None:
        raise missing("customer", customer, param="customer")
    method = form.text("payment_method")
    made = _method(call, method) if method is not None else None
    setup: Object = {
        "id": call.name("seti"),
        "object": "setup_intent",
        "cancellation_reason": None,
        "client_secret": f"{call.name('seti')}_secret_{call.name('s')[2:]}",
        "created": call.created,
        "customer": customer,
        "description": form.text("description"),
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": form.table("metadata"),
        "next_action": None,
        "payment_method": None if made is None else made["id"],
        "payment_method_types": methods.allowed(form),
        "status": "requires_payment_method" if made is None else "requires_confirmation",
        "usage": form.choice("usage", "off_session", "on_session") or "off_session",
    }
    if not form.flag("confirm"):
        return call.keep(SETUPS, setup)
    if made is None:
        raise invalid("there is no payment method to confirm", param="payment_method")
    return _confirmed(call, setup, made)


def retrieve_setup(call: Call, id_: str) -> Object:
    """Show a SetupIntent."""
    call.form.only()
    call.form.expand()
    setup = call.kept(SETUPS, id_)
    if setup is None:
        raise missing("setupintent", id_)
    return setup


def confirm_setup(call: Call, id_: str) -> Object:
    """Confirm a SetupIntent that waits for it."""
    call.form.only("payment_method", "return_url")
    setup = retrieve_setup_of(call, id_)
    named = call.form.text("payment_method") or setup["payment_method"]
    if setup["status"] == "succeeded" or named is None:
        message = f"This SetupIntent is {setup['status']} and cannot be confirmed."
        raise invalid(message, code="setup_intent_unexpected_state")
    return _confirmed(call, setup, _method(call, named))


def retrieve_setup_of(call: Call, id_: str) -> Object:
    """Find a SetupIntent, or refuse."""
    setup = call.kept(SETUPS, id_)
    if setup is None:
        raise missing("setupintent", id_)
    return setup


def _confirmed(call: Call, setup: Object, method: Object) -> Object:
    """Let the issuer agree or not; a card that asks for its payer waits for one."""
    token = parse_token(method["token"])
    # a token of the simulator is a card that was saved with its payer, whatever it asks for later
    asks = token.kind is TokenKind.CHALLENGE and not method["id"].startswith(methods.OWN_TOKEN)
    if asks or token.code is DeclineCode.AUTHENTICATION_REQUIRED:
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        waits = {**setup, "payment_method": method["id"], "status": "requires_action"}
        return call.keep(SETUPS, {**waits, "next_action": action})
    if token.kind is TokenKind.DECLINE and token.code is not None:
        error = card_error(token.code, method["decline_code"])
        error["payment_method"] = methods.shown(call.provider, method)
        refused = {**setup, "payment_method": None, "status": "requires_payment_method"}
        call.keep(SETUPS, {**refused, "last_setup_error": error})
        raise Refused(402, {**error, "setup_intent": {**refused, "last_setup_error": error}})
    if setup["customer"] is not None:
        methods.attached(call, method, setup["customer"])
    else:
        call.keep(methods.COLLECTION, method)
    done = {**setup, "payment_method": method["id"], "status": "succeeded"}
    return call.keep(SETUPS, {**done, "next_action": None})


def _method(call: Call, id_: str) -> Object:
    method = methods.find(call, id_)
    if method is None:
        raise missing("PaymentMethod", id_, param="payment_method")
    return method
