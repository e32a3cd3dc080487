"""The description of the API (OpenAPI 3.1), made from the operations that are served."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from ledgerline.api.errors import Problem
from ledgerline.api.operations import JSON, Answer, Call, Keyed, NoParameters, Operation
from ledgerline.api.schemas import Schema, id_schema, parameters_of, schemas_of
from ledgerline.api.statuses import STATUS
from ledgerline.api.wording import EXAMPLES
from ledgerline.base.ids import PREFIXES

VERSION: Final = "1"
PATH: Final = "/openapi.json"
_PROBLEM: Final = "application/problem+json"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_OPEN: Final = (400, 404, 406, 422, 500)
_REFUSALS: Final = (*_OPEN, 401, 409, 413, 415, 503)
_MONEY: Final = frozenset({"create_purchase", "change_subscription"})
_REQUEST_ID: Final = {
    "name": "X-Request-Id", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "Echoed if it has the form of ours (`req_…`), else a new one is made.",
}  # fmt: skip
_PARTS: Final[Mapping[str, tuple[str, Schema]]] = MappingProxyType(
    {
        "account": (
            "The account at the payment provider.",
            {"type": "string", "minLength": 1, "examples": ["aster"]},
        ),
        "code": (
            "The code of a refusal.",
            {"type": "string", "enum": sorted(kind.code for kind in STATUS)},
        ),
    }
)
_BYTES: Final[Mapping[str, Schema]] = MappingProxyType(
    {
        JSON: {"type": "object", "description": "A document of its own, as it is kept."},
        "application/pdf": {"type": "string", "format": "binary"},
        "application/xml": {"type": "string"},
        "text/html": {"type": "string"},
    }
)
_HEADERS: Final[Mapping[int, tuple[str, str, Schema]]] = MappingProxyType(
    {
        401: ("WWW-Authenticate", "How to say who you are.", {"type": "string"}),
        503: ("Retry-After", "When to come back, in seconds.", {"type": "integer", "minimum": 1}),
    }
)
_MEANINGS: Final[Mapping[int, str]] = MappingProxyType(
    {
        200: "Done, or what was asked for",
        201: "Made",
        202: "Nobody knows the outcome yet: ask again with the same Idempotency-Key",
        400: "The request cannot be read, or lacks its Idempotency-Key",
        401: "No valid key for this environment",
        402: "The payment was declined; `decline` says what may help",
        403: "The key may only read",
        404: "There is no such thing, or this key may not see it",
        406: "Nothing given here is acceptable to the caller",
        409: "A rule refuses this in the present state",
        413: "The body is larger than 256 KiB",
        415: "The body is not sent as JSON in UTF-8",
        422: "A value is refused; `errors` points at each",
        500: "A mistake of ours",
        503: "Something this needs does not answer; try again",
    }
)


def operation(operations: Sequence[Operation]) -> Operation:
    """Make the operation that serves the description of ``operations``."""
    encoded = msgspec.json.encode(document(operations), order="sorted")

    async def describe(_: Call) -> Answer:
        return Answer(200, encoded)

    return Operation(
        name="describe", method="GET", path=PATH, summary="Read this description",
        handle=describe, gives={200: bytes}, is_open=True,
    )  # fmt: skip


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Describe ``operations``; equal operations give an equal document."""
    schemas, components = _schemas(operations)
    paths: dict[str, Any] = {}
    for one in operations:
        described = _operation(one, schemas)
        paths.setdefault(one.path, {})[one.method.lower()] = described
    codes = sorted(kind.code for kind in STATUS)
    for name in ("Problem", "FieldProblem"):
        components[name]["properties"]["code"]["enum"] = codes
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ledgerline", "version": VERSION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Amounts are minor units of their currency. What has `x-moves-money` "
            "needs an `Idempotency-Key` unless it is only validated. Refusals are problem "
            "documents (RFC 9457). HEAD is answered wherever GET is.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {
                    "type": "http", "scheme": "bearer",
                    "description": "A key of `ledgerline keys create`: `sk_live_…`, `sk_test_…`.",
                }
            },
            "responses": {str(status): _refusal(status) for status in (*_REFUSALS, 402, 403)},
        },
    }  # fmt: skip


