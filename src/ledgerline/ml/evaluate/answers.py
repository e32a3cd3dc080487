"""What policies would have earned, each with its interval, or why the log cannot say."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.estimates import luck, predicted, ratios, terms
from ledgerline.ml.evaluate.intervals import DRAWS, Interval, by_customer, interval, resampled
from ledgerline.ml.evaluate.log import Floats, Log, Policies, checked
from ledgerline.ml.evaluate.refusals import (
    CLIP_AT,
    Refused,
    Why,
    clipped_share,
    effective_size,
    of_log,
    of_policy,
)
from ledgerline.ml.evaluate.segments import Part, parts

_ROBUST: Final = 3
"""Where the terms of an estimate have what is doubly robust."""


class Answer(NamedTuple):
    """What a policy would have earned a decision: the share of first tries that are approved.

    ``robust`` (DR) is the headline; ``direct`` rests on predictions alone and stands beside it.
    ``lead`` is what it has over the logged policy, draw by draw, and ``parts`` where. ``size`` is
    the effective sample.
    """

    robust: Interval
    snips: Interval
    ips: Interval
    direct: float
    lead: Interval
    size: float
    clipped: float
    parts: Sequence[Part]


class Evaluated(NamedTuple):
    """What a log answers: its own value, how many decisions are counted, and each policy's."""

    own: float
    counted: int
    missing: int
    answers: Mapping[str, Answer | Refused]


class _Asked(NamedTuple):
    """A policy that is asked about, with what is believed of the accounts."""

    log: Log
    policy: Floats
    approvals: Floats

    def least(self, beyond: float) -> float:
        """Return the standard error that chance alone gives its estimate, or its lead."""
        of_each = luck(self.log, self.policy, self.approvals, beyond=beyond)
        return sqrt(float(of_each.sum())) / self.log.size


def evaluate(log: Log, policies: Policies, *, draws: int = DRAWS) -> Evaluated:
    """Evaluate policies by a log; what it cannot answer is refused.

    Outcomes that are not known are left out, never counted as refusals. Raises ``ValueError`` for
    a log in which an account was chosen that could not be.
    """
    checked(log)
    approvals = predicted(log) if log.size else log.logged
    of_all = of_log(log, approvals)
    if of_all is not None:
        return _nothing(log, policies, of_all)
    known = log.rows(log.is_known)
    kept = {name: policy[log.is_known] for name, policy in policies.items()}
    refused = {name: of_policy(known, policy) for name, policy in kept.items()}
    asked = {name: policy for name, policy in kept.items() if refused[name] is None}
    found = _answered(known, asked, approvals[log.is_known], draws=draws)
    if isinstance(found, Refused):
        return _nothing(log, policies, found)
    answers = {name: refused[name] or found[name] for name in policies}
    return Evaluated(_own(known), known.size, log.size - known.size, answers)


def _answered(
    log: Log, policies: Policies, approvals: Floats, *, draws: int
) -> Mapping[str, Answer] | Refused:
    """Estimate; refuse all where the logged policy's own value is not inside its interval."""
    every = [log.logged, *policies.values()]
    each = np.stack([terms(log, policy, approvals) for policy in every], axis=1)
    values = ratios(each.sum(axis=0))
    drawn = ratios(resampled(by_customer(log.customers, each), draws=draws))
    least = _Asked(log, log.logged, approvals).least(0.0)
    own, of_own = _own(log), interval(float(values[0, 2]), drawn[:, 0, 2], least=least)
    if not of_own.low <= own <= of_own.high:
        nearest = of_own.low if own < of_own.low else of_own.high
        return Refused(Why.OWN_VALUE, own, nearest)
    ahead = each[:, 1:, _ROBUST] - each[:, :1, _ROBUST]
    return {
        name: _answer(
            _Asked(log, policy, approvals), values[no + 1], drawn[:, no + 1], drawn[:, 0, 0]
        )._replace(parts=parts(log, ahead[:, no], luck(log, policy, approvals, beyond=1.0)))
        for no, (name, policy) in enumerate(policies.items())
    }


def _answer(of: _Asked, values: Floats, drawn: Floats, earned: Floats) -> Answer:
    weights = of.log.of_chosen(of.policy) / of.log.of_chosen(of.log.logged)
    ips, snips = (interval(float(values[no]), drawn[:, no]) for no in range(2))
    own, robust = _own(of.log), float(values[2])
    return Answer(
        robust=interval(robust, drawn[:, 2], least=of.least(0.0)),
        snips=snips,
        ips=ips,
        direct=float(values[3]),
        lead=interval(robust - own, drawn[:, 2] - earned, least=of.least(1.0)),
        size=effective_size(np.minimum(weights, CLIP_AT)),
        clipped=clipped_share(weights),
        parts=(),
    )


def _own(log: Log) -> float:
    return float(log.approved.mean())


def _nothing(log: Log, policies: Policies, why: Refused) -> Evaluated:
    known = log.rows(log.is_known)
    own = _own(known) if known.size else 0.0
    return Evaluated(own, known.size, log.size - known.size, dict.fromkeys(policies, why))
