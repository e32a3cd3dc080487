"""How well it is told who leaves, in simulated worlds and on months that taught nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import mean
from typing import Final, NamedTuple

from bench.churn_page import write_churn
from bench.churn_worlds import part_of
from bench.report import Figure
from bench.seeds_spread import half_width
from bench.stage import Stage
from bench.tuned_seeds import CHURN, UPLIFT, refuse_tuned
from ledgerline.ml.train.churn import FAMILIES, SHRINKAGE, Measured, Split, train_head
from pspsim.leaving.world import Kind, LeavingWorld

SEEDS: Final = tuple(range(5001, 5021))
CUSTOMERS: Final = 40_000
MONTHS: Final = 11
FITTED: Final = range(4, 7)
CALIBRATED: Final = 7
MEASURED: Final = 9  # who leaves in month 7 is known before month 9 is asked about
MODEL: Final = "model"
ECE_GOAL: Final = 3.0  # points


class Job(NamedTuple):
    """One world."""

    kind: Kind
    seed: int
    customers: int
    shrinkage: float = SHRINKAGE


class Summary(NamedTuple):
    """A way to tell over seeds: calibration error in points, order, and what it says of nothing.

    ``gain`` is how much less the log loss is than that of the base rate, in percent of it.
    """

    ece: float
    ece_half_width: float
    ece_worst: float
    auc: float
    auc_half_width: float
    gain: float
    gain_half_width: float
    ends: float


Played = Mapping[str, Mapping[str, Measured]]


def play(job: Job) -> Played:
    """Train both heads in one world; return how model and baselines did, by head."""
    world = LeavingWorld(job.kind, seed=job.seed, size=job.customers, months=MONTHS)
    months = list(world.played())
    split = Split(
        fitted=part_of([months[no] for no in FITTED]),
        later=part_of([months[CALIBRATED]]),
        latest=part_of([months[MEASURED]]),
    )
    found = {}
    for head in FAMILIES:
        trained = train_head(head, split, shrinkage=job.shrinkage)
        found[head] = {MODEL: trained.measured, **trained.baselines}
    return found


async def ml_churn(
    stage: Stage, *, seeds: Sequence[int] = SEEDS, customers: int = CUSTOMERS
) -> list[Figure]:
    """Train in every kind of world; the page of models is written at full size."""
    del stage  # worlds need no database
    refuse_tuned(seeds, CHURN, UPLIFT)  # the same worlds
    jobs = [Job(kind, seed, customers) for kind in Kind for seed in seeds]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        played = await asyncio.to_thread(lambda: list(pool.map(play, jobs)))
    table = {
        (kind, head, way): _summary(
            [of[head] for job, of in zip(jobs, played, strict=True) if job.kind is kind], way
        )
        for kind in Kind
        for head in FAMILIES
        for way in played[0][head]
    }
    if tuple(seeds) == SEEDS:
        write_churn(table, f"{customers:,} customers over {MONTHS} months")
    return [_figure(kind, head, table[kind, head, MODEL]) for kind in Kind for head in FAMILIES]


def _summary(played: Sequence[Mapping[str, Measured]], way: str) -> Summary:
    eces = [100 * one[way].ece for one in played]
    aucs = [one[way].auc.value for one in played]
    gains = [100 * (1 - one[way].log_loss / one["base rate"].log_loss) for one in played]
    return Summary(
        ece=mean(eces),
        ece_half_width=half_width(eces),
        ece_worst=max(eces),
        auc=mean(aucs),
        auc_half_width=half_width(aucs),
        gain=mean(gains),
        gain_half_width=half_width(gains),
        ends=mean(100 * one[way].ends / one[way].rows for one in played),
    )


def _figure(kind: Kind, head: str, model: Summary) -> Figure:
    return Figure(
        name=f"ml_churn_{kind}_{head}",
        value=model.ece,
        unit="points ECE",
        limit=ECE_GOAL,
        ratio=model.ece / ECE_GOAL,
        note=f"simulated: forward month, {model.ends:.1f} % end so, worst seed"
        f" {model.ece_worst:.2f}, AUC {model.auc:.3f} ± {model.auc_half_width:.3f}, log loss"
        f" {model.gain:+.1f} ± {model.gain_half_width:.1f} % better than the base rate;"
        " ratio = value / limit",
    )
