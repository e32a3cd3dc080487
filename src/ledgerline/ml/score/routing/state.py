"""The state of the model: the level of every segment, and what every account adds to it."""

from collections.abc import Callable, Mapping, Sequence
from math import exp, lgamma, log, sqrt
from typing import Any, Final, NamedTuple

from ledgerline.ml.score.routing.deltas import TICK_SECONDS, Counted, Segment

DAY_SECONDS: Final = 86_400
SWEEPS: Final = 2
"""Sweeps over all terms a tick: each starts where the last tick ended."""

LEVEL_TRIES: Final = 20.0
"""Outcomes that the common level of segments counts as, where accounts are taken to be alike."""

Parts = Callable[[Segment], str]
EFFECTS: Final[tuple[tuple[str, Parts], ...]] = (
    ("account", lambda _: "everywhere"),
    ("region", lambda segment: segment.region),
    ("brand", lambda segment: segment.brand),
    ("funding", lambda segment: segment.funding),
    ("segment", " ".join),
)
"""What an account may do better or worse, from the widest to the narrowest."""


class Priors(NamedTuple):
    """How much terms vary (logit) and how long outcomes count (days).

    ``effects`` are spreads in the order of ``EFFECTS``; ``recent`` is what an account does better
    or worse in ``recent_days`` than over ``days``. ``learned`` is how fast spreads follow what
    they are found to be, ``worth`` how many terms the prior ones count as. ``differ`` are the log
    odds, before any outcome, that accounts differ at all; evidence moves them up to ``odds``
    either way and no further, so that it can be taken back.
    """

    base: float = 1.7
    level: float = 0.6
    effects: tuple[float, ...] = (0.25, 0.20, 0.12, 0.12, 0.20)
    recent: float = 0.2
    days: float = 4.0
    recent_days: float = 0.25
    learned: float = 0.01
    worth: float = 2.0
    differ: float = 5.0
    odds: float = 8.0


class Belief(NamedTuple):
    """What is believed of an account in a segment: logit of approval, and its own deviation."""

    logit: float
    deviation: float

    @property
    def approval(self) -> float:
        """The probability of approval."""
        return 1 / (1 + exp(-self.logit))


class Cell:
    """Outcomes of a segment at an account, the older ones counting less, and its fit."""

    __slots__ = ("approved", "belief", "information", "residual", "tries")

    def __init__(self, belief: Belief) -> None:
        """Begin without outcomes."""
        self.tries = self.approved = 0.0
        self.information = self.residual = 0.0
        self.belief = belief


class Account:
    """Terms of an account by effect and part, and how it does of late."""

    __slots__ = ("precisions", "recent", "recent_information", "recent_residual", "terms")

    def __init__(self) -> None:
        """Begin as all accounts do."""
        self.terms: list[dict[str, float]] = [{} for _ in EFFECTS]
        self.precisions: list[dict[str, float]] = [{} for _ in EFFECTS]
        self.recent = self.recent_information = self.recent_residual = 0.0


