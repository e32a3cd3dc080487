"""Two processes on the same rows, one of them held up: what chaos runs found, one by one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from ledgerline.base.ids import PaymentId
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.relay_events import relay_events
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_refunds import resolve_refunds
from tests.flow_values import Bought
from tests.flow_world import World, open_world
from tests.relayed_psps import Mute

ALL = (0, 4096)


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def test_later_event_waits_for_the_one_that_another_relay_holds(world: World) -> None:
    # given a subscription with two events, and a relay that holds the first and goes no further
    bought = await world.buy(await world.shopper(), "individual_yearly")
    await world.write("BEGIN")
    first = "SELECT seq FROM event WHERE aggregate_id = %s AND seq = 1 FOR NO KEY UPDATE"
    assert await world.rows(first, bought.subscription_id) == [(1,)]
    # when another relay does all it can
    while await relay_events(world.run, buckets=ALL):
        pass
    # then it has not told the second before the first
    relayed = "SELECT seq FROM event WHERE aggregate_id = %s AND relayed_at IS NOT NULL"
    assert await world.rows(relayed, bought.subscription_id) == []
    # and when the first relay dies, both go out
    await world.write("ROLLBACK")
    while await relay_events(world.run, buckets=ALL):
        pass
    assert await world.rows(relayed + " ORDER BY seq", bought.subscription_id) == [(1,), (2,)]


async def test_stamps_of_a_series_never_go_back_with_the_clock_of_a_slow_worker(
    world: World,
) -> None:
    # given documents numbered by a worker whose clock is ahead
    await world.buy(await world.shopper(), "individual_yearly")
    while await number_documents(world.run.at(world.now + timedelta(minutes=5))):
        pass
    # when a worker whose clock is behind numbers the next
    await world.buy(await world.shopper(), "individual_yearly")
    while await number_documents(world.run):
        pass
    # then position order is still the order of stamping
    backwards = """
        SELECT FROM document_number a JOIN document_number b USING (series_id)
         WHERE a.position < b.position AND a.stamped_at > b.stamped_at"""
    assert await world.rows(backwards) == []
    assert await world.value("SELECT count(*) FROM document_number") == 4


async def test_plan_can_change_in_the_instant_in_which_it_was_bought(world: World) -> None:
    # given
    bought = await world.buy(await world.shopper(), "individual_yearly")
    # when the clock of the sandbox has not moved meanwhile
    await world.change(bought, "family_yearly")
    # then there is one cover from that instant, of the new plan
    [(start, _, _)] = await world.covers(bought.subscription_id)
    assert start == world.now


async def test_change_that_waited_for_a_refund_credits_only_what_is_left(world: World) -> None:
    # given a paid year of which a part is being refunded
    bought = await world.buy(await world.shopper(), "individual_yearly")
    assert bought.payment_id is not None
    order = RefundOrder(PaymentId(bought.payment_id), 100, "asked")
    await request_refund(world.run, Mute(world.psps), order)
    # when the refund ends while a change of plan, which read the lines before, waits for it
    await world.write("BEGIN")
    await world.rows("SELECT id FROM invoice WHERE id = %s FOR UPDATE", bought.invoice_id)
    later = world.run.at(world.now + timedelta(minutes=1))
    refunding = asyncio.create_task(resolve_refunds(later, world.psps, buckets=ALL))
    await _until_waiting(world, 1)
    world.run = later
    changing = asyncio.create_task(world.change(bought, "family_yearly"))
    await _until_waiting(world, 2)
    await world.write("COMMIT")
    await asyncio.gather(refunding, changing)
    # then the invoice is credited once, not more than it claims
    assert await _credited(world, bought) == (True, 2)


async def _until_waiting(world: World, number: int) -> None:
    waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(100):
        while await world.value(waiting) < number:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


async def _credited(world: World, bought: Bought) -> tuple[bool, int]:
    [row] = await world.rows(
        "SELECT i.credited_minor = i.total_minor, (SELECT count(*) FROM credit_note n"
        " WHERE n.invoice_id = i.id) FROM invoice i WHERE i.id = %s",
        bought.invoice_id,
    )
    return row[0], row[1]
