"""The dialect itself: which request asks for what."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import ClassVar, Final

from typing_extensions import override

from pspsim.dialects.gocardless import (
    billing_requests,
    customers,
    events,
    flow_page,
    orders,
    pages,
    payouts,
    reversals,
    shown,
)
from pspsim.dialects.gocardless.errors import CONFLICT, INTERNAL, Refused, problem, refused
from pspsim.dialects.gocardless.stages import Object, find_mandate, mandate_status, name
from pspsim.draws import Draws
from pspsim.http_wire import Request
from pspsim.provider import Dialect, Provider, Told
from pspsim.records import Charge, DisputeChanged, Kind, Refund, Stored, encode
from pspsim.replies import Reply, kind_of

VERSION: Final = b"2015-07-06"
_PREFIXES: Final[Mapping[Kind, str]] = {Kind.CHARGE: "PM", Kind.REFUND: "RF"}
_COLLECTIONS: Final[Mapping[Kind, str]] = {Kind.CHARGE: "payments", Kind.REFUND: "refunds"}
_READS: Final[Mapping[str, Kind]] = {
    "payments": Kind.CHARGE,
    "refunds": Kind.REFUND,
    "events": Kind.CHARGE,
    "billing_requests": Kind.CHARGE,
}
"""What a fault of lookups may meet, and whose it is."""
_PROBLEMS: Final[Mapping[str, str]] = {
    "unauthorized": "access_token_not_found",
    "rate_limited": "rate_limit_exceeded",
    "idempotency_mismatch": CONFLICT,
}
"""What the words of the native dialect are here; any other is an error of the provider's own."""
_RATE_LIMIT: Final = b"ratelimit-limit: 1000\r\nratelimit-remaining: 0\r\n"


class GoCardless(Dialect):
    """Speak as GoCardless's API reference says."""

    batch_max = events.EVENTS_MAX // 5  # two events come of one execution, and more of a payout
    settles_later: ClassVar[bool] = True
    dispute_steps: ClassVar[frozenset[str]] = frozenset({"win", "lose"})
    is_at_root: ClassVar[bool] = True

    @override
    def knows(self, provider: Provider, request: Request) -> bool:
        return request.authorization in {b"", provider.bearer}  # nothing has an answer of its own

    @override
    def serve(self, provider: Provider, request: Request, *, resource: str, query: str) -> Reply:
        try:
            _check_headers(request)
            return _serve(provider, request, resource.split("/"), query=query)
        except Refused as refusal:
            return refusal.reply

    @override
    def problem(self, status: int, code: str, *, message: str = "", headers: bytes = b"") -> Reply:
        reason = _PROBLEMS.get(code)
        if reason is None:
            is_own = status >= HTTPStatus.INTERNAL_SERVER_ERROR
            return problem(INTERNAL, message=message, status=status if is_own else 500)
        limits = _RATE_LIMIT if code == "rate_limited" else b""
        return problem(reason, message=message, headers=limits + headers)

    @override
    def executed(self, provider: Provider, stored: Stored) -> Reply:
        if stored.answer >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return problem(INTERNAL, status=stored.answer)
        kind = kind_of(stored.item)
        return Reply(201, encode({_COLLECTIONS[kind]: _shown(provider, stored.item)}))

    @override
    def repeated(self, provider: Provider, stored: Stored) -> Reply:
        return problem(
            CONFLICT,
            message="A resource has already been created with this idempotency key",
            links={"conflicting_resource_id": stored.item.id},
        )

    @override
    def identify(self, draws: Draws, kind: Kind, *entity: str | int) -> str:
        return name(draws, _PREFIXES[kind], kind, *entity)

    @override
    def tell(self, provider: Provider, item: Charge | Refund, *, at: datetime) -> Told | None:
        return events.tell(provider, item)

    @override
    def own_page(self, provider: Provider, request: Request, *, id_: str) -> Reply | None:
        return flow_page.serve(provider, request, id_=id_)

    @override
    def may_be_disputed(self, provider: Provider, charge: Charge) -> bool:
        return charge.id in provider.own.paid_out

    @override
    def tell_dispute(self, provider: Provider, changed: DisputeChanged) -> Sequence[Told]:
        return [events.newest(provider, provider.own.charges[changed.item.charge])]

    @override
    def tell_reversal(self, provider: Provider, refund: Refund, *, at: datetime) -> Told:
        return events.newest_refund(provider, refund)

    @override
    def join(self, told: Sequence[Told]) -> Told:
        return events.join(told)

    @override
    def sign(self, secret: str, told: Told, *, timestamp: int) -> Mapping[str, str]:
        return {"Webhook-Signature": hmac.digest(secret.encode(), told.body, sha256).hex()}


def _check_headers(request: Request) -> None:
    if not request.authorization:
        raise refused("missing_authorization_header")
    version = request.headers.get(b"gocardless-version")
    if version is None:
        raise refused("missing_version_header")
    if version != VERSION:
        raise refused("version_not_found")


def _serve(provider: Provider, request: Request, path: Sequence[str], *, query: str) -> Reply:
    collection = path[0]
    if collection in _APART:
        return _APART[collection](provider, request, path[1:])
    if collection not in pages.FILTERS:
        raise refused("path_not_found")
    match request.method, path[1:]:
        case b"GET", []:
            return _list(provider, collection, query=query)
        case b"GET", [id_]:
            return _one(provider, collection, id_=id_)
        case b"POST", [] if collection in _CREATORS:
            return _CREATORS[collection](provider, request)
        case b"POST", [id_, "actions", action]:
            own = _ACTIONS.get((collection, action))
            return own(provider, id_) if own else _act(provider, collection, id_=id_, action=action)
        case _, [] | [_]:
            raise refused("method_not_allowed")
        case _:
            raise refused("path_not_found")


