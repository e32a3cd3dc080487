"""How well fees are known, and what is claimed of those that are wrong, in simulated worlds."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import mean
from typing import Final, NamedTuple

from bench.fees_page import write_page
from bench.fees_read import DAYS, MODEL, READERS, Job, Result, read
from bench.report import Figure
from bench.seeds_spread import half_width
from bench.stage import Stage
from bench.tuned_seeds import FEES, refuse_tuned
from pspsim.fees.world import Kind

SEEDS: Final = tuple(range(5001, 5021))
A_DAY: Final = 100
WITHIN_GOAL: Final = 85.0  # % of volume within 15 bp
FOUND_GOAL: Final = 99.0  # % of errors
FALSE_GOAL: Final = 1.0  # % of lines that are right


class Spread(NamedTuple):
    """A share over seeds: mean, half of the 95 % interval, and the worst; in percent."""

    value: float
    half_width: float
    worst: float


class Summary(NamedTuple):
    """A reader over seeds; what is of errors is None where there are none."""

    within_5: Spread
    within_15: Spread
    found: Spread | None
    money: Spread | None
    lines: Spread | None
    false: Spread


async def ml_fees(
    stage: Stage, *, seeds: Sequence[int] = SEEDS, a_day: int = A_DAY
) -> list[Figure]:
    """Read contracts in every kind of world; the page of models is written at full size."""
    del stage  # worlds need no database
    table = await tabled(seeds, a_day)
    if seeds == SEEDS:
        write_page(table, f"{DAYS * a_day:,} lines of {DAYS} days, {len(seeds)} seeds")
    return [
        *(_known(kind, table[kind, MODEL]) for kind in Kind),
        *(
            errors_of(f"ml_fees_{kind}_errors", table[kind, MODEL])
            for kind in Kind
            if kind is not Kind.NULL
        ),
        _null(table[Kind.NULL, MODEL]),
    ]


async def tabled(seeds: Sequence[int], a_day: int) -> dict[tuple[Kind, str], Summary]:
    """Read every kind of world on seeds that tuned nothing, and sum up what each reader came to."""
    refuse_tuned(seeds, FEES)
    jobs = [Job(kind, seed, a_day) for kind in Kind for seed in seeds]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = await asyncio.to_thread(lambda: list(pool.map(read, jobs)))
    by_job = dict(zip(jobs, found, strict=True))
    return {
        (kind, name): _summary([by_job[Job(kind, seed, a_day)][name] for seed in seeds])
        for kind in Kind
        for name in READERS
    }


def _summary(results: Sequence[Result]) -> Summary:
    return Summary(
        within_5=_spread([one.within_5 for one in results]),
        within_15=_spread([one.within_15 for one in results]),
        found=_some([one.found for one in results]),
        money=_some([one.money for one in results]),
        lines=_some([one.lines for one in results]),
        false=_spread([-one.false for one in results]),
    )


def _some(values: Sequence[float | None]) -> Spread | None:
    known = [one for one in values if one is not None]
    return _spread(known) if known else None


def _spread(values: Sequence[float]) -> Spread:
    return Spread(abs(mean(values)), half_width(values), abs(min(values)))


def _known(kind: Kind, one: Summary) -> Figure:
    return Figure(
        name=f"ml_fees_{kind}",
        value=one.within_15.value,
        unit="% of volume within 15 bp",
        limit=WITHIN_GOAL,
        ratio=WITHIN_GOAL / one.within_15.value,
        note=f"simulated: ± {one.within_15.half_width:.1f}, worst seed {one.within_15.worst:.1f};"
        f" within 5 bp {one.within_5.value:.1f} ± {one.within_5.half_width:.1f} %, of the month"
        " after the lines that were read; ratio = limit / value",
    )


def errors_of(name: str, one: Summary) -> Figure:
    """Return how many errors were claimed, of a kind of world that has some."""
    assert one.found is not None
    assert one.money is not None
    return Figure(
        name=name,
        value=one.found.value,
        unit="% of errors claimed",
        limit=FOUND_GOAL,
        ratio=FOUND_GOAL / one.found.value,
        note=f"simulated: ± {one.found.half_width:.1f}, worst seed {one.found.worst:.1f}; of their"
        f" money {one.money.value:.1f} %; false alarms {one.false.value:.2f} % of lines, worst seed"
        f" {one.false.worst:.2f}; ratio = limit / value",
    )


def _null(one: Summary) -> Figure:
    quiet, limit = 100 - one.false.value, 100 - FALSE_GOAL
    return Figure(
        name="ml_fees_null_quiet",
        value=quiet,
        unit="% of right lines not claimed",
        limit=limit,
        ratio=limit / quiet,
        note=f"simulated: worst seed {100 - one.false.worst:.3f}; ratio = limit / value",
    )
