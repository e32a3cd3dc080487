"""Policies that choose accounts in simulated worlds: the model, and what it has to beat."""

from collections import deque
from collections.abc import Sequence
from hashlib import blake2b
from math import exp2, sqrt
from statistics import NormalDist
from typing import Final, Protocol

from typing_extensions import override

from ledgerline.ml.score.routing.deltas import TICK_SECONDS, Segment
from ledgerline.ml.score.routing.router import Router
from pspsim.routing.traffic import DAY, SEGMENTS, Payment
from pspsim.routing.world import ACCOUNTS

PRIOR_TRIES: Final = 4.0
PRIOR_APPROVED: Final = 3.4
LAST: Final = 10  # an account is left alone when 7 of its last 10 were refused
REFUSED_MAX: Final = 7
ALONE_SECONDS: Final = 1_200
_NORMAL: Final = NormalDist()


class Policy(Protocol):
    """Choose an account (its number), and learn of an outcome once it is known."""

    def choose(self, payment: Payment, costs: Sequence[float]) -> int:
        """Choose; ``costs`` are shares of the amount by account."""

    def learn(self, payment: Payment, account: int, *, approved: bool, at: int) -> None:
        """Take in an outcome at the second ``at``."""


class Learned(Policy):
    """The model as it is served, one worker of it."""

    def __init__(self, seed: int) -> None:
        """Begin without outcomes."""
        self._seed = seed
        self._segments = [Segment(*one) for one in SEGMENTS]
        self.router = Router()
        self._tick = 0

    @override
    def choose(self, payment: Payment, costs: Sequence[float]) -> int:
        self.learn_ticks(payment.at)
        ppm = tuple(round(cost * 1_000_000) for cost in costs)
        weighed = self.router.weigh(self._segments[payment.segment], ACCOUNTS, ppm)
        return ACCOUNTS.index(weighed.chosen(f"{self._seed} {payment.no}"))

    @override
    def learn(self, payment: Payment, account: int, *, approved: bool, at: int) -> None:
        segment = self._segments[payment.segment]
        self.router.see(segment, ACCOUNTS[account], approved=approved, at=at)

    def learn_ticks(self, at: int) -> None:
        """Learn from the ticks that are over, as a worker does between its decisions."""
        tick = at // TICK_SECONDS
        if tick > self._tick:
            self.router.absorb(self.router.take_deltas(before=tick), upto=tick - 1)
            self._tick = tick


class _Eliminating:
    """Leave an account alone for some minutes when most of its last outcomes were refusals."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._last = [deque[bool](maxlen=LAST) for _ in ACCOUNTS]
        self._alone_until = [0] * len(ACCOUNTS)

    def live(self, at: int) -> list[int]:
        found = [k for k, until in enumerate(self._alone_until) if until <= at]
        return found or list(range(len(ACCOUNTS)))

    def note(self, account: int, *, approved: bool, at: int) -> None:
        last = self._last[account]
        last.append(approved)
        if len(last) == LAST and LAST - sum(last) >= REFUSED_MAX:
            self._alone_until[account] = at + ALONE_SECONDS
            last.clear()

    def uniform(self, payment: Payment, what: int = 0) -> float:
        text = f"{self._seed} {payment.no} {what}".encode()
        return (int.from_bytes(blake2b(text, digest_size=7).digest()) + 0.5) / (1 << 56)


class Window(_Eliminating, Policy):
    """The best success rate of the last outcomes of a segment at each account, some hedged.

    Source: arXiv 2510.16735.
    """

    def __init__(self, seed: int, *, size: int, hedge: float) -> None:
        """Look at the last ``size`` outcomes; spread ``hedge`` evenly."""
        super().__init__(seed)
        self._hedge = hedge
        self._seen = [[deque[bool](maxlen=size) for _ in ACCOUNTS] for _ in SEGMENTS]
        self._sums = [[0] * len(ACCOUNTS) for _ in SEGMENTS]

    @override
    def choose(self, payment: Payment, costs: Sequence[float]) -> int:
        live = self.live(payment.at)
        point = self.uniform(payment)
        if point < self._hedge:
            return live[int(point / self._hedge * len(live))]
        seen, sums = self._seen[payment.segment], self._sums[payment.segment]
        return max(
            live,
            key=lambda k: (
                (sums[k] + PRIOR_APPROVED) / (len(seen[k]) + PRIOR_TRIES) * (1 - costs[k])
            ),
        )

    @override
    def learn(self, payment: Payment, account: int, *, approved: bool, at: int) -> None:
        seen = self._seen[payment.segment][account]
        sums = self._sums[payment.segment]
        sums[account] += approved - (seen[0] if len(seen) == seen.maxlen else 0)
        seen.append(approved)
        self.note(account, approved=approved, at=at)


class Discounted(_Eliminating, Policy):
    """Thompson sampling of Beta distributions whose outcomes are forgotten, with elimination.

    The Beta is drawn by its normal approximation, ``weight`` outcomes counting as many as one.
    """

    def __init__(self, seed: int, *, half_days: float, weight: float) -> None:
        """Forget half in ``half_days``."""
        super().__init__(seed)
        self._half, self._weight = half_days * DAY, weight
        self._cells = [[[0.0, 0.0, 0.0] for _ in ACCOUNTS] for _ in SEGMENTS]

    @override
    def choose(self, payment: Payment, costs: Sequence[float]) -> int:
        def draw(account: int) -> float:
            cell = self._cells[payment.segment][account]
            kept = exp2((cell[2] - payment.at) / self._half) * self._weight
            approved = PRIOR_APPROVED / 2 + cell[0] * kept
            tries = approved + (PRIOR_TRIES - PRIOR_APPROVED) / 2 + cell[1] * kept
            mean = approved / tries
            spread = sqrt(mean * (1 - mean) / (tries + 1))
            return (mean + spread * _NORMAL.inv_cdf(self.uniform(payment, account))) * (
                1 - costs[account]
            )

        return max(self.live(payment.at), key=draw)

    @override
    def learn(self, payment: Payment, account: int, *, approved: bool, at: int) -> None:
        cell = self._cells[payment.segment][account]
        kept = exp2((cell[2] - at) / self._half)
        cell[0] = cell[0] * kept + approved
        cell[1] = cell[1] * kept + (not approved)
        cell[2] = at
        self.note(account, approved=approved, at=at)


class Fixed(_Eliminating, Policy):
    """The best account of each segment after a day of equal shares, for ever; never eliminated."""

    def __init__(self, seed: int) -> None:
        """Begin with the day of equal shares."""
        super().__init__(seed)
        self._counts = [[[PRIOR_TRIES, PRIOR_APPROVED] for _ in ACCOUNTS] for _ in SEGMENTS]

    @override
    def choose(self, payment: Payment, costs: Sequence[float]) -> int:
        if payment.at < DAY:
            return int(self.uniform(payment) * len(ACCOUNTS))
        counts = self._counts[payment.segment]
        return max(range(len(ACCOUNTS)), key=lambda k: counts[k][1] / counts[k][0] * (1 - costs[k]))

    @override
    def learn(self, payment: Payment, account: int, *, approved: bool, at: int) -> None:
        if at < DAY:
            self._counts[payment.segment][account][0] += 1
            self._counts[payment.segment][account][1] += approved
