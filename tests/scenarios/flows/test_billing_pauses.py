"""A pause of billing: nothing is billed while it holds, and everything once after it."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from ledgerline.base.ids import BillRunId, Bucket
from ledgerline.datasets.audit import audit
from ledgerline.flows.bill_due import BatchBilled, bill_due
from ledgerline.flows.claim_key import Command
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.pause_billing import BillingPause, pause_billing
from ledgerline.flows.read_billing_pause import read_billing_pause
from ledgerline.flows.release_all_parked import preview_release_all, release_all_parked
from ledgerline.flows.resume_billing import resume_billing
from ledgerline.invoicing.model import BillingNotPaused, BillingPaused, NothingParked
from ledgerline.jobs.worker import work
from tests.concurrency.gate import held, until_waiting
from tests.flow_world import World

TRIALS_END = datetime(2026, 1, 30, 23, tzinfo=UTC)
NOTHING = BatchBilled(0, 0, 0, more=False)
_LOCK = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
_DONE = "SELECT coalesce(sum(invoiced + ended + parked), 0) FROM bill_run"


def _pause(world: World) -> BillingPause:
    id = world.run.new_id(Bucket(0))
    return BillingPause(id=id, by="mara", reason="prices are wrong", route="tests")


async def _move(world: World, to: datetime) -> None:
    """Move the clock and do nothing that is due."""
    await world.simulator.control("clock", {"now": to.isoformat()})
    assert await world.run.set_clock(to)
    world.run = world.run.at(to)


async def _bill(world: World, *, limit: int = 10_000) -> BatchBilled:
    bill_run_id = BillRunId(world.run.new_id(Bucket(0)))
    await open_bill_run(world.run, bill_run_id=bill_run_id)
    return await bill_due(world.run, bill_run_id=bill_run_id, buckets=ALL, limit=limit)


async def _until(world: World, sql: str) -> None:
    for _ in range(600):
        if await world.value(sql):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(sql)


async def test_in_the_middle_of_a_run_nothing_more_is_billed_until_it_is_resumed(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a run that has billed two of five
    for _ in range(5):
        await world.buy(await world.shopper(), trial=True)
    await _move(world, TRIALS_END)
    assert await _bill(world, limit=2) == (2, 0, 0, True)
    # when somebody pauses it
    pause = _pause(world)
    await pause_billing(world.run, pause)
    # then neither this run nor another one bills, and what is due stays due
    assert await _bill(world) == NOTHING
    assert await world.value(_DONE) == 2
    assert await read_billing_pause(world.run) is not None
    with pytest.raises(BillingPaused):
        await pause_billing(world.run, _pause(world))
    with pytest.raises(BillingNotPaused):
        await resume_billing(world.run, UUID(int=1), by="nils", route="tests")
    assert await audit(world.run) == []
    # when it is resumed, the rest is billed once
    await resume_billing(world.run, pause.id, by="nils", route="tests")
    assert await _bill(world) == (3, 0, 0, False)
    assert await _bill(world) == NOTHING
    with pytest.raises(BillingNotPaused):
        await resume_billing(world.run, pause.id, by="nils", route="tests")
    assert await world.rows(
        "SELECT act, actor, object_kind FROM audit_entry ORDER BY recorded_at"
    ) == [("billing_paused", "mara", "billing_pause"), ("billing_resumed", "nils", "billing_pause")]
    assert await audit(world.run) == []


async def test_a_clock_that_moves_on_bills_nothing_and_does_not_stand_still(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    pause = _pause(world)
    await pause_billing(world.run, pause)
    # when two periods begin while billing is paused
    done = await world.advance(world.now + timedelta(days=75))
    # then the clock does not stop at what is due and may not be billed
    assert (done.invoiced, done.steps < 100) == (0, True)
    assert await audit(world.run) == []  # also not that something due waits
    await resume_billing(world.run, pause.id, by="mara", route="tests")
    assert (await world.advance(world.now + timedelta(hours=1))).invoiced == 2
    assert len(await world.invoices(bought.subscription_id)) == 3


async def test_a_pause_waits_for_the_batch_that_is_on_its_way(fresh_world: World) -> None:
    world = fresh_world
    async with held(world, _LOCK, "billing"):
        pausing = asyncio.create_task(pause_billing(world.run, _pause(world)))
        await until_waiting(world, 1)
        assert await read_billing_pause(world.run) is None
    await pausing
    assert await read_billing_pause(world.run) is not None


async def test_of_two_pauses_one_holds_and_a_repeat_of_it_is_none(fresh_world: World) -> None:
    world = fresh_world
    pause = _pause(world)
    command = Command("mara", "key", b"f" * 32)
    ended = await asyncio.gather(
        pause_billing(world.run, pause, command=command),
        pause_billing(world.run.branch(), pause, command=command),
        pause_billing(world.run.branch(), _pause(world)),
        return_exceptions=True,
    )
    assert [type(one) for one in ended if one is not None] in ([BillingPaused], [BillingPaused] * 2)
    assert await world.value("SELECT count(*) FROM billing_pause") == 1


async def test_a_worker_bills_nothing_while_billing_is_paused(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper(), trial=True)
    await _move(world, TRIALS_END)
    pause = _pause(world)
    await pause_billing(world.run, pause)
    stop = asyncio.Event()
    working = asyncio.create_task(work(world.run, world.psps, jobs=("bill_due",), stop=stop))
    await _until(world, "SELECT count(*) > 0 FROM lease WHERE expires_at > '-infinity'")
    assert await world.value("SELECT count(*) FROM bill_run") == 0
    # when it is resumed the same worker goes on
    await resume_billing(world.run, pause.id, by="mara", route="tests")
    await _until(world, "SELECT sum(invoiced) = 1 FROM bill_run")
    stop.set()
    await working
    assert await audit(world.run) == []


async def test_what_was_set_aside_is_released_by_reason_and_billed_once(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given two that lack their price and one that is billed
    poisoned = [await world.buy(await world.shopper("GB"), trial=True) for _ in range(2)]
    await world.buy(await world.shopper(), trial=True)
    taxes = await world.rows("SELECT to_jsonb(t) FROM tax_rate t WHERE market_code = 'GB'")
    await world.write("DELETE FROM tax_rate WHERE market_code = 'GB'")
    await _move(world, TRIALS_END + timedelta(hours=1))
    assert await _bill(world) == (1, 0, 2, False)
    reason = "tax_rate_missing"
    command = Command("mara", "key", b"f" * 32)
    # when nothing was mended, nothing is let go
    [forecast] = await preview_release_all(world.run, reason=reason)
    assert (forecast.invoices, forecast.parked) == (0, 2)
    id = world.run.new_id(Bucket(0))
    with pytest.raises(NothingParked):
        await release_all_parked(world.run, id, reason=reason, command=command)
    # when it is mended, both are let go, and once
    for (tax,) in taxes:
        await world.write(
            "INSERT INTO tax_rate SELECT * FROM jsonb_populate_record(NULL::tax_rate, %s)",
            Jsonb(tax),
        )
    [forecast] = await preview_release_all(world.run, reason=reason)
    assert (forecast.market, forecast.invoices, forecast.parked) == ("GB", 2, 0)
    assert await release_all_parked(world.run, id, reason=reason, command=command) == 2
    assert await release_all_parked(world.run, id, reason=reason, command=command) == 0
    assert await world.value("SELECT count(*) FROM bill_parked") == 0
    assert await _bill(world) == (2, 0, 0, False)
    assert [await world.state(one.subscription_id) for one in poisoned] == ["active"] * 2
    assert await audit(world.run) == []
