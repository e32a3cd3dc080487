"""The rows of a subscription come from its log: what writes them takes what ``rebuild`` returns."""

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.references import Modules, references

STORE: Final = "ledgerline.subscriptions.store"
ROWS: Final = frozenset(f"{STORE}.{name}" for name in ("add_items", "end_items", "add_offers"))
CLOCK: Final = frozenset({f"{STORE}.project"})
PROJECTION: Final = "ledgerline.rules.timeline.Projection"
REBUILD: Final = "ledgerline.rules.timeline.rebuild"
WRITERS: Final = frozenset({"ledgerline.flows.record_entry", "ledgerline.flows.record_purchase"})
"""The flows that write what a projection says; each is given one."""


def faults(modules: Modules) -> Iterator[str]:
    """Find what writes the rows of the log by hand, or makes a projection that no log says."""
    for name, module in modules.items():
        for within, target in references(name, module):
            if target in ROWS | CLOCK and name not in WRITERS:
                yield f"{within} writes {target.rpartition('.')[2]} without the log"
            if target == PROJECTION and within != REBUILD and _makes(module):
                yield f"{within} makes a projection that no log says"


def _makes(module: ast.Module) -> bool:
    """Say whether a module calls ``Projection``; to name it as a type is no fault."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == "Projection"
        for node in ast.walk(module)
    )


def test_rows_of_the_log_are_written_from_what_the_log_says(platform: Modules) -> None:
    assert sorted(set(faults(platform))) == []


def test_the_writers_are_given_projections(platform: Modules) -> None:
    for name in WRITERS:
        used = {target for _, target in references(name, platform[name])}
        assert used & (ROWS | CLOCK), name


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            f"from {STORE} import add_items\nasync def f(tx): await add_items(tx, [])",
            ["ledgerline.flows.planted.f writes add_items without the log"],
        ),
        (
            "from ledgerline.subscriptions import store\nasync def f(tx): await store.project(tx)",
            ["ledgerline.flows.planted.f writes project without the log"],
        ),
        (
            "from ledgerline.rules.timeline import Projection\ndef f(): return Projection()",
            ["ledgerline.flows.planted.f makes a projection that no log says"],
        ),
        ("from ledgerline.rules.timeline import Projection\ndef f(p: Projection): ...", []),
    ],
)
def test_a_flow_that_writes_items_by_hand_is_found(source: str, expected: list[str]) -> None:
    assert list(faults({"ledgerline.flows.planted": ast.parse(source)})) == expected
