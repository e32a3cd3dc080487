import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import NamedTuple

import pytest
import pytest_asyncio
from aiohttp import web

from ledgerline.base.errors import ConstraintViolated
from ledgerline.flows.apply_psp_events import LOOKS_MAX, apply_psp_events
from ledgerline.flows.receive_psp_event import receive_psp_event
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.refusals import SignatureRefused
from tests.flow_values import Bought
from tests.flow_world import World
from tests.listening import serving


class Delivery(NamedTuple):
    """One webhook as it came in."""

    headers: Mapping[str, str]
    raw: bytes


class Endpoint:
    """An HTTP endpoint that keeps what it is sent, so that a test decides when it is received."""

    def __init__(self) -> None:
        self.deliveries: asyncio.Queue[Delivery] = asyncio.Queue()

    async def receive(self, request: web.Request) -> web.Response:
        """Keep a delivery and acknowledge it."""
        await self.deliveries.put(Delivery(dict(request.headers), await request.read()))
        return web.Response(status=204)

    async def next(self) -> Delivery:
        """Wait for the next delivery."""
        async with asyncio.timeout(100):
            return await self.deliveries.get()


@pytest_asyncio.fixture(loop_scope="session")
async def endpoint(world: World) -> AsyncIterator[Endpoint]:
    """Serve an endpoint to which the simulator sends the events of one provider."""
    opened = Endpoint()
    application = web.Application()
    application.router.add_post("/", opened.receive)
    async with serving(application) as origin:
        target = {"provider": "aster", "url": f"{origin}/"}
        await world.simulator.control("webhooks", target)
        yield opened
        await world.simulator.control("drain")
        await world.simulator.control("webhooks", {"provider": "aster", "url": "off"})


async def _inbox(world: World) -> list[tuple[str, str, int]]:
    rows = await world.rows("SELECT event_type, state, tries FROM psp_event ORDER BY received_at")
    return [(kind, state, tries) for kind, state, tries in rows]


async def _receive(world: World, delivery: Delivery) -> bool:
    received = await receive_psp_event(
        world.run, world.psps, account="aster", headers=delivery.headers, raw=delivery.raw
    )
    return received.new == 1


async def test_webhook_that_overtakes_the_answer_settles_and_the_answer_changes_nothing(
    world: World, endpoint: Endpoint
) -> None:
    # given a purchase whose charge is executed while its answer is still to come
    shopper = await world.shopper(token="tok_hang_after")
    buying = asyncio.create_task(world.buy(shopper))
    delivery = await endpoint.next()
    assert not buying.done()
    # when the webhook is received and applied first
    assert await _receive(world, delivery)
    assert await apply_psp_events(world.run, world.psps) == 1
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    bought = await buying
    # then the lost answer is no news
    assert await world.state(bought.subscription_id) == "active"
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await world.value("SELECT count(*) FROM money_exception") == 0
    assert await world.rows(
        "SELECT e.no, e.kind FROM attempt_evidence e JOIN attempt a ON a.id = e.attempt_id"
        " WHERE a.payment_id = %s",
        bought.payment_id,
    ) == [(1, "status_query")]


async def test_duplicate_webhook_is_stored_once_and_applied_once(
    world: World, endpoint: Endpoint
) -> None:
    # given
    shopper = await world.shopper()
    await world.buy(shopper)
    delivery = await endpoint.next()
    before = await world.events(shopper.customer_id)
    rows = await world.value("SELECT count(*) FROM psp_event")
    # when it comes three times, one of them after it was applied
    assert [await _receive(world, delivery) for _ in range(2)] == [True, False]
    assert await apply_psp_events(world.run, world.psps) == 1
    assert await _receive(world, delivery) is False
    assert await apply_psp_events(world.run, world.psps) == 0
    # then
    assert await world.value("SELECT count(*) FROM psp_event") == rows + 1
    assert await world.events(shopper.customer_id) == before
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]


async def test_order_of_webhooks_does_not_matter(world: World, endpoint: Endpoint) -> None:
    # given a charge and its refund, both pending no more
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    charged = await endpoint.next()
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "goodwill"))
    refunded = await endpoint.next()
    before = await world.events(shopper.customer_id)
    # when the later comes first
    assert await _receive(world, refunded)
    assert await apply_psp_events(world.run, world.psps) == 1
    assert await _receive(world, charged)
    assert await apply_psp_events(world.run, world.psps) == 1
    # then
    assert [state for _, state, _ in await _inbox(world)][-2:] == ["applied", "applied"]
    assert await world.events(shopper.customer_id) == before
    assert await world.balances(shopper.customer_id) == {}


@pytest.mark.parametrize("forgery", ["body", "signature", "time", "account"])
async def test_forged_webhook_is_refused_and_leaves_no_row(
    forgery: str, world: World, endpoint: Endpoint
) -> None:
    # given
    await world.buy(await world.shopper())
    genuine = await endpoint.next()
    rows = await _inbox(world)
    headers, raw, account = dict(genuine.headers), genuine.raw, "aster"
    names = {name.lower(): name for name in headers}
    match forgery:
        case "body":
            raw = raw.replace(b"1199", b"1198")
        case "signature":
            headers[names["webhook-signature"]] = "v1,AAAA"
        case "time":
            signed_at = int(headers[names["webhook-timestamp"]])
            headers[names["webhook-timestamp"]] = str(signed_at - 400)
        case _:
            account = "boreal"
    # when
    with pytest.raises(SignatureRefused):
        await receive_psp_event(world.run, world.psps, account=account, headers=headers, raw=raw)
    # then
    assert await _inbox(world) == rows