class State:
    """Counts of outcomes, and the most probable terms given them.

    The fit is that of all terms together: what an account's outcomes say of its segments' levels
    may still be taken back when another account's outcomes speak.
    """

    def __init__(self, priors: Priors | None = None) -> None:
        """Begin without outcomes."""
        self.priors = priors or Priors()
        self._base = self.priors.base
        self._variances = [spread**2 for spread in self.priors.effects]
        self._recent_variance = self.priors.recent**2
        self._levels: dict[Segment, float] = {}
        self._accounts: dict[str, Account] = {}
        self._cells: dict[tuple[Segment, str], Cell] = {}
        self._parts: dict[Segment, tuple[str, ...]] = {}
        self._pooled: dict[Segment, tuple[float, float]] = {}
        self._odds = self.priors.differ

    def kept(self) -> dict[str, Any]:
        """Return all that is known as plain values, whose floats are exact as JSON of Python."""
        return {
            "base": self._base,
            "variances": self._variances,
            "recent_variance": self._recent_variance,
            "odds": self._odds,
            "pooled": [[*segment, *both] for segment, both in self._pooled.items()],
            "levels": [[*segment, level] for segment, level in self._levels.items()],
            "accounts": {
                code: [one.terms, one.precisions, one.recent, one.recent_information,
                       one.recent_residual]
                for code, one in self._accounts.items()
            },
            "cells": [
                [*segment, account, cell.tries, cell.approved, cell.information, *cell.belief]
                for (segment, account), cell in self._cells.items()
            ],
        }  # fmt: skip

    @classmethod
    def restored(cls, kept: Mapping[str, Any], priors: Priors) -> "State":
        """Return the state that was kept: it learns on exactly as that one would."""
        state = cls(priors)
        state._base, state._recent_variance = kept["base"], kept["recent_variance"]
        state._variances = list(kept["variances"])
        for *parts, level in kept["levels"]:
            segment = Segment(*parts)
            state._levels[segment] = level
            state._parts[segment] = tuple(part(segment) for _, part in EFFECTS)
        # a state of a release that did not compare begins to
        state._odds = kept.get("odds", priors.differ)
        for *parts, approved, refused in kept.get("pooled", ()):
            state._pooled[Segment(*parts)] = approved, refused
        for code, (terms, precisions, *recent) in kept["accounts"].items():
            one = state._accounts[code] = Account()
            one.terms, one.precisions = terms, precisions
            one.recent, one.recent_information, one.recent_residual = recent
        for market, region, brand, funding, account, *numbers in kept["cells"]:
            tries, approved, information, logit, deviation = numbers
            cell = Cell(Belief(logit, deviation))
            cell.tries, cell.approved, cell.information = tries, approved, information
            state._cells[Segment(market, region, brand, funding), account] = cell
        return state

    def learn(self, counted: Sequence[Counted], *, fits: bool = True) -> None:
        """Let a tick pass and take in its outcomes; all terms are fitted anew where it ``fits``."""
        self._forget()
        for segment, account, tries, approved in counted:
            cell, of_account = self._cell(segment, account), self._accounts[account]
            self._compare(segment, cell, tries, approved)
            cell.tries += tries
            cell.approved += approved
            p = 1 / (1 + exp(of_account.recent - cell.belief.logit))
            of_account.recent_residual += approved - tries * p
            of_account.recent_information += tries * p * (1 - p)
        if fits:
            self._fit()

    def believed(self, segment: Segment, account: str) -> Belief:
        """Return what is believed; where nothing was seen, by what resembles it.

        It is the mean over both cases, that accounts differ and that they are alike, and what is
        not known is what is not known in either: so who may be better is tried until it is known.
        """
        cell = self._cells.get((segment, account))
        apart = self._belief(segment, account, 0.0) if cell is None else cell.belief
        weight, pooled = self.differ, self._level(segment)
        apart_by = apart.logit - pooled
        variance = weight * (apart.deviation**2 + (1 - weight) * apart_by**2)
        return Belief(pooled + weight * apart_by, sqrt(variance))

    @property
    def differ(self) -> float:
        """How likely it is that accounts differ at all."""
        return 1 / (1 + exp(-self._odds))

    def parts(self, segment: Segment, account: str) -> Mapping[str, float]:
        """Return the terms (logit) of a belief by name; they sum to it."""
        of_account = self._accounts.get(account) or Account()
        weight, pooled = self.differ, self._level(segment)
        found = {"level": pooled + weight * (self._levels.get(segment, self._base) - pooled)}
        for no, (name, part) in enumerate(EFFECTS):
            found[name] = weight * of_account.terms[no].get(part(segment), 0.0)
        return found | {"recent": weight * of_account.recent}

    def _forget(self) -> None:
        days = TICK_SECONDS / DAY_SECONDS
        kept, kept_recent = exp(-days / self.priors.days), exp(-days / self.priors.recent_days)
        for cell in self._cells.values():
            cell.tries *= kept
            cell.approved *= kept
        for account in self._accounts.values():
            account.recent_residual *= kept_recent
            account.recent_information *= kept_recent

    def _compare(self, segment: Segment, cell: Cell, tries: int, approved: int) -> None:
        """Weigh outcomes for and against that accounts differ, by what was said of them before."""
        p, limit = cell.belief.approval, self.priors.odds
        worth = max(1 / (p * (1 - p) * cell.belief.deviation**2) - 1, 1.0)
        apart = _likelihood(p * worth, (1 - p) * worth, tries, approved)
        alike = _likelihood(*self._alike(segment), tries, approved)
        self._odds = min(max(self._odds + apart - alike, -limit), limit)

    def _alike(self, segment: Segment) -> tuple[float, float]:
        """Return approvals and refusals of a segment, of all accounts, with those of the prior."""
        return self._pooled.get(segment) or _level_tries(self._base)

    def _level(self, segment: Segment) -> float:
        """Return the logit of a segment where accounts are taken to be alike."""
        approved, refused = self._alike(segment)
        return log(approved / refused)

    def _cell(self, segment: Segment, account: str) -> Cell:
        cell = self._cells.get((segment, account))
        if cell is None:
            if segment not in self._parts:
                self._parts[segment] = tuple(part(segment) for _, part in EFFECTS)
                self._levels[segment] = self._base
            of_account = self._accounts.setdefault(account, Account())
            for terms, part in zip(of_account.terms, self._parts[segment], strict=True):
                terms.setdefault(part, 0.0)
            cell = self._cells[segment, account] = Cell(self._belief(segment, account, 0.0))
        return cell

    def _fit(self) -> None:
        """Take one step of Newton's method, its equations solved by sweeps over the terms."""
        for (_, account), cell in self._cells.items():
            slow = cell.belief.logit - self._accounts[account].recent
            p = 1 / (1 + exp(-slow)) if cell.tries else 0.5
            cell.residual = cell.approved - cell.tries * p
            cell.information = cell.tries * p * (1 - p)
        for _ in range(SWEEPS):
            self._sweep_levels()
            for no in range(len(EFFECTS)):
                self._sweep_effects(no)
        if self._levels:
            self._base = sum(self._levels.values()) / len(self._levels)
        self._weigh_terms()
        self._believe()

    def _sweep_levels(self) -> None:
        """Move the level of each segment, which all accounts share, to its most probable value."""
        inverse = 1 / self.priors.level**2
        moves: dict[Segment, list[float]] = {
            segment: [(self._base - level) * inverse, inverse]
            for segment, level in self._levels.items()
        }
        for (segment, _), cell in self._cells.items():
            move = moves[segment]
            move[0] += cell.residual
            move[1] += cell.information
        for segment, (slope, curvature) in moves.items():
            self._levels[segment] += slope / curvature
        for (segment, _), cell in self._cells.items():
            slope, curvature = moves[segment]
            cell.residual -= cell.information * slope / curvature

    def _sweep_effects(self, no: int) -> None:
        """Move the terms of one effect of all accounts to their most probable values."""
        inverse = 1 / self._variances[no]
        moves = {
            account: {part: [-term * inverse, inverse] for part, term in one.terms[no].items()}
            for account, one in self._accounts.items()
        }
        for (segment, account), cell in self._cells.items():
            move = moves[account][self._parts[segment][no]]
            move[0] += cell.residual
            move[1] += cell.information
        for account, one in self._accounts.items():
            for part, (slope, curvature) in moves[account].items():
                one.terms[no][part] += slope / curvature
        for (segment, account), cell in self._cells.items():
            slope, curvature = moves[account][self._parts[segment][no]]
            cell.residual -= cell.information * slope / curvature

    def _weigh_terms(self) -> None:
        """Find how certain each term is, and how much the terms of each effect vary."""
        for no, variance in enumerate(self._variances):
            below = sum(self._variances[no + 1 :])
            for one in self._accounts.values():
                one.precisions[no] = dict.fromkeys(one.terms[no], 1 / variance)
            for (segment, account), cell in self._cells.items():
                said = cell.information / (1 + cell.information * below)
                self._accounts[account].precisions[no][self._parts[segment][no]] += said
        for no, spread in enumerate(self.priors.effects):
            squares = [
                term * term + 1 / one.precisions[no][part]
                for one in self._accounts.values()
                for part, term in one.terms[no].items()
            ]
            self._variances[no] = self._learned(self._variances[no], spread, squares)

    def _learned(self, variance: float, spread: float, squares: Sequence[float]) -> float:
        """Move a variance of terms towards what they are found to vary, from their prior spread."""
        worth = self.priors.worth
        found = (sum(squares) + worth * spread**2) / (len(squares) + worth)
        return variance + self.priors.learned * (found - variance)

    def _believe(self) -> None:
        """Keep what is believed of every cell."""
        inverse = 1 / self._recent_variance
        squares = []
        for one in self._accounts.values():
            precision = one.recent_information + inverse
            one.recent = one.recent_residual / precision
            squares.append(one.recent**2 + 1 / precision)
        self._recent_variance = self._learned(self._recent_variance, self.priors.recent, squares)
        sums = {segment: [0.0, 0.0] for segment in self._levels}
        for (segment, account), cell in self._cells.items():
            cell.belief = self._belief(segment, account, cell.information)
            sums[segment][0] += cell.approved
            sums[segment][1] += cell.tries - cell.approved
        more = _level_tries(self._base)
        for segment, (approved, refused) in sums.items():
            self._pooled[segment] = approved + more[0], refused + more[1]

    def _belief(self, segment: Segment, account: str, information: float) -> Belief:
        """Sum the terms; outcomes of the cell itself make it more certain."""
        of_account = self._accounts.get(account) or Account()
        parts = self._parts.get(segment) or tuple(part(segment) for _, part in EFFECTS)
        logit = self._levels.get(segment, self._base) + of_account.recent
        variance = 1 / (of_account.recent_information + 1 / self._recent_variance)
        for no, part in enumerate(parts):
            logit += of_account.terms[no].get(part, 0.0)
            precision = of_account.precisions[no].get(part)
            is_shared = no < len(EFFECTS) - 1
            variance += 1 / precision if precision and is_shared else self._variances[no]
        return Belief(logit, sqrt(1 / (information + 1 / variance)))


def _level_tries(base: float) -> tuple[float, float]:
    """Return the approvals and refusals that a logit counts as."""
    share = 1 / (1 + exp(-base))
    return share * LEVEL_TRIES, (1 - share) * LEVEL_TRIES


def _likelihood(approvals: float, refusals: float, tries: int, approved: int) -> float:
    """Return the logarithm of the probability of outcomes in one order.

    Source: the beta-binomial distribution, of approvals and refusals that were counted before.
    """
    return (
        lgamma(approvals + approved)
        - lgamma(approvals)
        + lgamma(refusals + tries - approved)
        - lgamma(refusals)
        - lgamma(approvals + refusals + tries)
        + lgamma(approvals + refusals)
    )
