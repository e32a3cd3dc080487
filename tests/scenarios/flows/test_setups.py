"""A payment method that is set up without a charge: verified, kept, renewed by, or not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import aiohttp
import pytest
from typing_extensions import override

from ledgerline.base.ids import CustomerId, PaymentMethodId, SetupId, bucket_of
from ledgerline.customers.model import CustomerNotErasable
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.cancel_setup import cancel_setup
from ledgerline.flows.claim_key import Command
from ledgerline.flows.confirm_setup import confirm_setup
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.resolve_setups import resolve_setups
from ledgerline.flows.set_default_method import set_default_method
from ledgerline.flows.set_up_method import NewSetup, set_up_method
from ledgerline.flows.settle_setup import open_setup_action, settle_setup
from ledgerline.payments.model import EvidenceKind, Lookup, Outcome, Psps, Reading
from ledgerline.payments.refusals import SetupIncomplete, SetupNotFound, SetupNotOffered
from ledgerline.payments.setups import Saved, SentSetup
from tests.flow_values import Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed

RETURN_URL: Final = "https://shop.example/done"
HALF_AN_HOUR: Final = timedelta(minutes=30)
ALL: Final = (0, 4096)
SUCCEEDED: Final = Reading(
    Outcome.SUCCEEDED, EvidenceKind.RESPONSE, saved=Saved("tok_ok_later", "visa", "4242")
)


async def begin(
    world: World, customer_id: CustomerId, token: str | None = "tok_ok", **how: Any
) -> SetupId:
    """Begin a set-up by a token that nobody else has; None for the provider's page."""
    psps: Psps = how.pop("psps", world.psps)
    command: Command | None = how.pop("command", None)
    number = await world.value("SELECT count(*) FROM payment_setup")
    given = {} if token is None else {
        "psp_account": "aster", "psp_token": f"{token}_{number}", "brand": "visa", "last4": "4242",
    }  # fmt: skip
    new = NewSetup(**{"customer_id": customer_id, "return_url": RETURN_URL, **given, **how})
    return (await set_up_method(world.run, psps, new, command=command)).setup_id


async def row(world: World, setup_id: SetupId) -> dict[str, Any]:
    [found] = await world.rows("SELECT to_jsonb(s) FROM payment_setup s WHERE id = %s", setup_id)
    return dict(found[0])


async def state(world: World, setup_id: SetupId) -> tuple[str, str | None]:
    found = await row(world, setup_id)
    return found["state"], found["evidence"]


async def page(world: World, setup_id: SetupId) -> str:
    [[sealed]] = await world.rows("SELECT action_sealed FROM payment_setup WHERE id = %s", setup_id)
    assert b"http" not in sealed
    return open_setup_action(world.run, setup_id, sealed)


async def answer(url: str, said: str) -> str | None:
    """Be the payer: answer the page, and say where it leads."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data={"answer": said}, allow_redirects=False) as end,
    ):
        return end.headers.get("location")


async def methods(world: World, customer_id: CustomerId) -> list[PaymentMethodId]:
    rows = await world.rows("SELECT id FROM payment_method WHERE customer_id = %s", customer_id)
    return [PaymentMethodId(id_) for (id_,) in rows]


async def charged(world: World) -> list[tuple[str, int]]:
    truth = await world.simulator.truth()
    return [(one["status"], one["amount"]) for one in truth if one["kind"] == "charge"]


@dataclass(slots=True)
class Mute(Relayed):
    """A provider that does what it is asked and says nothing of one kind of question."""

    of: str = "set_up"

    @override
    async def set_up(self, sent: SentSetup) -> Reading:
        reading = await self.gateway.set_up(sent)
        return _mute() if self.of == "set_up" else reading

    @override
    async def find_set_up(self, subject: Lookup) -> Reading:
        return _mute() if self.of == "find" else await self.gateway.find_set_up(subject)

    @override
    async def cancel_set_up(self, subject: Lookup) -> Reading:
        return _mute() if self.of == "cancel" else await self.gateway.cancel_set_up(subject)


def _mute() -> Reading:
    return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="mute")


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


@dataclass(slots=True)
class Answering(Relayed):
    """A provider that answers one thing."""

    reading: Reading = SUCCEEDED

    @override
    async def set_up(self, sent: SentSetup) -> Reading:
        return self.reading


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
