"""What PostgreSQL rolls back for the sake of another is done again, and done once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection
from structlog.testing import capture_logs

from ledgerline.base.errors import CommitUnknown, TryAgain, Unavailable
from ledgerline.base.repeating import TRIES_MAX, repeated
from ledgerline.base.run import Run
from tests.concurrency.gate import PATIENCE_SECONDS, held, until_waiting
from tests.flow_world import World

INVOICE = "SELECT FROM invoice WHERE id = %s FOR UPDATE"
SUBSCRIPTION = "SELECT FROM subscription WHERE id = %s FOR UPDATE"
CUSTOMER = "SELECT FROM customer WHERE id = %s FOR UPDATE"


async def test_the_victim_of_a_deadlock_cancels_all_the_same(world: World) -> None:
    # given somebody who locks from the bottom up, which nothing of ours does
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    async with await AsyncConnection.connect(world.url) as other:
        await other.execute("SET deadlock_timeout = '20s'")  # so that the other side notices
        await other.execute(INVOICE, [bought.invoice_id])
        with capture_logs() as said:
            canceling = asyncio.create_task(world.cancel(bought))
            await until_waiting(world, 1)
            await other.execute(
                "SELECT FROM subscription WHERE id = %s FOR UPDATE", [bought.subscription_id]
            )
            await other.rollback()
            await canceling
    # then
    assert _repeats(said) == ["cancel_subscription"]
    assert await world.state(bought.subscription_id) == "canceled"
    assert await world.notes(shopper.customer_id) == [("canceled", 1008, 191, 1199)]


async def test_a_purchase_that_waits_too_long_for_a_lock_is_made_once(world: World) -> None:
    # given
    shopper = await world.shopper()
    with capture_logs() as said:
        async with held(world, CUSTOMER, shopper.customer_id):
            buying = asyncio.create_task(world.buy(shopper))
            await _until_repeated(said)
        bought = await buying
    # then
    assert set(_repeats(said)) == {"_begin"}
    assert await world.captures(bought.payment_id) == [1199]


async def test_a_locked_row_keeps_no_other_of_its_batch_from_its_end(
    fresh_world: World,
) -> None:
    # given three charges whose answers were lost, and somebody at work on one of them
    world = fresh_world
    bought = [await world.buy(await world.shopper(token="tok_500_after")) for _ in range(3)]
    async with held(world, SUBSCRIPTION, bought[1].subscription_id):
        # when
        with pytest.raises(TryAgain):
            await world.advance(world.now + timedelta(minutes=1))
    # then
    assert [await world.state(one.subscription_id) for one in bought] == [
        "active", "incomplete", "active",
    ]  # fmt: skip
    await world.advance(world.now + timedelta(hours=1))
    assert await world.state(bought[1].subscription_id) == "active"
    assert await world.captures(bought[1].payment_id) == [1199]


@pytest.mark.parametrize(
    ("failure", "times"), [(TryAgain("40001"), TRIES_MAX), (Unavailable("away"), 1),
                           (CommitUnknown("broken"), 1)],
)  # fmt: skip
async def test_only_what_was_rolled_back_is_repeated_and_not_for_ever(
    failure: Exception, times: int, world: World
) -> None:
    # given
    tried: list[int] = []

    @repeated
    async def work(run: Run, number: int) -> None:
        assert run is world.run
        tried.append(number)
        raise failure

    # when
    with pytest.raises(type(failure)):
        await work(world.run, 7)
    # then
    assert tried == [7] * times


async def _until_repeated(said: Sequence[Mapping[str, Any]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if _repeats(said):
                return
            await asyncio.sleep(0.01)


def _repeats(said: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [one["work"] for one in said if one["event"] == "transaction repeated"]
