"""The one way every request takes: key, parameters, body, idempotency, handler, answer."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from ledgerline.access.model import AlreadyAnswered, Scope
from ledgerline.api import idempotency
from ledgerline.api.errors import RETRY_AFTER_SECONDS, Problem, is_stored, problem
from ledgerline.api.keys import Keys
from ledgerline.api.operations import Answer, Call, NoParameters, Operation
from ledgerline.api.parsing import decode_json, read_body, read_parameters
from ledgerline.api.refusals import (
    DependencyUnavailable,
    Internal,
    MethodNotAllowed,
    NotFound,
    TooLarge,
)
from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
REQUEST_ID: Final = "ledgerline_request_id"
ROUTE: Final = "ledgerline_route"
_LOG: Final = logger(__name__)
_ENCODE: Final = msgspec.json.Encoder().encode

AnyRequest = Request[Any, Any, Any]


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


async def answer(site: Site, operation: Operation, request: AnyRequest) -> Response[bytes]:
    """Answer one request: every refusal and every failure of a dependency becomes an answer."""
    scope = _scope(request)
    scope[ROUTE] = operation.path
    request_id: str = scope[REQUEST_ID]
    try:
        return await _answered(site, operation, request, request_id)
    except Rejected as refused:
        return refusal(refused, request_id=request_id)
    except Unavailable as failure:
        return _unavailable(failure, request_id, moves_money=operation.moves_money)
    except OutcomeUnknown as failure:
        if operation.is_safe:  # a read changes nothing, whatever became of it
            return _unavailable(failure, request_id)
        _LOG.warning("outcome unknown", request_id=request_id, route=operation.path)
        return _response(Answer(202, Unsettled(request_id=request_id)))


def refusal(refused: Rejected, *, request_id: str) -> Response[bytes]:
    """Render a refusal as a problem document."""
    return _response(_refused(refused, request_id), headers=_retry(type(refused)))


def http_refusal(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Render what the framework refuses: unknown addresses, methods, sizes."""
    kinds: dict[int, type[Rejected]] = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge}
    kind = kinds.get(error.status_code)
    if kind is None:
        return defect(request, error)
    response = refusal(kind(), request_id=_scope(request)[REQUEST_ID])
    allow = (error.headers or {}).get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response


def defect(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer for a mistake of ours: the caller learns that, the log learns the rest."""
    scope = _scope(request)
    _LOG.error("defect", request_id=scope[REQUEST_ID], route=scope.get(ROUTE), exc_info=error)
    return refusal(Internal(), request_id=scope[REQUEST_ID])


def _scope(request: AnyRequest) -> MutableMapping[str, Any]:
    """Give the ASGI scope, in which the boundary left the request's id."""
    return cast("MutableMapping[str, Any]", request.scope)


async def _answered(
    site: Site, operation: Operation, request: AnyRequest, request_id: str
) -> Response[bytes]:
    if operation.is_open and not operation.takes_raw:
        call = _call(site.run, site, operation, request_id)
        return _response(await operation.handle(replace(call, path=request.path_params)))
    environment = await site.run.environment()
    run = site.run.at(environment.business_time)
    call = _call(run, site, operation, request_id)
    call = replace(call, livemode=environment.kind == "live", path=request.path_params)
    if operation.takes_raw:
        raw, headers = await request.body(), dict(request.headers)
        return _response(await operation.handle(replace(call, raw=raw, headers=headers)))
    call = await _parsed(site, operation, request, call)
    return await _performed(operation, call)


def _call(run: Run, site: Site, operation: Operation, request_id: str) -> Call:
    return Call(
        run=run,
        psps=site.psps,
        livemode=False,  # until the environment is known
        route=operation.path,
        request_id=request_id,
        path={},
        query=NoParameters(),
        body=None,
    )


async def _parsed(site: Site, operation: Operation, request: AnyRequest, call: Call) -> Call:
    headers = request.headers
    scope = Scope.READ if operation.is_safe else Scope.WRITE
    principal = await site.keys.principal(
        call.run, headers.get("authorization"), live=call.livemode, scope=scope
    )
    call = replace(
        call,
        query=read_parameters(operation.query, request.scope["query_string"]),
        principal=principal,
        headers=dict(headers) if operation.is_versioned else {},
    )
    if operation.body is None:
        return call
    value = decode_json(await request.body(), headers.get("content-type"))
    body = read_body(operation.body, value)
    if getattr(body, "validate_only", False):
        return replace(call, body=body)
    command = idempotency.command_of(
        operation, headers.get("idempotency-key"), principal=principal,
        path=request.scope["path"], value=value,
    )  # fmt: skip
    return replace(call, body=body, command=command)


async def _performed(operation: Operation, call: Call) -> Response[bytes]:
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
        given = _encoded(_refused(refused, call.request_id))
        await idempotency.keep(operation, call, given, refused=True)
        return _response(given, headers=_retry(type(refused)))
    await idempotency.keep(operation, call, given, refused=False)
    return _response(given)


def _refused(refused: Rejected, request_id: str) -> Answer:
    shown = problem(refused, request_id=request_id)
    return Answer(shown.status, shown)


def _unavailable(
    failure: Exception, request_id: str, *, moves_money: bool = False
) -> Response[bytes]:
    """Ask to come back. What moves money may have begun: only the same key repeats it safely."""
    _LOG.warning("dependency unavailable", request_id=request_id, failure=str(failure))
    detail = "try again in a moment"
    if moves_money:
        detail += " with the same Idempotency-Key: then it is done at most once"
    return refusal(DependencyUnavailable(detail), request_id=request_id)


def _retry(kind: type[Rejected]) -> dict[str, str]:
    seconds = RETRY_AFTER_SECONDS.get(kind)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def _encoded(given: Answer) -> Answer:
    if isinstance(given.body, bytes):
        return given
    media_type = PROBLEM if isinstance(given.body, Problem) else JSON
    return replace(given, body=_ENCODE(given.body), media_type=media_type)


def _response(given: Answer, *, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    encoded = _encoded(given)
    assert isinstance(encoded.body, bytes), encoded
    sent = dict(headers or {})
    if encoded.location is not None:
        sent["Location"] = encoded.location
    return Response(
        encoded.body, status_code=encoded.status, media_type=encoded.media_type, headers=sent
    )
