"""Payers who have to act, and charges that nobody wants, against the simulator's Stripe."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from ledgerline.payments.model import (
    DeclineCategory,
    EvidenceKind,
    Initiator,
    Outcome,
    Reading,
    SentAttempt,
)
from tests.contracts.test_stripe_face import SENT_AT, Side, attempt, sides
from tests.pspsim.stripe.face import customer_with
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, RETURN_URL


async def _asked(
    side: Side, number: int, token: str, **changes: Any
) -> tuple[SentAttempt, Reading]:
    """Charge a payer who can come back from their bank."""
    here = replace(attempt(number, token), initiator=Initiator.CUSTOMER, **changes)
    sent = side.psps.prepared(replace(here, return_url=RETURN_URL))
    return sent, await side.psps.call(sent)


async def test_payer_who_has_to_act_is_charged_once_they_did_and_not_before(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        # one whose card asks for it, and one whom we want to see whatever their bank says
        _, asks = await _asked(side, 1, "pm_tok_challenge_1")
        sent, asked = await _asked(side, 2, "pm_tok_ok_1", challenge=True)
        assert (asks.outcome, asked.outcome) == (Outcome.REQUIRES_ACTION, Outcome.REQUIRES_ACTION)
        assert asks.action is not None
        assert asked.action is not None
        waiting = await side.look_up(1, "", asks.psp_ref)
        replayed = await side.psps.call(sent)
        status, location = await side.face.running.be_the_payer(asks.action.url, "pass")
        await side.face.running.be_the_payer(asked.action.url, "fail")
        passed = await side.look_up(1, "", asks.psp_ref)
        failed = await side.look_up(2, "", asked.psp_ref)
        events = await side.told()
        executed = {line["reference"]: line["status"] for line in await side.face.running.truth()}
    assert waiting == replace(asks, kind=EvidenceKind.STATUS_QUERY)
    assert replayed == asked
    assert status == 303
    assert location.startswith(f"{RETURN_URL}&payment_intent={asks.psp_ref}&")
    assert (passed.outcome, passed.amount) == (Outcome.SUCCEEDED, ATTEMPT.amount)
    told = passed.authentication
    assert told is not None
    assert (told.status, told.challenged, told.eci, told.version) == ("Y", True, "05", "2.2.0")
    assert (failed.outcome, failed.category) == (
        Outcome.DECLINED,
        DeclineCategory.AUTHENTICATION_FAILED,
    )
    assert executed == {attempt(1, "").reference: "succeeded", attempt(2, "").reference: "declined"}
    outcomes = {(event.reference, event.event_type): event.reading for event in events}
    assert {key: reading and reading.outcome for key, reading in outcomes.items()} == {
        (attempt(1, "").reference, "payment_intent.requires_action"): Outcome.REQUIRES_ACTION,
        (attempt(1, "").reference, "payment_intent.succeeded"): Outcome.SUCCEEDED,
        (attempt(2, "").reference, "payment_intent.requires_action"): Outcome.REQUIRES_ACTION,
        (attempt(2, "").reference, "payment_intent.payment_failed"): Outcome.DECLINED,
    }


async def test_what_nobody_wants_is_canceled_where_it_took_nothing_and_read_as_it_is_elsewhere(
    tmp_path: Path,
) -> None:
    async with sides(tmp_path) as side:
        saved = await asyncio.to_thread(customer_with, side.face.running, "pm_tok_challenge_1")
        left, asked = await _asked(side, 1, saved)
        assert asked.action is not None
        paid = await side.charge(2, "pm_tok_ok_1")
        late = await side.charge(3, "pm_tok_pending_1")

        async def end(number: int, token: str, psp_ref: str | None) -> Reading:
            reference = attempt(number, token).reference
            subject = replace(CHARGE_LOOKUP, reference=reference, psp_token=token, psp_ref=psp_ref)
            return await side.psps.cancel(replace(subject, sent_at=SENT_AT))

        ended = await end(1, left.psp_token, None)
        again = await end(1, left.psp_token, asked.psp_ref)
        status, _ = await side.face.running.be_the_payer(asked.action.url, "pass")
        after = await side.look_up(1, "", asked.psp_ref)
        others = [
            await end(2, "pm_tok_ok_1", paid.psp_ref),
            await end(3, "pm_tok_pending_1", late.psp_ref),
            await end(4, left.psp_token, None),
        ]
        events = {event.event_type: event for event in await side.told()}
        executed = {line["reference"]: line["status"] for line in await side.face.running.truth()}
    assert ended == Reading(
        Outcome.NOT_EXECUTED,
        EvidenceKind.VOID_CONFIRMED,
        psp_ref=asked.psp_ref,
        amount=ATTEMPT.amount,
    )
    assert ended == again == after
    assert status == 303  # the page leads back, and nothing comes of it
    assert [executed[attempt(number, "").reference] for number in (1, 2, 3)] == [
        "canceled",
        "succeeded",
        "pending",
    ]
    assert [reading.outcome for reading in others] == [
        Outcome.SUCCEEDED,
        Outcome.PENDING,
        Outcome.UNKNOWN,
    ]
    assert events["payment_intent.canceled"].reading == ended
