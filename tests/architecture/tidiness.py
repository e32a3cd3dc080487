"""Limits and habits that a syntax tree can show; each check lists what breaks them."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Final, NamedTuple

LINES_A_FILE_MAX: Final = 400
LINES_A_FUNCTION_MAX: Final = 50
LINES_A_FUNCTION_P99_MAX: Final = 40
PARAMETERS_MAX: Final = 6
BANNED_WORDS: Final = frozenset(
    {"data", "info", "manager", "helper", "utils", "common", "misc", "service", "handler"}
)
FLOWS_WITH_MORE: Final[Mapping[str, frozenset[str]]] = {
    "add_person": frozenset({"check_newcomer"}),  # the same checks, nobody added
    "adopt_exception": frozenset({"preview_adoption"}),  # the same plan, kept nowhere
    "approve_refund": frozenset({"check_approval"}),  # the same checks, kept nowhere
    "accept_dispute": frozenset({"preview_acceptance"}),  # the same, taken back
    "give_credit": frozenset({"preview_credit"}),  # the same division, kept nowhere
    "send_evidence": frozenset({"preview_evidence"}),  # the same checks, nothing sent
    "submit_evidence": frozenset({"preview_submission"}),  # the same, taken back
    "cancel_subscription": frozenset({"preview_cancel"}),  # the same decision, kept nowhere
    "change_person": frozenset({"check_change"}),  # the same checks, nothing changed
    "change_subscription": frozenset({"preview_change", "outcome_of"}),  # and what became of it
    "pause_subscription": frozenset({"preview_pause"}),  # the same decision, kept nowhere
    "resume_subscription": frozenset({"preview_resume"}),  # the same proposal, kept nowhere
    "set_default_method": frozenset({"preview_default_method"}),  # the same, kept nowhere
    "undo_scheduled": frozenset({"preview_undo"}),  # the same, kept nowhere
    "erase_customer": frozenset({"preview_erasure"}),  # the same erasure, taken back
    "forget_expired": frozenset({"count_expired"}),  # what is due to be forgotten
    "load_texts": frozenset({"preview_texts"}),  # the same refusals, kept nowhere
    "preview_next_invoice": frozenset({"preview_next_total"}),  # what of it a page needs
    "require_consents": frozenset({"preview_consents"}),  # the same refusal, before it
    "pay_invoice": frozenset({"preview_payment"}),  # the same checks, nothing charged
    "pay_out_credit": frozenset({"preview_pay_out"}),  # the same plan, kept nowhere
    "promote_model": frozenset({"preview_promotion"}),  # the same conditions, changed nowhere
    "put_psp_account": frozenset({"read_merchants"}),  # opens what the flow sealed
    "record_settlement": frozenset({"record_settlements_in"}),  # one settlement or a batch
    "refund_exception": frozenset({"preview_return"}),  # the same plan, kept nowhere
    "release_all_parked": frozenset({"preview_release_all"}),  # the same, changed nowhere
    "reapply_psp_event": frozenset({"preview_reapply"}),  # the same reading, nothing woken
    "resend_mail": frozenset({"preview_resend"}),  # the same checks, nothing written
    "release_parked": frozenset({"preview_release"}),  # the same reading, changed nowhere
    "request_refund": frozenset({"check_refund"}),  # the refusals of the same request
}
"""Public coroutines beside the one that a flow file is named after."""

_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SUPPRESSION: Final = re.compile(
    r"#\s*(?P<what>noqa|ruff:|type:\s*ignore|pyrefly:\s*ignore|mypy:|pragma:\s*no)"
)
_EXPLAINED: Final = re.compile(
    r"#\s*(noqa:\s*[A-Z]+\d+\b(,\s*[A-Z]+\d+\b)*"
    r"|type:\s*ignore\[[a-z-]+(,\s*[a-z-]+)*\]"
    r"|pyrefly:\s*ignore\s*\[[a-z-]+(,\s*[a-z-]+)*\]"
    r"|pragma:\s*no (cover|branch))"
    r"\s*[-#:(—]*\s*\w+"
)
_EXACT_PLACES: Final = ("model.py", "rules", "tax", "flows", "money.py")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Text(NamedTuple):
    """One Python file: its path inside the repository and what it says."""

    path: PurePosixPath
    source: str

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parsed(self.source)

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in the tree, walked once."""
        return _walked(self.source)


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


@cache
def _walked(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_parsed(source)))


def functions(text: Text) -> list[Function]:
    """List every function and method, nested ones too."""
    return [node for node in text.nodes if isinstance(node, Function)]


def length(function: Function) -> int:
    """Count the lines from ``def`` to the last statement."""
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def sizes(text: Text) -> Iterator[str]:
    """Find files and functions that are too long, and functions that take too much."""
    lines = text.source.count("\n")
    in_tests = text.path.parts[0] == "tests"  # fixtures and the columns of a table of cases
    if lines > LINES_A_FILE_MAX:
        yield f"{lines} lines"
    for function in functions(text):
        if length(function) > LINES_A_FUNCTION_MAX:
            yield f"{function.name} has {length(function)} lines"
        arguments = function.args
        names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        count = sum(each.arg not in {"self", "cls"} for each in names)
        if count > PARAMETERS_MAX and not (in_tests or _is_command(function)):
            yield f"{function.name} takes {count} parameters"


