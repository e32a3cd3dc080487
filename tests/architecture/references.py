"""What the modules of this repository define and refer to, read from their syntax trees."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.architecture.modules import ROOT, SOURCE, module_name, python_files, tree

Modules = Mapping[str, ast.Module]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Reference(NamedTuple):
    """A name that is used, in full; ``within`` is the definition that uses it, "" for none."""

    within: str
    target: str


def read_modules(*folders: str) -> dict[str, ast.Module]:
    """Parse every module below some folders of the repository, by name."""
    return {_name(path): tree(path) for folder in folders for path in python_files(ROOT / folder)}


def _name(path: Path) -> str:
    if path.is_relative_to(SOURCE):
        return module_name(path)
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def definitions(module: ast.Module) -> list[Definition]:
    """List the functions and classes that a module defines."""
    return [node for node in module.body if isinstance(node, _DEFINITIONS)]


def public_functions(name: str, module: ast.Module) -> list[str]:
    """Name the functions of a module that others may call, in full."""
    return [
        f"{name}.{node.name}"
        for node in definitions(module)
        if not isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def known_names(name: str, module: ast.Module) -> dict[str, str]:
    """Map what is imported or defined in a module to its full name."""
    known = {node.name: f"{name}.{node.name}" for node in definitions(module)}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known


@cache
def references(name: str, module: ast.Module) -> tuple[Reference, ...]:
    """Find what a module uses of itself and of others; importing alone uses nothing."""
    return tuple(_references(name, module))


def _references(name: str, module: ast.Module) -> Iterator[Reference]:
    known = known_names(name, module)
    for node in module.body:
        within = f"{name}.{node.name}" if isinstance(node, _DEFINITIONS) else ""
        for part in _parts(node):
            own = _own_names(part)
            for used in ast.walk(part):
                target = full_name(used, known)
                if target and _root(used) not in own:
                    yield Reference(within, target)


def _root(node: ast.AST) -> str:
    """Return the first name of ``a.b.c``."""
    return next(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def full_name(node: ast.AST, known: Mapping[str, str]) -> str:
    """Name in full what an expression such as ``store.add`` refers to; "" when it is unknown."""
    match node:
        case ast.Name(id=name):
            return known.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            before = full_name(value, known)
            return before and f"{before}.{attribute}"
        case _:
            return ""


def _parts(node: ast.stmt) -> list[ast.stmt]:
    """Take a class apart, so that each method has names of its own."""
    return node.body if isinstance(node, ast.ClassDef) else [node]


def _own_names(part: ast.stmt) -> set[str]:
    """Collect the names that a function gives to its own values."""
    if not isinstance(part, Function):
        return set()
    own = set()
    for node in ast.walk(part):
        if isinstance(node, ast.arg):
            own.add(node.arg)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
    return own
