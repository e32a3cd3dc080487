"""The description of the API (OpenAPI 3.1), made from the operations that are served."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from ledgerline.api.errors import STATUS, Problem
from ledgerline.api.operations import Answer, Call, Keyed, NoParameters, Operation

VERSION: Final = "1"
PATH: Final = "/openapi.json"
_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_REFUSALS: Final = (400, 401, 404, 409, 413, 415, 422, 500, 503)
_REQUEST_ID: Final = {
    "name": "X-Request-Id", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "Echoed if it has the form of ours (`req_…`), else a new one is made.",
}  # fmt: skip


def operation(operations: Sequence[Operation]) -> Operation:
    """Make the operation that serves the description of ``operations``."""
    encoded = msgspec.json.encode(document(operations), order="sorted")

    async def describe(_: Call) -> Answer:
        return Answer(200, encoded, media_type=_JSON)

    return Operation(
        name="describe", method="GET", path=PATH, summary="Read this description",
        handle=describe, gives={200: bytes}, is_open=True,
    )  # fmt: skip


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Describe ``operations``; equal operations give an equal document."""
    schemas, components = _schemas(operations)
    paths: dict[str, Any] = {}
    for one in operations:
        for path in _paths(one):
            paths.setdefault(path, {})[one.method.lower()] = _operation(one, path, schemas)
    codes = sorted(kind.code for kind in STATUS)
    components["Problem"]["properties"]["code"]["enum"] = codes
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ledgerline", "version": VERSION,
            "description": "Amounts are minor units of their currency. What has `x-moves-money` "
            "needs an `Idempotency-Key`. Refusals are problem documents (RFC 9457).",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
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
    made, components = msgspec.json.schema_components(
        unique, ref_template="#/components/schemas/{name}"
    )
    return dict(zip(unique, made, strict=True)), components


def _each(given: Any) -> tuple[Any, ...]:
    """Give the shapes of one status: none for bytes, one, or several of which it is one."""
    if given is bytes:
        return ()
    return given if isinstance(given, tuple) else (given,)


def _paths(one: Operation) -> tuple[str, ...]:
    """Give the addresses of an operation; a receipt has its printed form beside it."""
    return (one.path, f"{one.path}.pdf") if one.name == "get_receipt" else (one.path,)


def _operation(one: Operation, path: str, schemas: dict[Any, Any]) -> dict[str, Any]:
    is_print = path.endswith(".pdf")
    described: dict[str, Any] = {
        "operationId": "print_receipt" if is_print else one.name,
        "summary": "Print a receipt" if is_print else one.summary,
        "tags": [path.split("/")[2] if path.startswith("/v1/") else "process"],
        "security": [] if one.is_open else [{"key": []}],
        "parameters": _parameters(one, path),
        "responses": _printed() if is_print else _responses(one, schemas),
        "x-moves-money": one.moves_money,
    }
    if one.takes_raw:
        described["requestBody"] = {"required": True, "content": {_JSON: {}}}
    elif one.body is not None:
        content = {_JSON: {"schema": schemas[one.body]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(one: Operation, path: str) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(path)
    ]
    if one.query is not NoParameters:
        _, components = msgspec.json.schema_components([one.query])
        shape = components[one.query.__name__]
        found += [
            {
                "name": name, "in": "query", "required": name in shape.get("required", ()),
                "schema": schema,
            }
            for name, schema in shape["properties"].items()
        ]  # fmt: skip
    if one.keyed is not Keyed.NEVER:
        found.append(
            {
                "name": "Idempotency-Key", "in": "header", "required": one.moves_money,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                "description": "Same key and body: the same answer, done once. Ignored with "
                "`validate_only`.",
            }
        )  # fmt: skip
    if one.is_versioned:
        found.append(
            {
                "name": "If-Match", "in": "header", "required": False,
                "schema": {"type": "string"},
                "description": "The version to change, where the body does not say it.",
            }
        )  # fmt: skip
    return [*found, _REQUEST_ID]


def _responses(one: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, shape in one.gives.items():
        known = [schemas[each] for each in _each(shape)]
        schema = known[0] if len(known) == 1 else {"oneOf": known}
        answers[str(status)] = {
            "description": HTTPStatus(status).phrase, "content": {_JSON: {"schema": schema}},
        }  # fmt: skip
    refused = {*_REFUSALS}
    refused |= {402} if one.name in {"create_purchase", "change_subscription"} else set()
    refused |= set() if one.is_safe or one.is_open else {403}
    for status in sorted(refused):
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return answers


def _printed() -> dict[str, Any]:
    pdf = {"description": "The receipt as PDF", "content": {"application/pdf": {}}}
    refused = {str(s): {"$ref": f"#/components/responses/{s}"} for s in _REFUSALS}
    return {"200": pdf, **refused}


def _refusal(status: int) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": HTTPStatus(status).phrase, "content": {_PROBLEM: {"schema": reference}},
    }  # fmt: skip
