"""Say where a charge would go, and why, without charging anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledgerline.base.run import Run
from ledgerline.flows.read_routing import read_routing
from ledgerline.payments.capabilities import Light
from ledgerline.payments.model import AccountStatus
from ledgerline.payments.rules.routing import (
    Candidate,
    Charge,
    Filtered,
    RouteDecision,
    route,
    unmet,
)

NO_LIGHTS: Final[Mapping[str, Light]] = {}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A rule, and which of its conditions the charge does not fulfil: none means it matches."""

    rule: str
    unmet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouteExplained:
    """A decision about all merchant accounts, and what every rule says of the charge."""

    decision: RouteDecision
    rules: Sequence[Weighed]


async def explain_route(
    run: Run, charge: Charge, lights: Mapping[str, Light] = NO_LIGHTS
) -> RouteExplained:
    """Decide by the rules that hold, as if every account held a token of the card.

    Called by ``ledgerline pay route`` and by the API, so that a checkout knows where to tokenise.
    ``lights`` are those of the process that asks. Nothing is written.
    """
    policy, accounts = await read_routing(run)
    candidates = [
        Candidate(code, _filtered(status, lights.get(code)))
        for code, status in sorted(accounts.items())
    ]
    return RouteExplained(
        route(charge, candidates, policy),
        [Weighed(rule.name, unmet(rule.when, charge)) for rule in policy.rules],
    )


def _filtered(status: str, light: Light | None) -> Filtered | None:
    if status != AccountStatus.ACTIVE:
        return Filtered.DISABLED
    return Filtered.BREAKER_OPEN if light is Light.OPEN else None
