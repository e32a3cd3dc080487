"""The one way every request takes: key, parameters, body, idempotency, handler, answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
from msgspec import Struct

from ledgerline.access.model import AlreadyAnswered, Scope
from ledgerline.api import idempotency
from ledgerline.api.errors import Problem, headers_of, is_stored, problem
from ledgerline.api.keys import Keys
from ledgerline.api.negotiation import refuse_unacceptable
from ledgerline.api.operations import Answer, Call, NoParameters, Operation
from ledgerline.api.parsing import decode_json, read_body, read_parameters
from ledgerline.api.pointing import pointed
from ledgerline.api.refusals import DependencyUnavailable
from ledgerline.api.routing import Routes
from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps
from ledgerline.web.wire import Request, Response

PROBLEM: Final = "application/problem+json"
_LOG: Final = logger(__name__)
_ENCODE: Final = msgspec.json.Encoder().encode


class Unsettled(Struct, frozen=True, kw_only=True):
    """The outcome is not known yet: ask again with the same key, it is done at most once."""

    object: str = "outcome"
    status: str = "processing"
    request_id: str


@dataclass(frozen=True, slots=True)
class Site:
    """What one process answers with. ``run`` is the process's; each request gets its own clock."""

    run: Run
    psps: Psps
    keys: Keys = field(default_factory=Keys)


async def respond(site: Site, routes: Routes, request: Request) -> Response:
    """Answer one request: every refusal and every failure of a dependency becomes an answer.

    Raises ``NotFound`` and ``MethodNotAllowed``.
    """
    found = routes.find(request.method, request.path)
    operation = found.operation
    if operation is None:
        return Response(204, headers={"Allow": found.allow})
    request.route = operation.path
    try:
        return await _answered(site, operation, request, found.parts)
    except Rejected as refused:
        return refusal(refused, request_id=request.id)
    except Unavailable as failure:
        return _unavailable(failure, request.id, moves_money=operation.moves_money)
    except OutcomeUnknown as failure:
        if operation.is_safe:  # a read changes nothing, whatever became of it
            return _unavailable(failure, request.id)
        _LOG.warning("outcome unknown", request_id=request.id, route=operation.path)
        return _response(Answer(202, Unsettled(request_id=request.id)))


def refusal(refused: Rejected, *, request_id: str) -> Response:
    """Render a refusal as a problem document."""
    return _response(_refused(refused, request_id), headers=headers_of(refused))


async def _answered(
    site: Site, operation: Operation, request: Request, parts: Mapping[str, str]
) -> Response:
    refuse_unacceptable(request.listed("accept"), operation)
    call = _call(site, operation, request, parts)
    if operation.is_open and not operation.takes_raw:
        query = read_parameters(operation.query, request.query)
        return _response(await operation.handle(replace(call, query=query)))
    environment = await site.run.environment()
    run = site.run.at(environment.business_time)
    call = replace(call, run=run, livemode=environment.kind == "live")
    if operation.takes_raw:
        raw = await request.body()
        return _response(
            await operation.handle(replace(call, raw=raw, headers=dict(request.headers)))
        )
    call, value = await _parsed(site, operation, request, call)
    try:
        return await _performed(operation, call, value)
    except Rejected as refused:
        raise pointed(refused, value) from refused


def _call(site: Site, operation: Operation, request: Request, parts: Mapping[str, str]) -> Call:
    return Call(
        run=site.run,
        psps=site.psps,
        livemode=False,  # until the environment is known
        route=operation.path,
        request_id=request.id,
        path=parts,
        query=NoParameters(),
        body=None,
    )


async def _parsed(
    site: Site, operation: Operation, request: Request, call: Call
) -> tuple[Call, Any]:
    """Read who asks for what; beside it the body as it was sent, to point at."""
    scope = Scope.READ if operation.is_safe else Scope.WRITE
    principal = await site.keys.principal(
        call.run, request.header("authorization"), live=call.livemode, scope=scope
    )
    version = request.header("if-match") if operation.is_versioned else None
    call = replace(
        call,
        query=read_parameters(operation.query, request.query),
        principal=principal,
        headers={} if version is None else {"if-match": version},
    )
    if operation.body is None:
        return call, msgspec.to_builtins(call.query)
    key = request.header("idempotency-key")
    content_type, encoding = request.header("content-type"), request.header("content-encoding")
    value = decode_json(await request.body(), content_type, encoding=encoding)
    body = read_body(operation.body, value)
    key = idempotency.key_of(operation, key, is_preview=getattr(body, "validate_only", False))
    command = idempotency.command_of(call, operation, key, path=request.path, value=value)
    return replace(call, body=body, command=command), value


async def _performed(operation: Operation, call: Call, value: Any) -> Response:
    """Run the handler and keep what it answered under the request's key."""
    try:
        given = _encoded(await operation.handle(call))
    except AlreadyAnswered as answered:
        assert call.command is not None, operation.name
        again = idempotency.kept(call.run, call.command, answered)
        return _response(again, headers={"Idempotent-Replayed": "true"})
    except Rejected as refused:
        if call.command is None or not is_stored(refused):
            raise
        given = _encoded(_refused(pointed(refused, value), call.request_id))
        await idempotency.keep(operation, call, given, refused=True)
        return _response(given, headers=headers_of(refused))
    await idempotency.keep(operation, call, given, refused=False)
    return _response(given)


def _refused(refused: Rejected, request_id: str) -> Answer:
    shown = problem(refused, request_id=request_id)
    return Answer(shown.status, shown, media_type=PROBLEM)


def _unavailable(failure: Exception, request_id: str, *, moves_money: bool = False) -> Response:
    """Ask to come back. What moves money may have begun: only the same key repeats it safely."""
    _LOG.warning("dependency unavailable", request_id=request_id, failure=str(failure))
    detail = "try again in a moment"
    if moves_money:
        detail += " with the same Idempotency-Key: then it is done at most once"
    return refusal(DependencyUnavailable(detail), request_id=request_id)


def _encoded(given: Answer) -> Answer:
    if isinstance(given.body, bytes):
        return given
    media_type = PROBLEM if isinstance(given.body, Problem) else given.media_type
    return replace(given, body=_ENCODE(given.body), media_type=media_type)


def _response(given: Answer, *, headers: Mapping[str, str] | None = None) -> Response:
    encoded = _encoded(given)
    assert isinstance(encoded.body, bytes), encoded
    sent = dict(headers or {})
    if encoded.location is not None:
        sent["Location"] = encoded.location
    return Response(encoded.status, encoded.body, encoded.media_type, sent)
