"""SetupIntents: a card that is verified and kept for a customer, and nothing is charged.

What the API does not show of one is kept with it under names that begin with ``_``.

Source: Stripe API reference, "The SetupIntent object", "Create a SetupIntent", "Confirm a
SetupIntent", "Cancel a SetupIntent", "List all SetupIntents", "The SetupAttempt object".
"""

from typing import Any, Final

from pspsim.codes import DeclineCode
from pspsim.dialects.stripe import methods
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.customers import CUSTOMERS, method_of
from pspsim.dialects.stripe.declines import card_error
from pspsim.dialects.stripe.errors import Refused, invalid, missing
from pspsim.provider import Provider
from pspsim.records import AUTHENTICATED, Kept
from pspsim.tokens import TokenKind, parse_token

COLLECTION: Final = "setup_intents"
UNEXPECTED: Final = "setup_intent_unexpected_state"
EXPANDABLE: Final = ("latest_attempt", "payment_method")
_OPEN: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_CREATE: Final = (
    *("customer", "payment_method", "allowed_payment_method_types", "automatic_payment_methods"),
    *("usage", "confirm", "metadata", "description", "return_url", "payment_method_options"),
)


def create(call: Call) -> Object:
    """Make a SetupIntent, and confirm it if that is asked for."""
    form = call.form
    form.only(*_CREATE)
    expand = form.expand(*EXPANDABLE)
    customer = form.text("customer")
    if customer is not None and call.kept(CUSTOMERS, customer) is None:
        raise missing("customer", customer, param="customer")
    method = form.text("payment_method")
    made = method_of(call, method) if method is not None else None
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
        "_challenge": _challenged(call),
        "_return_url": form.text("return_url"),
    }
    if not form.flag("confirm"):
        if form.has("return_url"):
            raise invalid("return_url only goes with confirm=true", param="return_url")
        return shown(call.provider, call.keep(COLLECTION, setup), expand=expand)
    if made is None:
        raise invalid("there is no payment method to confirm", param="payment_method")
    return shown(call.provider, _confirmed(call, setup, made), expand=expand)


def retrieve(call: Call, id_: str) -> Object:
    """Show a SetupIntent."""
    call.form.only("client_secret")
    expand = call.form.expand(*EXPANDABLE)
    return shown(call.provider, _find(call, id_), expand=expand)


def confirm(call: Call, id_: str) -> Object:
    """Confirm a SetupIntent that waits for it."""
    call.form.only("payment_method", "return_url", "payment_method_options")
    setup = _find(call, id_)
    named = call.form.text("payment_method") or setup["payment_method"]
    if setup["status"] not in _OPEN or named is None:
        message = f"This SetupIntent is {setup['status']} and cannot be confirmed."
        raise invalid(message, code=UNEXPECTED)
    back = call.form.text("return_url") or setup["_return_url"]
    asked = {"_return_url": back, "_challenge": setup["_challenge"] or _challenged(call)}
    return shown(call.provider, _confirmed(call, setup | asked, method_of(call, named)))


