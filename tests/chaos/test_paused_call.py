"""A process that is paused before its call wakes up when others have acted under the same key."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from typing_extensions import override

from ledgerline.base.http import HttpClient
from ledgerline.base.ids import PaymentId, bucket_of
from ledgerline.base.moments import moment
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.start_purchase import start_purchase
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
)
from ledgerline.rules.quote import Order
from tests.clocks import Slept
from tests.flow_world import World, open_world
from tests.relayed_psps import Relayed

ALL = (0, 4096)
KEYS_KEPT = timedelta(days=7)  # by the simulated provider


@dataclass(slots=True)
class Paused(Relayed):
    """A provider whose first caller sleeps before the first byte and then sends nothing.

    Whoever sends under the same key meanwhile is executed, and the answer is lost.
    """

    asleep: asyncio.Event = field(default_factory=asyncio.Event)
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, Lookup):
            return await self.gateway.call(what)
        if not self.asleep.is_set():
            self.asleep.set()
            await self.awake.wait()
            return Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
        executed = await self.gateway.call(what)
        assert executed.outcome is Outcome.SUCCEEDED, executed
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def test_not_sent_by_me_is_no_proof_once_the_resolver_has_sent(world: World) -> None:
    # given a purchase whose process is paused between its commit and the first byte
    shopper, provider = await world.shopper(), Paused(world.psps)
    order = Order(shopper.customer_id, "individual_yearly")
    buying = asyncio.create_task(
        start_purchase(world.run, provider, order, payment_method_id=shopper.method_id)
    )
    await provider.asleep.wait()
    # and a resolver that replays the same key, which executes, and whose answer is lost
    later = world.run.at(world.now + timedelta(minutes=1))
    assert await resolve_attempts(later, provider, buckets=ALL) == 1
    # when the paused process goes on: its own call sent nothing
    provider.awake.set()
    bought = await world.bought((await buying).purchase_id)
    # then the attempt stays open until the provider says what happened
    assert await _states(world, bought.payment_id) == ["unknown"]
    much_later = world.run.at(world.now + timedelta(hours=1))
    assert await resolve_attempts(much_later, provider, buckets=ALL) == 1
    assert await _states(world, bought.payment_id) == ["succeeded"]


async def test_refund_not_sent_by_me_is_no_proof_once_the_resolver_has_sent(world: World) -> None:
    # given a refund whose process is paused between its commit and the first byte
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    provider = Paused(world.psps)
    order = RefundOrder(PaymentId(bought.payment_id), None, "asked")
    asking = asyncio.create_task(request_refund(world.run, provider, order))
    await provider.asleep.wait()
    # and a resolver that replays the same key, which executes, and whose answer is lost
    later = world.run.at(world.now + timedelta(minutes=1))
    assert await resolve_refunds(later, provider, buckets=ALL) == 1
    # when the paused process goes on: its own call sent nothing
    provider.awake.set()
    refund_id = await asking
    # then the reservation is kept and the money is not given back twice
    state = "SELECT state FROM refund WHERE id = %s"
    assert await world.value(state, refund_id) == "unknown"
    much_later = world.run.at(world.now + timedelta(hours=1))
    assert await resolve_refunds(much_later, provider, buckets=ALL) == 1
    assert await world.value(state, refund_id) == "succeeded"


@dataclass(slots=True)
class _Lost(Relayed):
    """A process that dies between its commit and its call."""

    @override
    async def call(self, what: Action) -> Reading:
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


async def _through(world: World, client: HttpClient) -> Gateway:
    """Return the gateway of another machine, to the same accounts."""
    merchants = await read_merchants(world.run)
    return Gateway({one.code: Connection(one, Sandbox()) for one in merchants}, client)


@dataclass(slots=True)
class _Asleep(Relayed):
    """A machine that goes to sleep after its decision; the call goes out when it wakes."""

    asleep: asyncio.Event = field(default_factory=asyncio.Event)
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def call(self, what: Action) -> Reading:
        self.asleep.set()
        await self.awake.wait()
        return await self.gateway.call(what)


async def test_machine_that_slept_until_its_key_was_forgotten_charges_nobody_again(
    world: World,
) -> None:
    # given a purchase that is committed on a machine which then sleeps
    shopper, clock = await world.shopper(), Slept()
    order = Order(shopper.customer_id, "individual_yearly")
    async with HttpClient(clock=clock) as client:
        sleeping = _Asleep(await _through(world, client))
        buying = asyncio.create_task(
            start_purchase(world.run, sleeping, order, payment_method_id=shopper.method_id)
        )
        await sleeping.asleep.wait()
        # and another machine that sends it under the same key, which its provider then forgets
        later = world.run.at(world.now + timedelta(minutes=1))
        assert await resolve_attempts(later, world.psps, buckets=ALL) == 1
        longer = KEYS_KEPT + timedelta(hours=1)
        await world.simulator.control("clock", {"now": (world.now + longer).isoformat()})
        # when the first one wakes
        clock.since_boot = clock.wall = longer.total_seconds()
        sleeping.awake.set()
        bought = await world.bought((await buying).purchase_id)
    # then its call did not leave
    assert await _states(world, bought.payment_id) == ["succeeded"]
    assert len(await world.captures(bought.payment_id)) == 1


async def test_replay_that_was_decided_before_a_sleep_is_not_sent_after_it(world: World) -> None:
    # given a purchase whose call never left
    shopper = await world.shopper()
    order = Order(shopper.customer_id, "individual_yearly")
    lost = _Lost(world.psps)
    started = await start_purchase(world.run, lost, order, payment_method_id=shopper.method_id)
    bought = await world.bought(started.purchase_id)
    # when a resolver whose clock was read before its machine slept finds nothing
    before = moment()
    clock = Slept(since_boot=3600.0)
    stale = world.run.at(world.now + timedelta(minutes=1), read_at=before)
    async with HttpClient(clock=clock) as client:
        assert await resolve_attempts(stale, await _through(world, client), buckets=ALL) == 1
    # then it does not send, and one that is awake does
    assert await world.captures(bought.payment_id) == []
    assert await _states(world, bought.payment_id) == ["unknown"]
    awake = world.run.at(world.now + timedelta(minutes=10))
    assert await resolve_attempts(awake, world.psps, buckets=ALL) == 1
    assert len(await world.captures(bought.payment_id)) == 1


async def _states(world: World, payment_id: PaymentId | None) -> list[str]:
    assert payment_id is not None
    rows = await world.rows(
        "SELECT state FROM attempt WHERE bucket = %s AND payment_id = %s",
        bucket_of(payment_id),
        payment_id,
    )
    return [state for (state,) in rows]
