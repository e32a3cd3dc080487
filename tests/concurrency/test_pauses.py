"""A pause or a resumption meets what happens in the same instant: one of them comes first."""

import asyncio
from datetime import timedelta

from ledgerline.base.ids import BillRunId, Bucket
from ledgerline.datasets.audit import audit
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import Changed, ChangeOutcome
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.pause_subscription import pause_subscription
from ledgerline.flows.resume_subscription import Resumption, resume_subscription
from ledgerline.subscriptions.model import (
    Anchor,
    ChangeInProgress,
    ChangeRefused,
    NotPaused,
    SettleFirst,
    Timing,
)
from tests.concurrency.gate import meet
from tests.flow_values import Bought, Shopper
from tests.flow_world import World

SUBSCRIPTION = "SELECT FROM subscription WHERE id = %s FOR UPDATE"


async def _bought(world: World, *, days: int) -> tuple[Shopper, Bought]:
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(days=days))
    return shopper, bought


async def test_of_a_pause_and_a_cancellation_days_are_given_back_once(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, bought = await _bought(world, days=5)
    await meet(
        world, SUBSCRIPTION, bought.subscription_id,
        pause_subscription(world.run, bought.subscription_id),
        cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW), waiting=2,
    )  # fmt: skip
    assert await world.state(bought.subscription_id) == "canceled"
    assert len(await world.notes(shopper.customer_id)) == 1
    assert await audit(world.run) == []


async def test_of_two_pauses_one_gives_back(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought = await _bought(world, days=5)
    results = await meet(
        world, SUBSCRIPTION, bought.subscription_id,
        *(pause_subscription(world.run, bought.subscription_id) for _ in range(2)), waiting=2,
    )  # fmt: skip
    [refused] = [one for one in results if isinstance(one, BaseException)]
    assert isinstance(refused, ChangeRefused)
    assert len(await world.notes(shopper.customer_id)) == 1
    assert await audit(world.run) == []


async def test_of_two_resumptions_one_is_charged(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought = await _bought(world, days=5)
    await pause_subscription(world.run, bought.subscription_id)
    await world.advance(world.now + timedelta(days=40))
    asked = Resumption(bought.subscription_id, Anchor.RESTART)
    results: list[ChangeOutcome | BaseException] = await meet(
        world, SUBSCRIPTION, bought.subscription_id,
        *(resume_subscription(world.run, world.psps, asked) for _ in range(2)), waiting=2,
    )  # fmt: skip
    [refused] = [one for one in results if isinstance(one, BaseException)]
    assert isinstance(refused, NotPaused | ChangeInProgress)
    [done] = [one for one in results if isinstance(one, ChangeOutcome)]
    assert done.changed is Changed.DONE
    assert len(await world.receipts(shopper.customer_id)) == 2
    assert await world.state(bought.subscription_id) == "active"
    assert await audit(world.run) == []


async def test_at_a_boundary_a_pause_comes_before_the_bill_or_waits_for_it_to_be_paid(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = [(await _bought(world, days=0))[1] for _ in range(6)]
    world.run = world.run.at(world.now + timedelta(days=32))
    run = world.run
    bill_run_id = BillRunId(run.new_id(Bucket(0)))
    await open_bill_run(run, bill_run_id=bill_run_id)
    results = await asyncio.gather(
        bill_due(run, bill_run_id=bill_run_id, buckets=ALL),
        *(pause_subscription(run.branch(), one.subscription_id) for one in bought),
        bill_due(run.branch(), bill_run_id=bill_run_id, buckets=ALL),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, BaseException)]
    assert all(isinstance(one, ChangeRefused | SettleFirst) for one in refused), refused
    await world.advance(world.now + timedelta(days=1))
    assert await audit(world.run) == []
