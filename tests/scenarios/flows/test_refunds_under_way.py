"""Refunds under way while service is cut: what they may still take is kept back, and owed after."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from typing_extensions import override

from ledgerline.base.ids import bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.flows.change_subscription import Changed, change_subscription
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.model import (
    Action,
    ChargeKind,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentRefund,
)
from ledgerline.rules.change import Change
from ledgerline.subscriptions.model import Timing
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Mute, Relayed
from tests.scenarios.flows.test_exact_money import PLANS, noon, sold


@dataclass(slots=True)
class Slow(Relayed):
    """A provider that answers nothing at first, and refuses refunds when it is asked."""

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, Lookup):
            if what.kind == "refund":
                return Reading(Outcome.DECLINED, EvidenceKind.STATUS_QUERY)
            return await self.gateway.call(what)
        if not isinstance(what, SentRefund):
            await self.gateway.call(what)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


async def _refund_under_way(world: World) -> tuple[Shopper, Bought]:
    """Buy a month, and have 1500 of it on the way back without an answer."""
    shopper = await world.shopper("XX")
    bought = await world.buy(shopper, "small")
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, 1500, "goodwill")
    await request_refund(world.run, Slow(world.psps), order)
    world.run = world.run.at(noon(1, 16))
    await world.simulator.control("clock", {"now": world.now.isoformat()})
    return shopper, bought


async def test_a_refund_that_fails_after_a_cancellation_is_owed(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with sold(fresh_database_url, tmp_path, *PLANS) as world:
        shopper, bought = await _refund_under_way(world)
        await world.cancel(bought)
        assert await world.credit(shopper.customer_id) == 826
        # when
        await resolve_refunds(world.run, Slow(world.psps), buckets=ALL)
        # then
        assert await world.credit(shopper.customer_id) == 1600


@pytest.mark.parametrize("first", ["refund fails", "change is paid"])
async def test_a_change_that_waits_while_a_refund_fails_gives_back_all_that_is_unused(
    first: str, fresh_database_url: str, tmp_path: Path
) -> None:
    async with sold(fresh_database_url, tmp_path, *PLANS) as world:
        # given a change that was decided while 1500 were on their way back
        shopper, bought = await _refund_under_way(world)
        slow = Slow(world.psps)
        change = Change(bought.subscription_id, "big", None, Timing.NOW)
        became = await change_subscription(world.run, slow, change)
        assert became.changed is Changed.WAITS
        # when the refund fails and the change is paid, in either order
        world.run = world.run.at(world.now + timedelta(minutes=1))
        if first == "refund fails":
            await resolve_refunds(world.run, slow, buckets=ALL)
            await resolve_attempts(world.run, slow, buckets=ALL)
        else:
            await resolve_attempts(world.run, slow, buckets=ALL)
            await resolve_refunds(world.run, slow, buckets=ALL)
        # then 3200 cost 2374 from the card, and of the 1600 unused 774 are left
        assert ("payment", 2374) in await world.receipts(shopper.customer_id)
        assert await world.credit(shopper.customer_id) == 774


@pytest.mark.parametrize("order", list(permutations(("succeeds", "fails", "is paid"))))
async def test_of_two_refunds_under_way_a_change_keeps_back_what_each_may_still_take(
    order: tuple[str, ...], fresh_database_url: str, tmp_path: Path
) -> None:
    async with sold(fresh_database_url, tmp_path, *PLANS) as world:
        # given 1000 that go back without an answer, 500 that never will, and a change that waits
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "small")
        assert bought.payment_id is not None
        refunds = {
            end: await request_refund(
                world.run, psps(world.psps), RefundOrder(bought.payment_id, amount, "goodwill")
            )
            for end, amount, psps in (("succeeds", 1000, Mute), ("fails", 500, Slow))
        }
        world.run = world.run.at(noon(1, 16))
        await world.simulator.control("clock", {"now": world.now.isoformat()})
        slow = Slow(world.psps)
        change = Change(bought.subscription_id, "big", None, Timing.NOW)
        became = await change_subscription(world.run, slow, change)
        assert became.changed is Changed.WAITS
        world.run = world.run.at(world.now + timedelta(minutes=1))
        # when all three come to their end, in any order
        for end in order:
            if end == "is paid":
                await resolve_attempts(world.run, slow, buckets=ALL)
                continue
            told = world.psps if end == "succeeds" else slow
            amount = Money(1000 if end == "succeeds" else 500, Currency("EUR"))
            asked = Lookup(ChargeKind.REFUND, "aster", str(refunds[end]), amount)
            await settle_refund(
                world.run,
                bucket=bucket_of(refunds[end]),
                refund_id=refunds[end],
                reading=await told.call(asked),
            )
        # then of 1600 unused the refund took 516; 2374 were paid instead of 3200 with the rest
        assert ("payment", 2374) in await world.receipts(shopper.customer_id)
        assert await world.credit(shopper.customer_id) == 1600 - 516 - (3200 - 2374)
