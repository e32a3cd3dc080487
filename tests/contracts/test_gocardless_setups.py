"""Mandates that are set up by billing requests, by our connector, against the simulator."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from ledgerline.base.ids import Bucket, SetupId
from ledgerline.base.money import Currency
from ledgerline.flows.look_up import lookup_of
from ledgerline.payments.debits import MandateEvent, MandateReading
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
)
from ledgerline.payments.refusals import SignatureRefused
from ledgerline.payments.setups import SentSetup
from tests.contracts.test_gocardless_face import QUERY, SETTLED, STARTED, Face, attempt, facing
from tests.pspsim.gocardless.face import move_clock
from tests.pspsim.gocardless.mandate_page import give, leave
from tests.unit.payments.samples import NOW, RETURN_URL

EUR: Final = Currency("EUR")


def setup(number: int, **changes: Any) -> SentSetup:
    """Ask for a mandate, of which everything is given on the provider's page."""
    id_ = SetupId(UUID(int=(0x01990000_0000_7007_8000_000000000000 + number)))
    sent = SentSetup(
        bucket=Bucket(7), setup_id=id_, psp_account="aster_eu", currency=EUR, return_url=RETURN_URL
    )
    return replace(sent, **changes)


def about(sent: SentSetup, psp_ref: str | None = None) -> Lookup:
    return replace(lookup_of(sent, sent_at=STARTED), psp_ref=psp_ref)


async def send(face: Face, sent: SentSetup) -> Reading:
    return await face.psps.set_up(face.psps.prepared(sent))


def page_of(asked: Reading) -> str:
    assert asked.action is not None, asked
    return asked.action.url


async def asked_there(face: Face) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await face.api("/billing_requests"))["billing_requests"]
    return found


