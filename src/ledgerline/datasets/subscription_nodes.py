"""The tables of subscriptions, in the order in which each finds what it reads."""

from typing import Final

from ledgerline.datasets.cohort_retention import audits as cohort_retention_audits
from ledgerline.datasets.cohort_retention import model as cohort_retention
from ledgerline.datasets.contract import load
from ledgerline.datasets.facts.subscription_version import model as subscription_version
from ledgerline.datasets.monthly_retention import audits as monthly_retention_audits
from ledgerline.datasets.monthly_retention import model as monthly_retention
from ledgerline.datasets.mrr_movements import audits as mrr_movements_audits
from ledgerline.datasets.mrr_movements import model as mrr_movements
from ledgerline.datasets.node import DATA_SETS, FACTS, Build, Check, Fold, Node, Parts
from ledgerline.datasets.paying_customers import audits as paying_customers_audits
from ledgerline.datasets.paying_customers import model as paying_customers
from ledgerline.datasets.subscriber_counts import audits as subscriber_counts_audits
from ledgerline.datasets.subscriber_counts import model as subscriber_counts

_HERE: Final = "ledgerline.datasets"
_SETS: Final[dict[str, tuple[Build, tuple[Check, ...]]]] = {
    "mrr_movements": (mrr_movements.build, mrr_movements_audits.CHECKS),
    "subscriber_counts": (subscriber_counts.build, subscriber_counts_audits.CHECKS),
    "paying_customers": (paying_customers.build, paying_customers_audits.CHECKS),
    "cohort_retention": (cohort_retention.build, cohort_retention_audits.CHECKS),
    "monthly_retention": (monthly_retention.build, monthly_retention_audits.CHECKS),
}
_FOLDED: Final = Fold(
    rows=subscription_version.fold,
    parts=Parts(
        log="subscription_log",
        by="subscription_id",
        unsettled=subscription_version.unsettled,
    ),
)
SUBSCRIPTION_PACKAGES: Final = ("facts.subscription_version", *_SETS)


def subscription_nodes() -> tuple[Node, ...]:
    """Load the nodes with their contracts; raises a ``ValueError`` where one is not sound."""
    version = load(f"{_HERE}.facts.subscription_version")
    return (
        Node(FACTS, version, _FOLDED),
        *(
            Node(DATA_SETS, load(f"{_HERE}.{name}"), build, checks)
            for name, (build, checks) in _SETS.items()
        ),
    )
