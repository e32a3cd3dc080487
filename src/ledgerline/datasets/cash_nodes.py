"""The tables of money at providers, and of what customers are worth, in the order of building."""

from typing import Final

from ledgerline.datasets.cash_reconciliation import audits as cash_reconciliation_audits
from ledgerline.datasets.cash_reconciliation import model as cash_reconciliation
from ledgerline.datasets.contract import load
from ledgerline.datasets.facts.cash_leg import audits as cash_leg_audits
from ledgerline.datasets.facts.cash_leg import model as cash_leg
from ledgerline.datasets.facts.cohort_money import audits as cohort_money_audits
from ledgerline.datasets.facts.cohort_money import model as cohort_money
from ledgerline.datasets.lifetime_value import audits as lifetime_value_audits
from ledgerline.datasets.lifetime_value import model as lifetime_value
from ledgerline.datasets.node import DATA_SETS, FACTS, Build, Check, Fold, Node

_HERE: Final = "ledgerline.datasets"
_BUILT: Final[dict[str, tuple[Build | Fold, tuple[Check, ...]]]] = {
    "facts.cash_leg": (cash_leg.build, cash_leg_audits.CHECKS),
    "cash_reconciliation": (cash_reconciliation.build, cash_reconciliation_audits.CHECKS),
    "facts.cohort_money": (cohort_money.build, cohort_money_audits.CHECKS),
    "lifetime_value": (Fold(lifetime_value.fold), lifetime_value_audits.CHECKS),
}
CASH_PACKAGES: Final = tuple(_BUILT)
"""Where their contracts lie."""


def cash_nodes() -> tuple[Node, ...]:
    """Load them with their contracts; raises a ``ValueError`` where one is not sound."""
    return tuple(
        Node(
            FACTS if package.startswith(FACTS) else DATA_SETS,
            load(f"{_HERE}.{package}"),
            build,
            checks,
        )
        for package, (build, checks) in _BUILT.items()
    )
