"""What offers keep when they go to those whom they keep, in simulated worlds, beside risk."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import mean
from typing import Final, NamedTuple

import numpy as np

from bench.churn_page import write_uplift
from bench.churn_worlds import renewals_of
from bench.report import Figure
from bench.seeds_spread import half_width
from bench.stage import Stage
from bench.tuned_seeds import CHURN, UPLIFT, refuse_tuned
from ledgerline.ml.evaluate.gains import gains
from ledgerline.ml.evaluate.log import Bools, Floats
from ledgerline.ml.train.cells import fitted_chances, sigmoid
from ledgerline.ml.train.facts import some, summed
from ledgerline.ml.train.renewals import facts_of
from ledgerline.ml.train.uplift import (
    FAMILIES,
    HELD_OUT,
    SHRINKAGE,
    Arms,
    chosen,
    learn,
    outlook,
    within_budget,
)
from pspsim.leaving.crowd import Crowd
from pspsim.leaving.offers import Offered, offered
from pspsim.leaving.world import Kind, LeavingWorld

SEEDS: Final = tuple(range(6101, 6121))
CUSTOMERS: Final = 100_000
LEARNED: Final = 5  # month of the experiment that teaches
MEASURED: Final = 9  # month of the one that judges: who stayed is known four months after
SHARE: Final = 0.5  # of the customers are made the offer, by lot
OFFERED: Final = 0.2  # of what offering to all would cost is the budget
MODEL: Final = "value (DR-learner)"
RISK: Final = "risk, for as much"
FULL: Final = "risk, the whole budget"
ORACLE: Final = "the truth"
GOAL: Final = 1.2
NULL_GOAL: Final = 5.0  # % of the budget


class Job(NamedTuple):
    """One world."""

    kind: Kind
    seed: int
    customers: int


class Result(NamedTuple):
    """What a way to choose brings, in minor units for each customer of all.

    ``kept`` is the margin of those who stay because of it, by the truth, ``by_arms`` the same by
    the experiment; ``cost`` what is taken; ``spent`` the percentage of the budget, ``woken`` that
    of offers which make leaving likelier; ``qini`` is of the whole order.
    """

    kept: float
    by_arms: float
    cost: float
    spent: float
    woken: float
    qini: float


class Summary(NamedTuple):
    """A way over seeds, in units of currency for 1,000 customers."""

    kept: float
    kept_half_width: float
    by_arms: float
    cost: float
    net: float
    net_worst: float
    spent: float
    woken: float
    qini: float


class _Campaign(NamedTuple):
    """Who may be made an offer, what came of one that was made by lot, and the budget."""

    of: Offered
    may: Bools
    budget: float


def play(job: Job) -> Mapping[str, Result]:
    """Learn from one experiment, choose four months later, and measure by another experiment.

    What the first did to customers is not carried on: the second has its own luck.
    """
    world = LeavingWorld(job.kind, seed=job.seed, size=job.customers, months=MEASURED + 1)
    months = list(world.played())
    taught, judged = (
        offered(world, months[no], seed=job.seed, share=SHARE) for no in (LEARNED, MEASURED)
    )
    arms = _arms(taught)
    uplift, risk = learn(arms), _risk(arms)
    facts = facts_of(renewals_of(judged.month))
    seen = outlook(uplift, facts, judged.margin, judged.discount)
    held_out = Crowd(job.seed, job.customers).happens(HELD_OUT, "held out")[judged.month.customers]
    at = _Campaign(judged, ~held_out, OFFERED * float(seen.cost.sum()))
    by_risk = sigmoid(-summed(FAMILIES, risk, facts)) * judged.margin
    truth = (judged.leaves_without - judged.leaves_with) * judged.margin - _cost(judged)
    ours = chosen(uplift, seen, at.may, at.budget)
    spent = float(seen.cost[ours].sum())
    return {
        MODEL: _result(at, ours, seen.cost, seen.value),
        RISK: _result(at, within_budget(by_risk, seen.cost, at.may, spent), seen.cost, by_risk),
        FULL: _result(at, within_budget(by_risk, seen.cost, at.may, at.budget), seen.cost, by_risk),
        ORACLE: _result(
            at, within_budget(truth, seen.cost, at.may & (truth > 0), at.budget), seen.cost, truth
        ),
    }


def _arms(of: Offered) -> Arms:
    return Arms(
        facts=facts_of(renewals_of(of.month)),
        share=SHARE,
        is_offered=of.is_offered,
        stayed=(~of.left).astype(np.float64),
        took=of.took.astype(np.float64),
        margin=of.margin,
        discount=of.discount,
    )


def _risk(arms: Arms) -> Mapping[str, float]:
    """Fit who stays without an offer: what is usually targeted by."""
    without = ~arms.is_offered
    facts, stayed = some(arms.facts, without), arms.stayed[without]
    return fitted_chances(FAMILIES, facts, stayed, shrinkage=SHRINKAGE)


def _cost(of: Offered) -> Floats:
    return of.takes * (1 - of.leaves_with) * of.discount


def _result(at: _Campaign, chosen_: Bools, believed_cost: Floats, score: Floats) -> Result:
    of, size = at.of, len(chosen_)
    moved = of.leaves_without - of.leaves_with
    weight = np.where(of.is_offered, 1 / SHARE, -1 / (1 - SHARE))
    stayed = (~of.left).astype(np.float64)
    return Result(
        kept=float((moved * of.margin)[chosen_].sum()) / size,
        by_arms=float((weight * stayed * of.margin)[chosen_].sum()) / size,
        cost=float(_cost(of)[chosen_].sum()) / size,
        spent=100 * float(believed_cost[chosen_].sum()) / at.budget,
        woken=100 * float((moved < 0)[chosen_].mean()) if chosen_.any() else 0.0,
        qini=gains(score, of.is_offered, stayed).qini,
    )


async def ml_uplift(
    stage: Stage, *, seeds: Sequence[int] = SEEDS, customers: int = CUSTOMERS
) -> list[Figure]:
    """Choose in every kind of world; the page of models is written at full size."""
    del stage  # worlds need no database
    refuse_tuned(seeds, CHURN, UPLIFT)  # the same worlds
    jobs = [Job(kind, seed, customers) for kind in Kind for seed in seeds]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        played = await asyncio.to_thread(lambda: list(pool.map(play, jobs)))
    table = {
        (kind, way): _summary(
            [of[way] for job, of in zip(jobs, played, strict=True) if job.kind is kind]
        )
        for kind in Kind
        for way in played[0]
    }
    if tuple(seeds) == SEEDS:
        write_uplift(table, f"{customers:,} customers, {100 * OFFERED:.0f} % of them affordable")
    return [_figure(kind, table[kind, MODEL], table[kind, RISK]) for kind in Kind]


def _summary(results: Sequence[Result]) -> Summary:
    kept = [10 * one.kept for one in results]  # minor units for one: units for 1,000 are ten times
    net = [10 * (one.kept - one.cost) for one in results]
    return Summary(
        kept=mean(kept),
        kept_half_width=half_width(kept),
        by_arms=mean(10 * one.by_arms for one in results),
        cost=mean(10 * one.cost for one in results),
        net=mean(net),
        net_worst=min(net),
        spent=mean(one.spent for one in results),
        woken=mean(one.woken for one in results),
        qini=mean(one.qini for one in results),
    )


def _figure(kind: Kind, model: Summary, risk: Summary) -> Figure:
    said = (
        f"simulated: keeps {model.kept:.0f} ± {model.kept_half_width:.0f} for 1,000 customers, risk"
        f" for as much {risk.kept:.0f}; after cost {model.net:.0f}, worst seed"
        f" {model.net_worst:.0f}; {model.spent:.0f} % of the budget; ratio = limit / value"
    )
    if kind is Kind.NULL:
        value, limit, unit = 100 - model.spent, 100 - NULL_GOAL, "% of the budget left"
    else:
        value, limit, unit = _times(model.kept, risk.kept), GOAL, "times the margin of risk"
    return Figure(
        name=f"ml_uplift_{kind}",
        value=value,
        unit=unit,
        limit=limit,
        ratio=limit / value,
        note=said,
    )


def _times(ours: float, theirs: float) -> float:
    """Compare what two ways keep; where nothing is spent both keep nothing alike."""
    if not ours:
        return 1.0
    return ours / theirs if theirs > 0 else float("inf")
