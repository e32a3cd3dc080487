"""A seller who collects by GoCardless: debits are accepted first and known days later."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.http import HttpClient
from ledgerline.base.ids import PurchaseId
from ledgerline.base.run import Run
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.withdraw_purchase import withdraw_purchase
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.contract import Secret
from tests.flow_proof import prove
from tests.flow_values import Bought
from tests.flow_world import CALL_DEADLINE_MS, NEW_YEAR, World
from tests.pspsim.gocardless.face import TOKEN, WEBHOOK_SECRET
from tests.pspsim.simulator import Simulator, simulator, write_world
from tests.scenarios.api_client import open_api
from tests.scenarios.payers import Tried, tried
from tests.shipped import shipped_catalog

MANDATE = "MDtok_ok"
PAID = [("payment", 1199)]
CLEARED = timedelta(hours=25)  # the simulated banks need a day


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Open a world whose only provider is GoCardless; its webhooks come in over the served API."""
    folder: Path = tmp_path_factory.mktemp("gocardless")
    provider = {"dialect": "gocardless", "api_secret": TOKEN, "webhook_secret": WEBHOOK_SECRET}
    async with (
        simulator(write_world(folder, providers={"aster": provider}), folder / "psp")
        as outside,
        connected(database_url, size=8, name="scenario") as database,
        HttpClient() as client,
        await AsyncConnection.connect(database_url, autocommit=True) as connection,
    ):  # fmt: skip
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
    new = NewPspAccount(
        code="aster",
        psp="gocardless",
        settings={"base_url": f"http://127.0.0.1:{outside.port}/aster"},
        secrets={"access_token": Secret(TOKEN), "webhook_secret": Secret(WEBHOOK_SECRET)},
        call_deadline_ms=CALL_DEADLINE_MS,
    )
    await put_psp_account(run, GoCardless(), new)
    merchants = await read_merchants(run)
    return Gateway({one.code: Connection(one, GoCardless()) for one in merchants}, client)


async def attempts(world: World, bought: Bought) -> list[str]:
    rows = await world.rows(
        "SELECT state FROM attempt WHERE payment_id = %s ORDER BY ordinal", bought.payment_id
    )
    return [state for (state,) in rows]


async def renewal_attempts(world: World, bought: Bought) -> list[str]:
    rows = await world.rows(
        "SELECT a.state FROM attempt a JOIN payment p ON p.id = a.payment_id"
        " WHERE p.subscription_id = %s AND p.id <> %s ORDER BY a.ordinal",
        bought.subscription_id,
        bought.payment_id,
    )
    return [state for (state,) in rows]


async def looks(world: World, bought: Bought) -> int:
    """Count how often the resolver looked at the one attempt: a webhook makes it look no more."""
    found: int = await world.value(
        "SELECT looks FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    return found


async def exceptions(world: World) -> list[str]:
    """Read what people have to look at."""
    rows = await world.rows(
        "SELECT reason FROM money_exception WHERE closed_at IS NULL ORDER BY reason"
    )
    return [reason for (reason,) in rows]


async def apply_what_came(world: World) -> int:
    drained = await world.simulator.control("drain")
    assert drained["failed"] == 0, "a delivery was not acknowledged"
    return await apply_psp_events(world.run, world.psps)


async def order_faults(world: World, **rates: int) -> None:
    await world.simulator.control("faults", {"provider": "aster", "rates": rates})


async def take_back(world: World, bought: Bought, scenario: str) -> None:
    """Let the payer's bank take back what a purchase was paid with."""
    payment = await world.value(
        "SELECT psp_ref FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    url = f"http://127.0.0.1:{world.simulator.port}/aster"
    about: Any = {"data": {"links": {"resource": payment}}}
    async with world.simulator.session.post(
        f"{url}/scenario_simulators/{scenario}/actions/run",
        json=about,
        headers={"Authorization": f"Bearer {TOKEN}", "GoCardless-Version": "2015-07-06"},
    ) as response:
        assert response.status == 201, await response.text()
    await apply_what_came(world)


async def test_purchase_waits_for_the_bank_and_is_paid_by_the_webhook(world: World) -> None:
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    assert await attempts(world, bought) == ["sent"]
    await world.advance(world.now + timedelta(hours=15))
    await apply_what_came(world)
    # then it was looked at and told of, which is no news
    looked = await looks(world, bought)
    assert looked == 6
    assert await attempts(world, bought) == ["sent"]
    assert await world.receipts(shopper.customer_id) == []
    # when the banks have cleared it
    await world.advance(world.now + timedelta(hours=10))
    await apply_what_came(world)
    # then
    assert await attempts(world, bought) == ["succeeded"]
    assert await looks(world, bought) == looked
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == PAID
    assert await world.captures(bought.payment_id) == [1199]
    assert await exceptions(world) == []


async def test_lost_webhooks_cost_time_and_nothing_else(world: World) -> None:
    await order_faults(world, webhook_lost=1_000_000)
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(days=2))
    await order_faults(world, webhook_lost=0)
    assert await apply_what_came(world) == 0
    assert await attempts(world, bought) == ["succeeded"]
    assert await looks(world, bought) == 7
    assert await world.receipts(shopper.customer_id) == PAID


async def test_lost_answer_is_no_doubt_once_the_provider_says_that_it_holds_it(
    world: World,
) -> None:
    shopper = await world.shopper(token="MDtok_hang_after")
    bought = await world.buy(shopper)
    assert await attempts(world, bought) == ["unknown"]
    await world.advance(world.now + timedelta(minutes=10))
    assert await attempts(world, bought) == ["sent"]
    assert (
        await world.value(
            "SELECT unknown_since FROM attempt WHERE payment_id = %s", bought.payment_id
        )
        is None
    )
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.receipts(shopper.customer_id) == PAID


async def test_provider_that_cannot_be_asked_for_days_ends_nothing(world: World) -> None:
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(hours=15))
    await order_faults(world, lookup_5xx=1_000_000)
    await world.advance(world.now + timedelta(days=1))
    # then one look in vain is no alarm, though the debit is older than a day
    assert await attempts(world, bought) == ["unknown"]
    assert await exceptions(world) == []
    await world.advance(world.now + timedelta(days=2))
    assert await attempts(world, bought) == ["unknown"]
    assert await exceptions(world) == ["unknown_too_long"]
    await order_faults(world, lookup_5xx=0)
    await world.advance(world.now + timedelta(days=1))
    assert await attempts(world, bought) == ["succeeded"]
    assert await exceptions(world) == []
    assert await world.receipts(shopper.customer_id) == PAID


