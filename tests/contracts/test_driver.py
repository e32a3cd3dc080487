"""The driver of conversations: what a connector that breaks its contract cannot do."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import msgspec
import pytest
from typing_extensions import override

from ledgerline.base.http import HttpClient
from ledgerline.payments.adapters.gateway import NOT_LOADED, REQUESTS_MAX, Connection, Gateway
from ledgerline.payments.capabilities import LookupKind
from ledgerline.payments.contract import Conversation, Merchant, Psp, PspRequest, Secret
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused
from tests.contracts.connectors.lantern import SAMPLES, Lantern, held
from tests.contracts.loopback import OK, reply, saying, serving
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, NOW, REFUND

PAY = PspRequest(method="POST", path="/pay", moves_money=True)
READ = PspRequest(method="GET", path="/pay/1", moves_money=False)
DONE = Reading(Outcome.UNKNOWN, EvidenceKind.RESPONSE)


class Scripted(Psp):
    """A connector that asks what it was told to ask, whatever it is asked for."""

    capabilities = replace(NOT_LOADED, lookup=LookupKind.BY_REFERENCE)

    def __init__(self, *requests: PspRequest) -> None:
        """Ask ``requests``, one after the other."""
        self._requests = requests

    @override
    def check(
        self, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool
    ) -> None:
        raise AssertionError(settings)

    @override
    def talk(self, what: Action, merchant: Merchant) -> Conversation:
        for request in self._requests:  # noqa: UP028 - a tuple is sent no answers
            yield request
        return DONE

    @override
    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, merchant: Merchant, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        raise AssertionError(merchant)


class Fickle(Scripted):
    """A connector that never builds the same request twice."""

    drawn = count()

    @override
    def talk(self, what: Action, merchant: Merchant) -> Conversation:
        yield replace(PAY, body=str(next(self.drawn)).encode())
        return DONE


def gateway(client: HttpClient, url: str, psp: Psp, *, seconds: float = 2.0) -> Gateway:
    merchant = replace(
        SAMPLES.merchant,
        settings={**SAMPLES.merchant.settings, "base_url": url},
        call_deadline=timedelta(seconds=seconds),
    )
    return Gateway({merchant.code: Connection(merchant, psp)}, client)


async def test_second_request_that_moves_money_is_stopped_before_it_is_sent() -> None:
    async with serving(saying(OK, keep=True)) as server, HttpClient() as client:
        psps = gateway(client, server.url, Scripted(PAY, READ, PAY))
        sent = psps.prepared(ATTEMPT)
        with pytest.raises(AssertionError, match="POST /pay moves money where it must not"):
            await psps.call(sent)
    # the first one and the read after it went, the second payment did not
    assert [request.split(b" HTTP")[0] for request in server.requests] == [
        b"POST /pay",
        b"GET /pay/1",
    ]


@pytest.mark.parametrize("what", [ATTEMPT, REFUND])
async def test_read_before_the_money_moves_is_stopped_and_nothing_is_sent(
    what: SentAttempt | SentRefund,
) -> None:
    async with serving(saying(OK)) as server, HttpClient() as client:
        psps = gateway(client, server.url, Scripted(READ, PAY))
        with pytest.raises(AssertionError, match="GET /pay/1 moves no money where it must not"):
            psps.prepared(what)
        # also when a digest was committed by a better release
        with pytest.raises(AssertionError, match="moves no money"):
            await psps.call(replace(what, request_digest=PAY.digest()))
    assert server.requests == []


async def test_lookup_that_would_move_money_is_stopped_and_nothing_is_sent() -> None:
    async with serving(saying(OK)) as server, HttpClient() as client:
        psps = gateway(client, server.url, Scripted(PAY))
        with pytest.raises(AssertionError, match="moves money"):
            await psps.call(CHARGE_LOOKUP)
    assert server.requests == []


async def test_conversation_without_a_request_or_without_an_end_is_a_defect() -> None:
    async with serving(saying(OK, keep=True)) as server, HttpClient() as client:
        with pytest.raises(AssertionError, match="without a request"):
            gateway(client, server.url, Scripted()).prepared(ATTEMPT)
        endless = gateway(client, server.url, Scripted(*[READ] * (REQUESTS_MAX + 1)))
        with pytest.raises(AssertionError, match="more than 8 requests"):
            await endless.call(CHARGE_LOOKUP)
    assert len(server.requests) == REQUESTS_MAX


async def test_request_other_than_the_one_whose_digest_was_committed_is_not_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with serving(saying(OK)) as server, HttpClient() as client:
        # given a connector that does not build the same request again
        fickle = gateway(client, server.url, Fickle())
        # when it is to be sent
        refused = await fickle.call(fickle.prepared(ATTEMPT))
        # and one whose settings changed between the commit and a replay
        psps = gateway(client, server.url, Lantern())
        sent = psps.prepared(ATTEMPT)
        moved = replace(SAMPLES.merchant, settings={"base_url": server.url, "shop": "s-2"})
        changed = Gateway({moved.code: Connection(moved, Lantern())}, client)
        assert await changed.call(sent) == refused
    # then nothing leaves, and that is no proof about an earlier call under the same key
    assert refused == Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="request_changed")
    assert server.requests == []
    # and no secret is in what is logged about it
    logged = "".join(capsys.readouterr())
    assert "request changed" in logged
    assert "a-token" not in logged


async def test_what_has_no_digest_is_never_sent_and_that_is_proof() -> None:
    async with serving(saying(OK)) as server, HttpClient() as client:
        psps = gateway(client, server.url, Lantern())
        # given an account that this process did not load when the attempt was committed
        elsewhere = psps.prepared(replace(ATTEMPT, psp_account="elsewhere"))
        assert elsewhere.request_digest is None
        # then no process sends it, neither that one nor one that knows the account
        proof = Reading(Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN, code="never_sent")
        assert await psps.call(elsewhere) == proof
        assert await psps.call(ATTEMPT) == proof
        assert await psps.call(REFUND) == proof
    assert server.requests == []


async def test_account_this_process_did_not_load_is_not_called_and_cannot_be_asked() -> None:
    async with HttpClient() as client:
        psps = gateway(client, "http://127.0.0.1:9", Lantern())
        known = psps.prepared(ATTEMPT)
        assert await psps.call(replace(known, psp_account="elsewhere")) == Reading(
            Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="account_not_loaded"
        )
        assert await psps.call(replace(CHARGE_LOOKUP, psp_account="elsewhere")) == Reading(
            Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code="no_lookup"
        )
        assert psps.capabilities("elsewhere") == NOT_LOADED
        assert psps.call_deadline("elsewhere") == timedelta(seconds=30)
        with pytest.raises(SignatureRefused):
            psps.read_webhook("elsewhere", {}, b"{}", now=NOW)


async def test_provider_without_a_lookup_is_never_asked() -> None:
    mute = Scripted(READ)
    mute.capabilities = replace(mute.capabilities, lookup=LookupKind.NONE)
    async with serving(saying(OK)) as server, HttpClient() as client:
        reading = await gateway(client, server.url, mute).call(CHARGE_LOOKUP)
    assert reading == Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code="no_lookup")
    assert server.requests == []


async def test_conversation_of_two_requests_is_carried_to_its_end() -> None:
    answers = iter([held(ATTEMPT, state="open"), held(ATTEMPT)])

    async def lantern(_: object, writer: object) -> bool:
        await saying(reply(msgspec.json.encode(next(answers))))(_, writer)  # type: ignore[arg-type] # passed on
        return True

    async with serving(lantern) as server, HttpClient() as client:
        psps = gateway(client, f"{server.url}/v2/", Lantern())
        reading = await psps.call(psps.prepared(ATTEMPT))
    assert reading.outcome is Outcome.SUCCEEDED
    first, second = server.requests
    assert first.startswith(f"PUT /v2/payments/{ATTEMPT.reference} HTTP/1.1\r\n".encode())
    assert second.startswith(f"GET /v2/payments/{ATTEMPT.reference} HTTP/1.1\r\n".encode())
    assert all(b"\r\nLantern-Token: a-token\r\n" in request for request in server.requests)
    assert first.endswith(
        b'{"card":"tok_visa","cents":1799,"currency":"EUR","payer_present":false,"shop":"s-1"}'
    )


async def test_one_deadline_holds_for_the_whole_conversation() -> None:
    began = time.monotonic()
    async with serving(saying(OK, pause=0.2, keep=True)) as server, HttpClient() as client:
        slow = gateway(client, server.url, Scripted(PAY, READ, READ, READ), seconds=0.3)
        assert await slow.call(slow.prepared(ATTEMPT)) == DONE
        assert slow.call_deadline("aster_eu") == timedelta(seconds=0.3)
    # the first is answered, the second is cut off, and nothing more is sent
    assert len(server.requests) == 2
    assert time.monotonic() - began < 1
