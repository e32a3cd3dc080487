"""Who the subscribers of a demo are and what they do: drawn from a hash, never from chance."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from ledgerline.base.calendar import add_months
from ledgerline.catalog.model import BASE, Catalog, Coupon, PlanStatus

PPM: Final = 1_000_000
FIRST_MONTH_PERCENT: Final = 60
FIRST_DAY_PERCENT: Final = 25
_PLAN_WEIGHTS: Final = {
    "individual_monthly": 45, "individual_yearly": 8, "duo_monthly": 12, "duo_yearly": 3,
    "family_monthly": 20, "family_yearly": 4, "student_monthly": 8,
}  # fmt: skip
_EU: Final = frozenset({"SE", "DE", "FI", "FR", "ES", "IT", "NL", "PL", "GB", "CH"})
_TRIAL_PPM: Final = 300_000
_COUPON_PPM: Final = 80_000
_DAY_SECONDS: Final = 24 * 60 * 60
_ONE_PLACE_PPM: Final = 250_000
_ACT_DAYS: Final = (10, 300)


class ActKind(StrEnum):
    """What a subscriber does after joining."""

    CHANGE_NOW = "change_now"
    CHANGE_AT_PERIOD_END = "change_at_period_end"
    CANCEL_NOW = "cancel_now"
    CANCEL_AT_PERIOD_END = "cancel_at_period_end"
    REFUND = "refund"


_ACT_PPM: Final = (
    (ActKind.CHANGE_NOW, 100_000),
    (ActKind.CHANGE_AT_PERIOD_END, 80_000),
    (ActKind.CANCEL_NOW, 50_000),
    (ActKind.CANCEL_AT_PERIOD_END, 120_000),
    (ActKind.REFUND, 25_000),
)


class Act(NamedTuple):
    """One deed at one instant; ``plan_code`` is the plan a change goes to."""

    number: int
    at: datetime
    kind: ActKind
    plan_code: str


@dataclass(frozen=True, slots=True)
class Story:
    """One subscriber. ``places`` is at how many accounts each card is saved.

    ``list_minor`` is the price of the plan, which a shop knows when it saves the card.
    """

    number: int
    joins_at: datetime
    market_code: str
    currency: str
    plan_code: str
    list_minor: int
    segment: str
    places: int
    with_trial: bool
    coupon_code: str | None


class Drawn(NamedTuple):
    """Everybody, in order of joining, and everything they do, in order of time."""

    stories: Sequence[Story]
    acts: Sequence[Act]


@dataclass(frozen=True, slots=True)
class Teller:
    """Draws stories for one seed from what a catalog sells."""

    seed: int
    catalog: Catalog
    start: datetime
    months: int

    def draw(self, count: int) -> Drawn:
        """Draw ``count`` subscribers.

        A quarter joins on the first day, 60 % by the end of the first month, the rest evenly after.
        """
        stories = sorted(
            (self._story(number, count) for number in range(count)),
            key=lambda one: (one.joins_at, one.number),
        )
        acts = sorted(act for story in stories for act in self._acts(story))
        return Drawn(stories, sorted(acts, key=lambda act: (act.at, act.number, act.kind)))

    def _story(self, number: int, count: int) -> Story:
        market = self.catalog.markets[self._below(len(self.catalog.markets), number, "market")]
        plan = self._weighted(self._plans(), number)
        return Story(
            number=number,
            joins_at=_past_midnight(self._joins_at(number, count)),
            market_code=market.code,
            currency=market.currency,
            plan_code=plan,
            list_minor=self._list_minor(plan, market.code),
            segment=self._segment(market.code, number),
            places=1 if self._below(PPM, number, "places") < _ONE_PLACE_PPM else 2,
            with_trial=self._below(PPM, number, "trial") < _TRIAL_PPM,
            coupon_code=self._coupon(number, market.currency),
        )

    def _plans(self) -> list[str]:
        """Which plans are drawn from: those on sale that a subscriber of any market can have."""
        return [
            plan.code
            for plan in self.catalog.plans
            if plan.status is PlanStatus.ON_SALE and plan.code in _PLAN_WEIGHTS
        ]

    def _list_minor(self, plan: str, market: str) -> int:
        """Return what the last phase of a plan costs in a market."""
        prices = [
            one
            for one in self.catalog.prices
            if (one.plan_code, one.market_code, one.component) == (plan, market, BASE)
        ]
        return round(max(prices, key=lambda one: one.phase_no).unit)

    def _joins_at(self, number: int, count: int) -> datetime:
        early = count if self.months == 1 else count * FIRST_MONTH_PERCENT // 100
        second = self._month(1)
        if number < count * FIRST_DAY_PERCENT // 100:
            return self.start + timedelta(seconds=self._below(_DAY_SECONDS, number, "joins"))
        if number < early:
            span = int((second - self.start).total_seconds())
            return self.start + timedelta(seconds=self._below(span, number, "joins"))
        span = int((self.end - second).total_seconds())
        slot = max(1, span // (count - early))
        offset = (number - early) * slot + self._below(slot, number, "joins")
        return second + timedelta(seconds=offset)

    @property
    def end(self) -> datetime:
        """The last instant of the demo: the last day of its last month begins."""
        return self._month(self.months) - timedelta(days=1)

    def _month(self, number: int) -> datetime:
        day = add_months(self.start.date(), number, anchor_day=self.start.day)
        return self.start.replace(year=day.year, month=day.month)

    def _segment(self, market: str, number: int) -> str:
        kind = "credit" if self._below(2, number, "card") else "debit"
        if self._below(PPM, number, "prepaid") < PPM // 20:
            return "prepaid"
        if market in _EU:
            return f"eu-{kind}"
        return f"us-{kind}" if market == "US" else "other"

    def _weighted(self, plans: Sequence[str], number: int) -> str:
        weights = [_PLAN_WEIGHTS[plan] for plan in plans]
        drawn = self._below(sum(weights), number, "plan")
        for plan, weight in zip(plans, weights, strict=True):
            if drawn < weight:
                return plan
            drawn -= weight
        raise AssertionError(number)

    def _coupon(self, number: int, currency: str) -> str | None:
        if self._below(PPM, number, "coupon") >= _COUPON_PPM:
            return None
        usable: list[Coupon] = [
            one for one in self.catalog.coupons if one.currency in (None, currency)
        ]
        return usable[self._below(len(usable), number, "which")].code if usable else None

    def _acts(self, story: Story) -> list[Act]:
        acts = []
        plans = self._plans()
        others = [plan for plan in plans if plan != story.plan_code]
        low, high = _ACT_DAYS
        for kind, ppm in _ACT_PPM:
            if self._below(PPM, story.number, kind) >= ppm:
                continue
            days = low + self._below(high - low, story.number, f"{kind} day")
            at = story.joins_at + timedelta(days=days)
            plan = others[self._below(len(others), story.number, f"{kind} plan")]
            if at < self.end:
                acts.append(Act(story.number, at, kind, plan))
        return acts

    def _below(self, bound: int, number: int, what: str) -> int:
        """Draw a whole number in [0, bound) that belongs to a subscriber and a question."""
        name = f"{self.seed}:{number}:{what}".encode()
        return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest()) % bound


def _past_midnight(instant: datetime) -> datetime:
    """Keep off the instant at which what fell due before is worked off."""
    at_midnight = instant.time() == time.min
    return instant + timedelta(seconds=1) if at_midnight else instant
