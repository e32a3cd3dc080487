"""Cards that are set up without a charge, by our connector, against the simulator's Stripe."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from ledgerline.base.ids import Bucket, SetupId
from ledgerline.base.money import Currency, Money
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
)
from ledgerline.payments.setups import Saved, SentSetup
from tests.contracts.test_stripe_face import SENT_AT, Side, sides
from tests.pspsim.stripe.face import customer_with
from tests.unit.payments.samples import RETURN_URL

EUR: Final = Currency("EUR")


def setup(number: int, token: str, **changes: Any) -> SentSetup:
    id_ = SetupId(UUID(int=(0x01990000_0000_7007_8000_000000000000 + number)))
    sent = SentSetup(
        bucket=Bucket(7), setup_id=id_, psp_account="aster_eu", currency=EUR, psp_token=token,
        return_url=RETURN_URL,
    )  # fmt: skip
    return replace(sent, **changes)


def about(sent: SentSetup, psp_ref: str | None = None) -> Lookup:
    return Lookup(
        ChargeKind.SETUP, "aster_eu", sent.reference, Money(0, EUR), psp_ref=psp_ref,
        psp_token=sent.psp_token, sent_at=SENT_AT,
    )  # fmt: skip


async def send(side: Side, sent: SentSetup) -> Reading:
    return await side.psps.set_up(side.psps.prepared(sent))


async def saved_card(side: Side, token: str) -> str:
    """Return ``cus_…/pm_…`` of a card that a browser gave to a new customer."""
    return await asyncio.to_thread(customer_with, side.face.running, token)


async def test_a_card_is_verified_and_kept_and_nothing_is_charged(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        card = await saved_card(side, "pm_tok_ok_1")
        sent = setup(1, card)
        done, again = await send(side, sent), await send(side, sent)
        found = await side.psps.find_set_up(about(sent))
        by_id = await side.psps.find_set_up(about(sent, done.psp_ref))
        truth = await side.face.running.truth()
        events = {(event.reference, event.event_type): event for event in await side.told()}
    assert (done.outcome, done.kind) == (Outcome.SUCCEEDED, EvidenceKind.RESPONSE)
    assert done.saved is not None
    assert (done.saved.token, done.saved.brand) == (card, "visa")
    assert len(done.saved.last4 or "") == 4
    assert None not in {done.card.fingerprint, done.card.funding, done.card.expires}
    assert again == done
    assert found == by_id == replace(done, kind=EvidenceKind.STATUS_QUERY)
    assert truth == []
    told = events[sent.reference, "setup_intent.succeeded"]
    assert told.kind is ChargeKind.SETUP
    assert told.reading is not None
    assert (told.reading.outcome, told.reading.saved) == (Outcome.SUCCEEDED, Saved(card))


async def test_a_payer_who_has_to_act_is_verified_once_they_did(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        first = setup(1, await saved_card(side, "pm_tok_challenge_1"))
        second = setup(2, await saved_card(side, "pm_tok_ok_2"), challenge=True)
        asks, asked = await send(side, first), await send(side, second)
        assert asks.action is not None
        assert asked.action is not None
        waiting = await side.psps.find_set_up(about(first))
        status, location = await side.face.running.be_the_payer(asks.action.url, "pass")
        await side.face.running.be_the_payer(asked.action.url, "fail")
        passed = await side.psps.find_set_up(about(first, asks.psp_ref))
        failed = await side.psps.find_set_up(about(second, asked.psp_ref))
        late = await side.psps.cancel_set_up(about(first, asks.psp_ref))
        # and it is charged without them from now on
        paid = await side.charge(3, first.psp_token or "")
        events = {(event.reference, event.event_type) for event in await side.told()}
    assert waiting == replace(asks, kind=EvidenceKind.STATUS_QUERY)
    assert status == 303
    assert location.startswith(f"{RETURN_URL}&setup_intent={asks.psp_ref}&")
    assert passed.outcome is Outcome.SUCCEEDED
    assert passed.saved is not None
    assert passed.saved.token == first.psp_token
    how = passed.authentication
    assert how is not None
    assert (how.status, how.challenged, how.eci) == ("Y", True, "05")
    assert late == passed
    assert (failed.outcome, failed.category) == (
        Outcome.DECLINED,
        DeclineCategory.AUTHENTICATION_FAILED,
    )
    assert paid.outcome is Outcome.SUCCEEDED
    assert events >= {
        (first.reference, "setup_intent.requires_action"),
        (first.reference, "setup_intent.succeeded"),
        (second.reference, "setup_intent.setup_failed"),
    }


async def test_a_card_is_refused_and_what_nobody_wants_is_canceled(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        refused = await send(side, setup(1, "pm_tok_decline_stolen_card_1"))
        left = setup(2, await saved_card(side, "pm_tok_challenge_2"))
        asked = await send(side, left)
        assert asked.action is not None
        ended = await side.psps.cancel_set_up(about(left))
        again = await side.psps.cancel_set_up(about(left, asked.psp_ref))
        await side.face.running.be_the_payer(asked.action.url, "pass")
        after = await side.psps.find_set_up(about(left, asked.psp_ref))
        nothing = await side.psps.find_set_up(about(setup(3, left.psp_token or "")))
        unknown = await side.psps.cancel_set_up(about(setup(3, left.psp_token or "")))
        nowhere = await send(side, setup(4, "pm_nothing"))
        events = {event.event_type: event.reading for event in await side.told()}
    assert (refused.outcome, refused.category) == (
        Outcome.DECLINED,
        DeclineCategory.LOST_OR_STOLEN,
    )
    assert (ended.outcome, ended.kind) == (Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)
    assert ended == again == after
    assert nothing.outcome is Outcome.ABSENT
    assert unknown.outcome is Outcome.UNKNOWN
    assert (nowhere.outcome, nowhere.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.REQUEST_REFUSED,
    )
    canceled = events["setup_intent.canceled"]
    assert canceled is not None
    assert canceled.outcome is Outcome.NOT_EXECUTED
