"""What rules, stores and views offer is used, and every rule has a test that calls it."""

import ast
from typing import Final

import pytest

from tests.architecture.calling import uncalled, untested
from tests.architecture.references import Modules, read_modules

AWAITED: Final = frozenset[str]()
"""Functions that wait for the flow that will call them. A name leaves when it is called or gone;
none is added: what is written is wired in the same change.
"""


@pytest.fixture(scope="module")
def calls() -> Modules:
    """Parse the tests that call rules."""
    return read_modules("tests/unit", "tests/properties")


def test_subjects_are_found(platform: Modules, calls: Modules) -> None:
    assert {"ledgerline.payments.rules.retry", "ledgerline.payments.store"} <= set(platform)
    assert {"tests.unit.payments.test_retry", "tests.properties.test_postings"} <= set(calls)


def test_everything_offered_is_called(platform: Modules) -> None:
    assert sorted(uncalled(platform) - AWAITED) == []


def test_what_is_awaited_is_there_and_still_uncalled(platform: Modules) -> None:
    assert sorted(AWAITED - uncalled(platform)) == []


def test_every_rule_is_called_by_a_test(platform: Modules, calls: Modules) -> None:
    assert list(untested(platform, calls)) == []


RULE: Final = "ledgerline.planted.rules.price"
STORE: Final = "ledgerline.planted.store"
FLOW: Final = "ledgerline.flows.planted"


def modules(**sources: str) -> dict[str, ast.Module]:
    names = {"rule": RULE, "wide": "ledgerline.rules.quote", "store": STORE, "flow": FLOW}
    return {names[kind]: ast.parse(source) for kind, source in sources.items()}


@pytest.mark.parametrize(
    ("_case", "sources", "expected"),
    [
        ("rule", {"rule": "def price(): ..."}, {f"{RULE}.price"}),
        ("wide rule", {"wide": "def quote(): ..."}, {"ledgerline.rules.quote.quote"}),
        ("store", {"store": "async def add(tx): ..."}, {f"{STORE}.add"}),
        (
            "imported and not called",
            {"rule": "def price(): ...", "flow": f"from {RULE} import price"},
            {f"{RULE}.price"},
        ),
        (
            "a value of the same name",
            {
                "rule": "def price(): ...",
                "flow": f"from {RULE} import price\ndef bill(price):\n    return price",
            },
            {f"{RULE}.price"},
        ),
        (
            "called by what nobody calls",
            {"rule": "def price(): return _part()\ndef _part(): return tax()\ndef tax(): ..."},
            {f"{RULE}.price", f"{RULE}.tax"},
        ),
        (
            "called by itself",
            {"rule": "def price(n): return price(n - 1)"},
            {f"{RULE}.price"},
        ),
    ],
)
def test_planted_uncalled_function_is_found(
    _case: str, sources: dict[str, str], expected: set[str]
) -> None:
    assert uncalled(modules(**sources)) == expected


@pytest.mark.parametrize(
    ("_case", "flow"),
    [
        ("by name", f"from {RULE} import price\ndef bill():\n    return price()"),
        ("as a value", f"from {RULE} import price\nRULES = [price]"),
        ("through its module", "from ledgerline.planted.rules import price\nx = price.price()"),
        ("by a class", f"from {RULE} import Grid\ndef bill(grid: Grid): ..."),
    ],
)
def test_called_function_passes(_case: str, flow: str) -> None:
    rule = "def price(): ...\nclass Grid:\n    def cost(self): return price()"
    assert uncalled(modules(rule=rule, flow=flow)) == set()


def test_planted_rule_without_a_test_is_found() -> None:
    planted = modules(rule="def price(): ...\ndef _part(): ...", wide="def quote(): ...")
    tests = {"tests.unit.test_price": ast.parse(f"from {RULE} import price\nprice()")}
    assert list(untested(planted, tests)) == ["ledgerline.rules.quote.quote"]
    assert list(untested(planted, {})) == [f"{RULE}.price", "ledgerline.rules.quote.quote"]
