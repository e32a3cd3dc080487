"""Every kind of event that is named is emitted, and every event that is emitted has a kind."""

import ast
import re
from typing import Final

import pytest

from ledgerline.flows.step_subscriptions import TOLD
from ledgerline.outbox.model import EventKind
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE
from tests.architecture.references import Modules

MODEL: Final = "ledgerline.outbox.model"
AGGREGATES: Final = {kind.partition(".")[0] for kind in EventKind} | {"receipt", "purchase"}
_EVENT: Final = re.compile(rf"``((?:{'|'.join(sorted(AGGREGATES))})\.[a-z_]+)``")


def emitted(modules: Modules) -> set[str]:
    """Find the kinds that flows name."""
    return {
        node.attr
        for name, tree in modules.items()
        if name != MODEL
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == EventKind.__name__
    }


def named(modules: Modules) -> set[str]:
    """Find the events that docstrings speak of."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [
        ast.get_docstring(node) or ""
        for tree in modules.values()
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]
    return {event for text in texts for event in _EVENT.findall(text)}


def test_every_kind_is_emitted(platform: Modules) -> None:
    assert {kind.name for kind in EventKind} - emitted(platform) == set()


def test_every_event_that_a_docstring_names_is_a_kind(platform: Modules) -> None:
    assert named(platform) - set(EventKind) == set()
    assert "customer.created" in named(platform)


def test_every_move_of_a_subscription_is_told() -> None:
    assert set(TOLD) == {event for _, event in LIFECYCLE.table}


@pytest.mark.parametrize(
    "source",
    [
        '"""Emits ``invoice.framed``."""',
        'def f():\n    """Tell ``receipt.issued``."""',
    ],
)
def test_planted_name_of_an_event_that_nothing_emits_is_found(source: str) -> None:
    assert named({"ledgerline.planted": ast.parse(source)}) - set(EventKind) != set()


def test_planted_kind_that_nothing_emits_is_found() -> None:
    assert emitted({MODEL: ast.parse("x = EventKind.INVOICE_PAID")}) == set()
