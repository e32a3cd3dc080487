"""A payment method that is set up without a charge: verified, kept, renewed by, or not."""

from datetime import timedelta

import pytest

from ledgerline.flows.confirm_setup import confirm_setup
from tests.flow_values import Shopper
from tests.flow_world import World
from tests.scenarios.flows.set_up import (
    RETURN_URL,
    answer,
    begin,
    charged,
    methods,
    page,
    row,
    state,
)


async def test_a_card_is_verified_with_its_payer_and_a_trial_renewed_on_it_without_them(
    fresh_world: World,
) -> None:
    # given a card whose bank wants to see its holder
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id, "tok_challenge")
    assert (await state(world, setup_id)) == ("requires_action", None)
    assert await methods(world, customer_id) == []
    # when they come back without having answered, nothing has changed; when they pass, it is kept
    url = await page(world, setup_id)
    await confirm_setup(world.run, world.psps, setup_id)
    assert (await state(world, setup_id)) == ("requires_action", None)
    location = await answer(url, "pass")
    assert (location or "").startswith(f"{RETURN_URL}?setup=set_")
    await confirm_setup(world.run, world.psps, setup_id)
    await confirm_setup(world.run, world.psps, setup_id)  # the page is loaded again
    [method_id] = await methods(world, customer_id)
    kept = await row(world, setup_id)
    assert (kept["state"], kept["evidence"]) == ("succeeded", "status_query")
    assert kept["payment_method_id"] == str(method_id)
    assert (kept["return_url"], kept["action_sealed"]) == (None, None)
    assert (kept["three_ds_status"], kept["three_ds_challenged"]) == ("Y", True)
    # and it is anchored: the network's id, the proof of the payer, and the set-up itself
    [[nti, sca_ref, anchor]] = await world.rows(
        "SELECT nti_initial, sca_ref, setup_id FROM instrument WHERE payment_method_id = %s",
        method_id,
    )
    assert nti.startswith("nt_")
    assert sca_ref == kept["three_ds_transaction_id"]
    assert anchor == setup_id
    events = await world.events(customer_id)
    assert events["payment_method_setup.action_required"] == 1
    assert events["payment_method_setup.succeeded"] == 1


async def test_a_trial_that_begins_with_what_was_set_up_is_renewed_without_its_payer(
    fresh_world: World,
) -> None:
    # given a card that nobody has charged, whose bank wants to see its holder
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id, "tok_challenge")
    await answer(await page(world, setup_id), "pass")
    await confirm_setup(world.run, world.psps, setup_id)
    [method_id] = await methods(world, customer_id)
    # when a trial begins with it, nothing is charged, and the first renewal needs nobody
    bought = await world.buy(Shopper(customer_id, method_id), trial=True)
    assert await world.state(bought.subscription_id) == "trialing"
    assert await charged(world) == []
    await world.advance(world.now + timedelta(days=32))
    assert await world.state(bought.subscription_id) == "active"
    assert await charged(world) == [("succeeded", 1_199)]
    assert await world.value("SELECT initiator FROM attempt") == "merchant"


async def test_a_purchase_on_a_card_that_was_set_up_challenges_nobody_again(
    fresh_world: World,
) -> None:
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id)
    # given that the law wants the first of a series challenged
    assert (await row(world, setup_id))["challenge"] is True
    await answer(await page(world, setup_id), "pass")
    await confirm_setup(world.run, world.psps, setup_id)
    [method_id] = await methods(world, customer_id)
    bought = await world.buy(Shopper(customer_id, method_id))
    assert await world.state(bought.subscription_id) == "active"
    decided = await world.rows("SELECT chosen FROM decision WHERE kind = 'authentication'")
    assert decided == [("challenge",)]  # that of the set-up


@pytest.mark.parametrize(
    ("token", "ends"),
    [
        ("tok_decline_stolen_card", ("failed", "response")),
        ("tok_decline_insufficient_funds", ("succeeded", "response")),  # nothing was asked for
    ],
)
async def test_what_a_bank_refuses_is_no_payment_method(
    fresh_world: World, token: str, ends: tuple[str, str]
) -> None:
    world = fresh_world
    customer_id = await world.customer("US")
    setup_id = await begin(world, customer_id, token)
    assert await state(world, setup_id) == ends
    is_kept = ends[0] == "succeeded"
    assert len(await methods(world, customer_id)) == is_kept
    category = (await row(world, setup_id))["category"]
    assert category == (None if is_kept else "lost_or_stolen")


async def test_a_payer_who_fails_is_refused(fresh_world: World) -> None:
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id, "tok_challenge")
    await answer(await page(world, setup_id), "fail")
    await confirm_setup(world.run, world.psps, setup_id)
    assert (await row(world, setup_id))["category"] == "authentication_failed"
    assert (await state(world, setup_id)) == ("failed", "status_query")
    assert await methods(world, customer_id) == []


async def test_a_payer_gives_their_card_on_the_providers_own_page(fresh_world: World) -> None:
    # given nothing but a customer: an account with a page is chosen, and why is written down
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id, None)
    [[chosen]] = await world.rows("SELECT chosen FROM decision WHERE kind = 'route'")
    assert (await row(world, setup_id))["psp_account"] == chosen
    await answer(await page(world, setup_id), "pass")
    await world.advance(world.now + timedelta(minutes=2))  # they never come back to us
    [method_id] = await methods(world, customer_id)
    [[brand, last4]] = await world.rows(
        "SELECT brand, last4 FROM payment_method WHERE id = %s", method_id
    )
    assert (brand, len(last4)) == ("visa", 4)
    bought = await world.buy(Shopper(customer_id, method_id))
    assert await world.state(bought.subscription_id) == "active"
