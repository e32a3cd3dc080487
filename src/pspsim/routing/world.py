"""A world of one kind and one seed: what each account would do with each payment."""

from collections.abc import Iterator
from enum import StrEnum
from math import cos, exp, log, pi
from typing import Final, NamedTuple

from pspsim.routing.chance import Chance
from pspsim.routing.drifting import STEP, Drift, Outage, outages, path
from pspsim.routing.traffic import DAY, HOUR, SEGMENTS, Payment, Segment, traffic

ACCOUNTS: Final = ("aster", "boreal", "cobalt", "dahlia")
_DOWN: Final = 0.1
_LOAD_SECONDS: Final = 6 * HOUR


class Kind(StrEnum):
    """What the truth looks like."""

    ADDITIVE = "additive"  # segment + account + region of account + the rest, drifting apart
    INTERACTION = "interaction"  # by the hour, in other groups, with a turning mix
    ADVERSARIAL = "adversarial"  # accounts tire, outages look like declines, fees change
    NULL = "null"  # all accounts approve alike; only what they cost differs


class Outcome(NamedTuple):
    """What came of a choice, and the second at which it is known."""

    approved: bool
    known_at: int


class RoutingWorld:
    """Approval, cost and delay of every account; a choice may change what comes later."""

    def __init__(self, kind: Kind, *, seed: int, days: int, per_day: int) -> None:
        """Draw all parameters of the world."""
        self.kind = kind
        self._chance = Chance(seed)
        self._days, self._per_day = days, per_day
        self._logits = self._levels(days * DAY // STEP + 1)
        self._outages = self._drawn_outages()
        self._fees = self._drawn_fees()
        self._tiring = [
            self._between(0.2, 0.8, "tiring", account) if kind is Kind.ADVERSARIAL else 0.0
            for account in range(len(ACCOUNTS))
        ]
        self._load = [1 / len(ACCOUNTS)] * len(ACCOUNTS)
        self._delays = [
            (
                self._between(0.05, 0.25, "delayed", account),
                self._between(0.05, 0.45, "delayed refusal", account),
            )
            for account in range(len(ACCOUNTS))
        ]

    def payments(self) -> Iterator[Payment]:
        """Draw the payments in the order of time."""
        shifts = self.kind is Kind.INTERACTION
        return traffic(self._chance, days=self._days, per_day=self._per_day, shifts=shifts)

    def approvals(self, payment: Payment) -> list[float]:
        """Return the probability of approval at each account, as it is at this moment."""
        logits = self._logits[payment.at // STEP][payment.segment]
        chances = [
            1 / (1 + exp(tiring * (load - 1 / len(ACCOUNTS)) - logit))
            for logit, tiring, load in zip(logits, self._tiring, self._load, strict=True)
        ]
        for outage in self._outages.get(payment.at // STEP, ()):
            if _strikes(outage, payment, SEGMENTS[payment.segment]):
                chances[outage.account] *= outage.left
        return chances

    def costs(self, at: int) -> tuple[float, ...]:
        """Return what an approval costs at each account, as a share of the amount; all know it."""
        return self._fees[1] if 2 * at >= self._days * DAY else self._fees[0]

    def is_struck(self, payment: Payment, account: int) -> bool:
        """Say whether an outage, of whatever depth, takes approvals of a payment at an account."""
        return any(
            one.account == account and _strikes(one, payment, SEGMENTS[payment.segment])
            for one in self._outages.get(payment.at // STEP, ())
        )

    def is_down(self, payment: Payment, account: int) -> bool:
        """Say whether an account approves less than a tenth of what it would."""
        return any(
            one.account == account and one.left < _DOWN
            for one in self._outages.get(payment.at // STEP, ())
            if _strikes(one, payment, SEGMENTS[payment.segment])
        )

    def choose(self, payment: Payment, account: int) -> Outcome:
        """Send a payment to an account; that is load there, and its outcome comes in time."""
        approved = payment.luck < self.approvals(payment)[account]
        if any(self._tiring):
            self._tire(account)
        chance = self._chance
        of_all, of_refusals = self._delays[account]
        delayed = of_all
        if self.kind is Kind.INTERACTION and not approved:
            delayed = of_refusals  # what is late is bad news more often
        if chance.uniform("is late", payment.no) < delayed:
            late = chance.wait(3 * HOUR, "late", payment.no)
            return Outcome(approved, payment.at + 5 + int(min(late, DAY)))
        return Outcome(approved, payment.at + 5)

    def _tire(self, account: int) -> None:
        """Move the share of recent load towards the account that was chosen."""
        per_second = self._per_day / DAY
        weight = 1 - exp(-1 / (per_second * _LOAD_SECONDS))
        for one in range(len(ACCOUNTS)):
            self._load[one] += weight * ((one == account) - self._load[one])

    def _between(self, low: float, high: float, stream: str, *entity: str | int) -> float:
        return self._chance.between(low, high, stream, *entity)

    def _levels(self, steps: int) -> list[list[list[float]]]:
        """Draw the logit of approval by step, segment and account."""
        theta = Drift(self._between(0.4, 0.8, "θ"), 30)
        base = self._between(1.4, 2.1, "base")
        arms = [self._of_account(account, steps) for account in range(len(ACCOUNTS))]
        levels: list[list[list[float]]] = [[] for _ in range(steps)]
        for no in range(len(SEGMENTS)):
            own = path(self._chance, theta, steps, "segment level", no)
            for step in range(steps):
                levels[step].append([base + own[step] + arm[no][step] for arm in arms])
        return levels

    def _of_account(self, account: int, steps: int) -> list[list[float]]:
        """Draw what an account adds for each segment, by step."""
        if self.kind is Kind.NULL:
            return [[0.0] * steps] * len(SEGMENTS)
        chance = self._chance
        whole = path(chance, self._drift("α", 0.5, 3), steps, "account", account)
        groups = self._drift("β", 5, 20, jump_days=15)
        rest = self._drift("γ", 2, 15)
        names = sorted({self._group(segment) for segment in SEGMENTS})
        of_group = {name: path(chance, groups, steps, "group", account, name) for name in names}
        parts = []
        for no, segment in enumerate(SEGMENTS):
            group, own = (
                of_group[self._group(segment)],
                path(chance, rest, steps, "own", account, no),
            )
            hourly = self._hourly(account, no)
            parts.append(
                [
                    whole[step] + group[step] + own[step] + hourly[step * STEP // HOUR % 24]
                    for step in range(steps)
                ]
            )
        return parts

    def _group(self, segment: Segment) -> str:
        """Say what segments an account treats alike: regions, or what no region tells."""
        if self.kind is Kind.INTERACTION:
            return f"{segment.brand} {segment.funding}"
        return segment.region

    def _hourly(self, account: int, segment: int) -> list[float]:
        """Draw how an account does with a segment by the hour: nothing but in one kind."""
        if self.kind is not Kind.INTERACTION:
            return [0.0] * 24
        height = self._between(0.1, 0.5, "hourly")
        size = height * self._chance.normal("hourly size", account, segment)
        peak = self._between(0, 24, "hourly peak", account, segment)
        return [size * cos(2 * pi * (hour - peak) / 24) for hour in range(24)]

    def _drift(self, stream: str, low_days: float, high_days: float, jump_days: float = 0) -> Drift:
        days = exp(self._between(log(low_days), log(high_days), f"{stream} days"))
        return Drift(self._between(0.15, 0.4, f"{stream} spread"), days, jump_days)

    def _drawn_outages(self) -> dict[int, list[Outage]]:
        if self.kind is Kind.NULL:
            return {}
        hard = self.kind is not Kind.ADVERSARIAL
        drawn = outages(
            self._chance,
            accounts=len(ACCOUNTS),
            days=self._days,
            every_days=self._between(4, 10, "outages every") if hard else 3,
            left=(0.0, 0.2) if hard else (0.0, 0.8),
        )
        by_step: dict[int, list[Outage]] = {}
        for one in drawn:
            for step in range(one.start // STEP, one.end // STEP + 1):
                by_step.setdefault(step, []).append(one)
        return by_step

    def _drawn_fees(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Draw the fees of both halves: none but where fees are the point."""
        dearest = {Kind.NULL: 0.006, Kind.ADVERSARIAL: 0.02}.get(self.kind, 0.0)
        both = [
            tuple(self._between(0, dearest, "fee", half, no) for no in range(len(ACCOUNTS)))
            for half in (0, 1)
        ]
        return (both[0], both[1] if self.kind is Kind.ADVERSARIAL else both[0])


def _strikes(outage: Outage, payment: Payment, segment: Segment) -> bool:
    in_time = outage.start <= payment.at < outage.end
    return in_time and outage.brand in {None, segment.brand}
