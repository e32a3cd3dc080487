"""What rules, stores and views offer and nobody takes."""

from collections import defaultdict
from collections.abc import Iterator

from tests.architecture.references import (
    Modules,
    definitions,
    public_functions,
    references,
)

_MORE = {
    f"ledgerline.payments.{name}"
    for name in (
        "defaults",
        "defending",
        "evidence",
        "exceptions",
        "expiry",
        "inbox",
        "learning",
        "limits",
        "mandates",
        "notices",
        "plans",
        "refund_proposals",
        "setting_up",
        "withholding",
    )
} | {"ledgerline.subscriptions.notices"}


def is_rule(module: str) -> bool:
    """Say whether a module belongs to a package of rules; those of taxes are called ``tax``."""
    return module.startswith("ledgerline.") and not {"rules", "tax"}.isdisjoint(module.split("."))


def _offers(module: str) -> bool:
    statements = {
        "store",
        "corrections",
        "disputing",
        "erasing",
        "pausing",
        "payer",
        "places",
        "routes",
        "settling",
        "views",
    }
    return is_rule(module) or module in _MORE or module.rpartition(".")[2] in statements


def uncalled(modules: Modules) -> set[str]:
    """Find the public functions of rules, stores and views that no work ever reaches.

    What only an uncalled function calls is uncalled as well.
    """
    offered = {name: module for name, module in modules.items() if _offers(name)}
    uses: dict[str, set[str]] = defaultdict(set)
    for name, module in modules.items():
        for within, target in references(name, module):
            uses[within if name in offered else ""].add(target)
    inside = {
        f"{name}.{node.name}" for name, module in offered.items() for node in definitions(module)
    }
    reached: set[str] = set()
    waiting = _known(uses[""], inside)
    while waiting:
        reached |= waiting
        waiting = {
            each for one in waiting for each in _known(uses[one], inside) if each not in reached
        }
    public = {each for name, module in offered.items() for each in public_functions(name, module)}
    return public - reached


def _known(targets: set[str], inside: set[str]) -> set[str]:
    """Reduce targets to definitions: ``retry.Step.later`` uses ``retry.Step``."""
    return {
        each for target in targets for each in (target, target.rpartition(".")[0]) if each in inside
    }


def untested(modules: Modules, tests: Modules) -> Iterator[str]:
    """Find the public functions of rules that no test calls."""
    called = {target for name, module in tests.items() for _, target in references(name, module)}
    for name, module in modules.items():
        if is_rule(name):
            yield from (each for each in public_functions(name, module) if each not in called)
