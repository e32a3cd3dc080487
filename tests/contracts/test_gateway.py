"""The gateway over real sockets: what a call to an account comes back as."""

from dataclasses import replace

import msgspec
import pytest

from ledgerline.base.http import HttpClient
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.model import EvidenceKind, Outcome, Reading, SignatureRefused
from tests.contracts.loopback import reply, saying, serving
from tests.unit.payments.samples import ACCESS, ATTEMPT, CHARGE_LOOKUP, EUR_17_99, NOW, charge

SUCCEEDED = reply(msgspec.json.encode(charge()))


def gateway(client: HttpClient, url: str) -> Gateway:
    access = replace(ACCESS, base_url=f"{url}/aster/")
    return Gateway({"aster_eu": Connection(access, Sandbox())}, client)


async def test_charge_goes_to_its_account_and_comes_back_as_a_reading() -> None:
    async with serving(saying(SUCCEEDED)) as server, HttpClient() as client:
        reading = await gateway(client, server.url).call(ATTEMPT)
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


async def test_closed_port_is_not_executed_and_a_lost_answer_is_unknown() -> None:
    async with HttpClient() as client:
        async with serving(saying()) as server:
            lost = await gateway(client, server.url).call(ATTEMPT)
        closed = await gateway(client, server.url).call(ATTEMPT)
    assert lost == Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="bytes_sent")
    assert closed == Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="not_connected")


async def test_callers_deadline_overrides_that_of_the_account() -> None:
    async with serving(saying(SUCCEEDED, pause=0.5)) as server, HttpClient() as client:
        hurried = await gateway(client, server.url).call(ATTEMPT, deadline_seconds=0.1)
        patient = await gateway(client, server.url).call(ATTEMPT)
    assert (hurried.outcome, patient.outcome) == (Outcome.UNKNOWN, Outcome.SUCCEEDED)


async def test_account_this_process_did_not_load_is_not_called_and_refused_as_a_sender() -> None:
    async with HttpClient() as client:
        psps = gateway(client, "http://127.0.0.1:9")
        # an account registered after the process started: no byte left, and that is proven
        assert await psps.call(replace(ATTEMPT, psp_account="elsewhere")) == Reading(
            Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="account_not_loaded"
        )
        with pytest.raises(SignatureRefused):
            psps.read_webhook("elsewhere", {}, b"{}", now=NOW)
        with pytest.raises(SignatureRefused):
            psps.read_webhook("aster_eu", {}, b"{}", now=NOW)
