"""How long until a model that does harm is withdrawn, and how often one is that does none."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Any, Final, NamedTuple

import numpy as np

from bench.report import Figure
from bench.routing_page import replace_figures
from bench.stage import Stage
from bench.tuned_seeds import ROUTING, refuse_tuned
from ledgerline.ml.evaluate.log import Floats, Ints
from ledgerline.payments.rows.learning import ArmRow
from ledgerline.payments.rules.comparing import LOSS_MAX, compared, is_worse
from ledgerline.payments.scores import Kind
from pspsim.routing.world import Kind as WorldKind
from pspsim.routing.world import RoutingWorld

BEGIN: Final = "<!-- rollout figures: written by make bench ONLY=ml_rollout -->"
END: Final = "<!-- end of rollout figures -->"
SEEDS: Final = tuple(range(5001, 5021))
SHARES: Final = (1, 5, 25, 95)
DAYS: Final = 5
A_DAY: Final = 10_000
LOOKED: Final = 7  # payments of a minute
CELLS: Final = 512
_PAYMENTS: Final = 3  # of a customer, who has the luck of all of them half of the time
_OWN_LUCK: Final = 0.5


class Job(NamedTuple):
    """A world."""

    seed: int
    days: int
    a_day: int


class Watched(NamedTuple):
    """What became of a model that decides for a share of the customers.

    It was withdrawn after ``payments``, none if never, and had ``lost`` approvals by then; ``gap``
    is how much less it approves than the rules, in points.
    """

    percent: int
    is_inverted: bool
    payments: int | None
    lost: float
    gap: float


def watch(job: Job) -> list[Watched]:
    """Let models choose for shares of the customers, the others go by the rules; look on.

    Rules send everything to the account that was best in the first hours. The inverted model
    chooses the account that is worst at each moment; the other one what the rules choose.
    """
    world = RoutingWorld(WorldKind.ADDITIVE, seed=job.seed, days=job.days, per_day=job.a_day)
    approvals = np.asarray([world.approvals(payment) for payment in world.payments()])
    held = approvals[:, approvals[: job.a_day // 8].mean(axis=0).argmax()]
    return [
        _watched(held, acted, percent, chance=np.random.default_rng(job.seed))
        for percent in SHARES
        for acted in (approvals.min(axis=1), held)
    ]


def _watched(held: Floats, acted: Floats, percent: int, *, chance: np.random.Generator) -> Watched:
    size = len(held)
    customers = chance.permutation(np.arange(size) // _PAYMENTS)
    acts = (chance.random(size) * 100 < percent)[customers]
    cells = chance.integers(CELLS, size=size)[customers]
    own = chance.random(size)[customers]
    luck = np.where(chance.random(size) < _OWN_LUCK, own, chance.random(size))
    chances = np.where(acts, acted, held)
    after = next(_worse(acts, cells, luck < chances), None)
    return Watched(
        percent=percent,
        is_inverted=acted is not held,
        payments=after,
        lost=float((held - chances)[:after].sum()),
        gap=100 * float((held - acted).mean()),
    )


def _worse(acts: Any, cells: Ints, good: Any) -> Iterator[int]:
    """Yield after how many payments the model is known to do worse, looking every minute."""
    tries, succeeded = np.zeros((2, CELLS), np.int64), np.zeros((2, CELLS), np.int64)
    for start in range(0, len(cells), LOOKED):
        part = slice(start, start + LOOKED)
        arm = acts[part].astype(np.int64)
        np.add.at(tries, (arm, cells[part]), 1)
        np.add.at(succeeded, (arm, cells[part]), good[part].astype(np.int64))
        arms = [_arm(tries[one], succeeded[one], acts=bool(one)) for one in (0, 1)]
        if is_worse(Kind.ROUTING, compared(arms, version=0).loss):
            yield start + LOOKED


def _arm(tries: Ints, good: Ints, *, acts: bool) -> ArmRow:
    return ArmRow(
        version=0,
        acts=acts,
        cells=int((tries > 0).sum()),
        tries=int(tries.sum()),
        good=int(good.sum()),
        squares=int(tries @ tries),
        products=int(tries @ good),
        good_squares=int(good @ good),
    )


async def ml_rollout(
    stage: Stage, *, seeds: Sequence[int] = SEEDS, days: int = DAYS, a_day: int = A_DAY
) -> list[Figure]:
    """Watch an inverted model and one that does as the rules do; the page is written in full."""
    del stage  # worlds need no database
    refuse_tuned(seeds, ROUTING)
    jobs = [Job(seed=seed, days=days, a_day=a_day) for seed in seeds]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        worlds = await asyncio.to_thread(lambda: list(pool.map(watch, jobs)))
    found = [one for world in worlds for one in world]
    if tuple(seeds) == SEEDS:
        replace_figures(BEGIN, END, list(_lines(found, days)))
    return list(_figures(found, days))


def _lines(found: Sequence[Watched], days: int) -> Iterator[str]:
    yield (
        f"*Simulated*, {len(SEEDS)} additive worlds of {days} days and {A_DAY:,} payments a day;"
        f" a limit of {LOSS_MAX[Kind.ROUTING] / 10_000:.1f} points:"
    )
    yield ""
    yield (
        "| decides for | inverted: withdrawn | after (median of these) | slowest"
        " | approvals lost until then (mean) | as the rules: withdrawn |"
    )
    yield "|---|---|---|---|---|---|"
    for percent in SHARES:
        harmful, alike = _of(found, percent)
        hours = _hours(harmful)
        lost = sum(one.lost for one in harmful) / len(harmful)
        after = f"{median(hours):.1f} h | {max(hours):.1f} h" if hours else "– | –"
        yield (
            f"| {percent} % | {len(hours)} of {len(harmful)} | {after} | {lost:,.0f}"
            f" | {len(_hours(alike))} of {len(alike)} |"
        )


def _of(found: Sequence[Watched], percent: int) -> tuple[list[Watched], list[Watched]]:
    """Return the inverted models of a share, and those that do as the rules."""
    of_share = [one for one in found if one.percent == percent]
    return (
        [one for one in of_share if one.is_inverted],
        [one for one in of_share if not one.is_inverted],
    )


def _hours(found: Sequence[Watched]) -> list[float]:
    return [24 * one.payments / A_DAY for one in found if one.payments is not None]


def _figures(found: Sequence[Watched], days: int) -> Iterator[Figure]:
    for percent in SHARES:
        harmful, _ = _of(found, percent)
        hours = _hours(harmful)
        gap = sum(one.gap for one in harmful) / len(harmful)
        yield Figure(
            name=f"ml_rollout_{percent}",
            value=median(hours) if hours else 24.0 * days,
            unit="hours until withdrawn",
            limit=None,
            ratio=None,
            note=f"simulated: {len(hours)} of {len(harmful)} inverted models within {days} days,"
            f" {gap:.1f} points worse on average; decides for {percent} %",
        )
    alike = [one for one in found if not one.is_inverted]
    yield Figure(
        name="ml_rollout_left",
        value=100 * (1 - len(_hours(alike)) / len(alike)),
        unit="% without harm are left alone",
        limit=None,
        ratio=None,
        note=f"simulated: of {len(alike)} models that do as the rules, {days} days each",
    )