def _is_command(function: Function) -> bool:
    """Say whether each parameter is an option of the command line."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "command"
        for node in function.decorator_list
    )


def names(text: Text) -> Iterator[str]:
    """Find files, folders and classes with a word that says nothing."""
    for part in text.path.with_suffix("").parts:
        yield from (f"{part} says '{word}'" for word in _banned(part))
    for node in text.nodes:
        if isinstance(node, ast.ClassDef):
            yield from (f"class {node.name} says '{word}'" for word in _banned(node.name))


def _banned(name: str) -> list[str]:
    said = {word.lower() for word in _WORDS.findall(name)}
    return sorted(BANNED_WORDS & (said | {word.removesuffix("s") for word in said}))


def package_files(text: Text) -> Iterator[str]:
    """Find an ``__init__.py`` that holds more, or less, than its docstring."""
    if text.path.name == "__init__.py":
        body = text.tree.body
        if len(body) != 1 or ast.get_docstring(text.tree) is None:
            yield "is not one docstring"


def imports(text: Text) -> Iterator[str]:
    """Find imports that are not at the top, relative, or for type checkers only."""
    top = {id(node) for node in text.tree.body}
    for node in text.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in top:
            yield f"line {node.lineno}: import below the top"
        if isinstance(node, ast.ImportFrom) and node.level:
            yield "relative import"
        match node:
            case (
                ast.Name(id="TYPE_CHECKING")
                | ast.Attribute(attr="TYPE_CHECKING")
                | ast.alias(name="TYPE_CHECKING")
            ):
                yield "TYPE_CHECKING"
            case _:
                pass


def stand_ins(text: Text) -> Iterator[str]:
    """Find mocks and patches: a test passes values, or a fake of the same Protocol."""
    for node in text.nodes:
        match node:
            case ast.ImportFrom(module=str(module)) if module.endswith("mock"):
                yield f"imports {module}"
            case ast.ImportFrom(module="unittest", names=found) | ast.Import(names=found) if any(
                each.name.endswith("mock") for each in found
            ):
                yield "imports mock"
            case ast.arg(arg="monkeypatch" | "mocker" as name):
                yield f"asks for {name}"
            case ast.ImportFrom(module="freezegun" | "time_machine" as module):
                yield f"imports {module}"
            case _:
                pass


def flow_shape(text: Text) -> Iterator[str]:
    """Find a flow file that is not named after its one public coroutine (or its ``_in`` form)."""
    if not text.path.match("src/ledgerline/flows/*.py") or text.path.name == "__init__.py":
        return
    public = {
        node.name
        for node in text.tree.body
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_")
    }
    stem = text.path.stem
    also = FLOWS_WITH_MORE.get(stem, frozenset())
    if not public & ({stem, f"{stem}_in"} | also):
        yield f"has no coroutine {stem} or {stem}_in"
    for name in sorted(public - also - {stem}):
        if not name.endswith("_in"):
            yield f"has another use case: {name}"


def exactness(text: Text) -> Iterator[str]:
    """Find floats where amounts and dates are decided; a duration in ``…_seconds`` may be one."""
    if text.path.parts[0] != "src" or not set(text.path.parts) & set(_EXACT_PLACES):
        return
    durations = {
        id(inner)
        for node in text.nodes
        if (annotation := _duration(node)) is not None
        for inner in ast.walk(annotation)
    }
    for node in text.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"line {node.lineno}: {node.value}"
        if isinstance(node, ast.Name) and node.id == "float" and id(node) not in durations:
            yield f"line {node.lineno}: float"


def _duration(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.arg(arg=name, annotation=annotation):
            pass
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
            pass
        case _:
            return None
    return annotation if name.endswith("_seconds") else None


def suppressions(text: Text) -> Iterator[str]:
    """Find suppressed warnings that do not name the rule or do not say why."""
    if _SUPPRESSION.search(text.source) is None:
        return
    for token in tokenize.generate_tokens(io.StringIO(text.source).readline):
        if token.type == tokenize.COMMENT:
            for match in _SUPPRESSION.finditer(token.string):
                if _EXPLAINED.match(token.string, match.start()) is None:
                    yield f"line {token.start[0]}: {token.string}"


EVERYWHERE: Final[tuple[Callable[[Text], Iterator[str]], ...]] = (
    sizes, names, package_files, imports, stand_ins, flow_shape, exactness, suppressions,
)  # fmt: skip


def faults_of(text: Text) -> list[str]:
    """List what is wrong with one file."""
    return [f"{text.path}: {fault}" for check in EVERYWHERE for fault in check(text)]
