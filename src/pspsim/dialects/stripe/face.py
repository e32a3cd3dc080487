"""The dialect itself: who may ask, which resource is meant, and what a key answers."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from typing_extensions import override

from pspsim import challenges
from pspsim.dialects.stripe import (
    customers,
    dispute_calls,
    errors,
    events,
    files,
    intents,
    methods,
    pages,
    refunds,
    setups,
    views,
)
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.errors import Refused, invalid
from pspsim.dialects.stripe.forms import Form, Values, decode
from pspsim.draws import Draws
from pspsim.http_wire import Request
from pspsim.provider import Dialect, Provider, Told
from pspsim.records import Charge, DisputeChanged, Kind, Refund, Status, Stored, encode
from pspsim.replies import REPLAYED, Reply, RequestRefused

KEY_LIFE: Final = timedelta(hours=24)
_ANSWERS: Final = "answers"
_PREFIXES: Final = {Kind.CHARGE: "pi", Kind.REFUND: "re"}


def _canceled(call: Call, id_: str) -> Object:
    shown = intents.cancel(call, id_)
    events.canceled(call.provider, shown)
    return shown


def _set_up(handle: Callable[..., Object]) -> "Handler":
    """Tell how a SetupIntent stands, whatever was done to it."""

    def told(call: Call, *ids: str) -> Object:
        try:
            shown = handle(call, *ids)
        except Refused as refusal:
            failed = refusal.error.get("setup_intent")
            if failed is not None:
                events.set_up(call.provider, failed)
            raise
        events.set_up(call.provider, shown)
        return shown

    return told


Handler = Callable[..., "Object | Reply"]
_ROUTES: Final[Mapping[tuple[bytes, tuple[str, ...]], Handler]] = {
    (b"POST", ("payment_intents",)): intents.create,
    (b"GET", ("payment_intents",)): pages.list_intents,
    (b"GET", ("payment_intents", "search")): pages.search_intents,
    (b"GET", ("payment_intents", "*")): intents.retrieve,
    (b"POST", ("payment_intents", "*", "confirm")): intents.confirm,
    (b"POST", ("payment_intents", "*", "cancel")): _canceled,
    (b"POST", ("refunds",)): refunds.create,
    (b"GET", ("refunds",)): pages.list_refunds,
    (b"GET", ("refunds", "*")): refunds.retrieve,
    (b"POST", ("customers",)): customers.create,
    (b"GET", ("customers", "*")): customers.retrieve,
    (b"POST", ("payment_methods",)): methods.create,
    (b"GET", ("payment_methods", "*")): methods.retrieve,
    (b"POST", ("payment_methods", "*", "attach")): methods.attach,
    (b"POST", ("payment_methods", "*", "detach")): methods.detach,
    (b"POST", ("setup_intents",)): _set_up(setups.create),
    (b"GET", ("setup_intents",)): pages.list_setups,
    (b"GET", ("setup_intents", "*")): setups.retrieve,
    (b"POST", ("setup_intents", "*", "confirm")): _set_up(setups.confirm),
    (b"POST", ("setup_intents", "*", "cancel")): _set_up(setups.cancel),
    (b"GET", ("balance_transactions",)): pages.list_balance,
    (b"POST", ("files",)): files.create,
    (b"GET", ("disputes",)): pages.list_disputes,
    (b"GET", ("disputes", "*")): dispute_calls.retrieve,
    (b"POST", ("disputes", "*")): dispute_calls.update,
    (b"POST", ("disputes", "*", "close")): dispute_calls.close,
}
_KINDS: Final = {"payment_intents": Kind.CHARGE, "refunds": Kind.REFUND}


class Stripe(Dialect):
    """Speak as Stripe's API reference says, as far as `docs/reference/psp-simulator.md` goes."""

    batch_max = 1
    challenge_life = None  # a PaymentIntent waits until it is canceled

    @override
    def knows(self, provider: Provider, request: Request) -> bool:
        secret = provider.bearer.removeprefix(b"Bearer ")
        basic = b"Basic " + b64encode(secret + b":")
        return request.authorization in {provider.bearer, basic}

    @override
    def serve(self, provider: Provider, request: Request, *, resource: str, query: str) -> Reply:
        try:
            reply = _serve(provider, request, resource=resource, query=query)
        except Refused as refusal:
            reply = errors.reply(refusal.status, refusal.error)
        except RequestRefused as refusal:
            reply = _refused(refusal)
        name = provider.draws.name("req", "request", provider.name, provider.counts["calls"])
        told = f"request-id: {name}\r\nstripe-version: {events.API_VERSION}\r\n".encode()
        return reply._replace(headers=reply.headers + told)

    @override
    def problem(self, status: int, code: str, *, message: str = "", headers: bytes = b"") -> Reply:
        return errors.problem(status, code, message=message, headers=headers)

    @override
    def executed(self, provider: Provider, stored: Stored) -> Reply:
        events.announce_more(provider, stored.item)
        return _answered(provider, stored)

    @override
    def repeated(self, provider: Provider, stored: Stored) -> Reply:
        reply = _answered(provider, stored)
        return reply._replace(headers=reply.headers + REPLAYED)

    @override
    def identify(self, draws: Draws, kind: Kind, *entity: str | int) -> str:
        return draws.name(_PREFIXES[kind], kind, *entity)

    @override
    def tell(self, provider: Provider, item: Charge | Refund, *, at: datetime) -> Told | None:
        return events.of(provider, item, at=at)

    @override
    def challenged(self, provider: Provider, charge: Charge, *, passed: bool) -> dict[str, str]:
        challenges.end(provider, charge, passed=passed)
        intent = views.intent_id(provider, charge)
        return {
            "payment_intent": intent,
            "payment_intent_client_secret": views.client_secret(intent),
            "source_type": "card",
        }

    @override
    def page_of(self, provider: Provider, id_: str) -> tuple[bool, str] | None:
        return setups.page_of(provider, id_)

    @override
    def answered(self, provider: Provider, id_: str, *, passed: bool) -> dict[str, str]:
        setup, ended = setups.answered(provider, id_, passed=passed)
        shown = setups.shown(provider, setup)
        if ended:
            events.set_up(provider, shown)
        return setups.brought(shown)

    @override
    def tell_dispute(self, provider: Provider, changed: DisputeChanged) -> Sequence[Told]:
        return events.of_dispute(provider, changed)

    @override
    def tell_reversal(self, provider: Provider, refund: Refund, *, at: datetime) -> Told:
        return events.of(provider, refund, at=at)

    @override
    def join(self, told: Sequence[Told]) -> Told:
        [one] = told
        return one

    @override
    def sign(self, secret: str, told: Told, *, timestamp: int) -> Mapping[str, str]:
        signed = f"{timestamp}.".encode() + told.body
        digest = hmac.new(secret.encode(), signed, sha256).hexdigest()
        return {"stripe-signature": f"t={timestamp},v1={digest}"}