async def test_failed_debit_refuses_the_purchase_days_later(world: World) -> None:
    shopper = await world.shopper(token="MDtok_decline_insufficient_funds")
    bought = await world.buy(shopper)
    assert await attempts(world, bought) == ["sent"]
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    assert await attempts(world, bought) == ["declined"]
    assert await world.rows(
        "SELECT a.category, a.psp_code, p.state, u.state FROM attempt a"
        " JOIN payment p ON p.id = a.payment_id JOIN purchase u ON u.payment_id = p.id"
        " WHERE p.id = %s",
        bought.payment_id,
    ) == [("insufficient_funds", "insufficient_funds:AM04", "failed", "failed")]
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(shopper.customer_id) == []


async def test_refund_is_under_way_until_its_webhook_comes(world: World) -> None:
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "goodwill"))
    states = "SELECT state FROM refund WHERE payment_id = %s"
    assert await world.value(states, bought.payment_id) == "sent"
    assert await world.receipts(shopper.customer_id) == PAID
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    assert await world.value(states, bought.payment_id) == "succeeded"
    assert await world.receipts(shopper.customer_id) == [*PAID, ("refund", 1199)]
    assert await exceptions(world) == []


async def test_renewal_is_served_while_its_debit_is_under_way(world: World) -> None:
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due + timedelta(hours=2))
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == PAID
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == [*PAID, *PAID]


async def test_renewal_whose_debit_fails_late_is_tried_again_under_a_new_key(
    world: World,
) -> None:
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    await world.steal_card(shopper, "MDtok_decline_insufficient_funds_1")
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due + timedelta(hours=2))
    assert await renewal_attempts(world, bought) == ["sent"]
    await world.advance(world.now + CLEARED)
    await apply_what_came(world)
    assert await renewal_attempts(world, bought) == ["declined"]
    assert await world.receipts(shopper.customer_id) == PAID
    # when the plan's next slot is there
    await world.steal_card(shopper, "MDtok_ok_renewed")
    await world.advance(world.now + timedelta(days=7))
    await apply_what_came(world)
    assert await renewal_attempts(world, bought) == ["declined", "succeeded"]
    assert await world.receipts(shopper.customer_id) == [*PAID, *PAID]


async def test_what_a_bank_takes_back_is_a_lost_dispute_and_ends_no_attempt(world: World) -> None:
    shopper = await world.shopper(token=MANDATE)
    back, late = await world.buy(shopper), await world.buy(await world.shopper(token=MANDATE))
    await world.advance(world.now + 2 * CLEARED)
    await apply_what_came(world)
    assert await exceptions(world) == []
    await take_back(world, back, "payment_charged_back")
    await take_back(world, late, "payment_late_failure")
    returns = await world.rows("SELECT payment_id, kind, state FROM dispute")
    assert sorted(returns) == sorted(
        (bought.payment_id, "bank_return", "lost") for bought in (back, late)
    )
    assert await exceptions(world) == []
    for bought in (back, late):
        assert await attempts(world, bought) == ["succeeded"]
        assert await world.captures(bought.payment_id) == [1199]
    assert await world.receipts(shopper.customer_id) == PAID


@pytest.mark.parametrize("lost", [0, 1_000_000])
async def test_what_is_charged_back_before_anybody_looked_is_a_success_that_was_taken_back(
    world: World, lost: int
) -> None:
    # given a debit whose collection nobody has heard of, and whose return may never be told
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    await order_faults(world, webhook_lost=1_000_000, lookup_5xx=1_000_000)
    await world.advance(world.now + 2 * CLEARED)
    assert await attempts(world, bought) == ["unknown"]
    await order_faults(world, webhook_lost=lost, lookup_5xx=1_000_000)
    await take_back(world, bought, "payment_charged_back")
    # when the provider can be asked
    await order_faults(world, webhook_lost=lost, lookup_5xx=0)
    await world.advance(world.now + timedelta(days=2))
    await order_faults(world, webhook_lost=0)
    await apply_what_came(world)
    # then it was paid, and that was taken back
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.rows(
        "SELECT kind, state, amount_minor FROM dispute WHERE payment_id = %s", bought.payment_id
    ) == [("bank_return", "lost", 1199)]
    assert await exceptions(world) == []
    assert await world.receipts(shopper.customer_id) == PAID


async def test_what_a_buyer_gave_up_is_cancelled_before_it_goes_to_the_banks(world: World) -> None:
    shopper = await world.shopper(token=MANDATE)
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(minutes=1))
    await withdraw_purchase(world.run, PurchaseId(bought.purchase_id))
    await world.advance(world.now + timedelta(hours=1))
    assert await tried(world, bought) == Tried("not_executed", None, "void_confirmed")
    await world.advance(world.now + 5 * CLEARED)
    await apply_what_came(world)
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(shopper.customer_id) == []
