"""How rows and other records are written, and whether their names can be told apart."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tests.architecture.references import Modules, definitions, full_name, known_names, references

POSITIONS_MAX: Final = 4
"""Values that a reader can still count off against the fields of a record."""


def positional(modules: Modules) -> Iterator[str]:
    """Find records that are made of five values or more without the names of their fields."""
    wide = {
        f"{name}.{node.name}"
        for name, module in modules.items()
        for node in definitions(module)
        if isinstance(node, ast.ClassDef) and _is_record(node) and _fields(node) > POSITIONS_MAX
    }
    for name, module in modules.items():
        everywhere = known_names(name, module)
        for part in module.body:
            known = everywhere
            if isinstance(part, ast.ClassDef):
                known = {**everywhere, "cls": f"{name}.{part.name}"}
            for node in ast.walk(part):
                if not isinstance(node, ast.Call) or _positions(node) <= POSITIONS_MAX:
                    continue
                if full_name(node.func, known) in wide:
                    yield f"{name}: line {node.lineno}: {ast.unparse(node.func)}"


def _is_record(node: ast.ClassDef) -> bool:
    marks = [ast.unparse(each).partition("(")[0] for each in (*node.bases, *node.decorator_list)]
    return not {"NamedTuple", "dataclass"}.isdisjoint(marks)


def _fields(node: ast.ClassDef) -> int:
    return sum(
        isinstance(each, ast.AnnAssign) and "ClassVar" not in ast.unparse(each.annotation)
        for each in node.body
    )


def _positions(call: ast.Call) -> int:
    """Count the values without a name; ``*values`` may be any number of them."""
    if any(isinstance(each, ast.Starred) for each in call.args):
        return POSITIONS_MAX + 1
    return len(call.args)


def confused(modules: Modules) -> Iterator[str]:
    """Find modules that use two classes of one name, of the models or rows of two contexts."""
    public = {
        f"{name}.{node.name}": name.split(".")[1]
        for name, module in modules.items()
        if _holds_values(name)
        for node in definitions(module)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    for name, module in modules.items():
        contexts: dict[str, set[str]] = defaultdict(set)
        used = {target for _, target in references(name, module)}
        for target in used | set(known_names(name, module).values()):
            if target in public:
                contexts[target.rpartition(".")[2]].add(public[target])
        for each, owners in sorted(contexts.items()):
            if len(owners) > 1:
                yield f"{name}: {each} of {' and '.join(sorted(owners))}"


def _holds_values(module: str) -> bool:
    parts = module.split(".")
    return parts[0] == "ledgerline" and not {"model", "rows"}.isdisjoint(parts[2:])
