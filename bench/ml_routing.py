"""How far policies that route stay behind an oracle, in simulated worlds of every kind."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from heapq import heappop, heappush
from multiprocessing import get_context
from statistics import mean, quantiles
from typing import Final, NamedTuple

from bench.report import Figure
from bench.routing_page import write_page
from bench.routing_policies import Discounted, Fixed, Learned, Policy, Window
from bench.seeds_spread import half_width
from bench.stage import Stage
from bench.tuned_seeds import ROUTING, refuse_tuned
from pspsim.routing.traffic import Payment
from pspsim.routing.world import ACCOUNTS, Kind, Outcome, RoutingWorld

ORACLE: Final = "oracle"
MODEL: Final = "model"
POLICIES: Final[Mapping[str, Callable[[int], Policy]]] = {
    MODEL: Learned,
    "window": lambda seed: Window(seed, size=125, hedge=0.05),
    "thompson": lambda seed: Discounted(seed, half_days=2.0, weight=2.0),
    "fixed": Fixed,
}
SEEDS: Final = tuple(range(2001, 2101))
DAYS: Final = 3
A_DAY: Final = 10_000
LIMITS: Final = {Kind.ADDITIVE: 1.3, Kind.NULL: 0.1}
MEAN_LIMIT, P99_LIMIT = 20.0, 1_000.0


class Job(NamedTuple):
    """One policy in one world."""

    policy: str
    kind: Kind
    seed: int
    days: int
    a_day: int


class Played(NamedTuple):
    """Mean value of a payment, share of payments sent to an account that was down, and costs."""

    value: float
    to_down: float
    microseconds: float
    p99_microseconds: float


class Summary(NamedTuple):
    """Regret in percent of the oracle's value, over seeds."""

    regret: float
    half_width: float
    worst: float
    to_down: float


def play(job: Job) -> Played:
    """Let a policy, or the oracle, choose for every payment of a world."""
    world = RoutingWorld(job.kind, seed=job.seed, days=job.days, per_day=job.a_day)
    return play_in(world, POLICIES[job.policy](job.seed) if job.policy != ORACLE else None)


def play_in(world: RoutingWorld, policy: Policy | None) -> Played:
    """Let a policy choose for every payment, and learn when outcomes are known; None is oracle."""
    waiting: list[tuple[int, int, Payment, int, Outcome]] = []
    value, to_down, payments = 0.0, 0, 0
    took: list[float] = []
    for payment in world.payments():
        while policy and waiting and waiting[0][0] <= payment.at:
            at, _, of, account, outcome = heappop(waiting)
            policy.learn(of, account, approved=outcome.approved, at=at)
        costs = world.costs(payment.at)
        values = [p * (1 - cost) for p, cost in zip(world.approvals(payment), costs, strict=True)]
        if isinstance(policy, Learned):
            policy.learn_ticks(payment.at)
        began = time.thread_time()
        chosen = policy.choose(payment, costs) if policy else values.index(max(values))
        took.append(time.thread_time() - began)
        value += values[chosen]
        to_down += world.is_down(payment, chosen)
        outcome = world.choose(payment, chosen)
        heappush(waiting, (outcome.known_at, payment.no, payment, chosen, outcome))
        payments += 1
    centiles = quantiles(took, n=100)
    return Played(value / payments, to_down / payments, mean(took) * 1e6, centiles[98] * 1e6)


async def ml_routing(
    stage: Stage, *, seeds: Sequence[int] = SEEDS, days: int = DAYS, a_day: int = A_DAY
) -> list[Figure]:
    """Play every policy in every kind of world; the page of models is written at full size."""
    del stage  # worlds need no database
    refuse_tuned(seeds, ROUTING)
    jobs = [
        Job(policy=policy, kind=kind, seed=seed, days=days, a_day=a_day)
        for kind in Kind
        for policy in (ORACLE, *POLICIES)
        for seed in seeds
    ]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        played = await asyncio.to_thread(lambda: list(pool.map(play, jobs, chunksize=2)))
    found = dict(zip(jobs, played, strict=True))
    table = {
        (kind, policy): _summary(
            found, Job(policy=policy, kind=kind, seed=0, days=days, a_day=a_day), seeds
        )
        for kind in Kind
        for policy in POLICIES
    }
    if seeds == SEEDS:
        write_page(table, tuple(POLICIES), f"{days} days of {a_day:,} payments")
    return [*_regrets(table, days, a_day), *(_costs(a_day) if seeds == SEEDS else ())]


def _summary(found: Mapping[Job, Played], like: Job, seeds: Sequence[int]) -> Summary:
    of_seeds = [like._replace(seed=seed) for seed in seeds]
    behind = [
        100 * (1 - found[one].value / found[one._replace(policy=ORACLE)].value) for one in of_seeds
    ]
    down = 100 * mean(found[one].to_down for one in of_seeds)
    return Summary(mean(behind), half_width(behind), max(behind), down)


def _regrets(table: Mapping[tuple[Kind, str], Summary], days: int, a_day: int) -> list[Figure]:
    """Compare the model with its goal, or with the best of the baselines."""
    figures = []
    for kind in Kind:
        model = table[kind, MODEL]
        best = min(table[kind, policy].regret for policy in POLICIES if policy != MODEL)
        limit = LIMITS.get(kind, best)
        figures.append(
            Figure(
                name=f"ml_routing_{kind}",
                value=model.regret,
                unit="% behind the oracle",
                limit=limit,
                ratio=model.regret / limit,
                note=f"simulated: ± {model.half_width:.2f}, worst seed {model.worst:.2f},"
                f" best baseline {best:.2f}; {days} days of {a_day:,}; ratio = value / limit",
            )
        )
    return figures


def _costs(a_day: int) -> list[Figure]:
    """Measure a choice by itself, in one process."""
    played = play(Job(policy=MODEL, kind=Kind.ADDITIVE, seed=SEEDS[0], days=1, a_day=a_day))
    both = (("mean", played.microseconds, MEAN_LIMIT), ("p99", played.p99_microseconds, P99_LIMIT))
    return [
        Figure(
            name=f"ml_routing_{name}",
            value=value,
            unit="µs/decision",
            limit=limit,
            ratio=value / limit,
            note=f"{len(ACCOUNTS)} accounts; CPU, fits between decisions apart;"
            " ratio = value / limit",
        )
        for name, value, limit in both
    ]
