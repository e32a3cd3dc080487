"""How long until a model that does harm is withdrawn, and how often one is that does none."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Any, Final, NamedTuple

import numpy as np

from bench.harmless import CELLS, LOOKED, OWN_LUCK, PAYMENTS, Harmless, withdrawn
from bench.report import Figure
from bench.routing_page import replace_figures
from bench.stage import Stage
from bench.tuned_seeds import ROUTING, refuse_tuned
from ledgerline.ml.evaluate.log import Bools, Floats, Ints
from ledgerline.payments.rows.learning import ArmRow
from ledgerline.payments.rules.comparing import LOSS_MAX, compared, is_worse
from ledgerline.payments.rules.routing import PPM
from ledgerline.payments.scores import Kind
from pspsim.routing.world import Kind as WorldKind
from pspsim.routing.world import RoutingWorld

BEGIN: Final = "<!-- rollout figures: written by make bench ONLY=ml_rollout -->"
END: Final = "<!-- end of rollout figures -->"
SEEDS: Final = tuple(range(5001, 5021))
SHARES: Final = (1, 5, 25, 95)
DAYS: Final = 5
A_DAY: Final = 10_000
LIMIT: Final = LOSS_MAX[Kind.ROUTING] / PPM
WITHOUT_HARM_MAX: Final = 2.5  # percent
DRAWS: Final = 50  # of customers and their luck in each world, for models that do no harm


class Job(NamedTuple):
    """A world."""

    seed: int
    days: int
    a_day: int


class Watched(NamedTuple):
    """What became of an inverted model that decides for a share of the customers.

    It was withdrawn after ``payments``, none if never, and had ``lost`` approvals by then; ``gap``
    is how much less it approves than the rules, in points.
    """

    percent: int
    payments: int | None
    lost: float
    gap: float


class Seen(NamedTuple):
    """What became of an inverted model in a world, and how likely rules approve each payment."""

    watched: list[Watched]
    held: Floats


def watch(job: Job) -> Seen:
    """Let a model choose for shares of the customers, the others go by the rules; look on.

    Rules send everything to the account that was best in the first hours. The inverted model
    chooses the account that is worst at each moment.
    """
    world = RoutingWorld(WorldKind.ADDITIVE, seed=job.seed, days=job.days, per_day=job.a_day)
    approvals = np.asarray([world.approvals(payment) for payment in world.payments()])
    held = approvals[:, approvals[: job.a_day // 8].mean(axis=0).argmax()]
    watched = [
        _watched(held, approvals.min(axis=1), percent, chance=np.random.default_rng(job.seed))
        for percent in SHARES
    ]
    return Seen(watched, held)


def _watched(held: Floats, acted: Floats, percent: int, *, chance: np.random.Generator) -> Watched:
    size = len(held)
    customers = chance.permutation(np.arange(size) // PAYMENTS)
    acts = (chance.random(size) * 100 < percent)[customers]
    cells = chance.integers(CELLS, size=size)[customers]
    own = chance.random(size)[customers]
    luck = np.where(chance.random(size) < OWN_LUCK, own, chance.random(size))
    chances = np.where(acts, acted, held)
    after = next(_worse(acts, cells, luck < chances), None)
    return Watched(
        percent=percent,
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
    stage: Stage,
    *,
    seeds: Sequence[int] = SEEDS,
    days: int = DAYS,
    a_day: int = A_DAY,
    draws: int = DRAWS,
) -> list[Figure]:
    """Watch an inverted model and ones that do no harm; the page is written in full.

    Those do as the rules do, or lose exactly what they may.
    """
    del stage  # worlds need no database
    refuse_tuned(seeds, ROUTING)
    jobs = [Job(seed=seed, days=days, a_day=a_day) for seed in seeds]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        worlds = await asyncio.to_thread(lambda: list(pool.map(watch, jobs)))
        held = np.stack([world.held for world in worlds])
        runs = [
            Harmless(held, percent, less, draws, seed=seeds[0])
            for percent in SHARES
            for less in (0.0, LIMIT)
        ]
        alarms = await asyncio.to_thread(lambda: list(pool.map(withdrawn, runs)))
    found = [one for world in worlds for one in world.watched]
    told = {(run.percent, run.less): alarm for run, alarm in zip(runs, alarms, strict=True)}
    if tuple(seeds) == SEEDS:
        replace_figures(BEGIN, END, list(_lines(found, told, days)))
    return [*_figures(found, days), *_false_alarms(told)]


def _lines(
    found: Sequence[Watched], told: Mapping[tuple[int, float], Bools], days: int
) -> Iterator[str]:
    yield (
        f"*Simulated*, {len(SEEDS)} additive worlds of {days} days and {A_DAY:,} payments a day;"
        f" a limit of {100 * LIMIT:.1f} points; models that do no harm in {DRAWS} draws of the"
        " customers of each:"
    )
    yield ""
    yield (
        "| decides for | inverted: withdrawn | after (median of these) | slowest"
        " | approvals lost until then (mean) | as the rules: withdrawn | at the limit: withdrawn |"
    )
    yield "|---|---|---|---|---|---|---|"
    for percent in SHARES:
        harmful = _of(found, percent)
        hours = _hours(harmful)
        alarms = (told[percent, less] for less in (0.0, LIMIT))
        without = " | ".join(f"{alarm.sum()} of {alarm.size:,}" for alarm in alarms)
        lost = sum(one.lost for one in harmful) / len(harmful)
        after = f"{median(hours):.1f} h | {max(hours):.1f} h" if hours else "– | –"
        yield (
            f"| {percent} % | {len(hours)} of {len(harmful)} | {after} | {lost:,.0f} | {without} |"
        )


def _of(found: Sequence[Watched], percent: int) -> list[Watched]:
    """Return the inverted models of a share."""
    return [one for one in found if one.percent == percent]


def _hours(found: Sequence[Watched]) -> list[float]:
    return [24 * one.payments / A_DAY for one in found if one.payments is not None]


def _figures(found: Sequence[Watched], days: int) -> Iterator[Figure]:
    for percent in SHARES:
        harmful = _of(found, percent)
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


def _false_alarms(told: Mapping[tuple[int, float], Bools]) -> Iterator[Figure]:
    for (percent, less), alarm in told.items():
        share = 100 * float(alarm.mean())
        yield Figure(
            name=f"ml_rollout_{percent}_" + ("limit" if less else "alike"),
            value=share,
            unit="% withdrawn without harm",
            limit=WITHOUT_HARM_MAX,
            ratio=share / WITHOUT_HARM_MAX,
            note=f"simulated: of {alarm.size:,} models that lose {100 * less:.1f} points",
        )
