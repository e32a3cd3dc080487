"""Estimates of what a policy earns: sums over decisions, so that they can be resampled."""

from typing import Final

import numpy as np

from ledgerline.ml.evaluate.log import Bools, Floats, Ints, Log
from ledgerline.ml.evaluate.refusals import CLIP_AT

FOLDS: Final = 5
_WORTH: Final = 20.0
"""How many outcomes of a context the mean of its account counts as."""


def folds(customers: Ints) -> Ints:
    """Return one of five blocks for each decision, by when its customer came, of about equal size.

    By decisions and not by the time of the first one: customers who pay every month have all come
    by the end of the first.
    """
    _, firsts, numbers, counts = np.unique(
        customers, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(firsts)
    before = np.empty_like(counts)
    before[order] = np.cumsum(counts[order]) - counts[order]
    found: Ints = (before * FOLDS // max(len(customers), 1))[numbers]
    return found


def predicted(log: Log) -> Floats:
    """Predict the approval of every account for each decision from the other folds (q̂).

    The mean of an account in a context, drawn to that of the account, and that to the mean of all.
    Shape: decision × account.
    """
    found = np.zeros(log.logged.shape)
    of_fold = folds(log.customers)
    for fold in range(FOLDS):
        here = of_fold == fold
        if here.any():
            found[here] = _fitted(log.rows(~here & log.is_known), log, fold=here)
    return found


def _fitted(known: Log, log: Log, *, fold: Bools) -> Floats:
    accounts = log.logged.shape[1]
    count = int(log.contexts.max()) + 1
    cells = known.contexts * accounts + known.chosen
    tries = np.bincount(cells, minlength=count * accounts).reshape(count, accounts)
    won = np.bincount(cells, weights=known.approved, minlength=count * accounts)
    won = won.reshape(count, accounts)
    overall = (known.approved.sum() + 1) / (known.size + 2)  # nothing is believed to be certain
    of_account = (won.sum(axis=0) + _WORTH * overall) / (tries.sum(axis=0) + _WORTH)
    table = (won + _WORTH * of_account) / (tries + _WORTH)
    found: Floats = table[log.contexts[fold]]
    return found


def terms(log: Log, policy: Floats, approvals: Floats) -> Floats:
    """Return what each decision adds to the estimates: 1, w·r, w, and what is doubly robust.

    IPS is Σwr/n, SNIPS Σwr/Σw, DR Σd/n with d = Σ_a π(a|x) q̂(x, a) + w·(r − q̂(x, chosen));
    w = π/μ, cut at 20. The fifth is Σ_a π(a|x) q̂(x, a), which stands beside DR and never alone.
    Source: Dudík, Langford and Li 2011 (DR); Swaminathan and Joachims 2015 (SNIPS).
    """
    weights = np.minimum(log.of_chosen(policy) / log.of_chosen(log.logged), CLIP_AT)
    direct = (policy * approvals).sum(axis=1)
    robust = direct + weights * (log.approved - log.of_chosen(approvals))
    one = np.ones(log.size)
    return np.column_stack((one, weights * log.approved, weights, robust, direct))


def luck(log: Log, policy: Floats, approvals: Floats, *, beyond: float = 0.0) -> Floats:
    """Return the variance that chance alone gives what each decision adds to the robust estimate.

    That is Σ_a μ(a|x) (w - ``beyond``)² q̂ (1 - q̂): what was never refused so far still can be.
    With ``beyond`` of 1 it is that of what is added to the lead over the logged policy.
    """
    open_to = log.logged > 0
    weights = np.divide(policy, log.logged, out=np.zeros_like(policy), where=open_to)
    off = np.where(open_to, np.minimum(weights, CLIP_AT) - beyond, 0.0)
    found: Floats = (log.logged * off**2 * approvals * (1 - approvals)).sum(axis=1)
    return found


def ratios(sums: Floats) -> Floats:
    """Turn sums of terms (… × 5) into IPS, SNIPS, DR and the direct estimate (… × 4)."""
    count, rewards, weights, robust, direct = np.moveaxis(sums, -1, 0)
    ips, snips = rewards / count, rewards / np.where(weights > 0, weights, 1)
    return np.stack((ips, snips, robust / count, direct / count), axis=-1)
