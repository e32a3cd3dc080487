"""Our Adyen connector through the gateway and real sockets, against the simulator's Adyen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec
import pytest

from ledgerline.base.http import HttpClient
from ledgerline.base.ids import AttemptId, RefundId
from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.adyen.connector import Adyen
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.contract import LineKind, Merchant, Secret
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused
from ledgerline.payments.unasked import NO_LOOKUP
from tests.contracts.connectors.adyen import MERCHANT
from tests.contracts.samples import PATIENCE
from tests.pspsim.adyen.official import API_KEY, HMAC_KEY, Face, adyen_face
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, NOW, REFUND


class Side(NamedTuple):
    """The two sides of the face."""

    face: Face
    psps: Gateway

    async def charge(self, number: int, token: str, amount: Money = ATTEMPT.amount) -> Reading:
        """Charge a card of a shopper, as the attempt with this number."""
        return await self.psps.call(self.psps.prepared(attempt(number, token, amount)))

    async def told(self) -> list[VerifiedEvent]:
        """Read every delivery that came, as the API would."""
        await self.face.running.control("drain")
        return [
            event
            for raw in self.face.inbox.deliveries
            for event in self.psps.read_webhook("aster_eu", {}, raw, now=NOW)
        ]


def attempt(number: int, token: str, amount: Money = ATTEMPT.amount) -> SentAttempt:
    id_ = AttemptId(UUID(int=ATTEMPT.attempt_id.int + (number << 16)))
    return replace(ATTEMPT, attempt_id=id_, psp_token=f"shopper-7/{token}", amount=amount)


def refund_of(paid: Reading, number: int) -> SentRefund:
    assert paid.psp_ref is not None
    id_ = RefundId(UUID(int=REFUND.refund_id.int + (number << 16)))
    return replace(REFUND, refund_id=id_, charge_ref=paid.psp_ref)


def account(face: Face, *, key: str = API_KEY) -> Merchant:
    secrets = {"api_key": Secret(key), "hmac_key": Secret(HMAC_KEY)}
    settings = {**MERCHANT.settings, "base_url": face.url}
    return replace(MERCHANT, settings=settings, secrets=secrets, call_deadline=PATIENCE)


@asynccontextmanager
async def sides(folder: Path) -> AsyncIterator[Side]:
    async with adyen_face(folder) as face, HttpClient() as client:
        yield Side(face, Gateway({"aster_eu": Connection(account(face), Adyen())}, client))


async def test_charge_succeeds_with_its_amount_its_card_and_the_networks_id(tmp_path: Path) -> None:
    async with sides(tmp_path) as (face, psps):
        side = Side(face, psps)
        paid = await side.charge(1, "tok_ok_1")
        [line] = await face.running.truth()
        [event] = await side.told()
    assert paid.outcome is Outcome.SUCCEEDED
    assert (paid.amount, paid.psp_ref) == (ATTEMPT.amount, line["id"])
    assert (line["amount"], line["currency"]) == (1799, "EUR")
    assert line["reference"] == line["key"] == attempt(1, "").reference
    assert paid.network_id is not None
    assert paid.card.funding is not None
    assert paid.card.bin is not None
    assert paid.card.expires is not None
    # and the webhook says the same
    assert event == VerifiedEvent(
        event_key=f"AUTHORISATION:{paid.psp_ref}:true",
        event_type="AUTHORISATION",
        kind=ChargeKind.CHARGE,
        reference=attempt(1, "").reference,
        reading=Reading(
            Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref=paid.psp_ref, amount=ATTEMPT.amount
        ),
    )


async def test_every_refusal_of_an_issuer_is_read_as_what_it_is(tmp_path: Path) -> None:
    expected = {
        "insufficient_funds": ("12/51", DeclineCategory.INSUFFICIENT_FUNDS),
        "do_not_honor": ("2/05", DeclineCategory.DO_NOT_HONOR),
        "issuer_unavailable": ("9/91", DeclineCategory.ISSUER_UNAVAILABLE),
        "processing_error": ("4/96", DeclineCategory.PROCESSOR_ERROR),
        "expired_card": ("6/54", DeclineCategory.EXPIRED_CARD),
        "invalid_account": ("8/14", DeclineCategory.INVALID_ACCOUNT),
        "lost_card": ("5/41", DeclineCategory.LOST_OR_STOLEN),
        "stolen_card": ("5/43", DeclineCategory.LOST_OR_STOLEN),
        "fraudulent": ("31/59", DeclineCategory.SUSPECTED_FRAUD),
        "authentication_required": ("38/1A", DeclineCategory.AUTHENTICATION_REQUIRED),
        "card_not_supported": ("23/57", DeclineCategory.CARD_RESTRICTED),
        "revocation_of_authorization": ("26/R1", DeclineCategory.REVOKED),
        "try_again_later": ("2/05", DeclineCategory.DO_NOT_HONOR),
    }
    async with sides(tmp_path) as side:
        readings = {
            code: await side.charge(number, f"tok_decline_{code}_1")
            for number, code in enumerate(expected)
        }
        events = await side.told()
    assert {reading.outcome for reading in readings.values()} == {Outcome.DECLINED}
    assert {code: (each.code, each.category) for code, each in readings.items()} == expected
    # why it was refused is not signed, so a webhook says only that it was
    assert {event.reading.category for event in events if event.reading} == {
        DeclineCategory.UNMAPPED
    }


@pytest.mark.parametrize("fault", ["hang_after", "500_after"])
async def test_lost_answer_is_found_out_by_the_same_request_under_the_same_key(
    tmp_path: Path, fault: str
) -> None:
    async with sides(tmp_path) as side:
        lost = await side.charge(1, f"tok_{fault}_1")
        found = await side.charge(1, f"tok_{fault}_1")
        again = await side.charge(1, f"tok_{fault}_1")
        executed = await side.face.running.truth()
    assert lost.outcome is Outcome.UNKNOWN
    assert found.outcome is Outcome.SUCCEEDED
    assert again == found
    assert [line["id"] for line in executed] == [found.psp_ref]


async def test_other_amount_under_the_same_key_proves_nothing(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        await side.charge(1, "tok_ok_1")
        other = await side.charge(1, "tok_ok_1", Money(1800, Currency("EUR")))
    assert (other.outcome, other.code) == (Outcome.UNKNOWN, "704")


async def test_faults_before_execution_are_unknown_but_for_those_that_prove_it(
    tmp_path: Path,
) -> None:
    async with sides(tmp_path) as side:
        readings = {}
        for number, fault in enumerate(("unauthorized", "rate_limit", "http_5xx_before")):
            await side.face.running.control(
                "faults", {"provider": "aster", "rates": {fault: 1_000_000}}
            )
            readings[fault] = await side.charge(number, "tok_visa_1")
            await side.face.running.control("faults", {"provider": "aster", "rates": {fault: 0}})
        executed = await side.face.running.truth()
    assert executed == []
    refused = readings["unauthorized"]
    assert (refused.outcome, refused.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.MERCHANT_CONFIG,
    )
    # nothing is documented of too many requests, so it proves nothing; the same key is safe
    limited = readings["rate_limit"]
    assert (limited.outcome, limited.retry_after_seconds) == (Outcome.UNKNOWN, 1)
    assert readings["http_5xx_before"].outcome is Outcome.UNKNOWN


async def test_what_cannot_be_said_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        half_a_rupiah = await side.charge(1, "tok_ok_1", Money(1050, Currency("IDR")))
        nobody = replace(attempt(2, ""), psp_token="tok_ok_1")
        nameless = await side.psps.call(side.psps.prepared(nobody))
        pesos = await side.charge(3, "tok_ok_1", Money(1990, Currency("CLP")))
        rupiah = await side.charge(4, "tok_ok_1", Money(1000, Currency("IDR")))
        executed = await side.face.running.truth()
    assert (half_a_rupiah.outcome, half_a_rupiah.code) == (Outcome.NOT_EXECUTED, "100")
    assert (nameless.outcome, nameless.code) == (Outcome.NOT_EXECUTED, "14_004")
    assert (pesos.outcome, pesos.amount) == (Outcome.SUCCEEDED, Money(1990, Currency("CLP")))
    assert (rupiah.outcome, rupiah.amount) == (Outcome.SUCCEEDED, Money(1000, Currency("IDR")))
    assert sorted((line["currency"], line["amount"]) for line in executed) == [
        ("CLP", 1990),
        ("IDR", 1000),
    ]


async def test_refund_is_pending_until_a_webhook_tells_its_end(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        paid = await side.charge(1, "tok_ok_1")
        refund = side.psps.prepared(refund_of(paid, 1))
        asked = await side.psps.call(refund)
        again = await side.psps.call(refund)
        over = await side.psps.call(side.psps.prepared(refund_of(paid, 2)))
        told = {event.reading.psp_ref: event for event in await side.told() if event.reading}
    done, failed = told[asked.psp_ref], told[over.psp_ref]  # deliveries may overtake each other
    assert (asked.outcome, asked.amount) == (Outcome.PENDING, REFUND.amount)
    assert again == asked
    assert (done.kind, done.reference) == (ChargeKind.REFUND, refund.reference)
    assert done.reading == Reading(
        Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref=asked.psp_ref, amount=REFUND.amount
    )
    # what is more than was left is received as well, and fails
    assert over.outcome is Outcome.PENDING
    assert failed.reading is not None
    assert (failed.reading.outcome, failed.reading.psp_ref) == (Outcome.DECLINED, over.psp_ref)


async def test_refund_that_takes_a_day_is_told_then(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        paid = await side.charge(1, "tok_visa_1")
        await side.face.running.control(
            "faults", {"provider": "aster", "rates": {"refund_pending": 1_000_000}}
        )
        asked = await side.psps.call(side.psps.prepared(refund_of(paid, 1)))
        before = await side.told()
        await side.face.running.control("clock", {"now": "2026-01-03T00:00:00Z"})
        after = await side.told()
    assert asked.outcome is Outcome.PENDING
    assert [event.event_type for event in before] == ["AUTHORISATION"]
    assert [event.event_key for event in after[1:]] == [f"REFUND:{asked.psp_ref}:true"]


async def test_several_events_come_in_one_delivery_and_one_altered_item_refuses_it(
    tmp_path: Path,
) -> None:
    async with sides(tmp_path) as side:
        pending = [await side.charge(number, f"tok_pending_{number}") for number in (1, 2, 3)]
        await side.face.running.control("clock", {"now": "2026-01-03T00:00:00Z"})
        events = await side.told()
        [raw] = side.face.inbox.deliveries
        body = msgspec.json.decode(raw)
        body["notificationItems"][2]["NotificationRequestItem"]["amount"]["value"] = 9_999_999
        with pytest.raises(SignatureRefused):
            side.psps.read_webhook("aster_eu", {}, msgspec.json.encode(body), now=NOW)
    assert {reading.outcome for reading in pending} == {Outcome.PENDING}
    assert {event.reference for event in events} == {
        attempt(number, "").reference for number in (1, 2, 3)
    }
    assert {event.reading.outcome for event in events if event.reading} == {Outcome.SUCCEEDED}


async def test_wrong_key_is_our_configuration_and_a_lookup_is_never_made(tmp_path: Path) -> None:
    async with adyen_face(tmp_path) as face, HttpClient() as client:
        stranger = account(face, key="another-key")
        psps = Gateway({"aster_eu": Connection(stranger, Adyen())}, client)
        refused = await psps.call(psps.prepared(attempt(1, "tok_ok_1")))
        asked = await psps.call(CHARGE_LOOKUP)
        calls = (await face.running.show("stats"))["aster"]["calls"]
    assert (refused.outcome, refused.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.MERCHANT_CONFIG,
    )
    assert (asked.outcome, asked.code) == (Outcome.UNKNOWN, NO_LOOKUP)
    assert calls == 1


async def test_report_of_the_day_says_what_was_charged_and_refunded(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        paid = await side.charge(1, "tok_ok_1")
        await side.charge(2, "tok_decline_lost_card_1")
        refund = refund_of(paid, 1)
        asked = await side.psps.call(side.psps.prepared(refund))
        await side.face.running.control("clock", {"now": "2026-01-02T00:00:00Z"})
        path = (
            "reports/download/MerchantAccount/LedgerlineECOM/settlement_detail_report_batch_1.csv"
        )
        async with side.face.running.session.get(
            f"{side.face.url}/{path}", headers={"X-API-Key": API_KEY}
        ) as answer:
            lines = list(Adyen().read_settlement(BytesIO(await answer.read())))
    assert [(line.kind, line.psp_ref, line.reference) for line in lines] == [
        (LineKind.CHARGE, paid.psp_ref, attempt(1, "").reference),
        (LineKind.REFUND, asked.psp_ref, refund.reference),
        (LineKind.PAYOUT, "batch 1", None),
    ]
    assert [(line.gross.minor, line.fee.minor, line.net.minor) for line in lines] == [
        (1799, 16, 1783), (-1799, 10, -1809), (26, 0, 26),
    ]  # fmt: skip
    assert {line.settled_on for line in lines} == {date(2026, 1, 1)}
