"""The native dialect: JSON, one object for a charge and one for a refund, Standard Webhooks."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct
from typing_extensions import override

from pspsim import challenges, evidence, setups
from pspsim.charges import Reference, read_charge
from pspsim.commands import Command, answer
from pspsim.draws import Draws
from pspsim.http_wire import Request
from pspsim.provider import Dialect, Provider, Told
from pspsim.records import Charge, DisputeChanged, Kind, Refund, Stored, encode
from pspsim.refunds import read_refund
from pspsim.replies import (
    REPLAYED,
    Reply,
    RequestRefused,
    executed,
    kind_of,
    listing,
    problem,
    refused,
)

_KINDS: Final = {"charges": Kind.CHARGE, "refunds": Kind.REFUND}
_READERS: Final[Mapping[Kind, Callable[[Provider, bytes], Command]]] = {
    Kind.CHARGE: read_charge,
    Kind.REFUND: read_refund,
}
_PREFIXES: Final = {Kind.CHARGE: "ch", Kind.REFUND: "re"}
_ERRORS: Final = 500
_ENCODED_SECRET: Final = "whsec_"  # noqa: S105 -- the prefix of Standard Webhooks, not a secret


class CancelBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /v1/charges/cancel``."""

    reference: Reference


_decode_cancel: Final = msgspec.json.Decoder(CancelBody).decode


class Native(Dialect):
    """Speak as `docs/reference/psp-simulator.md` says."""

    batch_max = 1
    ends_references = True

    @override
    def knows(self, provider: Provider, request: Request) -> bool:
        return request.authorization == provider.bearer

    @override
    def serve(self, provider: Provider, request: Request, *, resource: str, query: str) -> Reply:
        version, _, rest = resource.partition("/")
        collection, _, id_ = rest.partition("/")
        kind = _KINDS.get(collection)
        apart = {"setups": _setups, "disputes": evidence.serve}.get(collection)
        if version == "v1" and apart is not None:
            return apart(provider, request, id_=id_, query=query)
        if version != "v1" or kind is None:
            return problem(404, "not_found", message="there is no such resource")
        if request.method == b"POST" and kind is Kind.CHARGE and id_ == "cancel":
            return _cancel(provider, request, listed=_charges)
        if request.method == b"POST" and not id_:
            return _command(provider, request, read=_READERS[kind])
        if request.method != b"GET":
            return problem(405, "method_not_allowed")
        return _one(provider, kind, id_=id_) if id_ else _search(provider, kind, query=query)

    @override
    def problem(self, status: int, code: str, *, message: str = "", headers: bytes = b"") -> Reply:
        return problem(status, code, message=message, headers=headers)

    @override
    def executed(self, provider: Provider, stored: Stored) -> Reply:
        return _shown(provider, stored)

    @override
    def repeated(self, provider: Provider, stored: Stored) -> Reply:
        return _shown(provider, stored, headers=REPLAYED)

    @override
    def identify(self, draws: Draws, kind: Kind, *entity: str | int) -> str:
        return draws.name(_PREFIXES[kind], kind, *entity)

    @override
    def tell(self, provider: Provider, item: Charge | Refund, *, at: datetime) -> Told | None:
        is_setup = isinstance(item, Charge) and setups.is_setup(provider, item)
        kind = f"{setups.SETUP if is_setup else kind_of(item)}.{item.status}"
        id_ = provider.draws.name("evt", "event", provider.name, item.id, kind)
        data: object = item
        if isinstance(item, Charge) and is_setup:
            data = setups.shown(provider, item)
        return Told(id_, encode({"id": id_, "type": kind, "created": at, "data": data}))

    @override
    def challenged(self, provider: Provider, charge: Charge, *, passed: bool) -> dict[str, str]:
        challenges.end(provider, charge, passed=passed)
        if setups.is_setup(provider, charge):
            return {"setup": str(setups.shown(provider, charge)["id"])}
        return {"charge": charge.id}

    @override
    def tell_dispute(self, provider: Provider, changed: DisputeChanged) -> Sequence[Told]:
        is_first = not any(
            one.item.id == changed.item.id for one in provider.own.later.changes[:-1]
        )
        is_over = changed.item.status in {"won", "lost", "withdrawn"}
        kind = "closed" if is_over else "opened" if is_first else "updated"
        id_ = provider.draws.name("evt", "event", provider.name, changed.item.id, changed.number)
        event = {
            "id": id_, "type": f"dispute.{kind}", "created": changed.at, "data": changed.item,
        }  # fmt: skip
        return [Told(id_, encode(event))]

    @override
    def tell_reversal(self, provider: Provider, refund: Refund, *, at: datetime) -> Told:
        told = self.tell(provider, refund, at=at)
        assert told is not None, refund
        return told

    @override
    def join(self, told: Sequence[Told]) -> Told:
        [one] = told
        return one

    @override
    def sign(self, secret: str, told: Told, *, timestamp: int) -> Mapping[str, str]:
        return {
            "webhook-id": told.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(
                secret, event_id=told.id, timestamp=timestamp, body=told.body
            ),
        }


