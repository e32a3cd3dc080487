"""A seller at Adyen: purchases, lost and late answers and refunds, told over the API's endpoint."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import pytest_asyncio
from psycopg import AsyncConnection
from typing_extensions import override

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.http import HttpClient
from ledgerline.base.ids import PurchaseId
from ledgerline.base.run import Run
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.confirm_payment import confirm_payment
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.flows.receive_psp_event import receive_psp_event
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.withdraw_purchase import withdraw_purchase
from ledgerline.payments.adapters.adyen.connector import Adyen
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import EvidenceKind, Outcome, Reading, SentAttempt
from tests.contracts.connectors.adyen import delivery, item
from tests.flow_proof import prove
from tests.flow_values import Bought
from tests.flow_world import CALL_DEADLINE_MS, NEW_YEAR, World
from tests.pspsim.adyen.official import ACCOUNT, API_KEY, HMAC_KEY
from tests.pspsim.simulator import Simulator, simulator, write_world
from tests.relayed_psps import Relayed
from tests.scenarios.api_client import open_api
from tests.scenarios.payers import Tried, authenticated, buy_here, come_back, page_of, tried
from tests.shipped import shipped_catalog

PAID = [("payment", 1199)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Open a world whose only provider is Adyen; its webhooks come in over the served API."""
    folder: Path = tmp_path_factory.mktemp("adyen")
    provider = {"dialect": "adyen", "api_secret": API_KEY, "webhook_secret": HMAC_KEY}
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
    secrets = {"api_key": Secret(API_KEY), "hmac_key": Secret(HMAC_KEY)}
    settings = {"base_url": f"http://127.0.0.1:{outside.port}/aster", "merchant_account": ACCOUNT}
    new = NewPspAccount(
        code="aster", psp="adyen", settings=settings, secrets=secrets,
        call_deadline_ms=CALL_DEADLINE_MS,
    )  # fmt: skip
    await put_psp_account(run, Adyen(), new)
    merchants = await read_merchants(run)
    return Gateway({one.code: Connection(one, Adyen()) for one in merchants}, client)


async def attempts(world: World, bought: Bought) -> list[str]:
    rows = await world.rows(
        "SELECT state FROM attempt WHERE payment_id = %s ORDER BY ordinal", bought.payment_id
    )
    return [state for (state,) in rows]


async def told_to_people(world: World, subject: UUID) -> int:
    told = "SELECT count(*) FROM money_exception WHERE subject_id = %s AND reason = 'provider_told'"
    found: int = await world.value(told, subject)
    return found


async def lose_webhooks(world: World, *, ppm: int) -> None:
    await world.simulator.control("faults", {"provider": "aster", "rates": {"webhook_lost": ppm}})


async def apply_what_came(world: World) -> int:
    drained = await world.simulator.control("drain")
    assert drained["failed"] == 0, "a delivery was not acknowledged"
    return await apply_psp_events(world.run, world.psps)


async def test_purchase_and_renewal_are_paid_and_their_webhooks_are_no_news(world: World) -> None:
    shopper = await world.shopper(token="shopper-1/tok_ok")
    bought = await world.buy(shopper)
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.receipts(shopper.customer_id) == PAID
    assert await apply_what_came(world) == 1
    await world.advance(date(2026, 2, 1))
    assert await world.receipts(shopper.customer_id) == [*PAID, *PAID]
    await apply_what_came(world)
    assert await world.receipts(shopper.customer_id) == [*PAID, *PAID]
    assert await world.value("SELECT count(*) FROM psp_event WHERE state <> 'applied'") == 0
    assert await world.value("SELECT count(*) FROM money_exception") == 0


async def test_lost_answer_is_found_by_the_webhook(world: World) -> None:
    shopper = await world.shopper(token="shopper-2/tok_hang_after")
    bought = await world.buy(shopper)
    assert await attempts(world, bought) == ["unknown"]
    assert await world.receipts(shopper.customer_id) == []
    await apply_what_came(world)
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.receipts(shopper.customer_id) == PAID


