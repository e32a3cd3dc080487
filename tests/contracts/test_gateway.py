"""The gateway over real sockets: what a call to an account comes back as."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ledgerline.base.http import DECIDED_SECONDS_MAX, HttpClient
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.health import HealthBook
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.capabilities import Light
from ledgerline.payments.model import EvidenceKind, Outcome, Reading, SentAttempt, SentRefund
from ledgerline.payments.refusals import SignatureRefused
from ledgerline.payments.rules.breaker import Seen
from tests.clocks import Slept
from tests.contracts.loopback import reply, saying, serving
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    EUR_17_99,
    MERCHANT,
    NOW,
    REFUND,
    charge,
    declined,
)

REQUEST = b"""POST /v1/charges
Content-Type: application/json
Idempotency-Key: 01890a5d-ac96-774b-bcce-b302099a8057

{"reference":"01890a5d-ac96-774b-bcce-b302099a8057","amount":1799,"currency":"EUR",\
"payment_token":"tok_visa","initiator":"merchant",\
"description":"payment 01890a5d-ac96-774b-bcce-b302099a8058"}"""
SUCCEEDED = reply(msgspec.json.encode(charge()))


def gateway(client: HttpClient, url: str, *, health: HealthBook | None = None) -> Gateway:
    merchant = replace(MERCHANT, settings={"base_url": f"{url}/aster/"})
    return Gateway({"aster_eu": Connection(merchant, Sandbox())}, client, health=health)


async def test_charge_goes_to_its_account_and_comes_back_as_a_reading() -> None:
    async with serving(saying(SUCCEEDED)) as server, HttpClient() as client:
        psps = gateway(client, server.url)
        reading = await psps.call(psps.prepared(ATTEMPT))
    assert reading == Reading(
        Outcome.SUCCEEDED, EvidenceKind.RESPONSE, psp_ref="ch_1", amount=EUR_17_99
    )
    assert server.requests[0].startswith(b"POST /aster/v1/charges HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer sk_sample\r\n" in server.requests[0]
    assert f"\r\nIdempotency-Key: {ATTEMPT.reference}\r\n".encode() in server.requests[0]


async def test_lookup_of_a_reference_nobody_has_is_absent() -> None:
    async with serving(saying(reply(b'{"data":[]}'))) as server, HttpClient() as client:
        reading = await gateway(client, server.url).call(CHARGE_LOOKUP)
    assert reading.outcome is Outcome.ABSENT


@pytest.mark.parametrize(
    ("headers", "there"),
    [
        (["Date: Mon, 02 Mar 2026 10:00:00 GMT"], datetime(2026, 3, 2, 10, tzinfo=UTC)),
        (["Date: next Monday"], None),
        (["Date: Mon, 02 Mar 2026 10:00:00 -0000"], None),
        ([], None),
    ],
)
async def test_provider_says_what_time_it_is_there(
    headers: list[str], there: datetime | None
) -> None:
    said = reply(b'{"data":[]}', *headers)
    async with serving(saying(said)) as server, HttpClient() as client:
        psps = gateway(client, server.url)
        assert psps.clock("aster_eu") is None
        await psps.call(CHARGE_LOOKUP)
        found = psps.clock("aster_eu")
    if there is None:
        assert found is None
    else:
        assert found is not None
        assert there <= found < there + timedelta(seconds=30)


HOURS = 26 * 3600.0


@pytest.mark.parametrize("slept", [Slept(since_boot=HOURS), Slept(wall=HOURS)])
@pytest.mark.parametrize("what", [ATTEMPT, REFUND])
async def test_machine_that_slept_after_its_decision_sends_nothing_when_it_wakes(
    what: SentAttempt | SentRefund, slept: Slept
) -> None:
    clock = Slept()
    async with serving(saying(SUCCEEDED)) as server, HttpClient(clock=clock) as client:
        psps = gateway(client, server.url)
        sent = psps.prepared(what)
        clock.since_boot, clock.wall = slept.since_boot, slept.wall
        reading = await psps.call(sent)
        await asyncio.sleep(0.02)
    assert (reading.outcome, reading.kind) == (Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
    assert server.requests == []


async def test_what_was_decided_a_moment_ago_goes_out() -> None:
    clock = Slept()
    async with serving(saying(SUCCEEDED)) as server, HttpClient(clock=clock) as client:
        psps = gateway(client, server.url)
        sent = psps.prepared(ATTEMPT)
        clock.since_boot = clock.wall = DECIDED_SECONDS_MAX - 30
        reading = await psps.call(sent)
    assert reading.outcome is Outcome.SUCCEEDED


async def test_what_nobody_decided_is_a_defect_and_nothing_is_sent() -> None:
    async with serving(saying(SUCCEEDED)) as server, HttpClient() as client:
        psps = gateway(client, server.url)
        with pytest.raises(AssertionError, match="nobody decided"):
            await psps.call(replace(psps.prepared(ATTEMPT), decided=None))
    assert server.requests == []


async def test_time_of_a_provider_goes_on_while_this_machine_sleeps() -> None:
    said, clock = reply(b'{"data":[]}', "Date: Mon, 02 Mar 2026 10:00:00 GMT"), Slept()
    async with serving(saying(said)) as server, HttpClient(clock=clock) as client:
        psps = gateway(client, server.url)
        await psps.call(CHARGE_LOOKUP)
        clock.since_boot = 300.0
        found = psps.clock("aster_eu")
        assert found is not None
        assert found >= datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
        clock.since_boot = HOURS
        assert psps.clock("aster_eu") is None


async def test_closed_port_is_not_executed_and_a_lost_answer_is_unknown() -> None:
    async with HttpClient() as client:
        async with serving(saying()) as server:
            psps = gateway(client, server.url)
            sent = psps.prepared(ATTEMPT)
            lost = await psps.call(sent)
        closed = await psps.call(sent)
    assert lost == Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="bytes_sent")
    assert closed == Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="not_connected")


async def test_digest_outlives_another_address_and_another_secret_but_no_other_amount() -> None:
    async with HttpClient() as client:
        here = gateway(client, "http://127.0.0.1:9").prepared(ATTEMPT).request_digest
        there = gateway(client, "http://127.0.0.1:10").prepared(ATTEMPT).request_digest
        more = replace(ATTEMPT, amount=replace(EUR_17_99, minor=1800))
        other = gateway(client, "http://127.0.0.1:9").prepared(more).request_digest
    assert here is not None
    assert here == hashlib.sha256(REQUEST).digest()
    assert here == there
    assert here != other


async def test_webhook_that_nobody_signed_is_refused() -> None:
    async with HttpClient() as client:
        with pytest.raises(SignatureRefused):
            gateway(client, "http://127.0.0.1:9").read_webhook("aster_eu", {}, b"{}", now=NOW)


async def test_what_fails_on_the_wire_opens_a_breaker_and_declines_never_do() -> None:
    refused = reply(msgspec.json.encode(declined()), status="402 Payment Required")
    book = HealthBook()
    async with HttpClient() as client:
        async with serving(saying(refused)) as server:
            psps = gateway(client, server.url, health=book)
            sent = psps.prepared(ATTEMPT)
            heard = {(await psps.call(sent)).outcome for _ in range(20)}
            assert heard == {Outcome.DECLINED}
            # lookups say nothing of how charges fare
            await psps.call(CHARGE_LOOKUP)
        assert psps.lights(now=NOW, to_charge=False) == {}
        # when nobody listens any more: five of twenty-five
        for _ in range(5):
            await psps.call(sent)
    assert psps.lights(now=NOW, to_charge=False) == {"aster_eu": Light.OPEN}
    # and without a book every account is well
    assert gateway(client, server.url).lights(now=NOW, to_charge=True) == {}


async def test_half_open_one_charge_a_second_may_go() -> None:
    book = HealthBook()
    book.note("aster_eu", Seen(refused=True))
    assert book.lights(now=NOW, to_charge=True) == {"aster_eu": Light.OPEN}
    later = NOW + timedelta(seconds=30)
    assert book.lights(now=later, to_charge=False) == {"aster_eu": Light.HALF_OPEN}
    assert book.lights(now=later, to_charge=True) == {"aster_eu": Light.HALF_OPEN}
    assert book.lights(now=later, to_charge=True) == {"aster_eu": Light.OPEN}
    after = later + timedelta(seconds=1)
    assert book.lights(now=after, to_charge=True) == {"aster_eu": Light.HALF_OPEN}