def _serve(provider: Provider, request: Request, *, resource: str, query: str) -> Reply:
    version, *path = [unquote(part) for part in resource.strip("/").split("/")]
    handler, ids = _route(request.method, tuple(path))
    if version != "v1" or handler is None:
        message = f"There is nothing at {request.method.decode('latin-1')} /{resource}"
        raise Refused(404, {"message": message, "type": errors.INVALID})
    told = request.headers.get(b"stripe-version", events.API_VERSION.encode())
    if told != events.API_VERSION.encode():
        raise invalid(f"This simulator speaks {events.API_VERSION} alone.")
    if request.method == b"GET":
        fault = (
            provider.lookup_fault(_KINDS[path[0]], "/".join(path)) if path[0] in _KINDS else None
        )
        values = decode(query.encode("latin-1"))
        call = Call(provider, Form(values), key="", request="")
        return fault or Reply(200, encode(handler(call, *ids)))
    kind = request.headers.get(b"content-type", b"").decode("latin-1")
    is_file = kind.startswith("multipart/")
    values = files.decode(request.body, kind) if is_file else decode(request.body)
    key = request.key.decode("latin-1") or _unused_key(provider)
    call = Call(provider, Form(values), key=key, request=_compared(resource, values))
    return _once(call, lambda: handler(call, *ids))


