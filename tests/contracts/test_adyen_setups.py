"""Cards that are set up without a charge, by our connector, against the simulator's Adyen."""

import json
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
from ledgerline.payments.setups import SentSetup
from tests.contracts.test_adyen_face import Side, attempt, sides
from tests.contracts.test_adyen_payers import brought_by
from tests.unit.payments.samples import RETURN_URL

EUR: Final = Currency("EUR")


def setup(number: int, token: str, **changes: Any) -> SentSetup:
    """Set up a card as the fields of a page have encrypted it; the security code is never kept."""
    id_ = SetupId(UUID(int=(0x01990000_0000_7007_8000_000000000000 + number)))
    data = {"type": "scheme", "encryptedCardNumber": f"test_{token}", "cvc": "737"}
    sent = SentSetup(
        bucket=Bucket(7), setup_id=id_, psp_account=attempt(1, "").psp_account, currency=EUR,
        payment_data=json.dumps(data), return_url=RETURN_URL,
    )  # fmt: skip
    return replace(sent, **changes)


def about(sent: SentSetup) -> Lookup:
    return Lookup(ChargeKind.SETUP, sent.psp_account, sent.reference, Money(0, EUR))


async def send(side: Side, sent: SentSetup) -> Reading:
    return await side.psps.set_up(side.psps.prepared(sent))


async def test_a_card_is_verified_and_stored_and_charged_without_its_payer(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        sent = setup(1, "tok_ok_1")
        before = await side.psps.find_set_up(about(sent))
        done, again = await send(side, sent), await send(side, sent)
        found = await side.psps.find_set_up(about(sent))
        assert done.saved is not None
        shopper, _, method = done.saved.token.partition("/")
        running = side.face.running
        truth = await running.truth()
        paid = await side.psps.call(
            side.psps.prepared(replace(attempt(2, ""), psp_token=done.saved.token))
        )
        [told] = [one for one in await side.told() if one.reference == sent.reference]
    assert before.outcome is Outcome.ABSENT
    assert (done.outcome, done.kind, done.amount) == (
        Outcome.SUCCEEDED,
        EvidenceKind.RESPONSE,
        Money(0, EUR),
    )
    assert again == done
    assert (shopper, method) == (sent.reference, "tok_ok_1")
    assert str(done.network_id).startswith("nt_")
    assert (done.saved.brand, len(done.saved.last4 or "")) == ("visa", 4)
    assert (found.outcome, found.kind, found.saved) == (
        Outcome.SUCCEEDED,
        EvidenceKind.STATUS_QUERY,
        done.saved,
    )
    assert [(one["kind"], one["amount"]) for one in truth] == [("setup", 0)]
    assert paid.outcome is Outcome.SUCCEEDED
    assert (told.event_type, told.kind) == ("AUTHORISATION", ChargeKind.SETUP)


async def test_a_payer_who_has_to_act_is_verified_once_what_they_brought_is_handed_in(
    tmp_path: Path,
) -> None:
    async with sides(tmp_path) as side:
        first = side.psps.prepared(setup(1, "tok_challenge_1"))
        second = side.psps.prepared(setup(2, "tok_ok_2", challenge=True))
        asks, asked = await side.psps.set_up(first), await side.psps.set_up(second)
        assert asks.action is not None
        assert asked.action is not None
        running = side.face.running
        _, location = await running.be_the_payer(asks.action.url, "pass")
        _, other = await running.be_the_payer(asked.action.url, "fail")
        waiting = await side.psps.find_set_up(about(first))
        stolen = await side.psps.confirm_set_up(second, brought_by(location))
        passed = await side.psps.confirm_set_up(first, brought_by(location))
        failed = await side.psps.confirm_set_up(second, brought_by(other))
        found = await side.psps.find_set_up(about(first))
    assert waiting.outcome is Outcome.ABSENT
    assert (stolen.outcome, stolen.code) == (Outcome.UNKNOWN, "reference_mismatch")
    assert passed.outcome is Outcome.SUCCEEDED
    assert passed.saved == found.saved
    assert passed.saved is not None
    assert passed.authentication is not None
    assert passed.authentication.status == "Y"
    assert (failed.outcome, failed.category) == (
        Outcome.DECLINED,
        DeclineCategory.AUTHENTICATION_FAILED,
    )
    assert failed.saved is None


async def test_a_refusal_stores_nothing_and_an_offer_that_nobody_takes_is_closed(
    tmp_path: Path,
) -> None:
    async with sides(tmp_path) as side:
        refused = await send(side, setup(1, "tok_decline_stolen_card_1"))
        nothing = await side.psps.find_set_up(about(setup(1, "")))
        left = setup(2, "tok_challenge_2")
        await send(side, left)
        canceled = await side.psps.cancel_set_up(about(left))
        await side.face.running.control("clock", {"now": "2026-01-01T12:00:00Z"})
        events = {event.event_type: event for event in await side.told()}
        without = await send(side, setup(3, "", payment_data="nonsense"))
    assert (refused.outcome, refused.category) == (
        Outcome.DECLINED,
        DeclineCategory.LOST_OR_STOLEN,
    )
    assert nothing.outcome is Outcome.ABSENT
    assert (canceled.outcome, canceled.code) == (Outcome.UNKNOWN, "received")
    closed = events["OFFER_CLOSED"]
    assert (closed.kind, closed.reference) == (ChargeKind.SETUP, left.reference)
    assert closed.reading is not None
    assert (closed.reading.outcome, closed.reading.kind) == (
        Outcome.NOT_EXECUTED,
        EvidenceKind.VOID_CONFIRMED,
    )
    assert (without.outcome, without.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.REQUEST_REFUSED,
    )