async def test_lost_answer_is_found_by_the_same_request_where_no_webhook_comes(
    world: World,
) -> None:
    await lose_webhooks(world, ppm=1_000_000)
    shopper = await world.shopper(token="shopper-3/tok_500_after")
    bought = await world.buy(shopper)
    await lose_webhooks(world, ppm=0)
    assert await apply_what_came(world) == 0
    assert await attempts(world, bought) == ["unknown"]
    await world.advance(world.now + timedelta(hours=1))
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.receipts(shopper.customer_id) == PAID


@pytest.mark.parametrize("success", ["true", "false"])
async def test_refund_made_at_adyen_under_the_name_of_a_charge_ends_no_charge(
    world: World, success: str
) -> None:
    await lose_webhooks(world, ppm=1_000_000)
    bought = await world.buy(await world.shopper(token="shopper-4/tok_hang_after"))
    await lose_webhooks(world, ppm=0)
    attempt = await world.value("SELECT id FROM attempt WHERE payment_id = %s", bought.payment_id)
    by_hand = item(
        HMAC_KEY,
        eventCode="REFUND",
        success=success,
        amount={"currency": "EUR", "value": 1199},
        merchantReference=str(attempt),
        pspReference=f"BYHAND{success}",
    )
    await receive_psp_event(
        world.run, world.psps, account="aster", headers={}, raw=delivery(by_hand)
    )
    assert await apply_what_came(world) == 1
    assert await attempts(world, bought) == ["unknown"]
    assert await told_to_people(world, attempt) == 1
    await world.advance(world.now + timedelta(hours=1))
    assert await attempts(world, bought) == ["succeeded"]


async def test_people_hear_of_a_refund_that_failed_after_it_had_succeeded(world: World) -> None:
    bought = await world.buy(await world.shopper(token="shopper-5/tok_ok"))
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "goodwill"))
    await apply_what_came(world)
    [[refund, psp_ref, state]] = await world.rows(
        "SELECT id, psp_ref, state FROM refund WHERE payment_id = %s", bought.payment_id
    )
    assert state == "succeeded"
    failed = item(
        HMAC_KEY,
        eventCode="REFUND_FAILED",
        amount={"currency": "EUR", "value": 1199},
        merchantReference=str(refund),
        pspReference=psp_ref,
    )
    await receive_psp_event(
        world.run, world.psps, account="aster", headers={}, raw=delivery(failed)
    )
    assert await apply_what_came(world) == 1
    assert await world.value("SELECT state FROM refund WHERE id = %s", refund) == "reversed"
    reasons = "SELECT reason FROM money_exception WHERE subject_id = %s"
    assert await world.rows(reasons, refund) == [("refund_reversed",)]


async def test_declined_purchase_charges_nothing(world: World) -> None:
    shopper = await world.shopper(token="shopper-5/tok_decline_insufficient_funds")
    bought = await world.buy(shopper)
    assert await attempts(world, bought) == ["declined"]
    assert (
        await world.value("SELECT category FROM attempt WHERE payment_id = %s", bought.payment_id)
        == "insufficient_funds"
    )
    await apply_what_came(world)
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(shopper.customer_id) == []


async def test_refund_is_under_way_until_its_webhook_comes(world: World) -> None:
    shopper = await world.shopper(token="shopper-6/tok_ok")
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "goodwill"))
    states = "SELECT state FROM refund WHERE payment_id = %s"
    assert await world.value(states, bought.payment_id) == "sent"
    assert await world.receipts(shopper.customer_id) == PAID
    await apply_what_came(world)
    assert await world.value(states, bought.payment_id) == "succeeded"
    assert await world.receipts(shopper.customer_id) == [*PAID, ("refund", 1199)]


