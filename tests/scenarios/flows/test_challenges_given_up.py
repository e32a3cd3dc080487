"""A payer who gives up what they were asked to confirm is not charged for it, whatever it was."""

from datetime import timedelta
from typing import Any, Final

import pytest

from ledgerline.base.ids import AttemptId
from ledgerline.flows.ask_payer import open_action
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import change_subscription
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.rules.change import Change
from ledgerline.subscriptions.model import GivingBack, Timing
from tests.disputing import broken
from tests.flow_values import Bought
from tests.flow_world import World
from tests.scenarios.payers import RETURN_URL

CHALLENGE: Final = "tok_challenge"


async def _asked_for_a_change(world: World, bought: Bought) -> str:
    """Change to a plan that costs more, by a card whose bank asks; return the page."""
    change = Change(bought.subscription_id, "duo_monthly", None, Timing.NOW)
    await change_subscription(world.run, world.psps, change, return_url=RETURN_URL)
    [(id_, sealed)] = await world.rows(
        "SELECT id, action_sealed FROM attempt WHERE state = 'requires_action'"
    )
    return open_action(world.run, AttemptId(id_), sealed)


async def _last(world: World) -> tuple[Any, ...]:
    [found] = await world.rows(
        "SELECT a.state, p.state, i.state FROM attempt a JOIN payment p ON p.id = a.payment_id"
        " JOIN invoice i ON i.id = p.invoice_id WHERE i.cause = 'change'"
    )
    return found


@pytest.mark.parametrize("timing", list(Timing))
@pytest.mark.parametrize("passes", ["before", "after", "never"])
async def test_who_cancels_while_a_change_waits_for_them_pays_nothing_for_it(
    fresh_world: World, passes: str, timing: Timing
) -> None:
    # given a subscriber whose bank asks them about a change
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    asking = await world.method(shopper.customer_id, CHALLENGE)
    await use_payment_method(world.run, bought.subscription_id, method_id=asking)
    page = await _asked_for_a_change(world, bought)
    if passes == "before":
        await world.simulator.be_the_payer(page, "pass")
    # when they cancel instead
    await cancel_subscription(world.run, bought.subscription_id, timing=timing)
    assert await _last(world) == ("requires_action", "canceled", "void")
    await world.advance(world.now + timedelta(seconds=1))
    if passes == "after":
        await world.simulator.be_the_payer(page, "pass")
    await world.advance(world.now + timedelta(hours=1))
    # then the bank asks nothing any more, and what was confirmed before goes back by itself
    state = "succeeded" if passes == "before" else "not_executed"
    assert await _last(world) == (state, "canceled", "void")
    refunds = [one["amount"] for one in await world.simulator.truth() if one["kind"] == "refund"]
    assert len(refunds) == (passes == "before")
    assert "suspense" not in await world.balances(shopper.customer_id)
    assert await broken(world) == []


@pytest.mark.parametrize("back", list(GivingBack))
async def test_who_is_asked_about_a_change_cancels_whatever_goes_back(
    fresh_world: World, back: GivingBack
) -> None:
    # given a subscriber whose bank asks them about a change
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    asking = await world.method(shopper.customer_id, CHALLENGE)
    await use_payment_method(world.run, bought.subscription_id, method_id=asking)
    await _asked_for_a_change(world, bought)
    # when they cancel, with what they paid or without
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW, back=back)
    # then the bank asks nothing any more
    assert await _last(world) == ("requires_action", "canceled", "void")
    await world.advance(world.now + timedelta(hours=1))
    assert await _last(world) == ("not_executed", "canceled", "void")
    assert await broken(world) == []
