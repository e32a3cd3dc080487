"""How many refused renewals are paid, by when they are tried again, in simulated worlds."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from statistics import mean
from typing import Final, NamedTuple

from bench.report import Figure
from bench.retry_page import write_page
from bench.retry_play import can_be_paid, collect, log_of
from bench.seeds_spread import half_width
from bench.stage import Stage
from bench.tuned_seeds import RETRIES, refuse_tuned
from ledgerline.ml.train.timing import SHRINKAGE, train
from ledgerline.payments.rules.retry_plan import Policy
from ledgerline.payments.rules.retry_scores import Table, TableModel
from pspsim.declined.world import BEGIN, DeclinedWorld, Kind, Renewal

LEARNED: Final = Policy(
    1, learned_days=(2, 6, 10, 15, 20), learned_collect_days=28, try_cost_minor=50
)
"""Five slots in 28 days for a model, and a stop below half a euro."""
MODEL: Final = "model"
WINDOW: Final = "model, 4 slots in 28 days, no stop"
MODELS: Final[Mapping[str, Policy]] = {
    MODEL: LEARNED,
    WINDOW: Policy(1, learned_days=(2, 7, 14, 21), learned_collect_days=28),
}
"""What a model may have: one table, trained on what the first of them logged, plays all."""
DEFAULT: Final = "days 2, 7, 14, 21 (default)"
CALENDARS: Final[Mapping[str, Policy]] = {
    DEFAULT: Policy(1),
    "the same, waiting for paydays": Policy(1, paydays=("1", "15", "month_end", "friday")),
    "every 8 days, 3 times": Policy(1, retry_days=(8, 16, 24), collect_days=24),
    "the days of the model: 2, 6, 10, 15, 20": Policy(1, retry_days=(2, 6, 10, 15, 20)),
    "5 times over 28 days: 3, 9, 15, 21, 28": Policy(
        1, retry_days=(3, 9, 15, 21, 28), collect_days=28
    ),
    "daily, 4 times": Policy(1, retry_days=(1, 2, 3, 4), collect_days=21),
    "every 3.5 days, 8 times": Policy(
        1, retry_days=(3, 7, 10, 14, 17, 21, 24, 28), tries_max=9, collect_days=28
    ),
}
SEEDS: Final = tuple(range(2001, 2021))
DAYS: Final = 240
RENEWALS: Final = 8_000
GAIN_GOAL: Final = 25.0  # % more than the default
NULL_GOAL: Final = 0.5  # % that may be lost where nothing can be won


class Job(NamedTuple):
    """One world: its renewals are refused over ``DAYS``."""

    kind: Kind
    seed: int
    renewals: int
    shrinkage: float = SHRINKAGE


class Result(NamedTuple):
    """Shares of renewals: paid of all, and tries of the machine for each."""

    paid: float
    tries: float


class Played(NamedTuple):
    """What each schedule brought in one world, what could be, and how calibrated the model was."""

    results: Mapping[str, Result]
    ceiling: float
    ece: float
    ece_of_chance: float


class Summary(NamedTuple):
    """A schedule over seeds: in percent of the ceiling, and in tries."""

    of_ceiling: float
    half_width: float
    worst: float
    tries: float
    per_recovery: float
    against_default: float
    against_half_width: float


def play(job: Job) -> Played:
    """Log by the calendar, train, log by that with its exploration, train again, and compare.

    The renewals of the comparison are refused a month after the last that taught anything.
    """
    world = DeclinedWorld(job.kind, seed=job.seed, days=DAYS)
    first, second, last = _parts(world, job.renewals)
    calendar = CALENDARS[DEFAULT]
    rows = log_of(world, first, calendar)
    begun = train(rows, shrinkage=job.shrinkage)
    rows += log_of(world, second, LEARNED, _model(begun.table))
    trained = train(rows, shrinkage=job.shrinkage)
    model = _model(trained.table)
    found = {name: _result(world, last, policy) for name, policy in CALENDARS.items()}
    found |= {name: _result(world, last, policy, model) for name, policy in MODELS.items()}
    can = sum(can_be_paid(world, one, tries=len(calendar.retry_days)) for one in last)
    return Played(found, can / len(last), trained.ece, trained.ece_of_chance)


def _parts(world: DeclinedWorld, count: int) -> tuple[list[Renewal], list[Renewal], list[Renewal]]:
    """Split renewals by time; what lies between the second and the third part matures there."""
    drawn = sorted(world.renewals(range(count)), key=lambda one: one.failed_at)
    cuts = [BEGIN + timedelta(days=days) for days in (110, 150, 180)]
    return (
        [one for one in drawn if one.failed_at < cuts[0]],
        [one for one in drawn if cuts[0] <= one.failed_at < cuts[1]],
        [one for one in drawn if one.failed_at >= cuts[2]],
    )


def _model(table: Table) -> TableModel:
    return TableModel(table, version=1, age_seconds=0)


def _result(
    world: DeclinedWorld,
    renewals: Sequence[Renewal],
    policy: Policy,
    model: TableModel | None = None,
) -> Result:
    ends = [collect(world, one, policy, model) for one in renewals]
    return Result(mean(one.paid for one in ends), mean(one.tries for one in ends))


async def ml_retry(
    stage: Stage, *, seeds: Sequence[int] = SEEDS, renewals: int = RENEWALS
) -> list[Figure]:
    """Play every schedule in every kind of world; the page of models is written at full size."""
    del stage  # worlds need no database
    refuse_tuned(seeds, RETRIES)
    jobs = [Job(kind, seed, renewals) for kind in Kind for seed in seeds]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        played = await asyncio.to_thread(lambda: list(pool.map(play, jobs)))
    found = dict(zip(jobs, played, strict=True))
    table = {
        (kind, name): _summary([found[Job(kind, seed, renewals)] for seed in seeds], name)
        for kind in Kind
        for name in (*MODELS, *CALENDARS)
    }
    if seeds == SEEDS:
        write_page(table, f"{renewals:,} renewals over {DAYS} days, a quarter of them compared")
    # where nothing can be won more slots bring more by themselves: there a model has as many
    told = {kind: table[kind, WINDOW if kind is Kind.NULL else MODEL] for kind in Kind}
    return [
        *(_figure(kind, told[kind], table[kind, DEFAULT]) for kind in Kind),
        _calibration([found[Job(Kind.PAYDAYS, seed, renewals)] for seed in seeds]),
    ]


def _summary(played: Sequence[Played], name: str) -> Summary:
    shares = [100 * one.results[name].paid / one.ceiling for one in played]
    gains = [100 * (one.results[name].paid / one.results[DEFAULT].paid - 1) for one in played]
    tries = mean(one.results[name].tries for one in played)
    return Summary(
        of_ceiling=mean(shares),
        half_width=half_width(shares),
        worst=min(shares),
        tries=tries,
        per_recovery=tries / mean(one.results[name].paid for one in played),
        against_default=mean(gains),
        against_half_width=half_width(gains),
    )


def _figure(kind: Kind, model: Summary, default: Summary) -> Figure:
    limit = 100 - NULL_GOAL if kind is Kind.NULL else 100 + GAIN_GOAL
    value = 100 + model.against_default
    return Figure(
        name=f"ml_retry_{kind}",
        value=value,
        unit="% of what the default brings",
        limit=limit,
        ratio=limit / value,
        note=f"simulated: {model.of_ceiling:.1f} ± {model.half_width:.1f} % of the ceiling, worst"
        f" seed {model.worst:.1f}, against the default {model.against_default:+.1f} ±"
        f" {model.against_half_width:.1f} %; {model.per_recovery:.2f} tries a recovery,"
        f" the default {default.per_recovery:.2f}; {model.tries:.2f} tries a renewal,"
        f" the default {default.tries:.2f}; ratio = limit / value",
    )


def _calibration(played: Sequence[Played]) -> Figure:
    eces = [one.ece for one in played]
    worst, chance = 100 * max(eces), 100 * mean(one.ece_of_chance for one in played)
    return Figure(
        name="ml_retry_calibration",
        value=100 * mean(eces),
        unit="points ECE",
        limit=2.0,
        ratio=100 * mean(eces) / 2.0,
        note=f"simulated: on the latest tenth of the log, which trained nothing; worst seed"
        f" {worst:.2f}, by chance alone {chance:.2f}; ratio = value / limit",
    )
