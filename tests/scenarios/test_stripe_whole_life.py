"""A seller at Stripe: purchases, lost and late answers, refunds, and webhooks over the API."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from psycopg import AsyncConnection
from typing_extensions import override

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.http import HttpClient
from ledgerline.base.ids import PurchaseId
from ledgerline.base.run import Run
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.withdraw_purchase import withdraw_purchase
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import Action, Psps, Reading
from tests.flow_proof import prove
from tests.flow_values import Bought, Shopper
from tests.flow_world import CALL_DEADLINE_MS, NEW_YEAR, World
from tests.pspsim.simulator import Simulator, simulator, write_world
from tests.pspsim.stripe.face import API_SECRET, PROVIDERS, WEBHOOK_SECRET, customer_with
from tests.relayed_psps import Relayed
from tests.scenarios.api_client import open_api
from tests.scenarios.payers import (
    RETURN_URL,
    Tried,
    authenticated,
    buy_here,
    come_back,
    page_of,
    tried,
)
from tests.shipped import shipped_catalog

PAID = [("payment", 1199)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Open a world whose only provider is Stripe; its webhooks come in over the served API."""
    folder: Path = tmp_path_factory.mktemp("stripe")
    async with (
        simulator(write_world(folder, providers=PROVIDERS), folder / "psp") as outside,
        connected(database_url, size=8, name="scenario") as database,
        HttpClient() as client,
        await AsyncConnection.connect(database_url, autocommit=True) as connection,
    ):
        run = Run(database, Keyring(bytes(32)))
        assert await run.knows_key()
        assert await run.begin_sandbox(NEW_YEAR, seed=7)
        run = await run.at_clock()
        await load_catalog(run, shipped_catalog())
        psps = await connect(run, outside, client)
        async with open_api(Run(database, Keyring(bytes(32))), psps) as api:
            url = f"{api.url}/v1/psp/aster/events"
            await outside.control("webhooks", {"provider": "aster", "url": url})
            yield World(
                run=run, psps=psps, simulator=outside, connection=connection, url=database_url
            )
        await prove(connection, outside)


async def connect(run: Run, outside: Simulator, client: HttpClient) -> Gateway:
    secrets = {"api_secret": Secret(API_SECRET), "webhook_secret": Secret(WEBHOOK_SECRET)}
    new = NewPspAccount(
        code="aster",
        psp="stripe",
        settings={"base_url": f"http://127.0.0.1:{outside.port}/aster"},
        secrets=secrets,
        call_deadline_ms=CALL_DEADLINE_MS,
    )
    await put_psp_account(run, Stripe(), new)
    merchants = await read_merchants(run)
    return Gateway({one.code: Connection(one, Stripe()) for one in merchants}, client)


async def shopper(world: World, token: str) -> Shopper:
    """Create a customer whose card was saved at Stripe before, as a shop's page does."""
    saved = await asyncio.to_thread(customer_with, world.simulator, f"pm_{token}")
    customer_id = await world.customer()
    new = NewPaymentMethod(
        customer_id=customer_id, psp_account="aster", psp_token=saved, brand="visa", last4="4242"
    )
    return Shopper(customer_id, await add_payment_method(world.run, new))


async def give_back(world: World, bought: Bought) -> str:
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "goodwill"))
    return await refund_state(world, bought)


async def refund_state(world: World, bought: Bought) -> str:
    state = "SELECT state FROM refund WHERE payment_id = %s"
    return str(await world.value(state, bought.payment_id))


async def attempts(world: World, bought: Bought) -> list[str]:
    rows = await world.rows(
        "SELECT state FROM attempt WHERE payment_id = %s ORDER BY ordinal", bought.payment_id
    )
    return [state for (state,) in rows]


@dataclass(slots=True)
class Listening(Relayed):
    """A gateway that remembers what it was asked."""

    asked: list[Action]

    @override
    async def call(self, what: Action) -> Reading:
        self.asked.append(what)
        return await self.gateway.call(what)


async def apply_what_came(world: World, psps: Psps | None = None) -> int:
    drained = await world.simulator.control("drain")
    assert drained["failed"] == 0, "a delivery was not acknowledged"
    return await apply_psp_events(world.run, psps or world.psps)


async def lose_webhooks(world: World, ppm: int) -> None:
    await world.simulator.control("faults", {"provider": "aster", "rates": {"webhook_lost": ppm}})


async def test_purchase_is_paid_and_its_webhook_is_no_news(world: World) -> None:
    buyer = await shopper(world, "tok_ok_1")
    bought = await world.buy(buyer)
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.receipts(buyer.customer_id) == PAID
    # the other event is of the set-up by which the shop's page saved the card
    assert await apply_what_came(world) == 2
    assert await world.receipts(buyer.customer_id) == PAID
    assert await world.value("SELECT count(*) FROM money_exception") == 0


async def test_lost_answer_is_found_by_the_id_that_the_webhook_tells(world: World) -> None:
    buyer = await shopper(world, "tok_hang_after_2")
    bought = await world.buy(buyer)
    assert await attempts(world, bought) == ["unknown"]
    assert await world.receipts(buyer.customer_id) == []
    listening = Listening(world.psps, [])
    await apply_what_came(world, listening)
    [asked] = listening.asked
    assert str(asked.psp_ref).startswith("pi_")
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.receipts(buyer.customer_id) == PAID


async def test_lost_answer_is_looked_up_where_no_webhook_comes(world: World) -> None:
    await lose_webhooks(world, 1_000_000)
    # Stripe keeps an error under its key: sending again would tell nothing, only looking does
    buyer = await shopper(world, "tok_500_after_3")
    bought = await world.buy(buyer)
    assert await attempts(world, bought) == ["unknown"]
    await world.advance(world.now.replace(hour=1))
    await lose_webhooks(world, 0)
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.receipts(buyer.customer_id) == PAID


