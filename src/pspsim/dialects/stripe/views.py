"""PaymentIntents, charges and refunds as the API shows them, out of what the books hold.

Source: Stripe API reference, "The PaymentIntent object", "The Charge object", "The Refund object".
"""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET

from pspsim.charges import RETURN_URL
from pspsim.codes import DeclineCode
from pspsim.dialects.stripe import declines, methods, units
from pspsim.dialects.stripe.call import Object
from pspsim.provider import Provider
from pspsim.records import Charge, Refund, Status

_STATES: Final = {
    Status.CANCELED: "canceled",
    Status.SUCCEEDED: "succeeded",
    Status.PENDING: "processing",
    Status.DECLINED: "requires_payment_method",
    Status.REQUIRES_ACTION: "requires_action",
}


class Intent(NamedTuple):
    """A PaymentIntent: what it was made with, and its confirmations, oldest first."""

    id: str
    data: Object
    attempts: tuple[Charge, ...]


def noted(provider: Provider, charge: Charge) -> Object:
    """Return what was noted beside a charge when it was confirmed."""
    data: Object = msgspec.json.decode(provider.own.notes[charge.id]["intent"])
    return data


def intent_id(provider: Provider, charge: Charge) -> str:
    """Return the PaymentIntent of a charge: its own name, unless it was confirmed later."""
    return provider.own.notes[charge.id]["of"] or charge.id


def charge_id(charge: Charge) -> str:
    """Return Stripe's name of the charge itself."""
    return "ch_" + charge.id.partition("_")[2]


def waits(provider: Provider, charge: Charge) -> bool:
    """Tell whether a confirmation waits for a payer whose own page asks them to act."""
    data = noted(provider, charge)
    wants_payer = charge.decline_code == DeclineCode.AUTHENTICATION_REQUIRED
    return wants_payer and not data["off_session"] and not data["error_on_requires_action"]


def problem(provider: Provider, charge: Charge) -> Object:
    """Return why a charge was refused."""
    method = noted(provider, charge)["method"]
    code = DeclineCode(str(charge.decline_code))
    error: Object = declines.card_error(code, method["decline_code"])
    shown = methods.shown(provider, method)
    tried = {} if was_never_tried(charge) else {"charge": charge_id(charge)}
    return {**error, **tried, "payment_method": shown}


def was_never_tried(charge: Charge) -> bool:
    """Tell whether a confirmation came to no charge, since its payer did not pass."""
    failed = charge.decline_code == DeclineCode.AUTHENTICATION_FAILED
    return failed or charge.status in {Status.CANCELED, Status.REQUIRES_ACTION}


def client_secret(intent_id_: str) -> str:
    """Return what a page needs to confirm a PaymentIntent; its payer brings it back."""
    return f"{intent_id_}_secret_{intent_id_[::-1][:20]}"


def intent(
    provider: Provider, of: Intent, *, expand: Collection[str] = (), is_new: bool = False
) -> Object:
    """Show a PaymentIntent; ``is_new`` shows it as it was when it was just confirmed."""
    last = of.attempts[-1] if of.attempts else None
    data = of.data if last is None else {**of.data, **noted(provider, last)}
    status, state = _state(provider, data, last)
    canceled = of.data.get("canceled_at") if not is_new else None
    if canceled is not None:
        state |= {"status": "canceled", "next_action": None}
    latest: Any = None
    if last is not None and status != "requires_action" and not was_never_tried(last):
        wants_charge = "latest_charge" in expand
        latest = charge(provider, last, is_new=is_new) if wants_charge else charge_id(last)
    return {
        "id": of.id,
        "object": "payment_intent",
        "amount": data["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": data["automatic_payment_methods"],
        "canceled_at": canceled,
        "cancellation_reason": of.data.get("cancellation_reason"),
        "capture_method": "automatic_async",
        "client_secret": client_secret(of.id),
        "confirmation_method": "automatic",
        "created": data["created"],
        "currency": data["currency"],
        "customer": data["customer"],
        "description": data["description"],
        "latest_charge": latest,
        "livemode": False,
        "metadata": data["metadata"],
        "on_behalf_of": None,
        "payment_method_options": {"card": {"request_three_d_secure": data.get("three_d_secure")}},
        "payment_method_types": data["payment_method_types"],
        "processing": {"type": "card"} if state["status"] == "processing" else None,
        "receipt_email": data["receipt_email"],
        "review": None,
        "setup_future_usage": data["setup_future_usage"],
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "transfer_data": None,
        "transfer_group": None,
        **state,
    }


def _state(provider: Provider, data: Object, last: Charge | None) -> tuple[str, Object]:
    """Return what of a PaymentIntent follows from its last confirmation."""
    method = None if data["method"] is None else data["method"]["id"]
    if last is None:
        status = "requires_payment_method" if method is None else "requires_confirmation"
    else:
        status = "requires_action" if waits(provider, last) else _STATES[last.status]
    is_refused = last is not None and status == "requires_payment_method"
    return status, {
        "amount_received": data["amount"] if status == "succeeded" else 0,
        "last_payment_error": problem(provider, last) if is_refused and last else None,
        "next_action": _next_action(provider, last) if status == "requires_action" else None,
        "payment_method": None if is_refused else method,
        "status": status,
    }


def _next_action(provider: Provider, last: Charge | None) -> Object:
    """Show what the payer has to do: open a page, or leave it to the page they are on."""
    if last is None or last.action is UNSET:
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    back = provider.own.notes[last.id][RETURN_URL]
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": back, "url": last.action.url},
    }


