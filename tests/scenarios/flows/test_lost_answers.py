from collections import Counter
from datetime import timedelta

import pytest

from ledgerline.base.errors import ConstraintViolated
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.subscriptions.model import ChangeRefused, PurchaseInProgress, Timing
from tests.flow_values import Bought, Shopper
from tests.flow_world import World

DONE = Counter(
    {
        "customer.created": 1, "subscription.created": 1, "invoice.issued": 1,
        "payment.succeeded": 1, "invoice.paid": 1, "subscription.activated": 1,
    }
)  # fmt: skip


async def _attempts(world: World, bought: Bought) -> list[str]:
    rows = await world.rows(
        "SELECT state FROM attempt WHERE payment_id = %s ORDER BY ordinal", bought.payment_id
    )
    return [state for (state,) in rows]


async def _assert_nothing_is_decided(world: World, shopper: Shopper, bought: Bought) -> None:
    assert await world.state(bought.subscription_id) == "incomplete"
    assert await world.invoices(bought.subscription_id) == [("purchase", "open", 1199)]
    assert await world.covers(bought.subscription_id) == []
    assert await world.receipts(shopper.customer_id) == []
    state = await world.value("SELECT state FROM purchase WHERE id = %s", bought.purchase_id)
    assert state == "processing"


async def _assert_charged_once(world: World, shopper: Shopper, bought: Bought) -> None:
    assert await world.state(bought.subscription_id) == "active"
    assert await world.captures(bought.payment_id) == [1199]
    assert await _attempts(world, bought) == ["succeeded"]
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await world.events(shopper.customer_id) == DONE


@pytest.mark.parametrize("token", ["tok_hang_after", "tok_500_after"])
async def test_charge_whose_answer_was_lost_is_found_and_never_sent_again(
    world: World, token: str
) -> None:
    # given a charge that the provider executed without telling us
    shopper = await world.shopper(token=token)
    bought = await world.buy(shopper)
    assert await _attempts(world, bought) == ["unknown"]
    assert await world.captures(bought.payment_id) == [1199]
    await _assert_nothing_is_decided(world, shopper, bought)
    # when somebody pays again in another tab, even with another method
    other = shopper._replace(method_id=await world.method(shopper.customer_id))
    with pytest.raises(PurchaseInProgress):
        await world.buy(other)
    with pytest.raises(ChangeRefused):
        await cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW)
    # then the resolver finds the charge
    await world.advance(world.now + timedelta(minutes=1))
    await _assert_charged_once(world, shopper, bought)


@pytest.mark.parametrize("token", ["tok_hang_before", "tok_500_before"])
async def test_charge_that_never_arrived_is_replayed_under_its_key(
    world: World, token: str
) -> None:
    # given a charge that the provider never executed and never answered
    shopper = await world.shopper(token=token)
    bought = await world.buy(shopper)
    assert await _attempts(world, bought) == ["unknown"]
    assert await world.captures(bought.payment_id) == []
    await _assert_nothing_is_decided(world, shopper, bought)
    # when
    await world.advance(world.now + timedelta(minutes=1))
    # then
    await _assert_charged_once(world, shopper, bought)


async def test_charge_whose_key_is_gone_by_the_providers_clock_is_not_sent_again(
    fresh_world: World,
) -> None:
    # given a charge that never arrived, and a clock of ours that stood still for a week since
    world = fresh_world
    shopper = await world.shopper(token="tok_hang_before")
    bought = await world.buy(shopper)
    await world.simulator.control("clock", {"now": (world.now + timedelta(days=7)).isoformat()})
    world.run = world.run.at(world.now + timedelta(minutes=1))
    # when we look, a minute later by our clock
    assert await resolve_attempts(world.run, world.psps, buckets=ALL) == 1
    # then the same key would have been a second charge, and is not used
    assert await _attempts(world, bought) == ["unknown"]
    assert await world.captures(bought.payment_id) == []
    await _assert_nothing_is_decided(world, shopper, bought)


async def test_pending_charge_waits_until_the_provider_is_done(world: World) -> None:
    # given
    shopper = await world.shopper(token="tok_pending")
    bought = await world.buy(shopper)
    assert await _attempts(world, bought) == ["sent"]
    # when half a day passes, nothing is decided
    await world.advance(world.now + timedelta(hours=12))
    await _assert_nothing_is_decided(world, shopper, bought)
    # then, two days later
    await world.advance(world.now + timedelta(days=2))
    await _assert_charged_once(world, shopper, bought)


async def test_nothing_ends_by_age_while_the_provider_is_away(world: World) -> None:
    # given a lost answer and a provider that is out for ten days, longer than it keeps keys
    shopper = await world.shopper(token="tok_hang_before", psp="boreal")
    bought = await world.buy(shopper)
    away_until = world.now + timedelta(days=10)
    await world.simulator.control(
        "outage",
        {"provider": "boreal", "from": world.now.isoformat(), "to": away_until.isoformat()},
    )
    # when
    await world.advance(away_until - timedelta(hours=1))
    # then the key is too old to be replayed, and only evidence may end the attempt
    assert await _attempts(world, bought) == ["unknown"]
    assert await world.captures(bought.payment_id) == []
    await _assert_nothing_is_decided(world, shopper, bought)
    # and what nobody waits for any more is ended by the provider, once it is back
    await world.advance(away_until + timedelta(days=2))
    assert await _attempts(world, bought) == ["not_executed"]
    assert await world.captures(bought.payment_id) == []
    assert await world.state(bought.subscription_id) == "expired"


async def test_renewal_whose_answer_was_lost_is_charged_once(world: World) -> None:
    # given a trial, so that the first charge is the renewal's
    shopper = await world.shopper(token="tok_hang_after")
    bought = await world.buy(shopper, trial=True)
    # when the clock passes the end of the trial
    await world.advance(world.now + timedelta(days=31))
    # then
    [(payment_id,)] = await world.rows(
        "SELECT p.id FROM payment p WHERE p.subscription_id = %s", bought.subscription_id
    )
    assert await world.captures(payment_id) == [1199]
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    events = await world.events(shopper.customer_id)
    assert events["attempt.sent"] == 1
    assert events["subscription.payment_overdue"] == 0


async def test_one_attempt_that_cannot_be_settled_keeps_no_other_from_its_end(
    fresh_world: World,
) -> None:
    # given three charges whose answers were lost, and a subscription that forgot where its log is
    world = fresh_world
    shoppers = [await world.shopper(token="tok_500_after") for _ in range(3)]
    bought = [await world.buy(shopper) for shopper in shoppers]
    forget = "UPDATE subscription SET log_seq = log_seq + %s WHERE id = %s"
    assert await world.write(forget, -1, bought[1].subscription_id) == 1
    # when
    with pytest.raises(ConstraintViolated):
        await world.advance(world.now + timedelta(minutes=1))
    # then the others have their end, and that one is as it was
    assert [await world.state(one.subscription_id) for one in bought] == [
        "active", "incomplete", "active",
    ]  # fmt: skip
    assert await _attempts(world, bought[1]) == ["unknown"]
    # and once it is mended it ends as well
    assert await world.write(forget, 1, bought[1].subscription_id) == 1
    await world.advance(world.now + timedelta(hours=1))
    for shopper, one in zip(shoppers, bought, strict=True):
        await _assert_charged_once(world, shopper, one)