def _unused_key(provider: Provider) -> str:
    """Name a request that came without a key, so that no other will be taken for it."""
    kept = provider.own.kept.get(_ANSWERS, {})
    return f"no key {len(provider.books.executions) + len(kept)}"


def _route(method: bytes, path: tuple[str, ...]) -> tuple[Handler | None, tuple[str, ...]]:
    exact = _ROUTES.get((method, path))
    if exact is not None or len(path) == 1:
        return exact, ()
    pattern = (path[0], "*", *path[2:])
    return _ROUTES.get((method, pattern)), path[1:2]


def _once(call: Call, handle: Callable[[], Object | Reply]) -> Reply:
    """Answer a key that comes again with what it was answered first; else do it.

    What moves money is kept by the simulator itself; here is kept what does not.
    """
    provider = call.provider
    kept = provider.own.kept.get(_ANSWERS, {}).get(call.key)
    if kept is not None and call.created - kept["at"] < KEY_LIFE.total_seconds():
        if kept["request"] != call.request:
            return errors.problem(400, "idempotency_mismatch", message="", headers=b"")
        return Reply(kept["status"], kept["body"].encode(), REPLAYED)
    stored = provider.own.keys.get(call.key)
    if stored is not None and provider.books.now - stored.item.created >= KEY_LIFE:
        del provider.own.keys[call.key]  # pruned, as Stripe does after a day
    elif stored is not None and provider.own.notes[stored.item.id]["request"] != call.request:
        return errors.problem(400, "idempotency_mismatch", message="", headers=b"")
    try:
        done = handle()
    except Refused as refusal:
        if refusal.status == HTTPStatus.PAYMENT_REQUIRED:  # that came of executing it
            _keep(call, refusal.status, encode({"error": refusal.error}))
        raise
    if isinstance(done, Reply):
        return done
    body = encode(done)
    _keep(call, HTTPStatus.OK, body)
    return Reply(HTTPStatus.OK, body)


def _keep(call: Call, status: int, body: bytes) -> None:
    kept: dict[str, Any] = {"id": call.key, "at": call.created, "request": call.request}
    call.keep(_ANSWERS, {**kept, "status": int(status), "body": body.decode()})


def _answered(provider: Provider, stored: Stored) -> Reply:
    """Build the answer to what moved money: as it was then, however it went on."""
    if stored.answer >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.problem(stored.answer, "internal_error", message="", headers=b"")
    item = stored.item
    if isinstance(item, Refund):
        return Reply(HTTPStatus.OK, encode(views.refund(provider, item)))
    data = views.noted(provider, item)
    of = views.Intent(views.intent_id(provider, item), data, (item,))
    shown = views.intent(provider, of, expand=data["expand"], is_new=True)
    if item.status is not Status.DECLINED or views.waits(provider, item):
        return Reply(HTTPStatus.OK, encode(shown))
    error = {**views.problem(provider, item), "payment_intent": shown}
    return errors.reply(HTTPStatus.PAYMENT_REQUIRED, error)


def _refused(refusal: RequestRefused) -> Reply:
    """Build the answer to what the simulator refuses, in Stripe's words."""
    codes = {"invalid_request": None, "refund_exceeds_captured": "charge_already_refunded"}
    refused = invalid(refusal.message, code=codes.get(refusal.code, refusal.code))
    return errors.reply(refused.status, refused.error)


def _compared(resource: str, values: Values) -> str:
    """Digest all that must be the same when a key comes again."""
    return blake2b(encode([resource, _sorted(values)]), digest_size=12).hexdigest()


def _sorted(values: Values) -> list[Any]:
    return [
        [name, _sorted(value) if isinstance(value, dict) else value]
        for name, value in sorted(values.items())
    ]
