"""A process that is paused before its call wakes up when others have acted under the same key."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from typing_extensions import override

from ledgerline.base.ids import PaymentId, bucket_of
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.start_purchase import start_purchase
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
)
from ledgerline.rules.quote import Order
from tests.flow_world import World, open_world
from tests.relayed_psps import Relayed

ALL = (0, 4096)


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


async def _states(world: World, payment_id: PaymentId | None) -> list[str]:
    assert payment_id is not None
    rows = await world.rows(
        "SELECT state FROM attempt WHERE bucket = %s AND payment_id = %s",
        bucket_of(payment_id),
        payment_id,
    )
    return [state for (state,) in rows]
