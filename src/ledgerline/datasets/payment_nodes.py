"""The tables of payments, in the order in which each finds what it reads."""

from typing import Final

from ledgerline.datasets.attempt_performance import audits as attempt_performance_audits
from ledgerline.datasets.attempt_performance import model as attempt_performance
from ledgerline.datasets.contract import load
from ledgerline.datasets.dunning_recovery import audits as dunning_recovery_audits
from ledgerline.datasets.dunning_recovery import model as dunning_recovery
from ledgerline.datasets.dunning_recovery_week import audits as dunning_recovery_week_audits
from ledgerline.datasets.dunning_recovery_week import model as dunning_recovery_week
from ledgerline.datasets.facts.attempt import audits as attempt_audits
from ledgerline.datasets.facts.attempt import model as attempt
from ledgerline.datasets.facts.payment import audits as payment_audits
from ledgerline.datasets.facts.payment import model as payment
from ledgerline.datasets.node import DATA_SETS, FACTS, Build, Check, Node
from ledgerline.datasets.payment_performance import audits as payment_performance_audits
from ledgerline.datasets.payment_performance import model as payment_performance
from ledgerline.datasets.retry_decision_log import audits as retry_decision_log_audits
from ledgerline.datasets.retry_decision_log import model as retry_decision_log
from ledgerline.datasets.routing_decision_log import audits as routing_decision_log_audits
from ledgerline.datasets.routing_decision_log import model as routing_decision_log

_HERE: Final = "ledgerline.datasets"
_BUILT: Final[dict[str, tuple[Build, tuple[Check, ...]]]] = {
    "facts.attempt": (attempt.build, attempt_audits.CHECKS),
    "facts.payment": (payment.build, payment_audits.CHECKS),
    "attempt_performance": (attempt_performance.build, attempt_performance_audits.CHECKS),
    "payment_performance": (payment_performance.build, payment_performance_audits.CHECKS),
    "dunning_recovery": (dunning_recovery.build, dunning_recovery_audits.CHECKS),
    "dunning_recovery_week": (dunning_recovery_week.build, dunning_recovery_week_audits.CHECKS),
    "routing_decision_log": (routing_decision_log.build, routing_decision_log_audits.CHECKS),
    "retry_decision_log": (retry_decision_log.build, retry_decision_log_audits.CHECKS),
}
PAYMENT_PACKAGES: Final = tuple(_BUILT)
"""Where their contracts lie."""


def payment_nodes() -> tuple[Node, ...]:
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