async def test_charge_that_is_answered_late_is_paid_then(world: World) -> None:
    shopper = await world.shopper(token="shopper-7/tok_pending")
    bought = await world.buy(shopper)
    assert await attempts(world, bought) == ["sent"]
    assert await world.receipts(shopper.customer_id) == []
    await world.advance(world.now + timedelta(days=2))
    await apply_what_came(world)
    assert await attempts(world, bought) == ["succeeded"]
    assert await world.receipts(shopper.customer_id) == PAID


async def test_people_hear_of_a_charge_that_is_canceled_after_it_was_paid(world: World) -> None:
    bought = await world.buy(await world.shopper(token="shopper-5/tok_ok"))
    await apply_what_came(world)
    attempt = await world.value("SELECT id FROM attempt WHERE payment_id = %s", bought.payment_id)
    for code in ("TECHNICAL_CANCEL", "OFFER_CLOSED"):
        canceled = item(
            HMAC_KEY,
            eventCode=code,
            amount={"currency": "EUR", "value": 1199},
            merchantReference=str(attempt),
            pspReference=f"AFTER{code[:5]}",
        )
        await receive_psp_event(
            world.run, world.psps, account="aster", headers={}, raw=delivery(canceled)
        )
    assert await apply_what_came(world) == 2
    reasons = "SELECT reason FROM money_exception WHERE subject_id = %s"
    assert await world.rows(reasons, attempt) == [("declined_after_success",)]
    assert await attempts(world, bought) == ["succeeded"]


async def acted(world: World, bought: Bought, answer: str) -> str:
    """Let a buyer act, and return what they bring along."""
    status, location = await world.simulator.be_the_payer(await page_of(world, bought), answer)
    assert status == 303
    [result] = parse_qs(urlsplit(location).query)["redirectResult"]
    return result


async def test_buyer_who_passes_at_their_bank_has_bought_by_what_they_bring(world: World) -> None:
    shopper = await world.shopper(token="shopper-8/tok_challenge")
    bought = await buy_here(world, shopper)
    result = await acted(world, bought, "pass")
    await come_back(world, bought)  # without it nothing happens
    assert (await tried(world, bought)).state == "requires_action"
    await come_back(world, bought, result)
    assert await tried(world, bought) == Tried("succeeded", None, "response")
    assert await authenticated(world, bought) == ("Y", None, "2.2.0", True)
    assert await world.captures(bought.payment_id) == [1199]
    await come_back(world, bought, result)  # the page is loaded again
    await apply_what_came(world)
    assert await world.receipts(shopper.customer_id) == PAID


@dataclass(slots=True)
class Deaf(Relayed):
    """A gateway that loses the answer to what a payer brought."""

    @override
    async def confirm(self, sent: SentAttempt, result: str) -> Reading:
        await self.gateway.confirm(sent, result)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="bytes_sent")


@pytest.mark.parametrize("told", [True, False])
async def test_lost_answer_to_what_a_buyer_brought_is_found_by_the_webhook_or_the_same_request(
    world: World, *, told: bool
) -> None:
    shopper = await world.shopper(token=f"shopper-{20 + told}/tok_challenge")
    bought = await buy_here(world, shopper)
    result = await acted(world, bought, "pass")
    await lose_webhooks(world, ppm=0 if told else 1_000_000)
    assert bought.payment_id is not None
    await confirm_payment(world.run, Deaf(world.psps), bought.payment_id, result=result)
    assert (await tried(world, bought)).state == "unknown"
    if told:
        await apply_what_came(world)
        assert await tried(world, bought) == Tried("succeeded", None, "webhook")
    else:  # the first request is answered as it was: its payer may bring the same once more
        await world.advance(world.now + timedelta(minutes=2))
        await lose_webhooks(world, ppm=0)
        await come_back(world, bought, result)
        assert await tried(world, bought) == Tried("succeeded", None, "response")
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.receipts(shopper.customer_id) == PAID