def _schemas(operations: Sequence[Operation]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Give the schema of every shape in use, and the components these refer to."""
    shapes: list[Any] = [Problem]
    for one in operations:
        shapes += [one.body] if one.body else []
        shapes += [shape for given in one.gives.values() for shape in _each(given)]
    unique = list(dict.fromkeys(shapes))
    made, components = schemas_of(unique)
    return dict(zip(unique, made, strict=True)), components


def _each(given: Any) -> tuple[Any, ...]:
    """Give the shapes of one status: none for bytes, one, or several of which it is one."""
    if given is bytes:
        return ()
    return given if isinstance(given, tuple) else (given,)


def _operation(one: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.path.split("/")[2] if one.path.startswith("/v1/") else "process"],
        "security": [] if one.is_open else [{"key": []}],
        "parameters": _parameters(one),
        "responses": _responses(one, schemas),
        "x-moves-money": one.moves_money,
    }
    doc = (one.handle.__doc__ or "").partition("\n\n")[2]
    if doc:
        described["description"] = " ".join(doc.replace("``", "`").split())
    if one.takes_raw:
        content = {JSON: {"schema": {"type": "object", "description": "As the provider signs it."}}}
        described["requestBody"] = {"required": True, "content": content}
    elif one.body is not None:
        schema = schemas[one.body]
        content = {JSON: {"schema": schema, "example": EXAMPLES[one.body.__name__]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(one: Operation) -> list[dict[str, Any]]:
    found = [_part(one, name) for name in _PARAMETER.findall(one.path)]
    if one.query is not NoParameters:
        schemas, required = parameters_of(one.query)
        for name, schema in schemas.items():
            text = schema.pop("description")
            found.append(
                {
                    "name": name, "in": "query", "required": name in required,
                    "description": text, "schema": schema,
                }
            )  # fmt: skip
    if one.keyed is not Keyed.NEVER:
        needed = "Needed unless `validate_only`. " if one.moves_money else ""
        found.append(
            {
                "name": "Idempotency-Key", "in": "header", "required": False,
                "schema": {
                    "type": "string", "pattern": "^[!#-~]{1,255}$", "examples": ["order-1001"],
                },
                "description": f"{needed}Same key and body: the same answer, done once.",
            }
        )  # fmt: skip
    if one.is_versioned:
        found.append(
            {
                "name": "If-Match", "in": "header", "required": False,
                "schema": {
                    "type": "string", "pattern": '^"?[1-9][0-9]{0,9}"?$', "examples": ['"1"'],
                },
                "description": "The version to change, where the body does not say it.",
            }
        )  # fmt: skip
    return [*found, _REQUEST_ID]


def _part(one: Operation, name: str) -> dict[str, Any]:
    if name == "id":
        kind = one.path.split("/")[2].removesuffix("s").replace("-", "_")
        assert kind in {*PREFIXES, "document"}, one.path
        text, schema = f"The id of the {kind.replace('_', ' ')}.", id_schema(kind)
    else:
        text, schema = _PARTS[name]
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _responses(one: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, shape in one.gives.items():
        answers[str(status)] = {
            "description": _MEANINGS[status],
            "content": {_media_type(one): {"schema": _content(one, shape, schemas)}},
        }
    refused = {*(_OPEN if one.is_open and not one.takes_raw else _REFUSALS)}
    refused |= {402} if one.name in _MONEY else set()
    refused |= {503} if one.name == "ready" else set()
    refused |= set() if one.is_safe or one.is_open else {403}
    for status in sorted(refused):
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return answers


def _media_type(one: Operation) -> str:
    return one.media_type.partition(";")[0]


def _content(one: Operation, shape: Any, schemas: dict[Any, Any]) -> Schema:
    if shape is bytes:
        return dict(_BYTES[_media_type(one)])
    known = [schemas[each] for each in _each(shape)]
    return known[0] if len(known) == 1 else {"oneOf": known}


def _refusal(status: int) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    refused = {"description": _MEANINGS[status], "content": {_PROBLEM: {"schema": reference}}}
    header = _HEADERS.get(status)
    if header is None:
        return refused
    name, text, schema = header
    return {**refused, "headers": {name: {"description": text, "schema": schema}}}
