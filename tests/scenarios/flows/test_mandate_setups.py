"""A mandate that is set up on the provider's page: kept once it is given, and debited by then."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from ledgerline.base.ids import CustomerId, PaymentMethodId, SetupId
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.cancel_setup import cancel_setup
from ledgerline.flows.confirm_setup import confirm_setup
from ledgerline.flows.do_due_work import do_due_work
from ledgerline.flows.resolve_setups import resolve_setups
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.model import Psps
from ledgerline.payments.refusals import SetupNotOffered
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.pspsim.gocardless.mandate_page import give, leave
from tests.scenarios.debits import (
    BY_PROVIDER,
    BY_US,
    DAY,
    HOUR,
    REVOKED,
    attempts,
    ended,
    mandate,
    notices,
    open_debit_world,
    renewal,
    take_in,
    there,
    told,
)
from tests.scenarios.flows.set_up import ALL, Mute, begin, methods, page, row, state


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_debit_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def asked(
    world: World, *, account: str = BY_PROVIDER, psps: Psps | None = None, **how: Any
) -> tuple[CustomerId, SetupId]:
    """Ask a new customer for a mandate."""
    customer_id = await world.customer("DE")
    given = {"psp_account": account, "psps": psps or world.psps} | how
    return customer_id, await begin(world, customer_id, None, **given)


async def given(world: World, account: str = BY_PROVIDER, holder: str = "Ada") -> Shopper:
    """Let a new customer give a mandate."""
    customer_id, setup_id = await asked(world, account=account)
    assert (await give(await page(world, setup_id), holder=holder))[0] == 303
    await take_in(world)
    assert await state(world, setup_id) == ("succeeded", "status_query")
    [method_id] = await methods(world, customer_id)
    return Shopper(customer_id, method_id)


async def requests(world: World, account: str = BY_PROVIDER) -> list[Any]:
    found: list[Any] = (await there(world, account, "billing_requests"))["billing_requests"]
    return found


async def test_a_mandate_is_kept_with_its_method_once_its_payer_gave_it(world: World) -> None:
    customer_id, setup_id = await asked(world, makes_default=True)
    assert await state(world, setup_id) == ("requires_action", None)
    assert await methods(world, customer_id) == []
    # given a payer who left and is back: nothing has changed, and their page is the same
    url, before = await page(world, setup_id), await row(world, setup_id)
    await leave(url)
    await take_in(world)
    await confirm_setup(world.run, world.psps, setup_id)
    assert (await row(world, setup_id)) | {"resolve_at": 0} == before | {"resolve_at": 0}
    # when they give it, the webhook alone is enough
    await give(url)
    await take_in(world)
    [method_id] = await methods(world, customer_id)
    kept = await row(world, setup_id)
    assert (kept["state"], kept["payment_method_id"]) == ("succeeded", str(method_id))
    assert (kept["return_url"], kept["action_sealed"]) == (None, None)
    [shown] = await world.rows("SELECT brand, last4 FROM payment_method WHERE id = %s", method_id)
    assert shown == ("sepa_core", "00")
    # then the mandate stands beside it, with what its provider said of it, known since then
    [(id_, mandate_state, scheme, reference, accepted_at)] = await world.rows(
        "SELECT id, state, scheme, reference, accepted_at FROM mandate"
    )
    [request] = await requests(world)
    assert (mandate_state, scheme, reference) == ("pending", "sepa_core", request["id"][-8:])
    assert accepted_at == world.now
    facts = await world.rows("SELECT no, event, source FROM mandate_fact")
    assert facts[0] == (1, "seen_pending", "look")
    assert await world.value("SELECT payment_method_id FROM default_method") == method_id
    events = await world.events(customer_id)
    assert events["payment_method_setup.action_required"] == 1
    assert events["payment_method_setup.succeeded"] == 1
    await world.advance(world.now + DAY)
    await take_in(world)
    assert (await mandate(world, Shopper(customer_id, method_id)))[:2] == (id_, "active")
    assert await told(world, id_) == ["mandate.active"]


async def test_a_first_debit_by_a_mandate_that_was_set_up_is_announced_and_paid(
    world: World,
) -> None:
    # given a trial that began with a mandate at an account whose debits are ours to announce
    shopper = await given(world, BY_US)
    bought = await world.buy(shopper, trial=True)
    assert await world.state(bought.subscription_id) == "trialing"
    payment, due = await renewed(world, bought)
    assert await told(world, payment["id"]) == ["payment.debit_announced"]
    # when its day comes
    await on_to(world, due + DAY)
    # then it was sent once, for that day, confirmed, and has paid
    assert await attempts(world, payment["id"]) == [("succeeded", None, None, due)]
    assert await world.captures(payment["id"]) == [1199]
    assert await world.state(bought.subscription_id) == "active"
    assert await world.value("SELECT last_debit_on FROM mandate") == due
    assert len(await world.receipts(shopper.customer_id)) == 1


async def test_a_bank_that_ends_the_mandate_between_has_its_payer_asked(world: World) -> None:
    shopper = await given(world, BY_US)
    bought = await world.buy(shopper, trial=True)
    payment, due = await renewed(world, bought)
    # when the bank cancels the mandate after the notice and before the debit
    await ended(world, shopper, REVOKED)
    assert (await mandate(world, shopper))[1] == "canceled"
    await do_due_work(world.run, world.psps)
    # then nothing was sent, the payer is asked, and they are served meanwhile
    assert await attempts(world, payment["id"]) == [("declined", "revoked", "mandate_ended", None)]
    payment = await renewal(world, bought)
    assert (payment["awaits_payer"], payment["state"]) == (True, "processing")
    assert await world.state(bought.subscription_id) == "past_due"
    grace = await world.value(
        "SELECT max(ends_at) FROM cover WHERE invoice_id = %s", payment["invoice_id"]
    )
    assert grace > world.now + DAY
    assert await world.simulator.truth() == []
    # and a mandate that they give instead pays what is owed
    setup_id = await begin(world, shopper.customer_id, None, psp_account=BY_PROVIDER)
    await give(await page(world, setup_id))
    await take_in(world)
    other = (await row(world, setup_id))["payment_method_id"]
    await use_payment_method(
        world.run, bought.subscription_id, method_id=PaymentMethodId(UUID(other))
    )
    for _ in range(4):
        await world.advance(world.now + DAY)
        await take_in(world)
    assert (await renewal(world, bought))["state"] == "succeeded"
    assert await world.captures(payment["id"]) == [1199]
    assert await world.state(bought.subscription_id) == "active"
    assert world.now.date() < due


async def test_an_account_without_money_fails_the_first_debit_and_not_the_mandate(
    world: World,
) -> None:
    shopper = await given(world, holder="tok_decline_insufficient_funds_1")
    bought = await world.buy(shopper, trial=True)
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due + 30 * HOUR)
    await take_in(world)
    payment = await renewal(world, bought)
    assert [one[:2] for one in await attempts(world, payment["id"])] == [
        ("declined", "insufficient_funds")
    ]
    assert (await mandate(world, shopper))[1] == "active"


@pytest.mark.parametrize("of", ["set_up", "find"])
async def test_an_answer_that_is_lost_is_found_and_asks_for_no_second_mandate(
    world: World, of: str
) -> None:
    customer_id, setup_id = await asked(world, psps=Mute(world.psps, of=of))
    if of == "set_up":
        # what was made is not known: no page, and no id
        assert (await state(world, setup_id))[0] == "unknown"
        assert (await row(world, setup_id))["psp_ref"] is None
        await world.advance(world.now + timedelta(minutes=2))
    url = await page(world, setup_id)
    assert len(await requests(world)) == 1
    await give(url)
    await resolve(world, Mute(world.psps, of="find"))
    assert (await state(world, setup_id))[0] == "requires_action"  # nobody could say
    await take_in(world)
    assert (await state(world, setup_id))[0] == "succeeded"
    assert len(await methods(world, customer_id)) == 1


async def test_a_webhook_that_is_lost_costs_a_look(world: World) -> None:
    customer_id, setup_id = await asked(world)
    await take_in(world)
    await world.simulator.control(
        "faults", {"provider": BY_PROVIDER, "rates": {"webhook_lost": 1_000_000}}
    )
    await give(await page(world, setup_id))
    await take_in(world)
    assert (await state(world, setup_id))[0] == "requires_action"
    await world.advance(world.now + timedelta(minutes=10))
    assert await state(world, setup_id) == ("succeeded", "status_query")
    [method_id] = await methods(world, customer_id)
    await world.advance(world.now + 2 * DAY)
    # the mandate's own events are lost as well: it is looked at
    assert (await mandate(world, Shopper(customer_id, method_id)))[1] == "active"


async def test_events_that_come_twice_late_and_before_the_answer_make_one_method(
    world: World,
) -> None:
    await world.simulator.control(
        "faults", {"provider": BY_PROVIDER, "rates": {"webhook_dup": 1_000_000}}
    )
    # given that the answer never came, and the webhook tells of it all first
    customer_id, setup_id = await asked(world, psps=Mute(world.psps, of="set_up"))
    await take_in(world)
    assert (await state(world, setup_id))[0] == "unknown"
    [request] = await requests(world)
    flow = await there(
        world,
        BY_PROVIDER,
        "billing_request_flows",
        body={"billing_request_flows": {"links": {"billing_request": request["id"]}}},
    )
    await give(flow["billing_request_flows"]["authorisation_url"])
    await take_in(world)
    assert await state(world, setup_id) == ("succeeded", "status_query")
    # when it is all told and looked at again, in another order
    await world.write("UPDATE psp_event SET state = 'received', due_at = received_at, tries = 0")
    await asyncio.gather(
        apply_psp_events(world.run, world.psps), apply_psp_events(world.run, world.psps)
    )
    await world.advance(world.now + DAY)
    assert len(await methods(world, customer_id)) == 1
    assert await world.value("SELECT count(*) FROM mandate") == 1
    events = await world.events(customer_id)
    assert events["payment_method_setup.succeeded"] == 1
    assert events["payment_method_setup.action_required"] == 0


async def test_a_payer_who_never_comes_is_waited_for_a_day(world: World) -> None:
    customer_id, setup_id = await asked(world)
    url = await page(world, setup_id)
    await world.advance(world.now + 23 * HOUR)
    assert (await state(world, setup_id))[0] == "requires_action"
    assert await page(world, setup_id) == url
    await world.advance(world.now + 2 * HOUR)
    assert await state(world, setup_id) == ("not_executed", "void_confirmed")
    assert (await give(url))[0] == 410
    assert [each["status"] for each in await requests(world)] == ["cancelled"]
    assert await methods(world, customer_id) == []


async def test_what_is_given_up_is_cancelled_there_or_kept_where_it_was_given(
    world: World,
) -> None:
    _, left = await asked(world)
    await cancel_setup(world.run, world.psps, left)
    assert await state(world, left) == ("not_executed", "void_confirmed")
    # a payer was faster: the mandate is there, and so is its method, but nothing follows it
    customer_id, setup_id = await asked(world, makes_default=True)
    await give(await page(world, setup_id))
    await cancel_setup(world.run, world.psps, setup_id)
    assert (await state(world, setup_id))[0] == "succeeded"
    assert len(await methods(world, customer_id)) == 1
    assert await world.value("SELECT count(*) FROM default_method") == 0
    # cancelled by somebody at the provider
    _, there_too = await asked(world)
    [request, *_] = await requests(world)
    await there(world, BY_PROVIDER, f"billing_requests/{request['id']}/actions/cancel", body={})
    await take_in(world)
    assert await state(world, there_too) == ("not_executed", "void_confirmed")


async def test_nobody_is_sent_to_a_bank_who_did_not_ask_for_it(world: World) -> None:
    customer_id = await world.customer("DE")
    with pytest.raises(SetupNotOffered):
        await begin(world, customer_id, None)  # no account is named, and both debit mandates
    with pytest.raises(SetupNotOffered):
        await begin(world, customer_id, "MDtok_ok", psp_account=BY_PROVIDER)


async def renewed(world: World, bought: Bought) -> tuple[dict[str, Any], Any]:
    """Go on to the hour after a trial; return its first payment and the day of its debit."""
    at = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(at + HOUR)
    payment = await renewal(world, bought)
    [(_, _, due)] = await notices(world, payment["id"])
    return payment, due


async def on_to(world: World, day: Any) -> None:
    while world.now.date() < day:
        await world.advance(world.now + DAY)
        await take_in(world)


async def resolve(world: World, psps: Psps) -> None:
    await resolve_setups(world.run, psps, buckets=ALL, ahead=DAY)
