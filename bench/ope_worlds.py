"""Worlds whose log is known and whose truth is too: what policies would have earned in them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.answers import Answer, evaluate
from ledgerline.ml.evaluate.log import Floats, Ints, Log
from ledgerline.ml.evaluate.refusals import Refused
from pspsim.routing.traffic import HOUR, SEGMENTS
from pspsim.routing.world import ACCOUNTS, Kind, RoutingWorld

FLOOR: Final = 0.05
"""The log explores so much with each account."""
_OWN_LUCK: Final = 0.5
"""So often a customer has the luck of all of their payments: those are not independent."""
_PAYMENTS: Final = 3


class Job(NamedTuple):
    """One replication: a world, its log, and all policies."""

    kind: Kind
    seed: int
    payments: int
    draws: int


class Held(NamedTuple):
    """A policy's true value, and what it has over the logged one, beside what the log says."""

    policy: str
    truth: float
    ahead: float
    said: Answer | Refused


class _Drawn(NamedTuple):
    """What a world showed: segments, seconds, true approvals, luck, and what was chosen."""

    segments: Ints
    at: Ints
    approvals: Floats
    luck: Floats
    chosen: Ints


def replicate(job: Job) -> list[Held]:
    """Draw a world, log one policy in it, and hold what the log says of others against truth."""
    world = RoutingWorld(job.kind, seed=job.seed, days=1, per_day=job.payments)
    chance = np.random.default_rng(job.seed)
    scores = _scores(world, chance)
    logged = _floored(_softmax(1.5 * (scores + 0.4 * chance.standard_normal(scores.shape))))
    drawn = _played(world, logged, chance)
    policies = _policies(scores, drawn, logged, chance)
    log = _log(drawn, logged, chance)
    said = evaluate(log, policies, draws=job.draws)
    own = _truth(log.logged, drawn)
    truths = {name: _truth(policy, drawn) for name, policy in policies.items()}
    return [Held(name, truth, truth - own, said.answers[name]) for name, truth in truths.items()]


def _truth(policy: Floats, drawn: _Drawn) -> float:
    return float((policy * drawn.approvals).sum(axis=1).mean())


def _scores(world: RoutingWorld, chance: np.random.Generator) -> Floats:
    """Return what somebody would know who had looked at each segment once, at an odd moment."""
    found = np.zeros((len(SEGMENTS), len(ACCOUNTS)))
    for payment in world.payments():
        approvals = np.asarray(world.approvals(payment))
        found[payment.segment] = np.log(approvals / (1 - approvals))
        if payment.at > HOUR and found.any(axis=1).all():
            break
    return found + 0.1 * chance.standard_normal(found.shape)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _floored(shares: Floats) -> Floats:
    found: Floats = FLOOR + (1 - shares.shape[-1] * FLOOR) * shares
    return found


def _greedy(scores: Floats) -> Floats:
    found: Floats = np.eye(scores.shape[1])[scores.argmax(axis=1)]
    return found


def _played(world: RoutingWorld, logged: Floats, chance: np.random.Generator) -> _Drawn:
    """Let the logged policy choose; what it chooses is load at an account where accounts tire."""
    edges = logged.cumsum(axis=1)
    segments, at, approvals, luck, chosen = [], [], [], [], []
    for payment in world.payments():
        of_segment = edges[payment.segment]
        account = min(int(np.searchsorted(of_segment, chance.random())), len(ACCOUNTS) - 1)
        approvals.append(world.approvals(payment))
        world.choose(payment, account)
        segments.append(payment.segment)
        at.append(payment.at)
        luck.append(payment.luck)
        chosen.append(account)
    return _Drawn(
        segments=np.asarray(segments), at=np.asarray(at), approvals=np.asarray(approvals),
        luck=np.asarray(luck), chosen=np.asarray(chosen),
    )  # fmt: skip


def _log(drawn: _Drawn, logged: Floats, chance: np.random.Generator) -> Log:
    """Give payments of a segment to customers, who have some of their luck in common."""
    size = len(drawn.segments)
    customers = np.zeros(size, dtype=np.int64)
    for segment in range(len(SEGMENTS)):
        of = np.flatnonzero(drawn.segments == segment)
        customers[of] = segment * size + np.arange(len(of)) // _PAYMENTS
    _, numbers = np.unique(customers, return_inverse=True)
    own = chance.random(int(numbers.max()) + 1)[numbers]
    luck = np.where(chance.random(size) < _OWN_LUCK, own, drawn.luck)
    approved = luck < drawn.approvals[np.arange(size), drawn.chosen]
    return Log(
        customers=numbers.astype(np.int64), payments=np.arange(size), contexts=drawn.segments,
        logged=logged[drawn.segments], chosen=drawn.chosen, approved=approved.astype(np.float64),
        is_known=np.ones(size, dtype=np.bool_),
    )  # fmt: skip


def _policies(
    scores: Floats, drawn: _Drawn, logged: Floats, chance: np.random.Generator
) -> Mapping[str, Floats]:
    """Return fourteen policies from good to bad, as probabilities for each payment."""
    noise = chance.standard_normal(scores.shape)
    every = np.eye(len(ACCOUNTS))
    by_segment = {
        "logged": logged,
        "uniform": np.full(scores.shape, 1 / len(ACCOUNTS)),
        "best": _greedy(scores),
        "best of what is noisy": _greedy(scores + 0.3 * noise),
        "best of what is very noisy": _greedy(scores + noise),
        "worst": _greedy(-scores),
        "soft": _softmax(scores),
        "sharp": _softmax(4 * scores),
        "half best": 0.5 * _greedy(scores) + 0.5 / len(ACCOUNTS),
    }
    found = {name: table[drawn.segments] for name, table in by_segment.items()}
    for no, account in enumerate(ACCOUNTS):
        found[f"always {account}"] = np.broadcast_to(every[no], logged[drawn.segments].shape)
    evening = (drawn.at // HOUR % 24 >= 17)[:, None]
    found["evenings apart"] = np.where(evening, found["sharp"], found["uniform"])
    return found
