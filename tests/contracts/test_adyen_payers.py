"""Payers who have to act, and charges that nobody wants, against the simulator's Adyen."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ledgerline.payments.model import (
    DeclineCategory,
    EvidenceKind,
    Initiator,
    Outcome,
    Reading,
    SentAttempt,
)
from tests.contracts.test_adyen_face import Side, attempt, sides
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, RETURN_URL


def brought_by(location: str) -> str:
    """Return what a payer brings back, as the shop reads it."""
    [result] = parse_qs(urlsplit(location).query)["redirectResult"]
    return result


async def _asked(
    side: Side, number: int, token: str, **changes: Any
) -> tuple[SentAttempt, Reading]:
    """Charge a payer who can come back from their bank."""
    here = replace(attempt(number, token), initiator=Initiator.CUSTOMER, **changes)
    sent = side.psps.prepared(replace(here, return_url=RETURN_URL))
    return sent, await side.psps.call(sent)


async def test_payer_who_has_to_act_is_charged_once_what_they_brought_is_handed_in(
    tmp_path: Path,
) -> None:
    async with sides(tmp_path) as side:
        # one whose card asks for it, and one whom we want to see whatever their bank says
        first, asks = await _asked(side, 1, "tok_challenge_1")
        second, asked = await _asked(side, 2, "tok_ok_1", challenge=True)
        assert asks.action is not None
        assert asked.action is not None
        replayed = await side.psps.call(first)
        running = side.face.running
        status, location = await running.be_the_payer(asks.action.url, "pass")
        _, other = await running.be_the_payer(asked.action.url, "fail")
        before = {line["status"] for line in await running.truth()}
        made_up = await side.psps.confirm(first, "made up")
        stolen = await side.psps.confirm(second, brought_by(location))
        passed = await side.psps.confirm(first, brought_by(location))
        again = await side.psps.confirm(first, brought_by(location))
        failed = await side.psps.confirm(second, brought_by(other))
        events = await side.told()
        executed = {line["reference"]: line["status"] for line in await running.truth()}
    assert (asks.outcome, asked.outcome) == (Outcome.REQUIRES_ACTION, Outcome.REQUIRES_ACTION)
    assert replayed == asks
    assert (status, before) == (303, {"requires_action"})
    # what is not this payment's own proves nothing of it
    assert (made_up.outcome, made_up.code) == (Outcome.UNKNOWN, "174")
    assert (stolen.outcome, stolen.code) == (Outcome.UNKNOWN, "reference_mismatch")
    assert (passed.outcome, passed.amount) == (Outcome.SUCCEEDED, ATTEMPT.amount)
    assert again == passed
    told = passed.authentication
    assert told is not None
    assert (told.status, told.eci, told.version, told.liability_shifted) == (
        "Y",
        "05",
        "2.2.0",
        True,
    )
    assert (failed.outcome, failed.category) == (
        Outcome.DECLINED,
        DeclineCategory.AUTHENTICATION_FAILED,
    )
    assert executed == {first.reference: "succeeded", second.reference: "declined"}
    assert {(event.reference, event.reading and event.reading.outcome) for event in events} == {
        (first.reference, Outcome.SUCCEEDED),
        (second.reference, Outcome.DECLINED),
    }


async def test_what_nobody_wants_is_canceled_and_only_a_webhook_says_whether_it_was(
    tmp_path: Path,
) -> None:
    async with sides(tmp_path) as side:
        late = await side.charge(1, "tok_pending_1")
        paid = await side.charge(2, "tok_ok_1")
        left, asked = await _asked(side, 3, "tok_challenge_1")
        assert asked.action is not None
        answers = [
            await side.psps.cancel(replace(CHARGE_LOOKUP, reference=attempt(number, "").reference))
            for number in (1, 2, 3, 4)
        ]
        soon = {event.reference: event for event in await side.told() if event.kind is not None}
        running = side.face.running
        await running.control("clock", {"now": "2026-01-01T12:00:00Z"})
        [closed] = [event for event in await side.told() if event.event_type == "OFFER_CLOSED"]
        _, location = await running.be_the_payer(asked.action.url, "pass")
        vain = await side.psps.confirm(left, brought_by(location))
        await running.control("clock", {"now": "2026-01-05T00:00:00Z"})
        executed = {line["reference"]: line["status"] for line in await running.truth()}
    assert [(each.outcome, each.code) for each in answers] == [(Outcome.UNKNOWN, "received")] * 4
    assert (late.outcome, paid.outcome) == (Outcome.PENDING, Outcome.SUCCEEDED)
    # what was not authorised yet is canceled
    canceled = soon[attempt(1, "").reference]
    assert (canceled.event_type, canceled.reading) == (
        "TECHNICAL_CANCEL",
        Reading(
            Outcome.NOT_EXECUTED,
            EvidenceKind.VOID_CONFIRMED,
            psp_ref=late.psp_ref,
            amount=ATTEMPT.amount,
        ),
    )
    # what was captured stays, and a payer may act until the offer is closed: that proves nothing
    assert soon[left.reference].reading is None
    assert closed.reference == left.reference
    assert closed.reading is not None
    assert (closed.reading.outcome, closed.reading.kind) == (
        Outcome.NOT_EXECUTED,
        EvidenceKind.VOID_CONFIRMED,
    )
    assert vain.outcome is Outcome.UNKNOWN
    assert [executed[attempt(number, "").reference] for number in (1, 2, 3)] == [
        "canceled",
        "succeeded",
        "canceled",
    ]
