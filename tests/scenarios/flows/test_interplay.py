"""What can happen to a subscription, each with each, in every order: money is never wrong after.

The oracle knows no rule of ours: who was not given anything pays for each day what the items in
force cost that day, and nothing else; goodwill may only lower it, by no more than was given.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from itertools import permutations
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

import pytest
from typing_extensions import override

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PaymentId
from ledgerline.datasets.audit import audit
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import change_subscription
from ledgerline.flows.pause_subscription import pause_subscription
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resume_subscription import Resumption, resume_subscription
from ledgerline.flows.undo_scheduled import undo_scheduled
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
)
from ledgerline.rules.change import Change
from ledgerline.subscriptions.model import Anchor, Timing
from tests.flow_catalog import Offer, Place, small_catalog
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world
from tests.relayed_psps import Relayed

BEGIN: Final = datetime(2026, 1, 1, 9, tzinfo=UTC)
ZONE: Final = "Europe/Berlin"
PRICES: Final = {"small": 3100, "big": 6200}
GOODWILL: Final = 300
TRIPLES: Final = 60  # beside every pair; the long form tells all 4080
SILENT_LOOKS: Final = 6  # a look comes after seconds at first, the seventh after 38 hours
SIDE_BY_SIDE: Final = 6
ACTS_MAX: Final = 3
REFUSED: Final = frozenset(
    {
        "change_in_progress", "change_refused", "exceeds_line_remainder", "nothing_to_change",
        "not_paused", "nothing_to_undo", "pause_limit_reached", "payment_in_progress",
        "refund_exceeds_captured", "settle_first",
    }
)  # fmt: skip


FATE: Final[ContextVar[str]] = ContextVar("fate", default="")
"""What becomes of the next charge or refund: nothing special, or one of the words below."""


@dataclass(slots=True)
class Fated(Relayed):
    """A provider that refuses, answers nothing, is silent for long, or refuses in the end."""

    silent: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, Lookup):
            return await self._asked(what)
        match FATE.get():
            case "declined":
                return _refusal(EvidenceKind.RESPONSE)
            case "declined later":
                self.refused.add(what.reference)
            case "unknown":
                await self.gateway.call(what)
            case "silent":
                await self.gateway.call(what)
                self.silent[what.reference] = SILENT_LOOKS
            case _:
                return await self.gateway.call(what)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)

    async def _asked(self, what: Lookup) -> Reading:
        if what.reference in self.refused:
            return _refusal(EvidenceKind.STATUS_QUERY)
        if self.silent[what.reference] > 0:
            self.silent[what.reference] -= 1
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY)
        return await self.gateway.call(what)


def _refusal(kind: EvidenceKind) -> Reading:
    return Reading(Outcome.DECLINED, kind, category=DeclineCategory.EXPIRED_CARD)


@dataclass(frozen=True, slots=True)
class Story:
    """One subscription and what happens to it, in order."""

    shopper: Shopper
    bought: Bought
    acts: Sequence[str]

    async def do(self, world: World, n: int) -> None:
        """Do the nth thing, if there is one; it may be refused for a reason that is known."""
        if n >= len(self.acts):
            return
        what, _, fate = self.acts[n].partition(", ")
        FATE.set(fate)  # of this task alone
        try:
            await self._do(world, what)
        except Rejected as refused:
            if refused.code not in REFUSED:
                raise

    async def _do(self, world: World, what: str) -> None:
        """Do one thing."""
        subscription_id = self.bought.subscription_id
        match what:
            case "cancel" | "cancel at the end":
                timing = Timing.NOW if what == "cancel" else Timing.PERIOD_END
                await cancel_subscription(world.run, subscription_id, timing=timing)
            case "refund":
                payment_id = cast("PaymentId", self.bought.payment_id)
                order = RefundOrder(payment_id, GOODWILL, "sorry")
                await request_refund(world.run, world.psps, order)
            case "refund days":
                payment_id = cast("PaymentId", self.bought.payment_id)
                order = RefundOrder(payment_id, None, "moved", world.now.date())
                await request_refund(world.run, world.psps, order)
            case "pause":
                await pause_subscription(world.run, subscription_id)
            case "resume":
                asked = Resumption(subscription_id, Anchor.KEEP)
                await resume_subscription(world.run, world.psps, asked)
            case "undo":
                await undo_scheduled(world.run, subscription_id, seq=None)
            case _:
                await change_subscription(world.run, world.psps, self._change(what))

    def _change(self, what: str) -> Change:
        plan, quantity, timing = {
            "bigger": ("big", None, Timing.NOW),
            "smaller": ("small", None, Timing.NOW),
            "bigger at the end": ("big", None, Timing.PERIOD_END),
            "more": (None, 3, Timing.NOW),
            "fewer": (None, 1, Timing.NOW),
        }[what]
        return Change(self.bought.subscription_id, plan, quantity, timing)


ACTS: Final = (
    "cancel", "cancel at the end", "refund", "refund, unknown", "refund, declined later",
    "refund days", "refund days, unknown",
    "bigger", "bigger, declined", "bigger, unknown", "bigger, silent", "bigger at the end",
    "smaller", "more", "more, silent", "fewer", "undo",
)  # fmt: skip


RESUMES: Final = ("resume", "resume, declined", "resume, unknown", "resume, silent")


def _pauses() -> list[tuple[str, ...]]:
    """Give everything else before a pause, in it and after it, each with a way to resume."""
    found: list[tuple[str, ...]] = []
    for place, act in enumerate(ACTS):
        one, other = RESUMES[place % len(RESUMES)], RESUMES[(place + 1) % len(RESUMES)]
        found += [("pause", act, one), (act, "pause", other), ("pause", other, act)]
    return [*found, *permutations(("pause", *RESUMES), 3)]


def _orders(triples: int) -> list[tuple[str, ...]]:
    """Give every ordered pair of acts, and so many triples by chance."""
    by_chance = sorted(permutations(ACTS, 3), key=_chance)
    return [*permutations(ACTS, 2), *by_chance[:triples]]


def _chance(acts: Sequence[str]) -> bytes:
    return sha256("; ".join(acts).encode()).digest()


TIMES: Final = pytest.mark.parametrize(
    ("first", "apart"),
    [
        pytest.param(datetime(2026, 1, 11, 9, tzinfo=UTC), timedelta(0), id="at once"),
        pytest.param(datetime(2026, 1, 11, 9, tzinfo=UTC), timedelta(days=4), id="days apart"),
        pytest.param(datetime(2026, 1, 31, 9, tzinfo=UTC), timedelta(hours=8), id="a boundary"),
    ],
)


@TIMES
async def test_whatever_happens_in_whatever_order_money_is_right(
    first: datetime,
    apart: timedelta,
    fresh_database_url: str,
    tmp_path: Path,
    long_form: bool,
) -> None:
    orders = _orders(10_000 if long_form else TRIPLES)
    await _play(fresh_database_url, tmp_path, orders, first=first, apart=apart)


@TIMES
async def test_a_pause_meets_everything_else_and_money_is_right(
    first: datetime, apart: timedelta, fresh_database_url: str, tmp_path: Path
) -> None:
    said = await _play(fresh_database_url, tmp_path, _pauses(), first=first, apart=apart)
    # and most of it did happen
    assert said["paused"] > 60
    assert said["resumed"] > 30


async def _play(
    url: str, folder: Path, orders: Sequence[Sequence[str]], *, first: datetime, apart: timedelta
) -> Counter[str]:
    """Let it all happen and hold it against what is right; count what the logs say."""
    offers = [Offer(plan, amount) for plan, amount in PRICES.items()]
    catalog = small_catalog(*offers, place=Place(zone=ZONE, rate_ppm=190_000))
    async with open_world(url, folder, at=BEGIN, catalog=catalog) as world:
        # given subscriptions of two units, bought on the first of January
        world.psps = cast("Gateway", Fated(world.psps))
        stories = [await _begun(world, acts) for acts in orders]
        # when to each three things happen, in an order of its own
        await world.advance(first)
        for n in range(ACTS_MAX):
            for at in range(0, len(stories), SIDE_BY_SIDE):
                some = stories[at : at + SIDE_BY_SIDE]
                await asyncio.gather(*(story.do(world, n) for story in some))
            if apart:
                await world.advance(world.now + apart)
        await world.advance(datetime(2026, 3, 10, 9, tzinfo=UTC))
        # then
        assert await audit(world.run) == []
        assert [one for story in stories if (one := await _wrong(world, story))] == []
        log = await world.rows("SELECT kind, count(*) FROM subscription_event GROUP BY kind")
        return Counter(dict(log))


async def _begun(world: World, acts: Sequence[str]) -> Story:
    shopper = await world.shopper("XX")
    return Story(shopper, await world.buy(shopper, "small", quantity=2), acts)


async def _wrong(world: World, story: Story) -> str | None:
    """Hold what was kept of a customer's money against what the days cost; None if that fits."""
    balances = await world.balances(story.shopper.customer_id)
    kept = balances.get("psp_clearing", 0) + balances.get("customer_credit", 0)
    refunded: int = await world.value(
        "SELECT coalesce(sum(f.amount_minor), 0)::bigint FROM refund f WHERE f.customer_id = %s"
        " AND f.state = 'succeeded' AND f.cause = 'asked'",
        story.shopper.customer_id,
    )
    lines = await world.lines(story.bought.subscription_id)
    cost = await _cost(world, story.bought)
    right = cost - refunded - len(lines) <= kept <= cost + len(lines)
    if right and not balances.get("receivable"):
        return None
    items = await world.items(story.bought)
    return f"{story.acts}: {float(cost):.2f} due, {kept} kept; {items}; {lines}; {balances}"


async def _cost(world: World, bought: Bought) -> Fraction:
    """Add up what each day cost until service ended, or until the day that is paid."""
    [(ended_at, billed_through)] = await world.rows(
        "SELECT ended_at, billed_through FROM subscription WHERE id = %s", bought.subscription_id
    )
    end: date = billed_through if ended_at is None else ended_at.astimezone(ZoneInfo(ZONE)).date()
    rests = await _rests(world, bought)
    cost = Fraction(0)
    for _, plan, quantity, start, until in await world.items(bought):
        day = start
        while day < min(until or end, end):
            following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
            month = (following - day.replace(day=1)).days
            if not any(begins <= day < ends for begins, ends in rests):
                cost += Fraction(PRICES[plan] * quantity, month)
            day += timedelta(days=1)
    return cost


async def _rests(world: World, bought: Bought) -> list[tuple[date, date]]:
    """Read from when to when it was paused."""
    log = await world.rows(
        "SELECT kind, effective FROM subscription_event WHERE subscription_id = %s"
        " AND kind IN ('paused', 'resumed') ORDER BY seq",
        bought.subscription_id,
    )
    days = [*(day for _, day in log), date.max]
    return [(days[n], days[n + 1]) for n in range(0, len(log), 2)]
