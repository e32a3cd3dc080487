"""A world of one kind and one seed: customers month by month, what is seen of them, who leaves.

Everybody renews by the month. A week before each renewal a platform sees what it may know; within
thirty days of that renewal some leave of their own will, and some because nothing is paid. Who
left is seen no more.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from pspsim.leaving.crowd import Bools, Crowd, Floats, Ints, sigmoid
from pspsim.routing.chance import Chance

PLANS: Final = ("basic", "standard", "family")
PRICES: Final = (699, 1_099, 1_699)  # minor units by month
MARKETS: Final = ("DE", "FR", "GB", "SE", "US")
NEVER: Final = 99
"""Months since something that did not happen."""
_JOINED_BEFORE: Final = 36  # months
_OLD: Final = 12  # months
_IDLE: Final = 0.5  # of 30 days without use


class Kind(StrEnum):
    """What the truth looks like."""

    ADDITIVE = "additive"  # what makes people leave adds up
    INTERACTION = "interaction"  # a fact matters where another holds, and turns with tenure
    SHIFTED = "shifted"  # habits, prices and those who join change from month to month
    NULL = "null"  # whatever is seen says nothing of who leaves, and no offer changes anything


class Month(NamedTuple):
    """What is seen a week before renewals of one month, and what came of them.

    All of one length: a customer each. ``usage`` is days with use of the last 30, ``usage_before``
    of the 30 before; ``since_price`` and ``since_failure`` count months, ``NEVER`` where nothing
    happened; ``by_choice`` and ``unpaid`` are what no platform sees in time.
    """

    no: int
    customers: Ints
    tenure: Ints
    plan: Ints
    market: Ints
    usage: Ints
    usage_before: Ints
    since_price: Ints
    pauses: Ints
    failures: Ints
    since_failure: Ints
    by_choice: Bools
    unpaid: Bools


class _Tastes(NamedTuple):
    """What makes people leave; drawn per seed, in logits."""

    level: float
    young: float
    by_plan: Floats
    by_market: Floats
    idle: float
    falling: float
    price: float
    paused: float
    unpaid_level: float
    failed: float
    unpaid_by_market: Floats


class LeavingWorld:
    """Customers over some months; the same number is the same customer whoever asks."""

    def __init__(self, kind: Kind, *, seed: int, size: int, months: int) -> None:
        """Draw all parameters of the world."""
        self.kind, self.size, self.months = kind, size, months
        self._crowd, self._chance = Crowd(seed, size), Chance(seed)
        self._tastes = self._drawn()
        self._plan = (3 * self._crowd.uniform("plan")).astype(np.int64)
        self._market = (len(MARKETS) * self._crowd.uniform("market")).astype(np.int64)
        span = _JOINED_BEFORE + months - 1
        self._joined = (span * self._crowd.uniform("joined")).astype(np.int64) - _JOINED_BEFORE
        self._likes = self._crowd.normal("likes it")
        self._trouble = self._crowd.normal("has trouble with cards")
        self._rises = [
            int(self._chance.between(2, months + 6, "price rises", plan)) for plan in PLANS
        ]

    def played(self) -> Iterator[Month]:
        """Live the months one after the other."""
        crowd = self._crowd
        gone = np.zeros(self.size, dtype=np.bool_)
        pauses = crowd.happens(0.08, "paused before").astype(np.int64)
        failures = np.zeros(self.size, dtype=np.int64)
        failed_in = np.full(self.size, -NEVER, dtype=np.int64)
        last = self._usage(-1)
        for no in range(self.months):
            usage = self._usage(no)
            pauses += crowd.happens(0.012, "pauses", no)
            failed = crowd.happens(sigmoid(self._trouble - 3.2), "fails", no) & ~gone
            failures += failed
            failed_in[failed] = no - 1
            here = ~gone & (self._joined <= no - 1)
            month = Month(
                no=no,
                customers=np.flatnonzero(here),
                tenure=(no - self._joined)[here],
                plan=self._plan[here],
                market=self._market[here],
                usage=usage[here],
                usage_before=last[here],
                since_price=self._since_price(no)[here],
                pauses=np.minimum(pauses, 3)[here],
                failures=np.minimum(failures, 4)[here],
                since_failure=np.minimum(no - failed_in, NEVER)[here],
                by_choice=gone[:0],
                unpaid=gone[:0],
            )
            left, unpaid = self._ends(month)
            gone[month.customers[left | unpaid]] = True
            last = usage
            yield month._replace(by_choice=left, unpaid=unpaid & ~left)

    def chance_by_choice(self, month: Month) -> Floats:
        """Return how likely each leaves of their own will: what nobody but the world knows."""
        tastes = self._tastes
        if self.kind is Kind.NULL:
            return np.full(len(month.customers), float(sigmoid(np.array(tastes.level + 0.6))))
        who = month.customers
        young = np.exp(-month.tenure / 5.0)
        idle = 1 - month.usage / 30
        falling = np.clip(month.usage_before - month.usage, 0, 15) / 15
        risen = np.exp(-month.since_price / 1.5)
        logits = tastes.level + tastes.by_plan[month.plan] + tastes.by_market[month.market]
        logits = logits + 0.35 * self._crowd.normal("fickle")[who]
        if self.kind is Kind.INTERACTION:
            old = month.tenure > _OLD
            logits = logits + tastes.idle * idle * np.where(old, 0.3, 1.6)
            logits = logits + 1.6 * tastes.price * risen * (idle > _IDLE)
            logits = logits + tastes.young * young * np.where(month.plan == 0, 1.8, 0.3)
            logits = logits + tastes.falling * falling * np.where(old, 2.0, 0.2)
        else:
            logits = logits + tastes.idle * idle + tastes.price * risen + tastes.young * young
            logits = logits + tastes.falling * falling
        logits = logits + tastes.paused * (month.pauses > 0)
        if self.kind is Kind.SHIFTED:
            logits = logits + self._season(month.no) + 0.4 * idle * month.no / self.months
        return sigmoid(logits)

    def chance_unpaid(self, month: Month) -> Floats:
        """Return how likely the renewal of each stays unpaid."""
        tastes = self._tastes
        if self.kind is Kind.NULL:
            level = float(sigmoid(np.array(tastes.unpaid_level + 0.5)))
            return np.full(len(month.customers), level)
        lately = np.exp(-month.since_failure / 2.0)
        logits = tastes.unpaid_level + tastes.unpaid_by_market[month.market]
        logits = logits + tastes.failed * lately + 0.5 * self._trouble[month.customers]
        if self.kind is Kind.INTERACTION:
            logits = logits + 1.2 * lately * (month.failures > 1) * (month.tenure < _OLD)
        else:
            logits = logits + 0.3 * month.failures
        if self.kind is Kind.SHIFTED:
            logits = logits + 0.7 * self._season(month.no + 50)
        return sigmoid(logits)

    def _ends(self, month: Month) -> tuple[Bools, Bools]:
        who = month.customers
        left = self._crowd.uniform("leaves", month.no)[who] < self.chance_by_choice(month)
        unpaid = self._crowd.uniform("does not pay", month.no)[who] < self.chance_unpaid(month)
        return left, unpaid

    def _usage(self, no: int) -> Ints:
        """Draw days with use of a month: a liking, which wanes with some, and its luck."""
        crowd = self._crowd
        wanes = 0.12 * crowd.happens(0.3, "wanes")
        logits = 0.3 + 1.1 * self._likes - wanes * (no - self._joined) / 2
        logits = logits + 0.7 * crowd.normal("month", no)
        if self.kind is Kind.SHIFTED:
            logits = logits + 0.5 * self._season(no + 100)
        found: Ints = np.rint(30 * sigmoid(logits)).astype(np.int64)
        return found

    def _since_price(self, no: int) -> Ints:
        rises = np.array(self._rises, dtype=np.int64)[self._plan]
        found: Ints = np.where((rises <= no) & (self._joined < rises), no - rises, NEVER)
        return found

    def _season(self, no: int) -> float:
        return 0.25 * self._chance.normal("season", no)

    def _drawn(self) -> _Tastes:
        chance = self._chance
        return _Tastes(
            level=chance.between(-4.9, -4.1, "level"),
            young=chance.between(0.6, 1.6, "young"),
            by_plan=_spread(chance, "by plan", len(PLANS)),
            by_market=_spread(chance, "by market", len(MARKETS)),
            idle=chance.between(1.0, 2.2, "idle"),
            falling=chance.between(0.3, 1.2, "falling"),
            price=chance.between(0.5, 1.6, "price"),
            paused=chance.between(-0.2, 0.9, "paused"),
            unpaid_level=chance.between(-4.8, -4.2, "unpaid"),
            failed=chance.between(1.5, 3.0, "failed"),
            unpaid_by_market=_spread(chance, "unpaid by market", len(MARKETS)),
        )


def _spread(chance: Chance, stream: str, count: int) -> Floats:
    return np.array([chance.normal(stream, no) * 0.35 for no in range(count)])
