"""Statement files and the functions that speak them, read without running either."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ledgerline.base.statements import expand
from tests.architecture.modules import PACKAGE, module_name

CHOSEN: Final = "?"
"""Stands for the name of a statement that a call chooses while it runs."""
COPIES: Final = frozenset({"copy", "copy_last"})
METHODS: Final = COPIES | {"rows", "row", "execute", "write"}
RUNTIME_OPTIONS: Final = frozenset({"expect", "each"})  # keywords of base.db, not of a statement
_MARK: Final = re.compile(r"%%|%\((\w+)\)s")
_COPY: Final = re.compile(r"COPY\s+(\w+)\s*\((.*)\)\s+FROM STDIN \(FORMAT BINARY\)", re.DOTALL)


class StatementFile(NamedTuple):
    """A file of named statements and the module beside it."""

    module: str
    sql: Path
    python: Path

    @property
    def text(self) -> str:
        """What the file says, with the column lists it takes from row types written out."""
        return expand(self.sql.read_text(), self.module.rpartition(".")[0])

    @property
    def owner(self) -> str:
        """The package whose statements these are."""
        return self.module.split(".")[1]


class Named(NamedTuple):
    """One statement, with the comment lines between its name and its text."""

    name: str
    comments: tuple[str, ...]
    text: str


class Prepared(NamedTuple):
    """A statement as PostgreSQL numbers it: parameter n is ``parameters[n - 1]``."""

    text: str
    parameters: tuple[str, ...]


class Copied(NamedTuple):
    """What a COPY writes into."""

    table: str
    columns: tuple[str, ...]


class Spoken(NamedTuple):
    """One call of ``base.db`` with a statement: who calls, how, and with what."""

    function: str
    statement: str
    method: str
    arguments: tuple[ast.expr, ...]
    keywords: tuple[ast.keyword, ...]


def statement_files() -> list[StatementFile]:
    """Find every SQL file with named statements; each has a module of its name beside it."""
    found = [path for path in sorted(PACKAGE.rglob("*.sql")) if "-- name: " in path.read_text()]
    return [
        StatementFile(module_name(path.with_suffix(".py")), path, path.with_suffix(".py"))
        for path in found
    ]


def read_statements(source: str) -> list[Named]:
    """Split a file into its statements, in order; a name used twice is two entries."""
    found = []
    for block in source.split("-- name: ")[1:]:
        name, _, body = block.partition("\n")
        lines = body.splitlines()
        comments = tuple(line for line in lines if line.startswith("--"))
        text = "\n".join(line for line in lines if not line.startswith("--")).strip()
        found.append(Named(name.strip(), comments, text))
    return found


def as_prepared(text: str) -> Prepared:
    """Give the parameters their numbers, in the order in which they first appear."""
    names: list[str] = []

    def number(mark: re.Match[str]) -> str:
        name = mark[1]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    rewritten = _MARK.sub(number, text)
    return Prepared(rewritten, tuple(names))


def as_copied(text: str) -> Copied | None:
    """Read the target of a COPY; None for every other statement."""
    match = _COPY.fullmatch(text.strip())
    if match is None:
        return None
    return Copied(match[1], tuple(column.strip() for column in match[2].split(",")))


def spoken(module: ast.Module) -> list[Spoken]:
    """Find every use of a statement in a module, in order."""
    return [
        found
        for function in _functions(module)
        for node in ast.walk(function.node)
        if (found := _as_spoken(function.name, node)) is not None
    ]


class _Function(NamedTuple):
    name: str
    node: ast.AsyncFunctionDef | ast.FunctionDef


def _functions(module: ast.Module) -> Iterator[_Function]:
    for node in module.body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            yield _Function(node.name, node)
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.AsyncFunctionDef | ast.FunctionDef):
                    yield _Function(f"{node.name}.{method.name}", method)


def _as_spoken(function: str, node: ast.AST) -> Spoken | None:
    match node:
        case ast.Call(
            func=ast.Attribute(attr=method),
            args=[
                ast.Subscript(value=ast.Name(id="_SQL"), slice=name),
                *arguments,
            ],
        ) if method in METHODS:
            keywords = tuple(k for k in node.keywords if k.arg not in RUNTIME_OPTIONS)
            return Spoken(
                function=function,
                statement=_named(name),
                method=method,
                arguments=tuple(arguments),
                keywords=keywords,
            )
        case _:
            return None


def mentioned(module: ast.Module) -> list[str]:
    """List every ``_SQL[…]`` of a module by its name, however it is used."""
    return [
        _named(node.slice)
        for node in ast.walk(module)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "_SQL"
    ]


def _named(name: ast.expr) -> str:
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else CHOSEN
