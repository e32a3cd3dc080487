"""What offers that were really made by lot keep: vouchers for coming, as they were published."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Final, NamedTuple

import numpy as np

from bench.report import Figure
from ledgerline.ml.evaluate.gains import gains
from ledgerline.ml.evaluate.log import Bools, Floats
from ledgerline.ml.train.cells import Families
from ledgerline.ml.train.facts import banded, some
from ledgerline.ml.train.uplift import Arms, learn, outlook
from pspsim.leaving.crowd import Crowd

FILE: Final = Path(__file__).parent / "public" / "vouchers.csv.gz"
PUBLISHED: Final = 43.0  # points: Thornton 2008, table 4, column 1, of 2,812 people
FAMILIES: Final[Families] = (("distance",), ("age",), ("distance", "age"))
_DISTANCES: Final = (50, 100, 200, 300, 400)  # ten metres
_AGES: Final = (20, 30, 40, 50)


class Tried(NamedTuple):
    """A split: what is learned that a voucher moves, what the other half says, and the order."""

    learned: float
    seen: float
    qini: float


def read() -> Arms:
    """Return the experiment; its share is as it came out, since another was told than was kept."""
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    is_offered = np.array([row["voucher"] == "1" for row in rows])
    came = np.array([float(row["came"]) for row in rows])
    return Arms(
        facts={
            "distance": banded(
                np.array([round(100 * float(row["distance_km"])) for row in rows]), _DISTANCES
            ),
            "age": banded(np.array([int(row["age"]) for row in rows]), _AGES),
        },
        share=float(is_offered.mean()),
        is_offered=is_offered,
        stayed=came,
        took=came * is_offered,
        margin=np.ones(len(rows)),
        discount=np.zeros(len(rows)),
        families=FAMILIES,
    )


def tried(arms: Arms, split: int) -> Tried:
    """Learn from a half that is drawn by lot, and ask the other."""
    points = Crowd(split, len(arms.stayed)).uniform("split")
    taught = points < np.median(points)
    uplift = learn(_half(arms, taught))
    rest = _half(arms, ~taught)
    effect = outlook(uplift, rest.facts, rest.margin, rest.discount).value
    came, was = rest.stayed, rest.is_offered
    return Tried(
        learned=100 * float(effect.mean()),
        seen=100 * float(came[was].mean() - came[~was].mean()),
        qini=gains(effect, was, came).qini,
    )


def figure(splits: Sequence[int]) -> Figure:
    """Hold what is learned against what was published."""
    arms = read()
    found = [tried(arms, split) for split in splits]
    learned = [one.learned for one in found]
    qini = [1_000 * one.qini for one in found]
    spread = [stdev(some) if len(some) > 1 else 0.0 for some in (learned, qini)]
    value = mean(learned)
    return Figure(
        name="ml_public_vouchers",
        value=value,
        unit="points that a voucher moves",
        limit=PUBLISHED,
        ratio=PUBLISHED / value,
        note=f"{len(arms.stayed):,} people, {len(splits)} splits by lot, half teaches:"
        f" ± {spread[0]:.1f} between splits; the other half says"
        f" {mean(one.seen for one in found):.1f}; published: 43; Qini of the order"
        f" {mean(qini):+.1f} ± {spread[1]:.1f} ‰; ratio = published / value",
    )


def _half(arms: Arms, which: Bools) -> Arms:
    def of(values: Floats) -> Floats:
        return values[which]

    is_offered = arms.is_offered[which]
    return Arms(
        facts=some(arms.facts, which),
        share=float(is_offered.mean()),
        is_offered=is_offered,
        stayed=of(arms.stayed),
        took=of(arms.took),
        margin=of(arms.margin),
        discount=of(arms.discount),
        families=arms.families,
    )
