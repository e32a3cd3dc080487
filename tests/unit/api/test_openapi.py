"""The description says of everything what it means, what it holds, and what it looks like."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ledgerline.api.app import OPERATIONS
from ledgerline.api.mistakes import mistakes_of
from ledgerline.api.operations import Keyed
from ledgerline.api.statuses import STATUS
from ledgerline.api.wording import ENUMS, EXAMPLES, FORMS, IDS, LISTED
from ledgerline.api.words import FIELDS

DESCRIPTION: Final = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"
DOCUMENT: Final[dict[str, Any]] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
SCHEMAS: Final[dict[str, Any]] = DOCUMENT["components"]["schemas"]
BY_NAME: Final = {one.name: one for one in OPERATIONS}


def operations() -> Iterator[dict[str, Any]]:
    for path in DOCUMENT["paths"].values():
        yield from path.values()


def value_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what a field holds when it is not null."""
    parts = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    assert len(parts) == 1, schema
    referred = SCHEMAS.get(parts[0].get("$ref", "").rpartition("/")[2], {})
    return {**referred, **schema, **parts[0]}


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in SCHEMAS.items():
        for field, described in schema.get("properties", {}).items():
            yield f"{name}.{field}", described


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_shape_says_what_it_is(name: str) -> None:
    assert SCHEMAS[name]["description"]
    assert SCHEMAS[name]["type"] == ("string" if "enum" in SCHEMAS[name] else "object")


def test_every_field_has_a_meaning_a_type_and_an_example() -> None:
    for name, schema in fields():
        value = value_of(schema)
        assert schema["description"].endswith((".", "?")), name
        assert value["type"] in {"array", "boolean", "integer", "object", "string"}, name
        if value.get("type") == "array":
            assert {"type", "$ref"} & value["items"].keys(), name
        elif value["type"] not in {"boolean", "object"}:
            assert {"examples", "const", "enum"} & value.keys(), name


def test_every_example_and_enum_fits_its_own_field() -> None:
    for name, schema in fields():
        value = value_of(schema)
        for example in value.get("examples", []):
            if "enum" in value:
                assert example in value["enum"], name
            if "pattern" in value:
                assert re.search(value["pattern"], example), name
            if value.get("type") == "integer":
                assert isinstance(example, int), name


def test_what_may_be_sent_as_it_stands_can_be_read() -> None:
    bodies = {one.body.__name__: one.body for one in OPERATIONS if one.body is not None}
    assert bodies.keys() == EXAMPLES.keys()
    for name, body in bodies.items():
        assert mistakes_of(EXAMPLES[name], body) == [], name


def test_no_word_is_left_of_a_field_that_is_gone() -> None:
    known = {name for name, _ in fields()} | {name.partition(".")[2] for name, _ in fields()}
    for query in {one.query for one in OPERATIONS}:
        for name in query.__struct_fields__:
            known |= {name, f"{query.__name__}.{name}"}
    for words in (ENUMS, FIELDS, FORMS, IDS, LISTED):
        assert set(words) <= known


def test_a_key_is_offered_where_one_is_taken_and_required_nowhere() -> None:
    # a preview needs none, and whether it is one stands in the body
    for one in operations():
        operation = BY_NAME.get(one["operationId"])
        keyed = operation is not None and operation.keyed is not Keyed.NEVER
        told = [each for each in one["parameters"] if each["name"] == "Idempotency-Key"]
        assert len(told) == keyed, one["operationId"]
        assert not any(each["required"] for each in told)
        if operation is not None and operation.moves_money:
            assert told[0]["description"].startswith("Needed unless `validate_only`.")
            assert operation.body is not None
            assert "validate_only" in operation.body.__struct_fields__


def test_every_parameter_and_answer_is_described() -> None:
    for one in operations():
        assert one["summary"]
        for each in one["parameters"]:
            assert each["description"], one["operationId"]
            assert {"type"} & each["schema"].keys(), one["operationId"]
        for status, answer in one["responses"].items():
            if "$ref" in answer:
                assert status in DOCUMENT["components"]["responses"]
                continue
            [(_, content)] = answer["content"].items()
            assert content["schema"], one["operationId"]


def test_bytes_are_described_by_their_kind() -> None:
    pdf = DOCUMENT["paths"]["/v1/documents/{id}.pdf"]["get"]["responses"]["200"]["content"]
    assert pdf == {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}


def test_codes_of_refusals_are_an_enum() -> None:
    codes = sorted(kind.code for kind in STATUS)
    for name in ("Problem", "FieldProblem"):
        assert SCHEMAS[name]["properties"]["code"]["enum"] == codes
