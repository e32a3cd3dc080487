"""Models: how far each may decide, what it has learned from, and where it was not believed."""

from typing import Final, NamedTuple

from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask
from ledgerline.flows.read_calibration import read_calibration
from ledgerline.flows.read_drift import read_drift
from ledgerline.flows.read_model_versions import read_model_versions
from ledgerline.flows.read_models import read_models
from ledgerline.payments.rules.comparing import told
from ledgerline.payments.rules.drift import index
from ledgerline.payments.rules.faults import summed
from ledgerline.web.wire import Response

DECISIONS: Final = 2_000
"""How many of the newest decisions tell who decides."""
FRESH_SECONDS: Final = 300
"""Older counts than these a model is not believed by (decision 0066)."""
_SQL: Final = statements(__name__)


class Decider(NamedTuple):
    """How many decisions a rule made."""

    rule: str
    decisions: int


async def show(ask: Ask) -> Response:
    """Show the switches that hold, and what came of them."""
    found = await read_models(ask.run)
    versions = await read_model_versions(ask.run)
    moved, believed = await read_drift(ask.run), await read_calibration(ask.run)
    async with ask.run.reading() as read:
        deciders = await read.rows(_SQL["deciders"], Decider, limit=DECISIONS)
    return ask.page(
        "models.html",
        {
            "switches": found.switches, "router": found.router, "faults": summed(found.faults),
            "deciders": deciders, "decided": sum(one.decisions for one in deciders),
            "is_fresh": found.router is not None and found.router.age_seconds <= FRESH_SECONDS,
            "drifts": [(kind.value, one) for kind, drifts in moved.items() for one in drifts],
            "weeks": [
                (kind.value, one) for kind, weeks in believed.items() for one in reversed(weeks)
            ],
            "compared": [(one, told(one.kind, one.both)) for one in found.compared],
            "versions": versions, "index": index, "section": "/console/models",
        },
    )  # fmt: skip
