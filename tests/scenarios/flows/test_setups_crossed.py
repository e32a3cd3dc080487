"""Set-ups that cross what else happens: expiry, lost answers, cancels, webhooks, erasure."""

from datetime import timedelta

import pytest

from ledgerline.base.ids import SetupId, bucket_of
from ledgerline.customers.model import CustomerNotErasable
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.cancel_setup import cancel_setup
from ledgerline.flows.claim_key import Command
from ledgerline.flows.confirm_setup import confirm_setup
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.resolve_setups import resolve_setups
from ledgerline.flows.set_default_method import set_default_method
from ledgerline.flows.settle_setup import settle_setup
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import SetupIncomplete, SetupNotFound, SetupNotOffered
from tests.flow_world import World
from tests.scenarios.flows.set_up import (
    ALL,
    HALF_AN_HOUR,
    SUCCEEDED,
    Answering,
    Mute,
    answer,
    begin,
    methods,
    page,
    row,
    state,
)


async def test_what_nobody_passes_is_ended_at_the_provider(fresh_world: World) -> None:
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id)
    url = await page(world, setup_id)
    await world.advance(world.now + timedelta(minutes=14))
    assert await page(world, setup_id) == url
    await world.advance(world.now + timedelta(minutes=20))
    assert await state(world, setup_id) == ("not_executed", "void_confirmed")
    assert (await row(world, setup_id))["category"] == "authentication_failed"
    await answer(url, "pass")
    await world.advance(world.now + timedelta(hours=1))
    assert await methods(world, customer_id) == []


async def test_expiry_is_no_evidence_while_the_provider_confirms_nothing(
    fresh_world: World,
) -> None:
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id)
    url = await page(world, setup_id)
    for minutes in (31, 40, 90):
        later = world.run.at(world.now + timedelta(minutes=minutes))
        assert await resolve_setups(later, Mute(world.psps, of="cancel"), buckets=ALL) == 1
    assert await state(world, setup_id) == ("unknown", None)
    await answer(url, "pass")
    await world.advance(world.now + timedelta(hours=3))
    assert await state(world, setup_id) == ("succeeded", "status_query")


async def test_a_lookup_that_fails_takes_no_payer_their_time(fresh_world: World) -> None:
    world = fresh_world
    setup_id = await begin(world, await world.customer())
    url = await page(world, setup_id)
    later = world.run.at(world.now + timedelta(minutes=5))
    assert await resolve_setups(later, Mute(world.psps, of="find"), buckets=ALL) == 1
    assert await page(world, setup_id) == url


@pytest.mark.parametrize("token", ["tok_ok", "tok_hang_before", "tok_500_after", "tok_500_before"])
async def test_an_answer_that_was_lost_is_found_out_and_one_method_kept(
    fresh_world: World, token: str
) -> None:
    # given a process that dies between its commit and the answer, or a provider that gives none
    world = fresh_world
    customer_id = await world.customer("US")
    muted = Mute(world.psps)
    setup_id = await begin(world, customer_id, token, psps=muted)
    assert await state(world, setup_id) == ("unknown", None)
    await world.advance(world.now + timedelta(minutes=10))
    assert (await state(world, setup_id))[0] == "succeeded"
    assert len(await methods(world, customer_id)) == 1
    truth = await world.simulator.truth()
    assert [one["status"] for one in truth if one["kind"] == "setup"] == ["succeeded"]


async def test_a_webhook_that_is_faster_than_the_answer_adds_one_method(
    fresh_world: World,
) -> None:
    world = fresh_world
    customer_id = await world.customer("US")
    setup_id = await begin(world, customer_id, psps=Mute(world.psps))
    [[account]] = await world.rows("SELECT psp_account FROM payment_setup")
    await world.write(
        "INSERT INTO psp_event (psp_account, event_key, event_type, state, reference, body_sha256,"
        " received_at, due_at) VALUES (%s, 'evt_1', 'setup.succeeded', 'received', %s,"
        " sha256('x'), %s, %s)",
        account, str(setup_id), world.now, world.now,
    )  # fmt: skip
    assert await apply_psp_events(world.run, world.psps) == 1
    assert await state(world, setup_id) == ("succeeded", "status_query")
    # the answer comes after all, and says what is known
    bucket = bucket_of(setup_id)
    await settle_setup(world.run, bucket=bucket, setup_id=setup_id, reading=SUCCEEDED)
    assert len(await methods(world, customer_id)) == 1


@pytest.mark.parametrize("passes", [True, False])
async def test_what_is_canceled_is_ended_and_what_had_succeeded_is_kept(
    fresh_world: World, passes: bool
) -> None:
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id)
    url = await page(world, setup_id)
    if passes:
        await answer(url, "pass")
    await cancel_setup(world.run, world.psps, setup_id)
    await cancel_setup(world.run, world.psps, setup_id)
    ended = ("succeeded", "status_query") if passes else ("not_executed", "void_confirmed")
    assert await state(world, setup_id) == ended
    await answer(url, "pass")
    await world.advance(world.now + timedelta(hours=1))
    assert len(await methods(world, customer_id)) == passes