def signature(secret: str, *, event_id: str, timestamp: int, body: bytes) -> str:
    """Sign one delivery as Standard Webhooks v1 does.

    A secret that begins with ``whsec_`` is base64 behind the prefix; any other is its own bytes.
    """
    if secret.startswith(_ENCODED_SECRET):
        key = b64decode(secret.removeprefix(_ENCODED_SECRET))
    else:
        key = secret.encode()
    message = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, message, sha256)).decode()


def _shown(provider: Provider, stored: Stored, *, headers: bytes = b"") -> Reply:
    item = stored.item
    if isinstance(item, Charge) and setups.is_setup(provider, item) and stored.answer < _ERRORS:
        return Reply(stored.answer, encode(setups.shown(provider, item)), headers)
    return executed(stored, headers=headers)


def _setups(provider: Provider, request: Request, *, id_: str, query: str) -> Reply:
    if request.method == b"POST" and id_ == "cancel":
        return _cancel(provider, request, listed=setups.of_reference)
    if request.method == b"POST" and not id_:
        return _command(provider, request, read=setups.read_setup)
    if request.method != b"GET":
        return problem(405, "method_not_allowed")
    references = parse_qs(query).get("reference", [])
    if id_ or len(references) != 1:
        return refused(RequestRefused("give one reference to search for"))
    fault = provider.lookup_fault(Kind.CHARGE, references[0])
    if fault is not None:
        return fault
    return Reply(200, encode({"data": setups.of_reference(provider, references[0])}))


def _command(
    provider: Provider, request: Request, *, read: Callable[[Provider, bytes], Command]
) -> Reply:
    try:
        command = read(provider, request.body)
        return answer(provider, command, key=request.key.decode("latin-1"))
    except RequestRefused as refusal:
        return refused(refusal)


def _charges(provider: Provider, reference: str) -> list[Charge]:
    held = provider.own.charges_under(reference)
    return [each for each in held if not setups.is_setup(provider, each)]


def _cancel(
    provider: Provider, request: Request, *, listed: Callable[[Provider, str], object]
) -> Reply:
    try:
        reference = _decode_cancel(request.body).reference
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return refused(RequestRefused(str(error)))
    fault = provider.lookup_fault(Kind.CHARGE, reference)
    if fault is not None:
        return fault
    is_canceled = challenges.cancel_reference(provider, reference)
    held = listed(provider, reference)
    return Reply(200, encode({"object": "cancellation", "canceled": is_canceled, "data": held}))


def _one(provider: Provider, kind: Kind, *, id_: str) -> Reply:
    fault = provider.lookup_fault(kind, id_)
    if fault is not None:
        return fault
    own = provider.own
    item = own.charges.get(id_) if kind is Kind.CHARGE else own.refunds.get(id_)
    return problem(404, "not_found") if item is None else Reply(200, encode(item))


def _search(provider: Provider, kind: Kind, *, query: str) -> Reply:
    references = parse_qs(query).get("reference", [])
    if len(references) != 1:
        return refused(RequestRefused("give one reference to search for"))
    fault = provider.lookup_fault(kind, references[0])
    if fault is not None:
        return fault
    if kind is Kind.CHARGE:
        return listing(_charges(provider, references[0]))
    return listing(provider.own.refunds_under(references[0]))
