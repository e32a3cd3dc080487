"""The shapes of the API as JSON Schema: what msgspec tells of them, and what it cannot know."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final, get_args, get_origin

import msgspec
from msgspec import Struct

from ledgerline.api.mistakes import ID_KIND, bare
from ledgerline.api.wording import ENUMS, FORMS, IDS, INSTANT, LISTED, PRINTABLE
from ledgerline.api.words import FIELDS
from ledgerline.base.ids import FORM, PREFIXES

REFERENCE: Final = "#/components/schemas/"
_ID: Final = "01h455vb4pex5vsknk084sn02q"

_NAMED: Final = frozenset({"price", "payout"})
"""Kinds whose ids are derived from what they are called, and hold no instant."""

DOCUMENTS: Final = ("invoice", "credit_note", "receipt")
"""What a document is by its id."""
Schema = dict[str, Any]


def schemas_of(shapes: Sequence[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    """Give the schema of every shape in its order, and the components these refer to."""
    made, components = msgspec.json.schema_components(
        shapes, ref_template=f"{REFERENCE}{{name}}"
    )  # fmt: skip
    structs = {one.__name__: one for shape in shapes for one in _structs(shape)}
    for name, component in components.items():
        of = structs.get(name.partition("_")[0])  # Page_Customer_ is a Page
        if of is not None:
            _complete(of, component)
        elif "enum" in component:  # all of ours are texts
            component["type"] = "string"
    named = {name: _page_name(name) for name in components}
    assert all("." not in name for name in named.values()), "two shapes have one name"
    return _renamed(list(made), named), {
        named[name]: _renamed(one, named) for name, one in components.items()
    }


def parameters_of(shape: type[Struct]) -> tuple[dict[str, Schema], frozenset[str]]:
    """Give the schema of every parameter of a query, and the names of those that it must have."""
    _, components = msgspec.json.schema_components([shape])
    found = components[shape.__name__]
    _complete(shape, found)
    for schema in found["properties"].values():
        _without_null(schema)
        if "$ref" in schema:  # the values of a choice stand with the parameter itself
            of = components[schema.pop("$ref").rpartition("/")[2]]
            schema |= {"type": "string", "enum": of["enum"]}
    return found["properties"], frozenset(found.get("required", ()))


def id_schema(kind: str) -> Schema:
    """Describe an id of a kind as it is answered."""
    kinds = DOCUMENTS if kind == "document" else (kind,)
    prefix = "|".join(PREFIXES[one] for one in kinds)
    form = FORM if kind not in _NAMED else "[0-7][0-9a-hjkmnp-tv-z]{25}"
    example = f"{PREFIXES[kinds[0]]}_{_ID}"
    if len(kinds) > 1:
        prefix = f"(?:{prefix})"
    return {"type": "string", "pattern": f"^{prefix}_{form}$", "examples": [example]}


def _structs(kind: Any) -> Iterator[type[Struct]]:
    """Find every struct a shape is made of."""
    origin = get_origin(kind)
    for part in get_args(kind):
        yield from _structs(part)
    one = origin or kind
    if isinstance(one, type) and issubclass(one, Struct):
        yield one
        for field in msgspec.structs.fields(one):
            yield from _structs(field.type)


def _complete(shape: type[Struct], component: Schema) -> None:
    """Add to a component what its fields mean; what is answered is always answered whole."""
    component["description"] = " ".join(component.get("description", "").replace("``", "`").split())
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    of = next((field.default for name, field in fields.items() if name == "object"), None)
    for name, schema in component["properties"].items():
        if name == "object":
            schema["const"] = schema.pop("default")
        _describe(shape.__name__, name, schema, of=of)
        if bare(fields[name].type) is datetime:
            _value(schema).update(INSTANT)
    config = shape.__struct_config__
    if config.forbid_unknown_fields:
        for schema in component["properties"].values():
            _printable(_value(schema))
    elif not config.omit_defaults:
        for schema in component["properties"].values():
            schema.pop("default", None)
        component["required"] = list(component["properties"])


def _describe(shape: str, name: str, schema: Schema, *, of: object) -> None:
    word = FIELDS.get(f"{shape}.{name}") or FIELDS.get(name)
    assert word is not None, f"describe {shape}.{name} in api/words.py"
    value = _value(schema)
    kind = value.pop(f"x-{ID_KIND}", None) and name
    kind = kind or IDS.get(f"{shape}.{name}") or IDS.get(name)
    if name == "id":
        kind = IDS.get(f"{shape}.id") or str(of)
    if kind is not None and value.get("type") == "string":
        value.update(id_schema(kind))
    form = FORMS.get(f"{shape}.{name}") or FORMS.get(name)
    if form is not None and value.get("type") == "string":
        value.update({**form, **value})  # what is sent has said its form already
    known = ENUMS.get(f"{shape}.{name}")
    if known is not None:
        value["enum"] = [one.value if isinstance(one, Enum) else one for one in known]
    if (listed := LISTED.get(f"{shape}.{name}")) is not None:
        one = f"(?:{'|'.join(listed)})"
        value.update(pattern=f"^{one}(?:,{one}){{0,9}}$", examples=[listed[0]])
    if "$ref" in schema:  # siblings of a reference are heeded since JSON Schema 2019-09
        schema.pop("default", None)
    schema["description"] = word.text
    if word.example is not None:
        schema["examples"] = [word.example]


def _printable(schema: Schema) -> None:
    """Say of texts that are sent what ``parsing`` refuses in any of them."""
    texts = [schema] if schema.get("type") == "string" else []
    for place in ("additionalProperties", "propertyNames", "items"):
        part = schema.get(place)
        texts += [part] if isinstance(part, dict) and "$ref" not in part else []
    for text in texts:
        if not {"pattern", "enum", "const", "format"} & text.keys():
            text["pattern"] = PRINTABLE


def _value(schema: Schema) -> Schema:
    """Find the schema of what a field holds when it is not null."""
    parts = schema.get("anyOf")
    if parts is None:
        return schema
    return next(part for part in parts if part.get("type") != "null")


def _without_null(schema: Schema) -> None:
    """Take null away: a parameter is left out, there is no way to write it."""
    value = _value(schema)
    if value is not schema:
        del schema["anyOf"]
        schema.update({**value, **schema})
    if schema.get("default", False) is None:
        del schema["default"]


def _page_name(name: str) -> str:
    """Name a page after what is on it."""
    return (
        f"{name.removeprefix('Page_').removesuffix('_')}Page" if name.startswith("Page_") else name
    )


def _renamed(value: Any, named: dict[str, str]) -> Any:
    if isinstance(value, dict):
        found = {key: _renamed(part, named) for key, part in value.items()}
        if isinstance(found.get("$ref"), str):
            found["$ref"] = REFERENCE + named[found["$ref"].removeprefix(REFERENCE)]
        if isinstance(found.get("title"), str) and found["title"].startswith("Page["):
            found["title"] = found["title"][5:-1] + "Page"
        return found
    return [_renamed(part, named) for part in value] if isinstance(value, list) else value