def _simulate(provider: Provider, request: Request, path: Sequence[str]) -> Reply:
    match request.method, path:
        case b"POST", [scenario, "actions", "run"]:
            return reversals.run(provider, request, scenario=scenario)
        case _:
            raise refused("path_not_found")


def _list(provider: Provider, collection: str, *, query: str) -> Reply:
    given = pages.asked(collection, query)
    if collection in _READS:
        fault = provider.lookup_fault(_READS[collection], f"{collection}?{query}")
        if fault is not None:
            return fault
    return pages.page(collection, _all(provider, collection, given), given)


def _all(provider: Provider, collection: str, given: Mapping[str, str]) -> Sequence[Object]:
    """List a collection, newest first; what takes long to show is narrowed down first."""
    if collection in _LISTS:
        return _LISTS[collection](provider, given)
    kept = reversed(provider.own.kept.get(collection, {}).values())
    return [customers.show(provider, collection, each) for each in kept]


def _payments(provider: Provider, given: Mapping[str, str]) -> Sequence[Object]:
    own, wanted = provider.own, given.get("mandate")
    return [
        shown.payment(provider, each)
        for each in reversed(own.charges.values())
        if wanted in {None, own.notes[each.id]["mandate"]}
    ]


def _refunds(provider: Provider, given: Mapping[str, str]) -> Sequence[Object]:
    wanted = given.get("payment")
    return [
        shown.refund(provider, each)
        for each in reversed(provider.own.refunds.values())
        if wanted in {None, each.charge}
    ]


def _events(provider: Provider, given: Mapping[str, str]) -> Sequence[Object]:
    kinds = ("payment", "refund", "mandate", "payout", "billing_request")
    only = {kind: given[kind] for kind in kinds if kind in given}
    if only and "resource_type" in given:
        raise refused("invalid_filters", "resource_type cannot stand beside a resource")
    return events.all_events(provider, only=only)


def _payout_items(provider: Provider, given: Mapping[str, str]) -> Sequence[Object]:
    items = payouts.items(provider, given.get("payout", ""))
    if items is None:
        raise refused("resource_not_found", "there is no such payout")
    return items


def _one(provider: Provider, collection: str, *, id_: str) -> Reply:
    if collection in _READS:
        fault = provider.lookup_fault(_READS[collection], id_)
        if fault is not None:
            return fault
    own = provider.own
    found: Object | None = None
    if collection == "payments" and id_ in own.charges:
        found = shown.payment(provider, own.charges[id_])
    elif collection == "refunds" and id_ in own.refunds:
        found = shown.refund(provider, own.refunds[id_])
    elif collection == "mandates":
        mandate = find_mandate(provider, id_)
        found = None if mandate is None else shown.mandate(provider, mandate)
    else:
        everything = _all(provider, collection, {}) if collection != "payout_items" else ()
        found = next((each for each in everything if each["id"] == id_), None)
    if found is None:
        raise refused("resource_not_found")
    return Reply(200, encode({collection: found}))


def _act(provider: Provider, collection: str, *, id_: str, action: str) -> Reply:
    charge = provider.own.charges.get(id_)
    mandate = find_mandate(provider, id_)
    match collection, action:
        case "payments", "cancel" | "retry" if charge is None:
            raise refused("resource_not_found")
        case "payments", "cancel" if charge is not None:
            orders.cancel_payment(provider, charge)
            now = shown.payment(provider, provider.own.charges[id_])
            return Reply(200, encode({"payments": now}))
        case "payments", "retry":
            raise refused("retry_failed", "this simulator submits a payment once")
        case "mandates", "cancel" if mandate is None:
            raise refused("resource_not_found")
        case "mandates", "cancel" if mandate is not None:
            cancelled = orders.cancel_mandate(provider, mandate)
            return Reply(200, encode({"mandates": shown.mandate(provider, cancelled)}))
        case "mandates", "reinstate" if mandate is not None:
            if mandate_status(provider, mandate) not in {"cancelled", "expired"}:
                raise refused("mandate_not_inactive")
            back = orders.happened(provider, mandate, "reinstated")
            return Reply(200, encode({"mandates": shown.mandate(provider, back)}))
        case _:
            raise refused("path_not_found")


def _shown(provider: Provider, item: Charge | Refund) -> Object:
    if isinstance(item, Charge):
        return shown.payment(provider, item)
    return shown.refund(provider, item)


def _kept(collection: str) -> Callable[[Provider, Request], Reply]:
    def create(provider: Provider, request: Request) -> Reply:
        return customers.create(provider, request, collection=collection)

    return create


_ACTIONS: Final[Mapping[tuple[str, str], Callable[[Provider, str], Reply]]] = {
    (billing_requests.COLLECTION, "cancel"): billing_requests.cancel,
}
_APART: Final[Mapping[str, Callable[[Provider, Request, Sequence[str]], Reply]]] = {
    billing_requests.FLOWS: billing_requests.serve_flow,
    "scenario_simulators": _simulate,
}
"""What nobody lists or reads."""
_LISTS: Final[Mapping[str, Callable[[Provider, Mapping[str, str]], Sequence[Object]]]] = {
    "billing_requests": lambda provider, _: billing_requests.every(provider),
    "creditors": lambda provider, _: [shown.creditor(provider)],
    "events": _events,
    "payments": _payments,
    "payout_items": _payout_items,
    "payouts": lambda provider, _: list(payouts.payouts(provider)),
    "refunds": _refunds,
}
_CREATORS: Final[Mapping[str, Callable[[Provider, Request], Reply]]] = {
    "payments": orders.create_payment,
    "refunds": orders.create_refund,
    **{each: _kept(each) for each in ("customers", "customer_bank_accounts", "mandates")},
    "billing_requests": billing_requests.create,
}
