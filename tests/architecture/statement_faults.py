"""What is wrong between a statement, the function that speaks it and the row type it reads."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from types import ModuleType
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from tests.architecture.statement_files import (
    CHOSEN,
    COPIES,
    Copied,
    Named,
    Spoken,
    StatementFile,
    as_copied,
    as_prepared,
    mentioned,
    read_statements,
    spoken,
)
from tests.architecture.statement_types import (
    Column,
    Describer,
    NotPrepared,
    Value,
    fields_of,
    value_of,
)

_OUTER: Final = re.compile(r"\b(LEFT|RIGHT|FULL)\s+(OUTER\s+)?JOIN\b")
_STAR: Final = re.compile(r"SELECT\s+\*|^SELECT\s+\w+\.\*")  # inside a sub-select `d.*` may stand
_INSERT_WITHOUT_COLUMNS: Final = re.compile(
    r"INSERT INTO \w+(\s+AS\s+\w+)?\s+(VALUES|SELECT|DEFAULT)"
)
_ARRAYS: Final = re.compile(
    r"unnest\(((?:%\(\w+\)s::\w+\[\](?:,\s*)?)+)\)\s+AS\s+\w+\s+\(([\w,\s]+)\)"
)
_VALUES: Final = re.compile(r"INSERT INTO [\w\s]+\(([\w,\s]+)\)\s*VALUES\s*\(([^;]*?)\)(?!s)")
_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
_PLURAL: Final = re.compile(r"(ies|y|s)(?=_|$)")
_ANY: Final = "**"
_EACH_OWN_NAME: Final = ("store", "views")


class _Use(NamedTuple):
    """A call with the statement it names and the annotations of its function."""

    call: Spoken
    statement: Named
    hints: Mapping[str, Any]
    module: ModuleType
    own_names: bool


def faults_of(describer: Describer, file: StatementFile, module: ModuleType) -> list[str]:
    """List every disagreement of one statement file with its module; empty when there is none."""
    statements = read_statements(file.text)
    tree = ast.parse(file.python.read_text())
    calls, mentions = spoken(tree), mentioned(tree)
    own_names = file.module.rpartition(".")[2] in _EACH_OWN_NAME
    found = list(_name_faults(statements, calls, mentions, own_names=own_names))
    for statement in statements:
        found += [f"{statement.name}: {fault}" for fault in _style_faults(statement)]
        uses = [
            _Use(
                call=call,
                statement=statement,
                hints=_hints(module, call.function),
                module=module,
                own_names=own_names,
            )
            for call in calls
            if call.statement == statement.name
            or (call.statement == CHOSEN and statement.name not in mentions and not own_names)
        ]
        chosen = [_use_faults(describer, use) for use in uses]
        faults = min(chosen, key=len, default=[])  # one of several calls may choose it
        found += [f"{statement.name}: {fault}" for fault in faults]
    return found


def _name_faults(
    statements: list[Named], calls: list[Spoken], mentions: list[str], *, own_names: bool
) -> Iterator[str]:
    names = Counter(statement.name for statement in statements)
    yield from (f"{name}: named {count} times" for name, count in names.items() if count > 1)
    yield from (f"{name}: no such statement" for name in {*mentions} - {CHOSEN} - names.keys())
    if Counter(call.statement for call in calls) != Counter(mentions):
        yield "a statement is used in a way this check cannot read"
    if CHOSEN not in mentions or own_names:
        yield from (f"{name}: no function speaks it" for name in names.keys() - {*mentions})
    for name, count in Counter(call.statement for call in calls).items():
        if count > 1 and name != CHOSEN:
            yield f"{name}: spoken by {count} calls"
    if own_names:
        for call in calls:
            if call.function != call.statement:
                yield f"{call.statement}: its function is called {call.function}"


def _style_faults(statement: Named) -> Iterator[str]:
    if not any(not line.startswith("-- locks:") for line in statement.comments):
        yield "no comment says what it does"
    if _STAR.search(statement.text):
        yield "SELECT * hides its columns"
    if _INSERT_WITHOUT_COLUMNS.search(statement.text):
        yield "INSERT without a column list"
    yield from _crossed(statement.text)


def _crossed(text: str) -> Iterator[str]:
    """Find a parameter that stands in the place of another column: types would not tell."""
    for arrays, columns in _ARRAYS.findall(text):
        for name, column in zip(_PARAMETER.findall(arrays), _listed(columns), strict=True):
            if _PLURAL.sub("", name) != _PLURAL.sub("", column):
                yield f"column {column} takes {name}"
    for columns, values in _VALUES.findall(text):
        taken = _PARAMETER.findall(values)
        for column, value in zip(_listed(columns), _listed(values), strict=True):
            own = f"%({column})s"
            parameter = value.partition("::")[0]  # an array says its type
            if parameter != own and value.startswith("%(") and column in taken:
                yield f"column {column} takes {value}"


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",")]


def _hints(module: ModuleType, function: str) -> dict[str, Any]:
    found: Any = reduce(getattr, function.split("."), module)
    return get_type_hints(found)


def _use_faults(describer: Describer, use: _Use) -> list[str]:
    try:
        copied = as_copied(use.statement.text)
        if copied is not None or use.call.method in COPIES:
            assert copied is not None, "copy is for COPY … FROM STDIN (FORMAT BINARY)"
            return list(_copy_faults(describer, use, copied))
        return list(_query_faults(describer, use))
    except (NotPrepared, AssertionError) as error:
        return [str(error)]


def _query_faults(describer: Describer, use: _Use) -> Iterator[str]:
    given = _given(use)
    prepared = as_prepared(use.statement.text)
    described = describer.describe(prepared.text)
    wanted = dict(zip(prepared.parameters, described.parameters, strict=True))
    if _ANY in given:  # **mapping: its names are known only when it runs
        given = dict.fromkeys(wanted, None)
    yield from (f"parameter {name} is not passed" for name in wanted.keys() - given.keys())
    yield from (f"it has no parameter {name}" for name in given.keys() - wanted.keys())
    for name in wanted.keys() & given.keys():
        value = given[name]
        if value is not None and not value.fits(wanted[name], writing=True):
            yield f"parameter {name} is {wanted[name]}, its argument {value}"
    yield from _result_faults(use, described.columns)


def _given(use: _Use) -> dict[str, Value | None]:
    """Collect what the call passes, by parameter name; None where it is worked out in place."""
    given: dict[str, Value | None] = {}
    for keyword in use.call.keywords:
        if keyword.arg is None:
            given |= _spread(use, keyword.value)
        else:
            given[keyword.arg] = _argument(use, keyword.arg, keyword.value)
    if use.call.method == "write":
        for name, value in fields_of(_element(use)).items():
            assert name not in given, f"{name} is passed twice"
            given[name] = value._replace(array=True)
    return given


def _spread(use: _Use, value: ast.expr) -> Mapping[str, Value | None]:
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="_asdict"), args=[]):
            return fields_of(use.hints[name])
        case _:
            assert not use.own_names, f"**{ast.unparse(value)} cannot be followed"
            return {_ANY: None}


def _argument(use: _Use, name: str, value: ast.expr) -> Value | None:
    """Follow the argument of one parameter to an annotation; a constant is its own type.

    A store or a view passes nothing but its own parameters, each under its own name.
    """
    match value:
        case ast.Constant(value=constant):
            return Value(type(constant), array=False, optional=False)
        case ast.Attribute(value=ast.Name(id=row), attr=source) if use.own_names:
            found = fields_of(use.hints[row])[source]
        case ast.ListComp(
            elt=ast.Attribute(value=ast.Name(id=each), attr=source),
            generators=[ast.comprehension(target=ast.Name(id=of), iter=ast.Name(id=rows), ifs=[])],
        ) if use.own_names and each == of:
            field = fields_of(get_args(use.hints[rows])[0])[source]
            found = field._replace(array=True)
        case _ if (source := _parameter(value)) in use.hints:
            found = value_of(use.hints[source])
        case _:
            assert not use.own_names, f"{name}={ast.unparse(value)} cannot be followed"
            return None
    assert source == name or not use.own_names, f"{source} is passed as {name}"
    return found


def _parameter(value: ast.expr) -> str:
    """Name the parameter in ``x``, ``list(x)`` and ``None if x is None else list(x)``."""
    match value:
        case ast.Name(id=name):
            return name
        case ast.Call(func=ast.Name(id="list"), args=[ast.Name(id=name)], keywords=[]):
            return name
        case ast.IfExp(
            test=ast.Compare(left=ast.Name(id=name), ops=[ast.Is()]),
            body=ast.Constant(value=None),
            orelse=other,
        ) if _parameter(other) == name:
            return name
        case _:
            return ""


def _element(use: _Use) -> object:
    match use.call.arguments:
        case (ast.Name(id=name),):
            return get_args(use.hints[name])[0]
        case _:
            raise AssertionError("the rows are not one argument of the function")


def _copy_faults(describer: Describer, use: _Use, copied: Copied) -> Iterator[str]:
    fields = fields_of(_element(use))
    columns = ", ".join(copied.columns)
    described = describer.describe(f"SELECT {columns} FROM {copied.table} LIMIT 0").columns
    if tuple(fields) != copied.columns:
        yield f"columns {_differing(copied.columns, fields)}"
        return
    for column in described:
        if not fields[column.name].fits(column.type, writing=True):
            yield f"column {column.name} is {column.type}, its field {fields[column.name]}"
        if not column.nullable and fields[column.name].optional:
            yield f"column {column.name} is NOT NULL, its field may be None"
    for attribute in describer.attributes.values():
        needed = attribute.required and not attribute.has_default
        if attribute.table == copied.table and needed and attribute.name not in copied.columns:
            yield f"column {attribute.name} is NOT NULL and not copied"


def _result_faults(use: _Use, columns: tuple[Column, ...]) -> Iterator[str]:
    if use.call.method in {"execute", "write"}:
        if columns:
            yield "nobody reads what it returns"
        return
    match use.call.arguments:
        case (ast.Name(id=name),):
            fields = fields_of(getattr(use.module, name))
        case _:
            yield "its row type is not a name"
            return
    names = tuple(column.name for column in columns)
    if names != tuple(fields):
        yield f"columns {_differing(names, fields)}"
        return
    outer = _OUTER.search(use.statement.text) is not None
    for column in columns:
        yield from _column_faults(column, fields[column.name], outer=outer)


def _column_faults(column: Column, field: Value, *, outer: bool) -> Iterator[str]:
    if not field.fits(column.type, writing=False):
        yield f"column {column.name} is {column.type}, its field {field}"
    if column.nullable is True and not field.optional:
        yield f"column {column.name} may be NULL, its field may not be None"
    if column.nullable is False and field.optional and not outer:
        yield f"column {column.name} is NOT NULL, its field may be None"


def _differing(columns: Iterable[str], fields: Iterable[str]) -> str:
    """Show the first place at which columns and fields part."""
    ours, theirs = [*columns], [*fields]
    for n in range(max(len(ours), len(theirs))):
        if ours[n : n + 1] != theirs[n : n + 1]:
            return f"from {n + 1} on: {ours[n : n + 4]}, fields: {theirs[n : n + 4]}"
    return "are equal"
