"""Where what the model of routing stays behind comes from: by the part of a choice that lost it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import fmean
from typing import Final, NamedTuple

from typing_extensions import override

from bench.ml_routing import SEEDS as REPORTED
from bench.ml_routing import play_in
from bench.report import Figure
from bench.routing_policies import Learned
from bench.stage import Stage
from ledgerline.ml.score.routing.best_of import PPM
from ledgerline.ml.score.routing.router import Settings
from pspsim.routing.traffic import DAY, Payment
from pspsim.routing.world import ACCOUNTS, Kind, RoutingWorld

TUNING: Final = tuple(range(11, 23))
FLOOR: Final = Settings().floor
PARTS: Final[Mapping[str, str]] = {
    "floor": "spread over all whatever is believed",
    "draws": "drawn because it may be better, beyond the floor",
    "probes": "asked of accounts that are taken to be down",
    "alarm": "the likeliest was taken to be down and was not",
    "outage": "the likeliest was down, or its brand, and not taken to be",
    "belief_day_1": "another was likelier than was believed: first day",
    "belief_later": "another was likelier than was believed: later",
}


class Choice(NamedTuple):
    """A choice by account: propensities, what was believed and is worth, and who is down."""

    shares: Sequence[float]
    believed: Sequence[float]
    values: Sequence[float]
    taken_down: Sequence[bool]
    is_down: Sequence[bool]


def split(choice: Choice, *, is_first_day: bool) -> dict[str, float]:
    """Split what a choice is expected to lose against the best account; parts sum to it."""
    values, all_of_them = choice.values, range(len(choice.values))
    up = [k for k in all_of_them if not choice.taken_down[k]] or list(all_of_them)
    wanted = max(all_of_them, key=lambda k: choice.believed[k])
    taken = max(up, key=lambda k: choice.believed[k])
    behind = [values[taken] - value for value in values]
    floor = FLOOR / len(up) * sum(behind[k] for k in up)
    probes = sum(choice.shares[k] * behind[k] for k in all_of_them if k not in up)
    drawn = sum(share * lost for share, lost in zip(choice.shares, behind, strict=True))
    is_alarm = wanted != taken and not choice.is_down[wanted]
    held = wanted if is_alarm else taken
    rest = "belief_day_1" if is_first_day else "belief_later"
    return {
        "floor": floor,
        "probes": probes,
        "draws": drawn - floor - probes,
        "alarm": values[held] - values[taken],
        "outage" if choice.is_down[held] else rest: max(values) - values[held],
    }


class Watched(Learned):
    """The model as it is served, and what each of its choices is expected to lose."""

    def __init__(self, seed: int, world: RoutingWorld) -> None:
        """Begin without outcomes."""
        super().__init__(seed)
        self._world = world
        self.best = 0.0
        self.lost: dict[str, float] = defaultdict(float)

    @override
    def choose(self, payment: Payment, costs: Sequence[float]) -> int:
        chosen = super().choose(payment, costs)
        segment, world = self._segments[payment.segment], self._world
        ppm = tuple(round(cost * PPM) for cost in costs)
        shares = self.router.weigh(segment, ACCOUNTS, ppm).propensities
        approvals = world.approvals(payment)
        believed = [self.router.believed(segment, one).approval for one in ACCOUNTS]
        choice = Choice(
            shares=[shares[one] / PPM for one in ACCOUNTS],
            believed=[p * (1 - cost) for p, cost in zip(believed, costs, strict=True)],
            values=[p * (1 - cost) for p, cost in zip(approvals, costs, strict=True)],
            taken_down=[self.router.is_down(segment, one) for one in ACCOUNTS],
            is_down=[world.is_struck(payment, no) for no in range(len(ACCOUNTS))],
        )
        self.best += max(choice.values)
        for part, lost in split(choice, is_first_day=payment.at < DAY).items():
            self.lost[part] += lost
        return chosen


def parts_of(kind: Kind, seed: int, days: int, a_day: int) -> dict[str, float]:
    """Return what each part lost in a world, in percent of what the best of each moment earns."""
    world = RoutingWorld(kind, seed=seed, days=days, per_day=a_day)
    watched = Watched(seed, world)
    play_in(world, watched)
    return {part: 100 * watched.lost[part] / watched.best for part in PARTS}


async def ml_routing_parts(
    stage: Stage, *, seeds: Sequence[int] = TUNING, days: int = 3, a_day: int = 10_000
) -> list[Figure]:
    """Split by part what the model loses in every kind of world, on seeds for tuning."""
    del stage  # worlds need no database
    assert not set(seeds) & set(REPORTED), "what is looked at so closely is tuned by"
    jobs = [(kind, seed, days, a_day) for kind in Kind for seed in seeds]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = await asyncio.to_thread(lambda: list(pool.map(parts_of, *zip(*jobs, strict=True))))
    return [
        _figure(kind, [one for job, one in zip(jobs, found, strict=True) if job[0] is kind])
        for kind in Kind
    ]


def _figure(kind: Kind, worlds: Sequence[Mapping[str, float]]) -> Figure:
    means = {part: fmean(one[part] for one in worlds) for part in PARTS}
    listed = "; ".join(f"{means[part]:.3f} {note}" for part, note in PARTS.items())
    return Figure(
        name=f"ml_routing_parts_{kind}",
        value=sum(means.values()),
        unit="% behind the best",
        limit=None,
        ratio=None,
        note=f"simulated, {len(worlds)} seeds for tuning: {listed}",
    )
