"""Numbering that is killed at any moment, and credit notes that race for the same money."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerline.base.errors import Rejected
from ledgerline.datasets.audit import audit
from ledgerline.flows.give_credit import CreditGift, give_credit
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.verify_documents import verify_documents
from tests.flow_world import World

BUYERS = 24
WORKERS = 6


async def _killed_again_and_again(world: World, worker: int, done: asyncio.Event) -> int:
    """Let a worker number a few documents at a time, killed over and over; return how often."""
    killed = 0
    while not done.is_set():
        task = asyncio.create_task(number_documents(world.run, limit=3))
        await asyncio.sleep(0.001 * (1 + (worker * 7 + killed * 3) % 11))
        if not task.done():
            task.cancel()
            killed += 1
        with suppress(asyncio.CancelledError):
            await task
    return killed


async def test_numbering_that_is_killed_leaves_no_gap_and_no_double(fresh_world: World) -> None:
    world = fresh_world
    # given workers that are killed while documents are issued
    done = asyncio.Event()
    late = replace(world, run=world.run.at(world.now + timedelta(hours=1)))
    workers = [asyncio.create_task(_killed_again_and_again(late, n, done)) for n in range(WORKERS)]
    for number in range(BUYERS):
        at = world.run.at(world.now + timedelta(seconds=number))
        await replace(world, run=at).buy(await world.shopper())
    done.set()
    killed = sum(await asyncio.gather(*workers))
    # when what is left is numbered
    while await number_documents(late.run):
        pass
    # then many were killed, and every document has one number, in the order of issue
    assert killed > WORKERS
    assert await world.value("SELECT count(*) FROM numbering_queue") == 0
    found = await verify_documents(world.run, rebuild=True)
    assert [fault for one in found for fault in one.faults] == []
    assert {one.kind: one.documents for one in found} == {"invoice": BUYERS, "receipt": BUYERS}
    stamped = await world.rows(
        "SELECT q.issued_at FROM invoice q JOIN document_number d ON d.document_id = q.id"
        " ORDER BY d.position"
    )
    assert stamped == sorted(stamped)


@pytest.mark.parametrize("gifts", [0, 5, 10])
async def test_credit_notes_in_a_race_never_give_back_more_than_was_paid(
    fresh_world: World, gifts: int
) -> None:
    world = fresh_world
    # given one invoice of 1199
    bought = await world.buy(await world.shopper())
    payment_id = bought.payment_id
    assert payment_id is not None

    async def ask(number: int) -> object:
        if number < gifts:
            return await give_credit(world.run, CreditGift(payment_id, 250))
        return await request_refund(
            world.run, world.psps, RefundOrder(payment_id, 250, f"no {number}")
        )

    # when ten ask at once for 250 of it each, for some of it as credit
    asked = await asyncio.gather(*(ask(n) for n in range(10)), return_exceptions=True)
    # then four got it, and the others were refused
    refused = [one for one in asked if isinstance(one, BaseException)]
    assert len(asked) - len(refused) == 4
    assert all(isinstance(one, Rejected) for one in refused), refused
    # and the documents say so
    while await number_documents(world.run):
        pass
    assert await world.rows(
        "SELECT count(*), sum(total_minor), sum(tax_minor) FROM credit_note"
    ) == [(4, 1000, 159)]
    assert [one.invariant.id for one in await audit(world.run)] == []


async def test_gifts_that_race_with_a_cancellation_leave_it_what_they_left(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    payment_id = bought.payment_id
    assert payment_id is not None
    # when 250 of 1199 are given five times while it is cancelled, on its first day
    asked = await asyncio.gather(
        *(give_credit(world.run, CreditGift(payment_id, 250)) for _ in range(2)),
        world.cancel(bought),
        *(give_credit(world.run, CreditGift(payment_id, 250)) for _ in range(3)),
        return_exceptions=True,
    )
    # then all of it was given back once, and whoever came too late was refused
    refused = [one for one in asked if isinstance(one, BaseException)]
    assert all(isinstance(one, Rejected) for one in refused), refused
    assert await world.value("SELECT sum(total_minor) FROM credit_note") == 1199
    assert [one.invariant.id for one in await audit(world.run)] == []