async def test_declined_purchase_charges_nothing(world: World) -> None:
    buyer = await shopper(world, "tok_ok_4")
    await world.steal_card(buyer, "pm_tok_decline_stolen_card_4")
    bought = await world.buy(buyer)
    assert await attempts(world, bought) == ["declined"]
    assert (
        await world.value("SELECT category FROM attempt WHERE payment_id = %s", bought.payment_id)
        == "lost_or_stolen"
    )
    await apply_what_came(world)
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(buyer.customer_id) == []


async def test_refund_is_paid_back_at_once(world: World) -> None:
    buyer = await shopper(world, "tok_ok_5")
    bought = await world.buy(buyer)
    assert await give_back(world, bought) == "succeeded"
    await apply_what_came(world)
    assert await world.receipts(buyer.customer_id) == [*PAID, ("refund", 1199)]


async def test_refund_that_takes_a_day_is_told_then(world: World) -> None:
    buyer = await shopper(world, "tok_eu-credit_6")
    bought = await world.buy(buyer)
    rates = {"refund_pending": 1_000_000}
    await world.simulator.control("faults", {"provider": "aster", "rates": rates})
    assert await give_back(world, bought) == "sent"
    await world.simulator.control("faults", {"provider": "aster", "rates": {"refund_pending": 0}})
    await world.advance(world.now.replace(day=world.now.day + 2))
    await apply_what_came(world)
    assert await refund_state(world, bought) == "succeeded"
    assert await world.receipts(buyer.customer_id) == [*PAID, ("refund", 1199)]


async def test_charge_that_is_answered_late_is_paid_then(world: World) -> None:
    buyer = await shopper(world, "tok_pending_7")
    bought = await world.buy(buyer)
    assert await attempts(world, bought) == ["sent"]
    assert await world.receipts(buyer.customer_id) == []
    await world.advance(world.now.replace(day=world.now.day + 2))
    await apply_what_came(world)
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.receipts(buyer.customer_id) == PAID


async def test_renewal_charges_the_saved_card_without_its_payer(world: World) -> None:
    buyer = await shopper(world, "tok_ok_8")
    bought = await world.buy(buyer)
    paid = await world.receipts(buyer.customer_id)
    await world.advance(world.now.replace(month=world.now.month + 1, day=28))
    await apply_what_came(world)
    assert await world.receipts(buyer.customer_id) == [*paid, ("payment", 1199)]
    assert (
        await world.value(
            "SELECT count(*) FROM attempt a JOIN payment p ON p.id = a.payment_id"
            " JOIN invoice i ON i.id = p.invoice_id WHERE i.subscription_id = %s"
            " AND i.cause = 'renewal' AND a.state = 'succeeded'",
            bought.subscription_id,
        )
        == 1
    )


async def test_buyer_who_passes_at_their_bank_has_bought_and_is_renewed_without(
    world: World,
) -> None:
    buyer = await shopper(world, "tok_challenge_9")
    bought = await buy_here(world, buyer)
    assert (await tried(world, bought)).state == "requires_action"
    status, location = await world.simulator.be_the_payer(await page_of(world, bought), "pass")
    assert status == 303
    assert location.startswith(f"{RETURN_URL}&payment_intent=pi_")
    await come_back(world, bought)
    assert await tried(world, bought) == Tried("succeeded", None, "status_query")
    assert await authenticated(world, bought) == ("Y", True, "2.2.0", None)
    assert await world.captures(bought.payment_id) == [1199]
    await apply_what_came(world)
    assert await world.receipts(buyer.customer_id) == PAID
    await world.advance(world.now.replace(month=world.now.month + 1, day=28))
    await apply_what_came(world)
    assert await world.receipts(buyer.customer_id) == [*PAID, *PAID]


async def test_buyer_who_passes_and_never_comes_back_has_bought_by_the_webhook(
    world: World,
) -> None:
    bought = await buy_here(world, await shopper(world, "tok_challenge_10"))
    await world.simulator.be_the_payer(await page_of(world, bought), "pass")
    await apply_what_came(world)
    assert (await tried(world, bought)).state == "succeeded"
    assert await world.captures(bought.payment_id) == [1199]


async def test_buyer_who_fails_at_their_bank_has_bought_nothing(world: World) -> None:
    buyer = await shopper(world, "tok_challenge_11")
    bought = await buy_here(world, buyer)
    await world.simulator.be_the_payer(await page_of(world, bought), "fail")
    await come_back(world, bought)
    assert await tried(world, bought) == Tried("declined", "authentication_failed", "status_query")
    await apply_what_came(world)
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(buyer.customer_id) == []


@pytest.mark.parametrize("gives_up", [False, True])
async def test_what_its_buyer_left_is_canceled_at_stripe_and_then_over(
    world: World, *, gives_up: bool
) -> None:
    buyer = await shopper(world, f"tok_challenge_{12 + gives_up}")
    bought = await buy_here(world, buyer)
    page = await page_of(world, bought)
    if gives_up:
        await withdraw_purchase(world.run, PurchaseId(bought.purchase_id))
    await world.advance(world.now + timedelta(minutes=31))
    assert await tried(world, bought) == Tried(
        "not_executed", "authentication_failed", "void_confirmed"
    )
    assert await world.state(bought.subscription_id) == "expired"
    await world.simulator.be_the_payer(page, "pass")  # Stripe asks nobody any more
    await apply_what_came(world)
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(buyer.customer_id) == []
    assert await world.value("SELECT count(*) FROM money_exception WHERE closed_at IS NULL") == 0
