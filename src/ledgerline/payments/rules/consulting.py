"""A choice of account by rules, and by the model where they leave something open."""

from collections.abc import Sequence
from typing import NamedTuple

from ledgerline.payments.rules.learned import (
    Opinion,
    asks,
    costs_of,
    features_of,
    opinion_of,
    steered,
)
from ledgerline.payments.rules.routing import Candidate, Charge, Policy, RouteDecision, route
from ledgerline.payments.scores import Features, Model


class Payer(NamedTuple):
    """By whom a model decides or is held out, and by what it draws.

    A charge that ``is_again`` was refused before.
    """

    customer: str
    key: str
    is_again: bool = False


class Consulted(NamedTuple):
    """A decision, what a model is told of such charges, and what it said where it was asked."""

    decision: RouteDecision
    features: Features
    opinion: Opinion | None


def consult(
    model: Model | None,
    charge: Charge,
    candidates: Sequence[Candidate],
    policy: Policy,
    *,
    payer: Payer,
) -> Consulted:
    """Decide by rules, and by the model where they leave something open and its switch lets it.

    Called wherever an account is chosen or a choice is explained. Without a model, and with one
    that is not believed, the decision is that of the rules.
    """
    decision = route(charge, candidates, policy)
    features = features_of(charge, candidates, is_again=payer.is_again)
    if model is None:
        return Consulted(decision, features, None)
    switch = model.switch(charge.market)
    if not asks(decision, switch):
        return Consulted(decision, features, None)
    costs = costs_of(charge, decision.ordered, policy.fees)
    scores = model.weigh(features, decision.ordered, costs)
    opinion = opinion_of(
        scores,
        decision,
        switch,
        customer=payer.customer,
        key=payer.key,
        explores=switch.explores(charge.currency, charge.amount_minor),
    )
    return Consulted(steered(decision, opinion), features, opinion._replace(costs=costs))
