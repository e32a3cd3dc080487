"""The public API of the dialect: from a request to an answer."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs

from pspsim.charges import read_charge
from pspsim.commands import Command, answer
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.records import Kind, encode
from pspsim.refunds import read_refund
from pspsim.replies import Reply, RequestRefused, listing, problem, refused

_KINDS: Final = {b"charges": Kind.CHARGE, b"refunds": Kind.REFUND}
_READERS: Final[Mapping[Kind, Callable[[Provider, bytes], Command]]] = {
    Kind.CHARGE: read_charge,
    Kind.REFUND: read_refund,
}


class PublicApi:
    """Answer requests for every provider, told apart by the first part of the path."""

    __slots__ = ("_providers",)

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        """Serve ``providers``."""
        self._providers = {name.encode(): provider for name, provider in providers.items()}

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        path, _, query = request.target.partition(b"?")
        _, _, rest = path.partition(b"/")
        name, _, resource = rest.partition(b"/")
        provider = self._providers.get(name)
        if provider is None:
            return problem(404, "not_found", message="there is no such provider")
        provider.counts["calls"] += 1
        if provider.is_down():
            provider.counts["fault.outage"] += 1
            return problem(503, "unavailable")
        if not provider.knows(request.authorization):
            return problem(401, "unauthorized")
        reply = _route(provider, request, resource=resource, query=query)
        if reply.wait_ms:
            return reply
        return reply._replace(wait_ms=provider.latency_ms(provider.counts["calls"]))


def _route(provider: Provider, request: Request, *, resource: bytes, query: bytes) -> Reply:
    version, _, rest = resource.partition(b"/")
    collection, _, id_ = rest.partition(b"/")
    kind = _KINDS.get(collection)
    if version != b"v1" or kind is None:
        return problem(404, "not_found", message="there is no such resource")
    if request.method == b"POST" and not id_:
        return _command(provider, request, kind=kind)
    if request.method != b"GET":
        return problem(405, "method_not_allowed")
    return _read(provider, kind, id_=id_.decode("latin-1"), query=query.decode("latin-1"))


def _command(provider: Provider, request: Request, *, kind: Kind) -> Reply:
    try:
        command = _READERS[kind](provider, request.body)
    except RequestRefused as refusal:
        return refused(refusal)
    return answer(provider, command, key=request.key.decode("latin-1"))


def _read(provider: Provider, kind: Kind, *, id_: str, query: str) -> Reply:
    return _one(provider, kind, id_=id_) if id_ else _search(provider, kind, query=query)


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
        return listing(provider.own.charges_under(references[0]))
    return listing(provider.own.refunds_under(references[0]))
