"""PaymentIntents: created, confirmed, canceled, found.

A confirmation is a charge of the simulator. One that comes with the creation gives its name to the
PaymentIntent; a later one is noted as *of* it.

Source: Stripe API reference, "Create a PaymentIntent", "Confirm a PaymentIntent", "Cancel a
PaymentIntent", "Search PaymentIntents"; guide "How PaymentIntents work".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from typing_extensions import override

from pspsim.charges import ChargeBody, ChargeCommand, charge_command
from pspsim.commands import answer
from pspsim.dialects.stripe import methods, units, views
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.errors import invalid, missing
from pspsim.dialects.stripe.forms import Form
from pspsim.provider import Provider
from pspsim.records import Canceled, Status, encode
from pspsim.replies import Reply, RequestRefused

COLLECTION: Final = "payment_intents"
UNEXPECTED: Final = "payment_intent_unexpected_state"
EXPANDABLE: Final = ("latest_charge",)
_OPEN: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_CREATE: Final = (
    *("allowed_payment_method_types", "amount", "automatic_payment_methods", "confirm"),
    *("currency", "customer", "description", "error_on_requires_action", "metadata"),
    *("off_session", "payment_method", "payment_method_options", "receipt_email", "return_url"),
    "setup_future_usage",
)
_CONFIRM: Final = (
    *("error_on_requires_action", "off_session", "payment_method", "payment_method_options"),
    *("receipt_email", "return_url", "setup_future_usage"),
)


class Order(ChargeBody, frozen=True, forbid_unknown_fields=True):
    """A charge with all that Stripe compares when its key comes again."""

    request: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation(ChargeCommand):
    """A charge that only a PaymentIntent in the right state allows."""

    allows: Callable[[], None] | None = None

    @override
    def check(self) -> None:
        if self.allows is not None:
            self.allows()


def create(call: Call) -> Object | Reply:
    """Make a PaymentIntent, and confirm it if that is asked for."""
    form = call.form
    form.only(*_CREATE)
    form.expand(*EXPANDABLE)
    amount, currency = form.whole("amount"), form.needed("currency")
    if amount is None:
        form.needed("amount")
    units.minor(amount or 0, currency)
    customer = form.text("customer")
    if customer is not None and call.kept("customers", customer) is None:
        raise missing("customer", customer, param="customer")
    data: Object = {
        "amount": amount,
        "automatic_payment_methods": _automatic(form),
        "created": call.created,
        "currency": currency,
        "customer": customer,
        "description": form.text("description"),
        "metadata": form.table("metadata"),
        "payment_method_types": methods.allowed(form),
        "reference": form.table("metadata").get("reference") or call.name("none"),
        **_confirming(call, None, None),
    }
    if form.flag("confirm"):
        _refuse_redirects(form, data)
        return _confirmed(call, data, of="")
    for name in ("off_session", "error_on_requires_action"):
        if form.has(name):
            raise invalid(f"{name} only goes with confirm=true", param=name)
    kept = call.keep(COLLECTION, {"id": call.name("pi"), **data})
    return views.intent(call.provider, views.Intent(kept["id"], kept, ()))


def confirm(call: Call, id_: str) -> Reply:
    """Confirm a PaymentIntent that was not confirmed, or whose card was refused."""
    call.form.only(*_CONFIRM)
    call.form.expand(*EXPANDABLE)
    found = find(call.provider, id_)
    if found is None:
        raise missing("payment_intent", id_)
    confirming = _confirming(call, found.data["method"], found.data)
    data = {**found.data, **confirming}

    def allows() -> None:
        status = status_of(call.provider, found)
        if status not in _OPEN:
            raise RequestRefused(f"This PaymentIntent is {status}.", code=UNEXPECTED)

    return _confirmed(call, data, of=id_, allows=allows)


def cancel(call: Call, id_: str) -> Object:
    """Cancel a PaymentIntent that took no money."""
    call.form.only("cancellation_reason")
    found = find(call.provider, id_)
    if found is None:
        raise missing("payment_intent", id_)
    status = status_of(call.provider, found)
    if status not in _OPEN:
        raise invalid(f"This PaymentIntent is {status}.", code=UNEXPECTED)
    reason = call.form.choice(
        "cancellation_reason", "abandoned", "duplicate", "fraudulent", "requested_by_customer"
    )
    last = found.attempts[-1] if found.attempts else None
    if last is not None and last.status is Status.REQUIRES_ACTION:  # nobody can act any more
        now = call.provider.books.now
        call.provider.books.record(Canceled(call.provider.name, last.reference, last.id, now))
    canceled = {"id": id_, "canceled_at": call.created, "cancellation_reason": reason}
    kept = call.keep(COLLECTION, {**found.data, **canceled})
    return views.intent(call.provider, found._replace(data=kept))


def retrieve(call: Call, id_: str) -> Object:
    """Show a PaymentIntent."""
    call.form.only("client_secret")
    found = find(call.provider, id_)
    if found is None:
        raise missing("payment_intent", id_)
    return views.intent(call.provider, found, expand=call.form.expand(*EXPANDABLE))


def find(provider: Provider, id_: str) -> views.Intent | None:
    """Find a PaymentIntent with its confirmations."""
    own = provider.own
    kept: dict[str, Any] | None = own.kept.get(COLLECTION, {}).get(id_)
    first = own.charges.get(id_)
    if first is not None and own.notes[id_]["of"]:
        first = None  # it is a confirmation of another
    if kept is None and first is None:
        return None
    data = kept if kept is not None or first is None else views.noted(provider, first)
    assert data is not None
    later = own.charges_under(data["reference"])
    attempts = [each for each in later if each is first or own.notes[each.id]["of"] == id_]
    return views.Intent(id_, data, tuple(attempts))


def every(provider: Provider) -> Iterator[views.Intent]:
    """Walk through all PaymentIntents in the order in which they were made."""
    own = provider.own
    ids = [id_ for id_ in own.charges if not own.notes[id_]["of"]]
    ids += [id_ for id_ in own.kept.get(COLLECTION, {}) if id_ not in own.charges]
    return _sorted(provider, ids)


def under(provider: Provider, reference: str) -> Iterator[views.Intent]:
    """Walk through those whose metadata bears ``reference``, as ``every`` would."""
    own = provider.own
    ids = [each.id for each in own.charges_under(reference) if not own.notes[each.id]["of"]]
    kept = own.kept.get(COLLECTION, {})
    ids += [id_ for id_ in kept if id_ not in own.charges and kept[id_]["reference"] == reference]
    return _sorted(provider, ids)


def status_of(provider: Provider, found: views.Intent) -> str:
    """Return the present state."""
    return str(views.intent(provider, found)["status"])


def _sorted(provider: Provider, ids: list[str]) -> Iterator[views.Intent]:
    found = [each for each in (find(provider, id_) for id_ in ids) if each is not None]
    return iter(sorted(found, key=lambda each: int(each.data["created"])))


def _confirming(call: Call, method: Object | None, before: Object | None) -> Object:
    """Read what creating and confirming have in common."""
    form = call.form
    named = form.text("payment_method")
    if named is not None:
        method = methods.find(call, named)
        if method is None:
            raise missing("PaymentMethod", named, param="payment_method")
    card = form.below("payment_method_options").below("card")
    card.only("request_three_d_secure")
    wanted = card.choice("request_three_d_secure", "any", "automatic", "challenge")
    usage = form.choice("setup_future_usage", "off_session", "on_session")
    email = form.text("receipt_email")
    return {
        "error_on_requires_action": form.flag("error_on_requires_action"),
        "expand": form.expand(*EXPANDABLE),
        "method": method,
        "off_session": form.flag("off_session"),
        "receipt_email": email or (before or {}).get("receipt_email"),
        "return_url": form.text("return_url") or (before or {}).get("return_url"),
        "setup_future_usage": usage or (before or {}).get("setup_future_usage"),
        "three_d_secure": wanted or (before or {}).get("three_d_secure", "automatic"),
    }


def _confirmed(
    call: Call, data: Object, *, of: str, allows: Callable[[], None] | None = None
) -> Reply:
    """Charge; a payment method without a name yet is kept, so that it can be shown again."""
    method = data["method"]
    if method is None:
        raise invalid("There is no payment method to confirm.", code=UNEXPECTED)
    if method["customer"] is not None and method["customer"] != data["customer"]:
        raise invalid("The payment method belongs to another customer.", param="payment_method")
    if call.kept(methods.COLLECTION, method["id"]) is None:
        keeps = data["customer"] if data["setup_future_usage"] else None
        call.keep(methods.COLLECTION, {**method, "customer": keeps})
    body = Order(
        reference=data["reference"],
        amount=units.minor(data["amount"], data["currency"]),
        currency=data["currency"].upper(),
        payment_token=method["token"],
        initiator="merchant" if data["off_session"] else "customer",
        description=data["description"] or "",
        return_url=None if data["error_on_requires_action"] else data["return_url"],
        challenge=data["three_d_secure"] == "challenge",
        request=call.request,
    )
    note = {"of": of, "intent": encode(data).decode(), "request": call.request}
    read = charge_command(call.provider, body, note=note)
    command = Confirmation(
        provider=read.provider,
        body=body,
        token=read.token,
        segment=read.segment,
        note=note,
        allows=allows,
    )
    return answer(call.provider, command, key=call.key)


def _automatic(form: Form) -> Object | None:
    told = form.table("automatic_payment_methods")
    if not told or told.get("enabled") != "true":
        return None
    return {"allow_redirects": told.get("allow_redirects", "always"), "enabled": True}


def _refuse_redirects(form: Form, data: Object) -> None:
    """Refuse a confirmation that might send the payer elsewhere and has no way back."""
    automatic = data["automatic_payment_methods"] or {}
    stays = form.has("allowed_payment_method_types") or automatic.get("allow_redirects") == "never"
    nobody = data["off_session"] or data["error_on_requires_action"]
    if not stays and not nobody and not form.has("return_url"):
        raise invalid("Give a return_url, or payment methods that do not redirect.")