async def test_webhook_about_nothing_of_ours_is_parked_and_tried_again(
    world: World, endpoint: Endpoint
) -> None:
    # given a charge that somebody else made with the same account
    answer = await world.simulator.charge("not-ours-1", "tok_ok_foreign")
    assert answer.status == 200
    delivery = await endpoint.next()
    before = await world.events()
    # when
    assert await _receive(world, delivery)
    assert await apply_psp_events(world.run, world.psps) == 1
    assert await apply_psp_events(world.run, world.psps) == 0
    [(state, due_at)] = await world.rows(
        "SELECT state, due_at FROM psp_event WHERE reference = 'not-ours-1'"
    )
    assert (state, due_at) == ("parked", world.now + timedelta(minutes=1))
    # then it comes up again and changes nothing
    await world.advance(world.now + timedelta(hours=3))
    assert await world.events() - before == Counter()
    # and after three days it is given up, and people are told whose events mean nothing to us
    await world.write(
        "UPDATE psp_event SET tries = %s WHERE reference = 'not-ours-1'", 2 * LOOKS_MAX
    )
    await world.advance(world.now + timedelta(hours=1))
    assert await world.rows(
        "SELECT state, due_at FROM psp_event WHERE reference = 'not-ours-1'"
    ) == [("ignored", None)]
    told = "SELECT reason, left(detail, 5) FROM money_exception WHERE closed_at IS NULL"
    assert await world.rows(told) == [("events_unmatched", "aster")]
    await world.write("DELETE FROM psp_event WHERE reference = 'not-ours-1'")
    await world.write("DELETE FROM money_exception")


async def test_an_event_that_always_fails_is_given_up_as_well(
    world: World, endpoint: Endpoint
) -> None:
    # given a lost answer, and a subscription whose log is broken, at the last look at its event
    bad = await world.buy(await world.shopper(token="tok_500_after"))
    assert await _receive(world, await endpoint.next())
    forget = "UPDATE subscription SET log_seq = log_seq + %s WHERE id = %s"
    await world.write(forget, -1, bad.subscription_id)
    await world.write("UPDATE psp_event SET tries = 32767 WHERE state = 'received'")
    # when
    with pytest.raises(ConstraintViolated):
        await apply_psp_events(world.run, world.psps)
    # then nobody looks at it for ever, and what it was about is found out without it
    assert await _event_of(world, bad) == "ignored"
    told = "SELECT reason FROM money_exception WHERE closed_at IS NULL"
    assert await world.rows(told) == [("events_unmatched",)]
    await world.write(forget, 1, bad.subscription_id)
    await world.advance(world.now + timedelta(minutes=2))
    assert await world.captures(bad.payment_id) == [1199]
    await world.write("DELETE FROM money_exception")


async def test_webhook_ends_a_pending_charge(world: World, endpoint: Endpoint) -> None:
    # given
    shopper = await world.shopper(token="tok_pending")
    bought = await world.buy(shopper)
    assert await world.state(bought.subscription_id) == "incomplete"
    # when the provider is done a day later and says so
    instant = world.now + timedelta(days=1, minutes=1)
    await world.simulator.control("clock", {"now": instant.isoformat()})
    assert await _receive(world, await endpoint.next())
    assert await apply_psp_events(world.run, world.psps) == 1
    # then nobody had to ask
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]


async def test_a_webhook_that_cannot_be_applied_keeps_no_other_from_its_end(
    world: World, endpoint: Endpoint
) -> None:
    # given two charges whose answers were lost, and a subscription that forgot where its log is
    good, bad = [await world.buy(await world.shopper(token="tok_500_after")) for _ in range(2)]
    for _ in range(2):
        assert await _receive(world, await endpoint.next())
    forget = "UPDATE subscription SET log_seq = log_seq + %s WHERE id = %s"
    await world.write(forget, -1, bad.subscription_id)
    # when
    with pytest.raises(ConstraintViolated):
        await apply_psp_events(world.run, world.psps)
    # then the good one is applied, and the other waits for its next look
    assert [await _event_of(world, one) for one in (good, bad)] == ["applied", "received"]
    assert await world.state(good.subscription_id) == "active"
    # and when it is mended, it is applied as well
    await world.write(forget, 1, bad.subscription_id)
    later = world.run.at(world.now + timedelta(minutes=1))
    assert await apply_psp_events(later, world.psps) == 1
    assert await _event_of(world, bad) == "applied"
    assert await world.captures(bad.payment_id) == [1199]


async def _event_of(world: World, bought: Bought) -> str:
    state: str = await world.value(
        "SELECT e.state FROM psp_event AS e JOIN attempt AS a ON a.id::text = e.reference"
        " WHERE a.payment_id = %s",
        bought.payment_id,
    )
    return state