def cancel(call: Call, id_: str) -> Object:
    """Cancel a SetupIntent that has not ended."""
    call.form.only("cancellation_reason")
    expand = call.form.expand(*EXPANDABLE)
    setup = _find(call, id_)
    if setup["status"] not in _OPEN:
        raise invalid(f"This SetupIntent is {setup['status']}.", code=UNEXPECTED)
    reason = call.form.choice(
        "cancellation_reason", "abandoned", "duplicate", "requested_by_customer"
    )
    ended = {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    return shown(call.provider, call.keep(COLLECTION, setup | ended), expand=expand)


def shown(provider: Provider, setup: Object, *, expand: list[str] | None = None) -> Object:
    """Show a SetupIntent as the API does."""
    told = {name: value for name, value in setup.items() if not name.startswith("_")}
    wanted = expand or []
    if "latest_attempt" in wanted and setup["latest_attempt"] is not None:
        told["latest_attempt"] = {
            "id": setup["latest_attempt"],
            "object": "setup_attempt",
            "payment_method_details": {
                "card": {"three_d_secure": setup.get("_three_d_secure")}, "type": "card",
            },
            "setup_intent": setup["id"],
            "status": "succeeded" if setup["status"] == "succeeded" else "failed",
            "usage": setup["usage"],
        }  # fmt: skip
    method = provider.own.kept.get(methods.COLLECTION, {}).get(str(setup["payment_method"]))
    if "payment_method" in wanted and method is not None:
        told["payment_method"] = methods.shown(provider, method)
    return told


def page_of(provider: Provider, id_: str) -> tuple[bool, str] | None:
    """Tell whether a SetupIntent waits on the page of its payer, and where that leads back to."""
    setup = provider.own.kept.get(COLLECTION, {}).get(id_)
    if setup is None or not setup["_return_url"]:
        return None
    return setup["status"] == "requires_action", setup["_return_url"]


def answered(provider: Provider, id_: str, *, passed: bool) -> tuple[Object, bool]:
    """Take the payer's answer; return the SetupIntent, and whether it ended by this."""
    setup = provider.own.kept[COLLECTION][id_]
    if setup["status"] != "requires_action":
        return setup, False
    three_ds = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05" if passed else "07",
        "result": "authenticated" if passed else "failed",
        "transaction_id": provider.draws.name("ds", "three-ds", provider.name, id_),
        "version": "2.2.0",
    }
    name = provider.draws.name("setatt", "setup-attempt", provider.name, id_)
    setup |= {"_three_d_secure": three_ds, "latest_attempt": name, "next_action": None}
    method = setup["_method"]
    if not passed:
        error = {
            "code": "setup_intent_authentication_failure", "type": "invalid_request_error",
            "message": "The provided PaymentMethod has failed authentication.",
            "payment_method": methods.shown(provider, method),
        }  # fmt: skip
        ended = {"status": "requires_payment_method", "payment_method": None}
        return _keep(provider, COLLECTION, setup | ended | {"last_setup_error": error}), True
    provider.books.record(Kept(provider.name, AUTHENTICATED, method["token"], {}))
    owner = setup["customer"] or method["customer"]
    _keep(provider, methods.COLLECTION, method | {"customer": owner})
    return _keep(provider, COLLECTION, setup | {"status": "succeeded"}), True


def brought(setup: Object) -> dict[str, str]:
    """Return what the payer brings back to the merchant's page."""
    return {
        "setup_intent": setup["id"],
        "setup_intent_client_secret": setup["client_secret"],
        "redirect_status": "succeeded" if setup["status"] == "succeeded" else "failed",
    }


def _confirmed(call: Call, setup: Object, method: Object) -> Object:
    """Let the issuer agree or not; a card that asks for its payer waits for one."""
    token = parse_token(method["token"])
    back = setup["_return_url"]
    # a token of the simulator is a card that was saved with its payer, whatever it asks for later
    is_own = method["id"].startswith(methods.OWN_TOKEN)
    asks = token.kind is TokenKind.CHALLENGE and (not is_own or back is not None)
    wanted = setup["_challenge"] and back is not None
    if asks or wanted or token.code is DeclineCode.AUTHENTICATION_REQUIRED:
        return _waiting(call, setup, method)
    if token.kind is TokenKind.DECLINE and token.code is not None:
        error = card_error(token.code, method["decline_code"])
        error["payment_method"] = methods.shown(call.provider, method)
        refused = {**setup, "payment_method": None, "status": "requires_payment_method"}
        kept = call.keep(COLLECTION, {**refused, "last_setup_error": error})
        raise Refused(402, {**error, "setup_intent": shown(call.provider, kept)})
    if setup["customer"] is not None:
        methods.attached(call, method, setup["customer"])
    else:
        call.keep(methods.COLLECTION, method)
    done = {**setup, "payment_method": method["id"], "status": "succeeded", "next_action": None}
    return call.keep(COLLECTION, done)


def _waiting(call: Call, setup: Object, method: Object) -> Object:
    action: Object = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    if setup["_return_url"] is not None:
        page = f"{call.provider.origin}/{call.provider.name}/challenge/{setup['id']}"
        action = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": setup["_return_url"], "url": page},
        }
    waits = {"payment_method": method["id"], "status": "requires_action", "_method": method}
    return call.keep(COLLECTION, {**setup, **waits, "next_action": action})


def _challenged(call: Call) -> bool:
    card = call.form.below("payment_method_options").below("card")
    return card.choice("request_three_d_secure", "any", "automatic", "challenge") == "challenge"


def _find(call: Call, id_: str) -> Object:
    setup = call.kept(COLLECTION, id_)
    if setup is None:
        raise missing("setupintent", id_)
    return setup


def _keep(provider: Provider, collection: str, value: dict[str, Any]) -> Object:
    provider.books.record(Kept(provider.name, collection, value["id"], value))
    return value