async def test_a_cancel_that_nobody_heard_is_told_again_by_the_resolver(
    fresh_world: World,
) -> None:
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id)
    await cancel_setup(world.run, Mute(world.psps, of="cancel"), setup_id)
    assert await state(world, setup_id) == ("unknown", None)
    await world.advance(world.now + timedelta(minutes=1))
    assert await state(world, setup_id) == ("not_executed", "void_confirmed")


async def test_a_default_that_was_set_up_pays_what_is_open_at_once(fresh_world: World) -> None:
    # given a subscription whose card is refused from its renewal on
    world = fresh_world
    shopper = await world.shopper("US")
    await set_default_method(world.run, shopper.customer_id, method_id=shopper.method_id)
    bought = await world.buy(shopper)
    await world.steal_card(shopper)
    await world.advance(world.now + timedelta(days=32))
    assert await world.state(bought.subscription_id) == "past_due"
    # when its payer sets up another card as the default
    await begin(world, shopper.customer_id, makes_default=True)
    await world.advance(world.now + timedelta(minutes=1))
    # then it is tried at once
    assert await world.state(bought.subscription_id) == "active"


async def test_a_token_that_is_known_is_found_and_anchored(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper("US")
    [[token]] = await world.rows("SELECT psp_token FROM instrument")
    setup_id = await begin(world, shopper.customer_id, psp_token=token)
    assert await methods(world, shopper.customer_id) == [shopper.method_id]
    assert await world.value("SELECT setup_id FROM instrument") == setup_id
    # and another customer's is none of theirs: that is no refusal by a bank
    other = await world.customer("US")
    taken = await row(world, await begin(world, other, psp_token=token))
    assert (taken["state"], taken["category"]) == ("failed", "credential_reference")
    assert taken["psp_code"] == "token_taken"
    assert await methods(world, other) == []


async def test_our_own_failure_is_no_refusal_of_the_payer(fresh_world: World) -> None:
    world = fresh_world
    customer_id = await world.customer("US")
    lost = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="not_connected")
    setup_id = await begin(world, customer_id, psps=Answering(world.psps, lost))
    assert await state(world, setup_id) == ("not_executed", "transport")
    assert (await world.events(customer_id))["payment_method_setup.not_executed"] == 1


async def test_a_key_that_comes_again_finds_the_first(fresh_world: World) -> None:
    world = fresh_world
    customer_id = await world.customer("US")
    command = Command("test", "key-1", bytes(32))
    first = await begin(world, customer_id, command=command)
    assert await begin(world, customer_id, command=command) == first
    assert len(await methods(world, customer_id)) == 1


async def test_a_customer_is_not_erased_while_a_card_is_being_set_up(fresh_world: World) -> None:
    world = fresh_world
    customer_id = await world.customer()
    setup_id = await begin(world, customer_id)
    with pytest.raises(CustomerNotErasable) as refused:
        await erase_customer(world.run, customer_id, actor="test")
    assert refused.value.facts["reason"] == "set_up_under_way"
    # what nobody can find out ends with the customer, and is nothing when it is heard of
    later = world.run.at(world.now + HALF_AN_HOUR)
    await resolve_setups(later, Mute(world.psps, of="cancel"), buckets=ALL)
    assert await state(world, setup_id) == ("unknown", None)
    await erase_customer(world.run, customer_id, actor="test")
    assert await state(world, setup_id) == ("not_executed", "erased")
    assert (await row(world, setup_id))["psp_token"] is None
    await world.advance(world.now + timedelta(hours=1))
    assert await methods(world, customer_id) == []


async def test_what_cannot_be_set_up_is_refused_before_anything_is_written(
    fresh_world: World,
) -> None:
    world = fresh_world
    customer_id = await world.customer()
    for wrong in ({"last4": None}, {"psp_account": None}, {"payment_data": "{}"}):
        with pytest.raises(SetupIncomplete):
            await begin(world, customer_id, **wrong)
    with pytest.raises(SetupIncomplete):
        await begin(world, customer_id, None, return_url=None)
    with pytest.raises(SetupNotOffered) as refused:
        await begin(world, customer_id, None, psp_account="aster", payment_data="{}")
    assert refused.value.facts["sources"] == ["page", "token"]
    with pytest.raises(SetupNotFound):
        await confirm_setup(
            world.run, world.psps, SetupId(world.run.new_id(world.run.new_bucket()))
        )
    assert await world.value("SELECT count(*) FROM payment_setup") == 0
