"""Weeks of our own failures, in the words of each provider: nobody is lost, all is collected."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec
import pytest

from ledgerline.base.http import HttpClient
from ledgerline.datasets.audit import audit
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.model import SentAttempt
from tests.contracts.loopback import reply, saying, self_signed, serving
from tests.contracts.samples import Samples, described
from tests.flow_world import World

END: Final = date(2026, 2, 22)
MENDED: Final = date(2026, 2, 24)
KNOWN: Final = described()
STRIPE: Final = {"error": {"type": "invalid_request_error", "message": "No."}}
ADYEN: Final = {"errorType": "security", "errorCode": "901", "message": "No."}
GOCARDLESS: Final = {"type": "invalid_api_usage", "message": "No.", "errors": []}
SAID: Final = {
    ("sandbox", "403 Forbidden"): {"error": {"code": "forbidden"}},
    ("stripe", "401 Unauthorized"): STRIPE,
    ("stripe", "403 Forbidden"): STRIPE,
    ("stripe", "429 Too Many Requests"): {"error": {**STRIPE["error"], "code": "rate_limit"}},
    ("adyen", "401 Unauthorized"): {**ADYEN, "status": 401, "errorCode": "000"},
    ("adyen", "403 Forbidden"): {**ADYEN, "status": 403},
    ("gocardless", "401 Unauthorized"): {"error": {**GOCARDLESS, "code": 401}},
    ("gocardless", "403 Forbidden"): {"error": {**GOCARDLESS, "code": 403}},
    ("gocardless", "429 Too Many Requests"): {"error": {**GOCARDLESS, "code": 429}},
}
"""What each says; a 429 of Adyen proves nothing, and is in ``test_adyen_whole_life``."""


def _token(of: Samples) -> str:
    return next(one.what.psp_token for one in of.talks if isinstance(one.what, SentAttempt))


@asynccontextmanager
async def _at(world: World, of: Samples, url: str) -> AsyncIterator[None]:
    """Let the account of everybody be one of another provider, at ``url``."""
    healthy = world.psps
    async with HttpClient() as client:
        at = {
            one.code: Connection(
                replace(
                    one,
                    psp=of.merchant.psp,
                    settings={**of.merchant.settings, "base_url": url},
                    secrets=of.merchant.secrets,
                ),
                of.psp,
            )
            for one in await read_merchants(world.run)
        }
        world.psps = Gateway(at, client)
        yield
    world.psps = healthy


async def _live_through(world: World, name: str, url: str | None) -> None:
    """Renew while an account executes nothing, then mend it: who pays has paid for all."""
    # given a subscriber whose card is at a provider that executes nothing for us, or at none
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    card = await world.value("SELECT psp_token FROM instrument")
    of = KNOWN[name]
    # when three weeks go by
    if url is None:
        async with HttpClient() as client:
            healthy, world.psps = world.psps, Gateway({}, client)
            await world.advance(END)
            world.psps = healthy
    else:
        await world.steal_card(shopper, _token(of))
        async with _at(world, of, url):
            await world.advance(END)
        await world.steal_card(shopper, card)
    # then nobody has lost anything, nobody was refused, and people are told once
    assert await world.state(bought.subscription_id) == "active"
    assert (await world.covers(bought.subscription_id))[-1][1] > world.now
    assert await world.rows("SELECT DISTINCT state FROM attempt") == [("not_executed",)]
    assert await world.rows("SELECT reason, closed_at FROM money_exception") == [
        ("account_refuses_us", None)
    ]
    assert {one.invariant.id for one in await audit(world.run)} <= {"I-74"}
    # and once it is mended all of it is collected
    await world.advance(MENDED)
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await world.value("SELECT count(*) FROM money_exception WHERE closed_at IS NULL") == 0
    assert await audit(world.run) == []


@pytest.mark.parametrize(("name", "status"), SAID, ids=[f"{n} {s[:3]}" for n, s in SAID])
async def test_an_account_that_refuses_us_for_weeks_loses_nobody(
    fresh_world: World, name: str, status: str
) -> None:
    body = msgspec.json.encode(SAID[name, status])
    async with serving(saying(reply(body, status=status))) as server:
        await _live_through(fresh_world, name, server.url)
        assert server.requests


@pytest.mark.parametrize("name", ["stripe", "adyen", "gocardless"])
async def test_a_provider_that_is_not_there_for_weeks_loses_nobody(
    fresh_world: World, name: str
) -> None:
    await _live_through(fresh_world, name, "http://127.0.0.1:1")


@pytest.mark.parametrize("name", ["adyen"])
async def test_a_certificate_that_has_expired_loses_nobody(
    fresh_world: World, name: str, tmp_path: Path
) -> None:
    expired = self_signed(tmp_path, until=datetime(2021, 1, 1, tzinfo=UTC))
    async with serving(saying(reply(b"{}")), tls=expired) as server:
        await _live_through(fresh_world, name, server.url)
        assert server.requests == []


async def test_an_account_that_no_process_knows_loses_nobody(fresh_world: World) -> None:
    await _live_through(fresh_world, "sandbox", None)
