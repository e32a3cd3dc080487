"""Disputes and reversed refunds as simulated providers tell them: webhook, file, or both."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
import pytest_asyncio
from aiohttp import web

from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.receive_psp_event import receive_psp_event
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.disputes import DisputeEvent, DisputeReason
from tests.disputing import Said, attempt_of, broken, disputed, reasons, tell
from tests.flow_values import Bought
from tests.flow_world import NEW_YEAR, World
from tests.listening import serving
from tests.statements import clearing, statement, take

FIRST: Final = NEW_YEAR.date()
DAY: Final = timedelta(days=1)


@pytest_asyncio.fixture(loop_scope="session")
async def told_world(fresh_world: World) -> AsyncIterator[World]:
    """Open a world whose providers send their webhooks to us."""

    async def receive(request: web.Request) -> web.Response:
        await receive_psp_event(
            fresh_world.run,
            fresh_world.psps,
            account=request.match_info["account"],
            headers=dict(request.headers),
            raw=await request.read(),
        )
        return web.Response(status=204)

    application = web.Application()
    application.router.add_post("/{account}", receive)
    async with serving(application) as origin:
        for (account,) in await fresh_world.rows("SELECT code FROM psp_account"):
            target = {"provider": account, "url": f"{origin}/{account}"}
            await fresh_world.simulator.control("webhooks", target)
        yield fresh_world
        await fresh_world.simulator.control("webhooks", {"provider": "*", "url": "off"})


async def _step(world: World, bought: Bought, step: str, **more: object) -> dict[str, Any]:
    attempt = await attempt_of(world, bought)
    account = await world.value("SELECT psp_account FROM attempt WHERE id = %s", attempt)
    asked = {"provider": account, "reference": str(attempt), "step": step, **more}
    found: dict[str, Any] = await world.simulator.control("dispute", asked)
    return found


async def _arrive(world: World) -> None:
    """Let every webhook that was sent arrive and be applied."""
    await world.simulator.control("drain", {})
    while await apply_psp_events(world.run, world.psps):
        pass


async def _file(world: World, day: date) -> None:
    await take(world, await statement(world, day))


@pytest.mark.parametrize("first", ["webhook", "file"])
async def test_a_dispute_is_in_the_books_once_whoever_tells_first(
    told_world: World, first: str
) -> None:
    world = told_world
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    # when it is disputed, and both a webhook and a file say so
    if first == "file":
        await world.simulator.control("webhooks", {"provider": "*", "url": "off"})
    told = await _step(world, bought, "open")
    await _arrive(world)
    await world.advance(FIRST + DAY)
    await _file(world, FIRST)
    if first == "file":
        assert await world.rows("SELECT psp_ref FROM dispute") == [(None,)]
        said: Said = {"ref": told["id"], "reason": DisputeReason.FRAUD, "at": NEW_YEAR}
        await tell(world, attempt, DisputeEvent.OPENED, **said)
    # then there is one dispute, held once
    assert await world.rows("SELECT state, reason, psp_ref FROM dispute") == [
        ("needs_response", "fraud", told["id"])
    ]
    assert (await world.balances())["dispute_hold"] == 1199
    assert await _matches(world, "dispute") == ["matched"]
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 1199, 0)
    # and the card is charged by no machine any more
    assert await world.rows("SELECT mit_stopped_at IS NULL FROM instrument") == [(False,)]
    assert await broken(world) == []
    # when it is won, and the next file says so too
    await _step(world, bought, "win")
    await _arrive(world)
    await world.advance(FIRST + 2 * DAY)
    await _file(world, FIRST + DAY)
    assert "dispute_hold" not in await world.balances()
    assert await _matches(world, "dispute_reversal") == ["matched"]
    assert await reasons(world) == []
    assert await broken(world) == []


async def _matches(world: World, kind: str) -> list[str]:
    rows = await world.rows("SELECT match FROM settlement_line WHERE kind = %s", kind)
    return [match for (match,) in rows]


async def test_a_file_alone_tells_of_a_return_and_of_its_end(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    # given a provider whose webhooks are lost
    await world.simulator.control("webhooks", {"provider": "*", "url": "off"})
    await _step(world, bought, "lose", kind="bank_return", reason="insufficient_funds")
    await world.advance(FIRST + DAY)
    await _file(world, FIRST)
    # then the invoice is owed again
    assert await world.rows("SELECT kind, state, reopened_minor FROM dispute") == [
        ("bank_return", "lost", 1199)
    ]
    assert await world.rows("SELECT state FROM invoice") == [("open",)]
    assert await broken(world) == []


async def test_a_refund_that_comes_back_is_owed_to_the_customer(told_world: World) -> None:
    world = told_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    refund = await request_refund(
        world.run, world.psps, RefundOrder(bought.payment_id, 500, "goodwill")
    )
    account = await world.value("SELECT psp_account FROM refund")
    assert await world.credit(shopper.customer_id) == 0
    # when its card is closed
    await world.simulator.control("reversal", {"provider": account, "reference": str(refund)})
    await _arrive(world)
    await _arrive(world)
    # then the documents stand, and the customer has credit instead
    assert await world.rows("SELECT state FROM refund") == [("reversed",)]
    told = [("payment", 1199), ("refund", 500), ("reversal", 500)]  # the last corrects the second
    assert await world.receipts(shopper.customer_id) == told
    assert await world.credit(shopper.customer_id) == 500
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 0)
    assert (await world.balances(shopper.customer_id))["psp_clearing"] == 1199
    assert await reasons(world) == ["refund_reversed"]
    assert (await world.events(shopper.customer_id))["refund.reversed"] == 1
    assert await broken(world) == []
    # and the file has both ways
    await world.advance(FIRST + DAY)
    await _file(world, FIRST)
    assert await world.rows(
        "SELECT kind, match FROM settlement_line WHERE kind LIKE 'refund%%' ORDER BY kind"
    ) == [("refund", "matched"), ("refund_reversal", "matched")]
    assert await clearing(world) == {}
    assert await broken(world) == []


async def test_planted_disputes_come_and_are_decided_by_the_clock(told_world: World) -> None:
    world = told_world
    for _ in range(4):
        await world.buy(await world.shopper())
    rates = {"disputed": 1_000_000}
    await world.simulator.control("faults", {"provider": "*", "rates": rates})
    for days in (4, 8, 20, 24):
        to = datetime.combine(FIRST, datetime.min.time(), tzinfo=NEW_YEAR.tzinfo)
        await world.advance(to + days * DAY)
        await _arrive(world)
    found = await world.rows("SELECT state, count(*) FROM dispute GROUP BY state ORDER BY state")
    assert sum(count for _, count in found) == 4
    assert {state for state, _ in found} <= {"won", "lost"}
    assert await broken(world) == []
