"""How far a log may be believed about policies that never ran: in worlds whose truth is known."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import mean
from typing import Final, NamedTuple

from bench.ope_page import write_page
from bench.ope_worlds import Held, Job, replicate
from bench.report import Figure
from bench.stage import Stage
from bench.tuned_seeds import ROUTING, refuse_tuned
from ledgerline.ml.evaluate.answers import Answer
from ledgerline.ml.evaluate.intervals import DRAWS, Interval
from pspsim.routing.world import Kind

SEEDS: Final = tuple(range(3001, 3051))
PAYMENTS: Final = 20_000
COVERED_MIN: Final = 92.0
RANKED_MIN: Final = 0.9
NEAR: Final = 0.01


class Validated(NamedTuple):
    """What intervals are worth in a kind of world.

    ``covered`` and ``covered_snips`` are the percentages of answers whose interval holds the
    truth, ``covered_lead`` of those whose interval holds what a policy has over the logged one,
    ``near`` of those within one point of it; ``bias`` is the mean miss in points, ``ranked``
    Spearman's correlation by world (none where all policies are worth the same).
    """

    asked: int
    answered: int
    covered: float
    covered_snips: float
    covered_lead: float
    near: float
    bias: float
    width: float
    ranked: float | None


async def ml_ope(
    stage: Stage,
    *,
    seeds: Sequence[int] = SEEDS,
    payments: int = PAYMENTS,
    draws: int = DRAWS,
) -> list[Figure]:
    """Evaluate fourteen policies in every world; the page of models is written at full size."""
    del stage  # worlds need no database
    refuse_tuned(seeds, ROUTING)
    jobs = [
        Job(kind=kind, seed=seed, payments=payments, draws=draws) for kind in Kind for seed in seeds
    ]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        held = await asyncio.to_thread(lambda: list(pool.map(replicate, jobs)))
    table = {
        kind: validated(
            [of for job, of in zip(jobs, held, strict=True) if job.kind is kind],
            is_ranked=kind is not Kind.NULL,
        )
        for kind in Kind
    }
    if tuple(seeds) == SEEDS:
        write_page(table, f"{len(jobs)} replications of {payments:,} payments, 14 policies each")
    return _figures(table, f"simulated: {len(jobs)} replications of {payments:,} payments")


def validated(worlds: Sequence[Sequence[Held]], *, is_ranked: bool) -> Validated:
    """Hold what was answered in some worlds against their truth."""
    every = [one for held in worlds for one in held]
    pairs = [(one.truth, one.said) for one in every if isinstance(one.said, Answer)]
    leads = [(one.ahead, one.said.lead) for one in every if isinstance(one.said, Answer)]
    missed = [said.robust.value - truth for truth, said in pairs]
    ranks = [found for held in worlds if (found := _ranked(held)) is not None]
    return Validated(
        asked=len(every),
        answered=len(pairs),
        covered=100 * mean(_holds(said.robust, truth) for truth, said in pairs),
        covered_snips=100 * mean(_holds(said.snips, truth) for truth, said in pairs),
        covered_lead=100 * mean(_holds(lead, ahead) for ahead, lead in leads),
        near=100 * mean(abs(one) <= NEAR for one in missed),
        bias=100 * mean(missed),
        width=100 * mean(said.robust.high - said.robust.low for _, said in pairs) / 2,
        ranked=mean(ranks) if is_ranked and ranks else None,
    )


def _holds(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def _ranked(held: Sequence[Held]) -> float | None:
    """Return Spearman's correlation of truth and estimate over the policies that are answered."""
    pairs = [(one.truth, one.said.robust.value) for one in held if isinstance(one.said, Answer)]
    if len(pairs) < 3:
        return None
    first, second = (_ranks([pair[side] for pair in pairs]) for side in (0, 1))
    middle = (len(pairs) - 1) / 2
    both = sum((a - middle) * (b - middle) for a, b in zip(first, second, strict=True))
    return both / sum((a - middle) ** 2 for a in first)


def _ranks(values: Sequence[float]) -> list[int]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0] * len(values)
    for rank, no in enumerate(order):
        ranks[no] = rank
    return ranks


def _figures(table: Mapping[Kind, Validated], note: str) -> list[Figure]:
    """Compare coverage and ranking of each kind with their goals; ratio = limit / value."""
    found = []
    for kind, one in table.items():
        said = f"{note}; answered {one.answered} of {one.asked}, near {one.near:.1f} %"
        found.append(
            Figure(
                name=f"ml_ope_coverage_{kind}", value=one.covered, unit="% of 95 % intervals",
                limit=COVERED_MIN, ratio=COVERED_MIN / one.covered,
                note=f"{said}, bias {one.bias:+.3f} points; ratio = limit / value",
            )
        )  # fmt: skip
        if one.ranked is not None:
            found.append(
                Figure(
                    name=f"ml_ope_rank_{kind}", value=one.ranked, unit="Spearman",
                    limit=RANKED_MIN, ratio=RANKED_MIN / one.ranked,
                    note=f"{note}; ratio = limit / value",
                )
            )  # fmt: skip
    return found
