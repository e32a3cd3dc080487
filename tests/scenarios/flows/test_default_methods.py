"""A customer's default pays what follows it, and what is open is tried at once."""

from datetime import date, timedelta

import pytest

from ledgerline.base.ids import PaymentMethodId
from ledgerline.datasets.audit import audit
from ledgerline.flows.claim_key import Command
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.set_default_method import preview_default_method, set_default_method
from ledgerline.payments.refusals import PaymentMethodInUse, PaymentMethodNotFound
from tests.flow_values import Shopper
from tests.flow_world import World


async def _set(
    world: World, shopper: Shopper, method_id: PaymentMethodId, *, every: bool = False
) -> int:
    changed = await set_default_method(
        world.run, shopper.customer_id, method_id=method_id, every=every
    )
    return len(changed)


async def _default(world: World) -> list[PaymentMethodId]:
    rows = await world.rows("SELECT payment_method_id FROM default_method")
    return [PaymentMethodId(one) for (one,) in rows]


async def test_a_new_default_pays_at_once_what_the_old_one_owed(fresh_world: World) -> None:
    # given a renewal that was refused, by the default
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    assert await _set(world, shopper, shopper.method_id) == 0  # it pays it already
    await world.steal_card(shopper, "tok_decline_expired_card_1")
    await world.advance(date(2026, 2, 5))
    assert await world.state(bought.subscription_id) == "past_due"
    assert await world.receipts(shopper.customer_id) == []
    # when the customer has a new card and makes it the default
    new = await world.method(shopper.customer_id)
    asked = preview_default_method(world.run, shopper.customer_id, method_id=new)
    assert await asked == [bought.subscription_id]
    assert await _default(world) == [shopper.method_id]
    command = Command("shop", "key-1", b"asked")
    for expected in ([bought.subscription_id], []):
        changed = await set_default_method(
            world.run, shopper.customer_id, method_id=new, command=command
        )
        assert changed == expected
    # then its plan says so
    planned = await world.rows(
        "SELECT track, next_at FROM retry_plan ORDER BY revision DESC LIMIT 1"
    )
    assert planned == [("payer", world.now)]
    await world.advance(world.now + timedelta(minutes=1))
    # and it is paid, and the old card can go
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199)]
    await detach_payment_method(world.run, shopper.method_id)


async def test_what_is_charged_by_another_method_stays_with_it(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    await world.buy(shopper)
    for method_id in [await world.method(shopper.customer_id) for _ in range(2)]:
        assert await _set(world, shopper, method_id) == 0
        assert await _default(world) == [method_id]
    assert await world.value("SELECT payment_method_id FROM subscription") == shopper.method_id


async def test_with_every_subscription_all_follow(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    new = await world.method(shopper.customer_id)
    assert await _set(world, shopper, new) == 0
    assert await _set(world, shopper, new, every=True) == 1
    assert await world.value("SELECT payment_method_id FROM subscription") == new
    await world.advance(date(2026, 2, 2))
    assert len(await world.receipts(shopper.customer_id)) == 2
    assert await world.state(bought.subscription_id) == "active"


async def test_the_default_is_detached_last(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    other = await world.method(shopper.customer_id)
    await _set(world, shopper, shopper.method_id)
    with pytest.raises(PaymentMethodInUse, match="make another") as refused:
        await detach_payment_method(world.run, shopper.method_id)
    assert refused.value.facts["payment_method"] == str(other)
    await detach_payment_method(world.run, other)
    await detach_payment_method(world.run, shopper.method_id)
    assert await _default(world) == []


async def test_only_a_method_of_the_customer_is_the_default(fresh_world: World) -> None:
    world = fresh_world
    shopper, stranger = await world.shopper(), await world.shopper()
    with pytest.raises(PaymentMethodNotFound):
        await _set(world, shopper, stranger.method_id)
    assert await _default(world) == []
    # and an erasure forgets it
    await _set(world, shopper, shopper.method_id)
    erased = await erase_customer(world.run, shopper.customer_id, actor="test")
    assert erased.deletes["default_method"] == 1
    assert await _default(world) == []
    assert await audit(world.run) == []
