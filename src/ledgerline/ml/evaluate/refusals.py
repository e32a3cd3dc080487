"""When a log cannot answer, and why: an estimate that nothing supports is not given."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Bools, Floats, Log

SIZE_MIN: Final = 1_000.0
"""The least that an effective sample counts."""
SHARE_MIN: Final = 0.02
UNSUPPORTED_MAX: Final = 0.01
CLIP_AT: Final = 20.0
CLIPPED_MAX: Final = 0.05
MISSING_MAX: Final = 0.01
EXPLAINED_MAX: Final = 0.5
"""Approval is mostly chance: what explains more of it than this has seen the outcome."""
DEVIATIONS_MAX: Final = 3.29
"""Of a propensity's own test: a right one is refused once in a thousand times."""
EXPECTED_MIN: Final = 20.0
"""Accounts that were to be chosen less often than this are too rare to test."""


class Why(StrEnum):
    """Why a log cannot answer."""

    STEPS = "steps"  # several decisions of one payment: only first ones are weighed
    IMMATURE = "immature"  # too many outcomes are not known yet
    PROPENSITIES = "propensities"  # choices do not follow the probabilities that were logged
    UNSUPPORTED = "unsupported"  # the policy chooses what was never chosen
    CLIPPED = "clipped"  # too much rests on rare choices
    FEW = "few"  # too few decisions speak of the policy
    FUTURE = "future"  # what is known of a charge tells its outcome
    OWN_VALUE = "own_value"  # the log's own value is missed
    NOT_ASKED = "not_asked"  # the model said nothing of any of the decisions


SENTENCES: Final[Mapping[Why, str]] = {
    Why.STEPS: "{found:.0f} decisions are of payments that were decided on before",
    Why.IMMATURE: "{found:.2%} of the outcomes are not known yet, at most {limit:.0%} may be",
    Why.PROPENSITIES: "choices do not follow the probabilities that were logged:"
    " {found:.1f} deviations off, at most {limit:.1f}",
    Why.UNSUPPORTED: "{found:.2%} of its choices were never made, at most {limit:.0%} may be",
    Why.CLIPPED: "{found:.2%} of the weight rests on rare choices, at most {limit:.0%} may",
    Why.FEW: "only {found:,.0f} decisions speak of it, {limit:,.0f} are needed",
    Why.FUTURE: "what is known of a charge explains {found:.0%} of its outcome: it has seen it",
    Why.OWN_VALUE: "the log misses its own value: {found:.2%} was seen, {limit:.2%} is the nearest"
    " that it says",
    Why.NOT_ASKED: "the model said nothing of any of these decisions",
}


class Refused(NamedTuple):
    """A question that is not answered: what was found, and what it may be at most or least."""

    why: Why
    found: float
    limit: float

    @property
    def sentence(self) -> str:
        """Say so to people."""
        said = SENTENCES[self.why].format(found=self.found, limit=self.limit)
        return said.replace("%", " %")


def of_log(log: Log, predicted: Floats) -> Refused | None:
    """Say why nothing can be asked of a log; ``predicted`` are approvals of accounts, out of fold.

    Precedence: few (none at all), steps, immature, propensities, future.
    """
    if not log.size:
        return Refused(Why.FEW, 0.0, SIZE_MIN)
    repeated = log.size - len(np.unique(log.payments))
    if repeated:
        return Refused(Why.STEPS, float(repeated), 0.0)
    missing = 1 - float(log.is_known.mean())
    if missing > MISSING_MAX:
        return Refused(Why.IMMATURE, missing, MISSING_MAX)
    deviations = worst_propensity(log)
    if deviations > DEVIATIONS_MAX:
        return Refused(Why.PROPENSITIES, deviations, DEVIATIONS_MAX)
    explained = _explained(log.rows(log.is_known), predicted[log.is_known])
    return Refused(Why.FUTURE, explained, EXPLAINED_MAX) if explained > EXPLAINED_MAX else None


def of_policy(log: Log, policy: Floats) -> Refused | None:
    """Say why a log cannot answer for a policy. Precedence: unsupported, clipped, few."""
    unsupported = float(np.where(log.logged > 0, 0.0, policy).sum(axis=1).mean())
    if unsupported > UNSUPPORTED_MAX:
        return Refused(Why.UNSUPPORTED, unsupported, UNSUPPORTED_MAX)
    weights = log.of_chosen(policy) / log.of_chosen(log.logged)
    clipped = clipped_share(weights)
    if clipped > CLIPPED_MAX:
        return Refused(Why.CLIPPED, clipped, CLIPPED_MAX)
    size = effective_size(np.minimum(weights, CLIP_AT))
    least = max(SIZE_MIN, SHARE_MIN * log.size)
    return Refused(Why.FEW, size, least) if size < least else None


def effective_size(weights: Floats) -> float:
    """Return how many equal weights are as certain as these: (Σw)² / Σw²; 0 of none."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def clipped_share(weights: Floats) -> float:
    """Return how much of all weight is cut off above the limit."""
    total = float(weights.sum())
    return float(np.maximum(weights - CLIP_AT, 0).sum()) / total if total else 0.0


def worst_propensity(log: Log) -> float:
    """Return by how many deviations choices of an account miss its probabilities, at worst.

    For each account the mean of 1{chosen}/μ over the decisions in which it could be chosen is 1;
    its deviation is by customers, and not less than independent draws would have.
    """
    worst = 0.0
    for account in range(log.logged.shape[1]):
        open_to: Bools = log.logged[:, account] > 0
        probabilities = log.logged[open_to, account]
        if probabilities.sum() < EXPECTED_MIN:
            continue
        surplus = (log.chosen[open_to] == account) / probabilities - 1
        by_customer = np.bincount(log.customers[open_to], weights=surplus)
        drawn = float(((1 - probabilities) / probabilities).sum())
        variance = max(float(by_customer @ by_customer), drawn)
        if variance > 0:
            worst = max(worst, abs(float(surplus.sum())) / variance**0.5)
    return worst


def _explained(log: Log, predicted: Floats) -> float:
    """Return how much of the variance of outcomes predictions explain (R²); 0 where none vary."""
    spread = float(((log.approved - log.approved.mean()) ** 2).sum()) if log.size else 0.0
    missed = log.approved - log.of_chosen(predicted)
    return 1 - float(missed @ missed) / spread if spread else 0.0
