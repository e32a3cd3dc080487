"""Billing requests for mandates, and the flows in which payers fulfil them.

Source: API reference, "Billing requests", "Billing request flows"; guide "Direct Debit mandates".
What a payer does is in ``flow_page``; the actions of custom payment pages are not simulated.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pspsim import commands, faults
from pspsim.dialects.gocardless import bodies, customers, events
from pspsim.dialects.gocardless.causes import SCHEMES
from pspsim.dialects.gocardless.errors import CONFLICT, invalid, problem, refused
from pspsim.dialects.gocardless.orders import key_of
from pspsim.dialects.gocardless.stages import Object, creditor_id, name, timestamp
from pspsim.faults import Fault
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.records import Kept, encode
from pspsim.replies import Reply

COLLECTION: Final = "billing_requests"
FLOWS: Final = "billing_request_flows"
FLOW_LIFE: Final = timedelta(days=7)
OPEN: Final = frozenset({"pending", "ready_to_fulfil"})
_CURRENCIES: Final[Mapping[str, str]] = {scheme: one for one, scheme in SCHEMES.items()}


def create(provider: Provider, request: Request) -> Reply:
    """Answer ``POST /billing_requests``, whose answer may be lost like that of a payment."""
    key = key_of(provider, request) if request.key else f"asked-{len(_kept(provider, COLLECTION))}"
    entity = (provider.name, COLLECTION, key, provider.counts["calls"])
    fault = faults.for_command(provider.draws, provider.own.rates, entity=entity)
    if fault in faults.BEFORE_EXECUTION:
        return commands.before(provider, fault=fault, status=provider.server_error(*entity))
    before = _kept(provider, "creations").get(key)
    if before is not None:
        reply = problem(CONFLICT, links={"conflicting_resource_id": before["id"]})
    else:
        asked = customers.keep(provider, COLLECTION, _asked(provider, request), key=key)
        provider.books.record(Kept(provider.name, "creations", key, {"id": asked["id"]}))
        happened(provider, asked, "created")
        reply = Reply(201, encode({COLLECTION: shown(asked)}))
    if fault is Fault.HTTP_5XX_AFTER:
        reply = provider.dialect.problem(provider.server_error(*entity), "internal_error")
    return commands.after(provider, reply, fault=fault, entity=entity)


def every(provider: Provider) -> Sequence[Object]:
    """List billing requests, newest first."""
    return [shown(each) for each in reversed(list(_kept(provider, COLLECTION).values()))]


def cancel(provider: Provider, id_: str) -> Reply:
    """Answer ``actions/cancel``; its flows lead nowhere from then on."""
    asked = _kept(provider, COLLECTION).get(id_)
    if asked is None:
        raise refused("resource_not_found")
    if asked["status"] not in OPEN:
        raise refused("cancellation_failed")
    ended = happened(provider, asked | {"status": "cancelled"}, "cancelled")
    return Reply(200, encode({COLLECTION: shown(ended)}))


def serve_flow(provider: Provider, request: Request, path: Sequence[str]) -> Reply:
    """Answer what is asked of flows: they are opened and initialised, and neither read nor listed.

    A creation brings no idempotency: asked for twice, two flows lead to one billing request.
    """
    match request.method, path:
        case b"POST", []:
            return Reply(201, encode({FLOWS: _opened(provider, request)}))
        case b"POST", [id_, "actions", "initialise"]:
            flow = _kept(provider, FLOWS).get(id_)
            if flow is None:
                raise refused("resource_not_found")
            token = name(provider.draws, "", "sessions", provider.name, id_)
            return Reply(200, encode({FLOWS: flow | {"session_token": f"sesh_{token}"}}))
        case _:
            raise refused("path_not_found")


def behind(provider: Provider, id_: str) -> tuple[Object, Object] | None:
    """Return a flow and its billing request."""
    flow = _kept(provider, FLOWS).get(id_)
    if flow is None:
        return None
    return flow, _kept(provider, COLLECTION)[flow["links"]["billing_request"]]


def waits(provider: Provider, flow: Object, asked: Object) -> bool:
    """Tell whether a payer can still fulfil a billing request by a flow."""
    return asked["status"] in OPEN and provider.books.now < _instant(flow["expires_at"])


def fulfil(provider: Provider, asked: Object, *, holder: str, number: str) -> None:
    """Make the bank account and the mandate that a payer has given, and tell of them."""
    request = asked["mandate_request"]
    account = customers.keep(
        provider,
        "customer_bank_accounts",
        {
            "account_holder_name": holder,
            "account_number_ending": number[-customers.SHOWN_DIGITS :],
            "bank_name": "SIMULATED BANK",
            "country_code": number[:2] if number[:2].isalpha() else None,
            "currency": request["currency"],
            "enabled": True,
            "metadata": {},
            "links": {"customer": asked["links"]["customer"]},
        },
        key=asked["id"],
    )
    mandate = customers.keep(
        provider,
        "mandates",
        {
            "reference": asked["id"][-8:],
            "scheme": request["scheme"],
            "metadata": request["metadata"],
            **({"token": holder} if holder.startswith(customers.TOKEN) else {}),
            "links": {
                "customer": asked["links"]["customer"],
                "customer_bank_account": account["id"],
                "creditor": creditor_id(provider),
            },
        },
        key=asked["id"],
    )
    provider.announce(provider.name, events.newest_mandate(provider, mandate))
    made = {"customer_bank_account": account["id"], "mandate_request_mandate": mandate["id"]}
    done = asked | {
        "status": "fulfilled",
        "mandate_request": request | {"links": {"mandate": mandate["id"]}},
        "links": asked["links"] | made,
    }
    happened(provider, done, "fulfilled", **made)


def happened(provider: Provider, asked: Object, action: str, **links: str) -> Object:
    """Keep what happened to a billing request, and tell of it."""
    step = {"action": action, "at": timestamp(provider.books.now), "links": links}
    changed = {**asked, "history": [*asked["history"], step]}
    provider.books.record(Kept(provider.name, COLLECTION, asked["id"], changed))
    provider.announce(provider.name, events.newest_billing_request(provider, changed))
    return changed


def shown(asked: Object) -> Object:
    """Show a billing request as the API does."""
    return {field: value for field, value in asked.items() if field != "history"}


def _asked(provider: Provider, request: Request) -> Object:
    body = bodies.read(COLLECTION, request.body, bodies.BillingRequestBody)
    wanted = body.mandate_request
    scheme = wanted.scheme or SCHEMES.get(wanted.currency or "", "")
    if scheme not in _CURRENCIES or wanted.currency not in {None, _CURRENCIES[scheme]}:
        text = f"only {', '.join(SCHEMES)} are simulated, each by its one scheme"
        raise invalid(COLLECTION, **{"mandate_request.currency": text})
    customer = body.links.customer
    if customer is None:
        key = f"of-billing-request-{len(_kept(provider, COLLECTION))}"
        customer = customers.keep(provider, "customers", {"metadata": {}}, key=key)["id"]
    elif customer not in _kept(provider, "customers"):
        raise refused("link_not_found", "there is no such customer")
    return {
        "status": "pending",
        "mandate_request": {
            "currency": _CURRENCIES[scheme],
            "scheme": scheme,
            "description": wanted.description,
            "verify": wanted.verify,
            "constraints": None,
            "metadata": wanted.metadata,
            "links": {},
        },
        "payment_request": None,
        "metadata": body.metadata,
        "links": {"customer": customer, "creditor": creditor_id(provider)},
        "fallback_enabled": False,
        "fallback_occurred": False,
        "history": [],
    }


def _opened(provider: Provider, request: Request) -> Object:
    body = bodies.read(FLOWS, request.body, bodies.FlowBody)
    asked = _kept(provider, COLLECTION).get(body.links.billing_request)
    if asked is None:
        raise refused("link_not_found", "there is no such billing request")
    if asked["status"] not in OPEN:
        raise invalid(FLOWS, **{"links.billing_request": "is not open"})
    for field in ("redirect_uri", "exit_uri"):
        uri = getattr(body, field)
        if uri is not None and not uri.startswith(("https://", "http://")):
            raise invalid(FLOWS, **{field: "must be an address"})
    key = f"{asked['id']}-{len(_kept(provider, FLOWS))}"
    id_ = name(provider.draws, customers.PREFIXES[FLOWS], FLOWS, provider.name, key)
    now = provider.books.now
    flow = {
        "id": id_,
        "authorisation_url": f"{provider.origin}/{provider.name}/challenge/{id_}",
        "auto_fulfil": True,
        "created_at": timestamp(now),
        "customer_details_captured": False,
        "exit_uri": body.exit_uri,
        "expires_at": timestamp(now + FLOW_LIFE),
        "language": body.language,
        "links": {"billing_request": asked["id"]},
        "lock_bank_account": body.lock_bank_account,
        "lock_currency": body.lock_currency,
        "lock_customer_details": body.lock_customer_details,
        "redirect_uri": body.redirect_uri,
        "session_token": None,
        "show_redirect_buttons": body.show_redirect_buttons,
        "skip_success_screen": body.skip_success_screen,
    }
    provider.books.record(Kept(provider.name, FLOWS, id_, flow))
    happened(provider, asked, "flow_created", billing_request_flow=id_)
    return flow


def _kept(provider: Provider, collection: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = provider.own.kept.get(collection, {})
    return found


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
