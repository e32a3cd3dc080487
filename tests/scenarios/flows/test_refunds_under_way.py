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
from ledgerline.flows.pause_subscription import pause_subscription
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
from tests.disputing import broken
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
    return await _under_way(world, 1500)


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


@pytest.mark.parametrize("refunded", [3100, 1500])
@pytest.mark.parametrize("act", ["cancel", "pause"])
async def test_a_second_cut_owes_no_less_than_the_first(
    refunded: int, act: str, fresh_database_url: str, tmp_path: Path
) -> None:
    async with sold(fresh_database_url, tmp_path, *PLANS) as world:
        # given a month of 3100 of which some goes back without an answer
        shopper, bought = await _under_way(world, refunded)
        # when it is changed on the 16th, what came of it is cut on the 21st, and the refund fails
        await world.change(bought, "big")
        await _move(world, 21)
        if act == "cancel":
            await world.cancel(bought)
        else:
            await pause_subscription(world.run, bought.subscription_id)
        await resolve_refunds(world.run, Slow(world.psps), buckets=ALL)
        # then what was paid is what 15 days of the one and 5 of the other cost, and credit
        paid = sum(minor for _, minor in await world.receipts(shopper.customer_id))
        assert await world.credit(shopper.customer_id) == paid - 15 * 100 - 5 * 200
        assert set(await broken(world)) <= {"I-76"}  # its clock was not asked


async def test_fewer_units_and_then_a_cut_are_both_owed(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with sold(fresh_database_url, tmp_path, *PLANS) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "small", quantity=3)
        await _ask(world, bought, 9300)
        await _move(world, 16)
        await world.change(bought, quantity=2)
        await _move(world, 21)
        await world.cancel(bought)
        await resolve_refunds(world.run, Slow(world.psps), buckets=ALL)
        # then 15 days of three and 5 of two are what was used
        assert await world.credit(shopper.customer_id) == 9300 - 15 * 300 - 5 * 200
        assert set(await broken(world)) <= {"I-76"}  # its clock was not asked


async def _under_way(world: World, minor: int) -> tuple[Shopper, Bought]:
    shopper = await world.shopper("XX")
    bought = await world.buy(shopper, "small")
    await _ask(world, bought, minor)
    await _move(world, 16)
    return shopper, bought


async def _ask(world: World, bought: Bought, minor: int) -> None:
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, minor, "goodwill")
    await request_refund(world.run, Slow(world.psps), order)


async def _move(world: World, day: int) -> None:
    """Let it be noon of a day of January, without any work that is due by then."""
    world.run = world.run.at(noon(1, day))
    await world.simulator.control("clock", {"now": world.now.isoformat()})