async def test_a_payer_is_waited_for_wherever_they_were_sent(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        sent = setup(1)
        before = await face.psps.find_set_up(about(sent))
        asked = await send(face, sent)
        waiting = await face.psps.find_set_up(about(sent))
        by_id = await face.psps.find_set_up(about(sent, asked.psp_ref))
        assert await leave(page_of(asked)) == (303, RETURN_URL)
        left = await face.psps.find_set_up(about(sent))
    assert before.outcome is Outcome.ABSENT
    assert (asked.outcome, asked.kind) == (Outcome.REQUIRES_ACTION, EvidenceKind.RESPONSE)
    assert asked.action is not None
    assert asked.action.expires_at is not None
    # a look finds that the payer is waited for, and not where they were sent
    assert waiting == by_id == left
    assert waiting == Reading(Outcome.REQUIRES_ACTION, QUERY, psp_ref=asked.psp_ref)


async def test_a_mandate_is_asked_for_given_and_debited(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        sent = setup(1)
        asked = await send(face, sent)
        assert await give(page_of(asked)) == (303, RETURN_URL)
        done = await face.psps.find_set_up(about(sent))
        assert done.saved is not None
        [request] = await asked_there(face)
        paid = await face.pay(replace(attempt("", number=1), psp_token=done.saved.token))
        await move_clock(face.sim, SETTLED)
        active = await face.psps.mandate("aster_eu", done.saved.token)
    assert (done.outcome, done.kind, done.psp_ref) == (Outcome.SUCCEEDED, QUERY, asked.psp_ref)
    assert (request["metadata"], request["status"]) == ({"reference": sent.reference}, "fulfilled")
    assert done.saved.token == request["links"]["mandate_request_mandate"]
    assert (done.saved.brand, done.saved.last4) == ("sepa_core", "00")
    given = done.saved.mandate
    assert given is not None
    assert given.given_at == STARTED
    assert given.reading == MandateReading(
        event=MandateEvent.SEEN_PENDING, scheme="sepa_core", reference=request["id"][-8:]
    )
    assert paid.outcome is Outcome.PENDING
    assert active is not None
    assert active.event is MandateEvent.SEEN_ACTIVE


async def test_a_repeat_asks_for_no_second_mandate(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        sent = setup(1)
        first, again = await send(face, sent), await send(face, sent)
        one = await asked_there(face)
        # both pages lead to the one request: whichever is used, the other is closed
        assert page_of(first) != page_of(again)
        assert (await give(page_of(first)))[0] == 303
        assert (await give(page_of(again)))[0] == 410
        done = await send(face, sent)
        mandates = (await face.api("/mandates"))["mandates"]
    assert len(one) == 1
    assert first.psp_ref == again.psp_ref == done.psp_ref
    assert (done.outcome, done.kind) == (Outcome.SUCCEEDED, QUERY)
    assert done.saved is not None
    assert [each["id"] for each in mandates] == [done.saved.token]


async def test_a_lost_answer_is_found_and_what_never_came_is_asked_for_again(
    tmp_path: Path,
) -> None:
    async with facing(tmp_path) as face:
        came, never = setup(1), setup(2)
        await face.order(timeout_after_accept=1_000_000)
        lost = await send(face, came)
        await face.order(timeout_after_accept=0, http_5xx_before=1_000_000)
        failed = await send(face, never)
        await face.order(http_5xx_before=0, lookup_5xx=1_000_000)
        unknown = await face.psps.find_set_up(about(came))
        await face.order(lookup_5xx=0)
        found = await face.psps.find_set_up(about(came))
        absent = await face.psps.find_set_up(about(never))
        asked = [await send(face, each) for each in (came, never)]
        requests = await asked_there(face)
        await face.order(rate_limit=1_000_000)
        limited = await send(face, setup(3))
        await face.order(rate_limit=0, unauthorized=1_000_000)
        nobody = await send(face, setup(4))
    assert [one.outcome for one in (lost, failed, unknown)] == [Outcome.UNKNOWN] * 3
    assert (found.outcome, absent.outcome) == (Outcome.REQUIRES_ACTION, Outcome.ABSENT)
    assert [one.outcome for one in asked] == [Outcome.REQUIRES_ACTION] * 2
    assert all(one.action is not None for one in asked)
    assert sorted(each["metadata"]["reference"] for each in requests) == sorted(
        [came.reference, never.reference]
    )
    assert (limited.outcome, limited.retry_after_seconds) == (Outcome.NOT_EXECUTED, 1)
    assert (nobody.outcome, nobody.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.MERCHANT_CONFIG,
    )


async def test_what_nobody_wants_is_cancelled_and_what_was_given_stands(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        left, given = setup(1), setup(2)
        asked = [await send(face, each) for each in (left, given)]
        nothing = await face.psps.cancel_set_up(about(setup(3)))
        canceled = await face.psps.cancel_set_up(about(left))
        again = await face.psps.cancel_set_up(about(left, asked[0].psp_ref))
        found = await face.psps.find_set_up(about(left))
        repeated = await send(face, left)
        closed = await give(page_of(asked[0]))
        await give(page_of(asked[1]))
        late = await face.psps.cancel_set_up(about(given))
    assert nothing.outcome is Outcome.UNKNOWN  # it may still arrive
    for reading in (canceled, again, found, repeated):
        assert (reading.outcome, reading.kind) == (
            Outcome.NOT_EXECUTED,
            EvidenceKind.VOID_CONFIRMED,
        )
    assert closed[0] == 410
    assert late.outcome is Outcome.SUCCEEDED
    assert late.saved is not None


async def test_what_the_provider_refuses_leaves_nothing_open(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        yen = await send(face, setup(1, currency=Currency("JPY")))
        # a page that it does not want to lead back from: the request is cancelled
        nowhere = await send(face, setup(2, return_url="shop.example/done"))
        [request] = await asked_there(face)
    assert (yen.outcome, yen.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.REQUEST_REFUSED,
    )
    assert (nowhere.outcome, nowhere.kind, nowhere.code, nowhere.category) == (
        Outcome.NOT_EXECUTED,
        EvidenceKind.VOID_CONFIRMED,
        "validation_failed",
        DeclineCategory.REQUEST_REFUSED,
    )
    assert request["status"] == "cancelled"


async def test_events_name_the_set_up_and_only_with_their_signature(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        left, given = setup(1), setup(2)
        asked = [await send(face, each) for each in (left, given)]
        ended = await face.psps.cancel_set_up(about(left))
        assert ended.outcome is Outcome.NOT_EXECUTED, ended
        assert await give(page_of(asked[1])) == (303, RETURN_URL)
        drained = await face.sim.control("drain")
        assert (drained["failed"], drained["queued"]) == (0, 0), drained
        told = [one for one in face.told() if one.event_type.startswith("billing_requests")]
        headers, raw = face.got[-1]
        with pytest.raises(SignatureRefused):
            face.psps.read_webhook("aster_eu", headers, raw.replace(b"EV", b"EW"), now=NOW)
    said = {(one.event_type, one.reference): one.reading for one in told}
    assert {one.kind for one in told} == {ChargeKind.SETUP}
    canceled = said["billing_requests.cancelled", left.reference]
    assert canceled is not None
    assert (canceled.outcome, canceled.psp_ref) == (Outcome.NOT_EXECUTED, asked[0].psp_ref)
    fulfilled = said["billing_requests.fulfilled", given.reference]
    assert fulfilled is not None
    assert (fulfilled.outcome, fulfilled.psp_ref) == (Outcome.SUCCEEDED, asked[1].psp_ref)
    # what a payer does on the way is a reason to look, and says nothing by itself
    assert said["billing_requests.created", given.reference] is None
    assert said["billing_requests.flow_created", given.reference] is None
