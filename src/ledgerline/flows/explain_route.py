"""Say where a charge would go, and why, without charging anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledgerline.base.run import Run
from ledgerline.flows.read_routing import read_routing
from ledgerline.payments.capabilities import Light
from ledgerline.payments.model import AccountStatus
from ledgerline.payments.rules.consulting import Payer, consult
from ledgerline.payments.rules.learned import Opinion
from ledgerline.payments.rules.routing import (
    Candidate,
    Charge,
    Filtered,
    RouteDecision,
    unmet,
)
from ledgerline.payments.scores import Model

NO_LIGHTS: Final[Mapping[str, Light]] = {}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A rule, and which of its conditions the charge does not fulfil: none means it matches."""

    rule: str
    unmet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouteExplained:
    """A decision about all merchant accounts, and what every rule says of the charge.

    ``opinion`` is what a model said of it, where one was asked.
    """

    decision: RouteDecision
    rules: Sequence[Weighed]
    opinion: Opinion | None = None


async def explain_route(
    run: Run,
    charge: Charge,
    lights: Mapping[str, Light] = NO_LIGHTS,
    *,
    model: Model | None = None,
) -> RouteExplained:
    """Decide by the rules that hold, as if every account held a token of the card.

    Called by ``ledgerline pay route`` and by the API, so that a checkout knows where to tokenise.
    ``lights`` and ``model`` are those of the process that asks; nobody knows who pays yet, so that
    ``charge.key`` stands for the customer. Nothing is written.
    """
    policy, accounts = await read_routing(run)
    candidates = [
        Candidate(code, _filtered(status, lights.get(code)))
        for code, status in sorted(accounts.items())
    ]
    payer = Payer(customer=charge.key, key=charge.key)
    decision, _, opinion = consult(model, charge, candidates, policy, payer=payer)
    rules = [Weighed(rule.name, unmet(rule.when, charge)) for rule in policy.rules]
    return RouteExplained(decision, rules, opinion)


def _filtered(status: str, light: Light | None) -> Filtered | None:
    if status != AccountStatus.ACTIVE:
        return Filtered.DISABLED
    return Filtered.BREAKER_OPEN if light is Light.OPEN else None
