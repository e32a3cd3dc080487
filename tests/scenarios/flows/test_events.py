"""Events: an id each, told in order, with what their rows do not say."""

from datetime import date, timedelta
from typing import Any

from ledgerline.base.ids import bucket_of
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.relay_events import relay_events
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.subscriptions.model import Timing
from tests.flow_values import Bought
from tests.flow_world import World

ALL = (0, 4096)


async def _bodies(world: World, bought: Bought) -> dict[str, Any]:
    """Read the bodies of one customer's events, by kind; the last of each kind."""
    rows = await world.rows(
        "SELECT kind, body FROM event WHERE customer_id = ("
        " SELECT customer_id FROM subscription WHERE id = %s) ORDER BY id",
        bought.subscription_id,
    )
    return dict(rows)


async def test_an_event_has_an_id_that_carries_its_bucket(world: World) -> None:
    bought = await world.buy(await world.shopper())
    ids = await world.rows(
        "SELECT id, bucket FROM event WHERE aggregate_id = %s", bought.subscription_id
    )
    assert len(ids) == len({one for one, _ in ids}) == 2
    assert {bucket_of(one) for one, _ in ids} == {bought.bucket}


async def test_a_change_says_from_what_to_what_and_an_end_who_and_when(world: World) -> None:
    # given a change for the end of the period and a cancellation at once
    moved = await world.buy(await world.shopper())
    await world.change(moved, "duo_monthly", timing=Timing.PERIOD_END)
    left = await world.buy(await world.shopper())
    await world.cancel(left)
    # then
    through = await world.value(
        "SELECT billed_through FROM subscription WHERE id = %s", moved.subscription_id
    )
    assert (await _bodies(world, moved))["subscription.change_scheduled"] == {
        "from": "individual_monthly", "to": "duo_monthly", "effective_on": through.isoformat(),
    }  # fmt: skip
    bodies = await _bodies(world, left)
    assert bodies["subscription.canceled"] == {"cause": "customer", "when": "now"}
    # and what its rows say already is not said twice
    assert {bodies[kind] for kind in ("invoice.issued", "invoice.paid", "credit_note.issued")} == {
        None
    }


async def test_a_planned_end_says_its_day_and_that_it_was_planned(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    await world.advance(world.now + timedelta(days=40))
    bodies = await _bodies(world, bought)
    assert bodies["subscription.cancel_scheduled"] == {"ends_on": date(2026, 2, 1).isoformat()}
    assert bodies["subscription.canceled"] == {"cause": "billing", "when": "period_end"}


async def test_money_says_why(world: World) -> None:
    # given a decline and a refund
    poor = await world.buy(await world.shopper(token="tok_decline_insufficient_funds"))
    paid = await world.buy(await world.shopper())
    assert paid.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(paid.payment_id, 100, "kindness"))
    # then
    assert (await _bodies(world, poor))["payment.failed"] == {"category": "insufficient_funds"}
    assert (await _bodies(world, paid))["refund.succeeded"] == {
        "amount": 100, "cause": "asked", "currency": "EUR",
    }  # fmt: skip


async def test_events_of_an_aggregate_leave_in_the_order_of_their_sequence(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    # given ids in another order than the numbers: the first event has the greatest
    greater = world.run.at(world.now + timedelta(days=1)).new_id(bought.bucket)
    await world.write(
        "UPDATE event SET id = %s WHERE aggregate_id = %s AND seq = 1",
        greater,
        bought.subscription_id,
    )
    # when they are relayed, round by round
    left = []
    while await relay_events(world.run, buckets=ALL):
        left.append(
            await world.value(
                "SELECT max(seq) FROM event WHERE aggregate_id = %s AND relayed_at IS NOT NULL",
                bought.subscription_id,
            )
        )
    # then in the order of the numbers
    assert left == [1, 2]
