"""The model of churn on public data, beside what others published of it.

7,043 customers of IBM's sample (``bench/public``), one row each and no time in it, so the split can
only be by lot: as published, three quarters teach and one quarter measures, with equal shares of
those who left. Published: Nori et al., "InterpretML" (arXiv 1909.09223), AUC by three such splits:
logistic regression 0.849, random forest 0.824, XGBoost 0.828, explainable boosting 0.852.
"""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Final

import numpy as np

from bench import public_offers
from bench.report import Figure
from bench.stage import Stage
from ledgerline.ml.evaluate.log import Bools, Floats
from ledgerline.ml.train.cells import fitted_chances, sigmoid
from ledgerline.ml.train.churn import SHRINKAGE, Measured, measured
from ledgerline.ml.train.facts import Facts, banded, some, summed, worded
from pspsim.leaving.crowd import Crowd

FILE: Final = Path(__file__).parent / "public/wa_churn.csv.gz"
PUBLISHED: Final = 0.852
SPLITS: Final = tuple(range(1, 21))
_TAUGHT: Final = 0.75
_BANDED: Final = {
    "tenure": (2, 4, 7, 12, 18, 24, 36, 48, 60, 70),
    "monthly_charges": (25, 40, 55, 70, 80, 90, 100),
    "total_charges": (50, 200, 500, 1_000, 2_000, 4_000),
}
_PAIRS: Final = (
    ("tenure", "contract"), ("contract", "internet_service"), ("tenure", "internet_service"),
    ("payment_method", "contract"), ("monthly_charges", "internet_service"),
)  # fmt: skip


def read() -> tuple[Facts, Floats]:
    """Return the facts of all customers, and who left."""
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    facts = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        bounds = _BANDED.get(name)
        facts[name] = (
            worded(values)
            if bounds is None
            else banded(np.array([int(float(one or 0)) for one in values]), bounds)
        )
    del facts["churn"]
    return facts, np.array([row["churn"] == "Yes" for row in rows], dtype=np.float64)


def tried(facts: Facts, left: Floats, split: int) -> Measured:
    """Fit to three quarters, and measure on the other."""
    families = (*((name,) for name in facts), *_PAIRS)
    taught = _drawn(left, split)
    cells = fitted_chances(families, some(facts, taught), left[taught], shrinkage=SHRINKAGE)
    return measured(sigmoid(summed(families, cells, some(facts, ~taught))), left[~taught])


def _drawn(left: Floats, split: int) -> Bools:
    """Draw three quarters of those who left, and of those who stayed."""
    points = Crowd(split, len(left)).uniform("split")
    found = np.zeros(len(left), dtype=np.bool_)
    for side in (0.0, 1.0):
        of = np.flatnonzero(left == side)
        found[of[np.argsort(points[of])[: int(_TAUGHT * len(of))]]] = True
    return found


async def ml_public(stage: Stage, *, splits: Sequence[int] = SPLITS) -> list[Figure]:
    """Try the model on splits by lot."""
    del stage  # a file suffices
    facts, left = read()
    found = [tried(facts, left, split) for split in splits]
    aucs = [one.auc.value for one in found]
    spread = stdev(aucs) if len(aucs) > 1 else 0.0
    return [
        Figure(
            name="ml_public_telco",
            value=mean(aucs),
            unit="AUC",
            limit=PUBLISHED,
            ratio=PUBLISHED / mean(aucs),
            note=f"IBM's sample, {len(splits)} splits by lot, 75 % teach: ± {spread:.3f} between"
            f" splits, off by {100 * mean(one.ece for one in found):.1f} points (ECE); published:"
            " 0.849 logistic, 0.824 forest, 0.828 XGBoost, 0.852 explainable boosting;"
            " ratio = limit / value",
        ),
        public_offers.figure(splits),
    ]
