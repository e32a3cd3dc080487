"""Attempts end in one place, whoever brings the evidence."""

import ast
from collections.abc import Mapping
from typing import Final

import pytest

from tests.architecture.references import Modules, read_modules, references

FLOWS: Final = "ledgerline.flows"
CALLERS: Final[Mapping[str, set[str]]] = {
    "ledgerline.payments.store.end_attempts": {
        f"{FLOWS}.settle_attempt", f"{FLOWS}.record_settlement",
    },
    f"{FLOWS}.record_settlement.record_settlements_in": {
        f"{FLOWS}.settle_attempt", f"{FLOWS}.take_late_money",
    },
}  # fmt: skip
"""What ends attempts and what records their end, and the only flows that may."""


def callers(target: str, modules: Modules) -> set[str]:
    """Find the modules that use a function of another."""
    own = target.rpartition(".")[0]
    return {
        name
        for name, module in modules.items()
        if name != own and any(used.target == target for used in references(name, module))
    }


@pytest.mark.parametrize("target", CALLERS)
def test_only_these_flows_end_attempts(target: str) -> None:
    assert callers(target, read_modules("src")) == CALLERS[target]


def test_a_planted_second_truth_is_found() -> None:
    planted = (
        "from ledgerline.payments import store\nasync def end(tx):\n    store.end_attempts(tx)"
    )
    modules = {f"{FLOWS}.give_up": ast.parse(planted)}
    assert callers("ledgerline.payments.store.end_attempts", modules) == {f"{FLOWS}.give_up"}