async def test_what_a_buyer_brings_that_is_not_theirs_pays_nothing(world: World) -> None:
    cheap = await buy_here(world, await world.shopper(token="shopper-9/tok_challenge"))
    other = await buy_here(world, await world.shopper(token="shopper-10/tok_challenge"))
    await come_back(world, other, await acted(world, cheap, "pass"))
    assert (await tried(world, other)).state == "unknown"
    assert await world.captures(other.payment_id) == []
    # asked again, Adyen says that it waits for its own payer still
    await world.advance(world.now + timedelta(minutes=2))
    await come_back(world, other, await acted(world, other, "pass"))
    assert await world.captures(other.payment_id) == [1199]


async def test_buyer_who_fails_at_their_bank_has_bought_nothing(world: World) -> None:
    shopper = await world.shopper(token="shopper-11/tok_challenge")
    bought = await buy_here(world, shopper)
    await come_back(world, bought, await acted(world, bought, "fail"))
    assert await tried(world, bought) == Tried("declined", "authentication_failed", "response")
    await apply_what_came(world)
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(shopper.customer_id) == []


async def test_what_its_buyer_left_is_over_once_adyen_says_so_and_not_before(
    world: World,
) -> None:
    shopper = await world.shopper(token="shopper-12/tok_challenge")
    bought = await buy_here(world, shopper)
    # when its time is over by our clock, a cancel is received, and comes to nothing
    await world.advance(world.now + timedelta(minutes=31))
    await apply_what_came(world)
    assert (await tried(world, bought)).state in {"sent", "unknown"}
    assert await world.state(bought.subscription_id) == "incomplete"
    # then it is over when the offer is closed
    await world.advance(world.now + timedelta(hours=12))
    await apply_what_came(world)
    assert await tried(world, bought) == Tried(
        "not_executed", "authentication_failed", "void_confirmed"
    )
    assert await world.state(bought.subscription_id) == "expired"
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(shopper.customer_id) == []


async def test_what_a_buyer_gave_up_is_canceled_while_it_is_under_way(world: World) -> None:
    shopper = await world.shopper(token="shopper-13/tok_pending")
    bought = await world.buy(shopper)
    assert (await tried(world, bought)).state == "sent"
    await world.advance(world.now + timedelta(minutes=1))
    await withdraw_purchase(world.run, PurchaseId(bought.purchase_id))
    await world.advance(world.now + timedelta(hours=1))
    await apply_what_came(world)
    assert await tried(world, bought) == Tried("not_executed", None, "void_confirmed")
    await world.advance(world.now + timedelta(days=2))
    assert await world.captures(bought.payment_id) == []
    assert await world.receipts(shopper.customer_id) == []


async def test_days_of_too_many_requests_lose_nobody_and_all_is_collected(world: World) -> None:
    # given a renewal that falls due while Adyen takes no more requests, which proves nothing there
    shopper = await world.shopper(token="shopper-429/tok_anybody")
    bought = await world.buy(shopper)
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due - timedelta(days=1))
    await _limit(world, ppm=1_000_000)
    await world.advance(due + timedelta(days=3))
    # then nobody has lost service, and people are told of the one attempt, once
    [_, attempt] = await world.rows(
        "SELECT a.id, a.state FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.subscription_id = %s ORDER BY a.sent_at",
        bought.subscription_id,
    )
    assert attempt[1] == "unknown"
    assert await world.state(bought.subscription_id) == "active"
    told = "SELECT reason, closed_at IS NULL FROM money_exception WHERE subject_id = %s"
    assert await world.rows(told, attempt[0]) == [("unknown_too_long", True)]
    await _limit(world, ppm=0)
    await world.advance(due + timedelta(days=5))
    assert await world.receipts(shopper.customer_id) == [*PAID, *PAID]
    assert await world.rows(told, attempt[0]) == [("unknown_too_long", False)]


async def _limit(world: World, *, ppm: int) -> None:
    await world.simulator.control("faults", {"provider": "aster", "rates": {"rate_limit": ppm}})
