"""Refunds of what a PaymentIntent or charge took.

Source: Stripe API reference, "Create a refund", "List all refunds"; guide "Error codes".
"""

from typing import Final

from pspsim.commands import answer
from pspsim.dialects.stripe import intents, units, views
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.errors import invalid, missing
from pspsim.provider import Provider
from pspsim.records import Charge, Refund, Status, encode
from pspsim.refunds import RefundBody, refund_command
from pspsim.replies import Reply

_REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")


class Order(RefundBody, frozen=True, forbid_unknown_fields=True):
    """A refund with all that Stripe compares when its key comes again."""

    request: str


def create(call: Call) -> Reply:
    """Give back a part of a charge, or the rest of it."""
    form = call.form
    form.only("amount", "charge", "metadata", "payment_intent", "reason")
    form.expand()
    of = _charged(call)
    currency = of.currency.lower()
    amount = form.whole("amount")
    metadata = form.table("metadata")
    told = {
        "currency": currency,
        "metadata": metadata,
        "reason": form.choice("reason", *_REASONS),
    }
    body = Order(
        reference=metadata.get("reference") or call.name("none"),
        charge=of.id,
        amount=_rest(call, of) if amount is None else units.minor(amount, currency),
        currency=of.currency,
        request=call.request,
    )
    note = {"refund": encode(told).decode(), "request": call.request}
    return answer(call.provider, refund_command(call.provider, body, note=note), key=call.key)


def retrieve(call: Call, id_: str) -> Object:
    """Show a refund."""
    call.form.only()
    call.form.expand()
    item = call.provider.own.refunds.get(id_)
    if item is None:
        raise missing("refund", id_)
    return views.refund(call.provider, item)


def every(provider: Provider) -> list[Object]:
    """Show all refunds in the order in which they were made."""
    return [views.refund(provider, item) for item in provider.own.refunds.values()]


def find_charge(provider: Provider, id_: str) -> Charge | None:
    """Find a charge by Stripe's name of it."""
    return provider.own.charges.get("pi_" + id_.removeprefix("ch_"))


def _charged(call: Call) -> Charge:
    """Find what is to be given back, by its charge or its PaymentIntent."""
    charge, intent = call.form.text("charge"), call.form.text("payment_intent")
    if (charge is None) == (intent is None):
        raise invalid("Name either a charge or a payment_intent.")
    if charge is not None:
        item = find_charge(call.provider, charge)
        if item is None:
            raise missing("charge", charge, param="charge")
        return item
    found = intents.find(call.provider, intent or "")
    if found is None:
        raise missing("payment_intent", intent or "", param="payment_intent")
    paid = [each for each in found.attempts if each.status is Status.SUCCEEDED]
    if not paid:
        raise invalid("This PaymentIntent took no money yet.", code=intents.UNEXPECTED)
    return paid[-1]


def _rest(call: Call, of: Charge) -> int:
    """Return what is left to give back; a key that comes again means what it meant."""
    own = call.provider.own
    stored = own.stored(call.key, call.provider.books.now)
    if stored is not None and isinstance(stored.item, Refund):
        return stored.item.amount
    rest = of.amount - own.refunded[of.id]
    if rest <= 0:
        raise invalid("Nothing is left to refund.", code="charge_already_refunded")
    return rest
