"""All tables that are built, in the order in which each finds what it reads."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from ledgerline.datasets.cash_nodes import CASH_PACKAGES, cash_nodes
from ledgerline.datasets.contract import load
from ledgerline.datasets.deferred_revenue import audits as deferred_revenue_audits
from ledgerline.datasets.deferred_revenue import model as deferred_revenue
from ledgerline.datasets.facts.document_line import model as document_line
from ledgerline.datasets.node import DATA_SETS, FACTS, Node
from ledgerline.datasets.payment_nodes import PAYMENT_PACKAGES, payment_nodes
from ledgerline.datasets.receivables_ageing import audits as receivables_ageing_audits
from ledgerline.datasets.receivables_ageing import model as receivables_ageing
from ledgerline.datasets.revenue_schedule import audits as revenue_schedule_audits
from ledgerline.datasets.revenue_schedule import model as revenue_schedule
from ledgerline.datasets.subscription_nodes import SUBSCRIPTION_PACKAGES, subscription_nodes
from ledgerline.datasets.tax_return import audits as tax_return_audits
from ledgerline.datasets.tax_return import model as tax_return
from ledgerline.releases.refusals import TableNotFound

_HERE: Final = "ledgerline.datasets"
_PACKAGES: Final = (
    "facts.document_line",
    "revenue_schedule",
    "deferred_revenue",
    "receivables_ageing",
    "tax_return",
    *PAYMENT_PACKAGES,
    *SUBSCRIPTION_PACKAGES,
    *CASH_PACKAGES,
)
_RULES: Final = (
    "ledgerline.rules",
    "ledgerline.pricing.rules",
    "ledgerline.pricing.tax",
    "ledgerline.subscriptions.rules",
)
_WORDS: Final = (
    ("ledgerline.base", "money.py"),
    ("ledgerline.base", "calendar.py"),
    ("ledgerline.pricing", "model.py"),
    ("ledgerline.subscriptions", "model.py"),
)
"""Single files that rules compute with."""
_VERSION_DIGITS: Final = 16


@cache
def nodes() -> tuple[Node, ...]:
    """Load all nodes with their contracts; raises a ``ValueError`` where one is not sound."""
    return (
        Node(FACTS, load(f"{_HERE}.facts.document_line"), document_line.build),
        Node(
            DATA_SETS,
            load(f"{_HERE}.revenue_schedule"),
            revenue_schedule.build,
            revenue_schedule_audits.CHECKS,
        ),
        Node(
            DATA_SETS,
            load(f"{_HERE}.deferred_revenue"),
            deferred_revenue.build,
            deferred_revenue_audits.CHECKS,
        ),
        Node(
            DATA_SETS,
            load(f"{_HERE}.receivables_ageing"),
            receivables_ageing.build,
            receivables_ageing_audits.CHECKS,
        ),
        Node(DATA_SETS, load(f"{_HERE}.tax_return"), tax_return.build, tax_return_audits.CHECKS),
        *payment_nodes(),
        *subscription_nodes(),
        *cash_nodes(),
    )


@cache
def code_version() -> str:
    """Return what names the code that builds: other code, other tables, all built anew."""
    digest = hashlib.sha256()
    for name in (_HERE, *(f"{_HERE}.{each}" for each in _PACKAGES), *_RULES):
        for path in sorted(files(name).iterdir(), key=lambda one: one.name):
            if path.name.endswith((".py", ".toml")):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for name, file in _WORDS:
        digest.update(file.encode() + b"\0" + files(name).joinpath(file).read_bytes())
    return digest.hexdigest()[:_VERSION_DIGITS]


def node_of(name: str) -> Node:
    """Return the node of a name; raises ``TableNotFound``."""
    for node in nodes():
        if node.name == name:
            return node
    raise TableNotFound("no data set has this name", name=name, known=[one.name for one in nodes()])
