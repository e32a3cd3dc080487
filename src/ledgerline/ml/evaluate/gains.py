"""What an order of customers gains, by an experiment in which who was treated was drawn by lot.

Qini curve and coefficient after Radcliffe ("Using control groups to target on predicted lift",
2007), area under the uplift curve after Gutierrez and Gérardy (2017), as shares of one customer.
"""

from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Bools, Floats

_POINTS: Final = 100


class Gains(NamedTuple):
    """What an order gains, for each customer of all.

    ``qini`` is the area between the curve of what is gained by it and that of an order by lot,
    ``auuc`` the one under the curve of the uplift of those who come first, times their share.
    """

    qini: float
    auuc: float


def gains(score: Floats, treated: Bools, outcome: Floats) -> Gains:
    """Say what treating the highest scores first gains, for each customer of all.

    ``outcome`` is what is wanted, for example 1.0 where a customer stayed. Raises ``ValueError``
    where one of the arms has nobody.
    """
    if treated.all() or not treated.any():
        raise ValueError("both arms are needed")
    order = np.argsort(-score, kind="stable")
    arm, gained = treated[order], outcome[order]
    counts = np.stack([np.cumsum(arm), np.cumsum(~arm)]).astype(np.float64)
    sums = np.stack([np.cumsum(gained * arm), np.cumsum(gained * ~arm)])
    at = np.linspace(0, len(order), _POINTS + 1).astype(np.int64)[1:] - 1
    counts, sums = counts[:, at], sums[:, at]
    share = (at + 1) / len(order)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    uplift = (means[0] - means[1]) * share
    curve = (sums[0] - means[1] * counts[0]) / counts[0, -1]
    return Gains(qini=_area(share, curve) - curve[-1] / 2, auuc=_area(share, uplift))


def _area(xs: Floats, ys: Floats) -> float:
    """Return the area under a curve that begins in the origin."""
    xs, ys = np.concatenate([[0.0], xs]), np.concatenate([[0.0], ys])
    return float(((ys[1:] + ys[:-1]) / 2 * np.diff(xs)).sum())