def charge(provider: Provider, item: Charge, *, is_new: bool = False) -> Object:
    """Show a charge; ``is_new`` shows it before anything of it was refunded."""
    data = noted(provider, item)
    is_paid = item.status is Status.SUCCEEDED
    is_refused = item.status is Status.DECLINED
    error = problem(provider, item) if is_refused else {}
    refunded = 0 if is_new else provider.own.refunded[item.id]
    return {
        "id": charge_id(item),
        "object": "charge",
        "amount": data["amount"],
        "amount_captured": data["amount"] if is_paid else 0,
        "amount_refunded": units.shown(refunded, data["currency"]),
        "balance_transaction": transaction_id(item) if is_paid else None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "captured": is_paid,
        "created": int(item.created.timestamp()),
        "currency": data["currency"],
        "customer": data["customer"],
        "description": data["description"],
        "disputed": False,
        "failure_code": error.get("code"),
        "failure_message": error.get("message"),
        "fraud_details": {},
        "livemode": False,
        "metadata": data["metadata"],
        "outcome": _outcome(error, is_paid=is_paid),
        "paid": is_paid,
        "payment_intent": intent_id(provider, item),
        "payment_method": data["method"]["id"],
        "payment_method_details": {"card": _card(item, data["method"]), "type": "card"},
        "refunded": 0 < refunded == item.amount,
        "status": "failed" if is_refused else ("succeeded" if is_paid else "pending"),
    }


def _outcome(error: Object, *, is_paid: bool) -> Object | None:
    if not error and not is_paid:
        return None
    return {
        "advice_code": error.get("advice_code"),
        "network_advice_code": None,
        "network_decline_code": error.get("network_decline_code"),
        "network_status": "declined_by_network" if error else "approved_by_network",
        "reason": error.get("decline_code"),
        "risk_level": "normal",
        "seller_message": "Payment complete." if is_paid else "The bank refused.",
        "type": "issuer_declined" if error else "authorized",
    }


def _card(item: Charge, method: Object) -> Object:
    printed = methods.printed(item.card, method["card"])
    network_id = item.network_transaction_id
    return {
        **printed,
        "amount_authorized": None,
        "checks": {"address_line1_check": None, "cvc_check": "pass"},
        "network": printed["brand"],
        "network_transaction_id": network_id if isinstance(network_id, str) else None,
        "three_d_secure": _three_d_secure(item),
        "wallet": None,
    }


def _three_d_secure(item: Charge) -> Object | None:
    told = item.three_ds
    if told is UNSET:
        return None
    return {
        "authentication_flow": told.flow,
        "electronic_commerce_indicator": told.eci,
        "exemption_indicator": None,
        "exemption_indicator_applied": None,
        "result": "authenticated" if told.status == "Y" else "failed",
        "result_reason": None,
        "transaction_id": told.transaction_id,
        "version": told.version,
    }


def refund(provider: Provider, item: Refund) -> Object:
    """Show a refund."""
    note = provider.own.notes[item.id]
    told: Object = msgspec.json.decode(note["refund"])
    of = provider.own.charges[item.charge]
    shown = {
        "id": item.id,
        "object": "refund",
        "amount": units.shown(item.amount, told["currency"]),
        "balance_transaction": transaction_id(item) if item.status is Status.SUCCEEDED else None,
        "charge": charge_id(of),
        "created": int(item.created.timestamp()),
        "currency": told["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": told["metadata"],
        "payment_intent": intent_id(provider, of),
        "reason": told["reason"],
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": item.status.value,
        "transfer_reversal": None,
    }
    return shown | ({"failure_reason": "unknown"} if item.status is Status.FAILED else {})


def transaction_id(item: Charge | Refund) -> str:
    """Return the name of the line that an execution is in the balance."""
    return "txn_" + item.id.partition("_")[2]
