"""Our Stripe connector through the gateway and real sockets, against the simulator's Stripe."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from ledgerline.base.http import HttpClient
from ledgerline.base.ids import AttemptId, RefundId
from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import LineKind, Merchant, Secret
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Initiator,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused
from tests.contracts.connectors.stripe import MERCHANT
from tests.contracts.samples import PATIENCE
from tests.pspsim.stripe.face import API_SECRET, WEBHOOK_SECRET, Face, customer_with, stripe_face
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    REFUND,
    REFUND_LOOKUP,
)

SENT_AT = datetime(2026, 1, 1, tzinfo=UTC)  # by the simulator's clock


class Side(NamedTuple):
    """The two sides of the face."""

    face: Face
    psps: Gateway

    async def charge(self, number: int, token: str, amount: Money = ATTEMPT.amount) -> Reading:
        """Charge a card without its payer, as the attempt with this number."""
        return await self.psps.call(self.psps.prepared(attempt(number, token, amount)))

    async def look_up(self, number: int, token: str, psp_ref: str | None = None) -> Reading:
        """Ask what became of the attempt with this number."""
        reference = attempt(number, token).reference
        asked = replace(CHARGE_LOOKUP, reference=reference, psp_token=token, psp_ref=psp_ref)
        return await self.psps.call(replace(asked, sent_at=SENT_AT))

    async def told(self) -> list[VerifiedEvent]:
        """Read every delivery that came, as the API would."""
        return [
            event
            for headers, raw in await self.face.told()
            for event in self.psps.read_webhook("aster_eu", headers, raw, now=signed_at(headers))
        ]


def attempt(number: int, token: str, amount: Money = ATTEMPT.amount) -> SentAttempt:
    id_ = AttemptId(UUID(int=ATTEMPT.attempt_id.int + (number << 16)))
    return replace(ATTEMPT, attempt_id=id_, psp_token=token, amount=amount)


def refund_of(paid: Reading, number: int) -> SentRefund:
    assert paid.psp_ref is not None
    id_ = RefundId(UUID(int=REFUND.refund_id.int + (number << 16)))
    return replace(REFUND, refund_id=id_, charge_ref=paid.psp_ref)


def signed_at(headers: Mapping[str, str]) -> datetime:
    stamp = headers["stripe-signature"].partition(",")[0].removeprefix("t=")
    return datetime.fromtimestamp(int(stamp), UTC)


def account(face: Face, *, key: str = API_SECRET, webhook: str = WEBHOOK_SECRET) -> Merchant:
    secrets = {"api_secret": Secret(key), "webhook_secret": Secret(webhook)}
    settings = {"base_url": face.url}
    return replace(MERCHANT, settings=settings, secrets=secrets, call_deadline=PATIENCE)


@asynccontextmanager
async def sides(folder: Path) -> AsyncIterator[Side]:
    async with stripe_face(folder) as face, HttpClient() as client:
        yield Side(face, Gateway({"aster_eu": Connection(account(face), Stripe())}, client))


async def test_charge_succeeds_with_its_amount_its_card_and_the_networks_id(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        paid = await side.charge(1, "pm_tok_ok_1")
        [line] = await side.face.running.truth()
        [event] = await side.told()
        found = await side.look_up(1, "pm_tok_ok_1", paid.psp_ref)
    assert paid.outcome is Outcome.SUCCEEDED
    assert (paid.amount, paid.psp_ref) == (ATTEMPT.amount, line["id"])
    assert (line["amount"], line["currency"]) == (1799, "EUR")
    assert line["reference"] == line["key"] == attempt(1, "").reference
    assert str(paid.network_id).startswith("nt_")
    assert None not in {paid.card.fingerprint, paid.card.funding, paid.card.expires}
    # and what is asked later and the webhook say the same; an event shows the charge by its id only
    assert found == replace(paid, kind=EvidenceKind.STATUS_QUERY)
    assert event.event_type == "payment_intent.succeeded"
    assert (event.kind, event.reference) == (ChargeKind.CHARGE, attempt(1, "").reference)
    assert event.reading == Reading(
        Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref=paid.psp_ref, amount=ATTEMPT.amount
    )


async def test_every_refusal_of_an_issuer_is_read_as_what_it_is(tmp_path: Path) -> None:
    expected = {
        "insufficient_funds": ("insufficient_funds", DeclineCategory.INSUFFICIENT_FUNDS),
        "do_not_honor": ("do_not_honor", DeclineCategory.DO_NOT_HONOR),
        "issuer_unavailable": ("issuer_not_available", DeclineCategory.ISSUER_UNAVAILABLE),
        "processing_error": ("processing_error", DeclineCategory.PROCESSOR_ERROR),
        "expired_card": ("expired_card", DeclineCategory.EXPIRED_CARD),
        "invalid_account": ("invalid_account", DeclineCategory.INVALID_ACCOUNT),
        "lost_card": ("lost_card", DeclineCategory.LOST_OR_STOLEN),
        "stolen_card": ("stolen_card", DeclineCategory.LOST_OR_STOLEN),
        "fraudulent": ("fraudulent", DeclineCategory.SUSPECTED_FRAUD),
        "authentication_required": (
            "authentication_required",
            DeclineCategory.AUTHENTICATION_REQUIRED,
        ),
        "card_not_supported": ("card_not_supported", DeclineCategory.CARD_RESTRICTED),
        "revocation_of_authorization": ("revocation_of_authorization", DeclineCategory.REVOKED),
        "try_again_later": ("try_again_later", DeclineCategory.DO_NOT_HONOR),
    }
    async with sides(tmp_path) as side:
        readings = {
            code: await side.charge(number, f"pm_tok_decline_{code}_1")
            for number, code in enumerate(expected)
        }
        events = await side.told()
        found = [
            await side.look_up(number, "", reading.psp_ref)
            for number, reading in enumerate(readings.values())
        ]
    assert {reading.outcome for reading in readings.values()} == {Outcome.DECLINED}
    assert {code: (each.code, each.category) for code, each in readings.items()} == expected
    told = {event.reading.psp_ref: event.reading for event in events if event.reading}
    for reading, later in zip(readings.values(), found, strict=True):
        assert later == replace(reading, kind=EvidenceKind.STATUS_QUERY)
        assert told[reading.psp_ref] == replace(reading, kind=EvidenceKind.WEBHOOK)


@pytest.mark.parametrize("token", ["pm_tok_{fault}_1", "cus/pm_tok_{fault}_1"])
@pytest.mark.parametrize("fault", ["hang_after", "500_after"])
async def test_lost_answer_is_looked_up_by_reference_or_among_the_customers_charges(
    tmp_path: Path, fault: str, token: str
) -> None:
    async with sides(tmp_path) as side:
        method = token.format(fault=fault).removeprefix("cus/")
        if token.startswith("cus/"):
            saved = await asyncio.to_thread(customer_with, side.face.running, method)
        else:
            saved = method
        before = await side.look_up(1, saved)
        lost = await side.charge(1, saved)
        found = await side.look_up(1, saved)
        executed = await side.face.running.truth()
    assert before.outcome is Outcome.ABSENT
    assert lost.outcome is Outcome.UNKNOWN
    assert (found.outcome, found.kind) == (Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY)
    assert [line["id"] for line in executed] == [found.psp_ref]


async def test_same_key_is_answered_as_it_was_and_executes_nothing_more(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        paid = await side.charge(1, "pm_tok_hang_after_1")
        replayed = await side.charge(1, "pm_tok_hang_after_1")
        refused = await side.charge(2, "pm_tok_decline_lost_card_1")
        refused_again = await side.charge(2, "pm_tok_decline_lost_card_1")
        # an error is kept as well: the same key tells nothing new, a lookup does
        errors = [await side.charge(3, "pm_tok_500_after_1") for _ in range(2)]
        other = await side.charge(1, "pm_tok_hang_after_1", Money(1800, Currency("EUR")))
        executed = await side.face.running.truth()
    assert (paid.outcome, replayed.outcome) == (Outcome.UNKNOWN, Outcome.SUCCEEDED)
    assert refused == refused_again
    assert [error.outcome for error in errors] == [Outcome.UNKNOWN] * 2
    assert (other.outcome, other.code) == (Outcome.UNKNOWN, "idempotency_error")
    assert len(executed) == 3


async def test_card_saved_with_its_payer_is_charged_without(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        saved = await asyncio.to_thread(customer_with, side.face.running, "pm_tok_ok_1")
        first = replace(attempt(1, saved), initiator=Initiator.CUSTOMER)
        bought = await side.psps.call(side.psps.prepared(first))
        renewed = await side.charge(2, saved)
        alone = await side.charge(3, saved.partition("/")[2])
        asks = replace(
            attempt(4, "pm_tok_decline_authentication_required_1"), initiator=first.initiator
        )
        asked = await side.psps.call(side.psps.prepared(asks))
    assert (bought.outcome, renewed.outcome) == (Outcome.SUCCEEDED, Outcome.SUCCEEDED)
    assert bought.card == renewed.card
    # a card of a customer is charged with the customer's name or not at all
    assert (alone.outcome, alone.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.REQUEST_REFUSED,
    )
    # a payer who would have to be asked is not waited for
    assert (asked.outcome, asked.category) == (
        Outcome.DECLINED,
        DeclineCategory.AUTHENTICATION_REQUIRED,
    )


async def test_faults_before_execution_are_unknown_but_for_those_that_prove_it(
    tmp_path: Path,
) -> None:
    async with sides(tmp_path) as side:
        readings = {}
        for number, fault in enumerate(("unauthorized", "rate_limit", "http_5xx_before")):
            await side.face.running.control(
                "faults", {"provider": "aster", "rates": {fault: 1_000_000}}
            )
            readings[fault] = await side.charge(number, "pm_tok_visa_1")
            await side.face.running.control("faults", {"provider": "aster", "rates": {fault: 0}})
        executed = await side.face.running.truth()
    assert executed == []
    refused, limited = readings["unauthorized"], readings["rate_limit"]
    assert (refused.outcome, refused.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.MERCHANT_CONFIG,
    )
    assert (limited.outcome, limited.retry_after_seconds) == (Outcome.NOT_EXECUTED, 1)
    assert readings["http_5xx_before"].outcome is Outcome.UNKNOWN


async def test_amounts_go_and_come_in_stripes_units(tmp_path: Path) -> None:
    amounts = [Money(1200, Currency("JPY")), Money(590, Currency("ISK"))]
    amounts += [Money(12_340, Currency("KWD")), Money(500, Currency("MGA"))]
    async with sides(tmp_path) as side:
        paid = [
            await side.charge(number, "pm_tok_ok_1", amount)
            for number, amount in enumerate(amounts)
        ]
        thousandths = await side.charge(8, "pm_tok_ok_1", Money(12_345, Currency("KWD")))
        fifths = await side.charge(9, "pm_tok_ok_1", Money(150, Currency("MGA")))
        executed = await side.face.running.truth()
    assert [reading.amount for reading in paid] == amounts
    assert {(line["amount"], line["currency"]) for line in executed} == {
        (amount.minor, amount.currency) for amount in amounts
    }
    # what the unit cannot carry is refused and nothing is rounded
    assert (thousandths.outcome, fifths.outcome) == (Outcome.NOT_EXECUTED, Outcome.NOT_EXECUTED)


async def test_refund_is_made_once_and_never_of_more_than_was_taken(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        paid = await side.charge(1, "pm_tok_ok_1")
        refund = side.psps.prepared(refund_of(paid, 1))
        done = await side.psps.call(refund)
        again = await side.psps.call(refund)
        over = await side.psps.call(side.psps.prepared(refund_of(paid, 2)))
        asked = replace(REFUND_LOOKUP, reference=refund.reference, charge_ref=paid.psp_ref)
        found = await side.psps.call(replace(asked, sent_at=SENT_AT))
        absent = await side.psps.call(replace(asked, reference=refund_of(paid, 2).reference))
        events = {event.event_type: event for event in await side.told()}
    assert (done.outcome, done.amount) == (Outcome.SUCCEEDED, REFUND.amount)
    assert again == done
    assert (over.outcome, over.code) == (Outcome.NOT_EXECUTED, "charge_already_refunded")
    assert found == replace(done, kind=EvidenceKind.STATUS_QUERY)
    assert absent.outcome is Outcome.ABSENT
    told = events["refund.created"]
    assert (told.kind, told.reference) == (ChargeKind.REFUND, refund.reference)
    assert told.reading == replace(done, kind=EvidenceKind.WEBHOOK)
    # what tells the same in other words is kept and means nothing
    assert (events["charge.refunded"].kind, events["charge.refunded"].reading) == (None, None)


async def test_what_is_under_way_is_told_when_it_ends(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        charged = await side.charge(1, "pm_tok_pending_1")
        paid = await side.charge(2, "pm_tok_visa_1")
        await side.face.running.control(
            "faults", {"provider": "aster", "rates": {"refund_pending": 1_000_000}}
        )
        refunded = await side.psps.call(side.psps.prepared(refund_of(paid, 1)))
        before = [event.event_type for event in await side.told()]
        await side.face.running.control("clock", {"now": "2026-01-03T00:00:00Z"})
        after = (await side.told())[len(before) :]
    assert (charged.outcome, refunded.outcome) == (Outcome.PENDING, Outcome.PENDING)
    assert sorted(before) == [
        "payment_intent.processing",
        "payment_intent.succeeded",
        "refund.created",
    ]
    assert {(event.event_type, event.reading.outcome) for event in after if event.reading} == {
        ("payment_intent.succeeded", Outcome.SUCCEEDED),
        ("refund.updated", Outcome.SUCCEEDED),
    }


async def test_wrong_keys_are_refused_on_both_sides(tmp_path: Path) -> None:
    async with stripe_face(tmp_path) as face, HttpClient() as client:
        known = Gateway({"aster_eu": Connection(account(face), Stripe())}, client)
        stranger = account(face, key="sk_test_another", webhook="whsec_another")
        psps = Gateway({"aster_eu": Connection(stranger, Stripe())}, client)
        refused = await psps.call(psps.prepared(attempt(1, "pm_tok_ok_1")))
        asked = await psps.call(CHARGE_LOOKUP)
        await known.call(known.prepared(attempt(2, "pm_tok_ok_1")))
        [(headers, raw)] = await face.told()
        now = signed_at(headers)
        with pytest.raises(SignatureRefused):
            psps.read_webhook("aster_eu", headers, raw, now=now)
        with pytest.raises(SignatureRefused):
            known.read_webhook("aster_eu", headers, raw.replace(b"1799", b"9999"), now=now)
        assert len(known.read_webhook("aster_eu", headers, raw, now=now)) == 1
    assert (refused.outcome, refused.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.MERCHANT_CONFIG,
    )
    assert (asked.outcome, asked.category) == (Outcome.UNKNOWN, DeclineCategory.MERCHANT_CONFIG)


async def test_balance_says_what_was_charged_and_refunded(tmp_path: Path) -> None:
    async with sides(tmp_path) as side:
        paid = await side.charge(1, "pm_tok_ok_1")
        await side.charge(2, "pm_tok_decline_lost_card_1")
        refund = refund_of(paid, 1)
        done = await side.psps.call(side.psps.prepared(refund))
        url = f"{side.face.url}/v1/balance_transactions?limit=100&expand[]=data.source"
        headers = {"Authorization": f"Bearer {API_SECRET}"}
        async with side.face.running.session.get(url, headers=headers) as answer:
            page = BytesIO(await answer.read())
            lines = {line.kind: line for line in Stripe().read_settlement(page)}
    charged, given_back = lines[LineKind.CHARGE], lines[LineKind.REFUND]
    assert (charged.psp_ref, charged.reference) == (paid.psp_ref, attempt(1, "").reference)
    assert (given_back.psp_ref, given_back.reference) == (done.psp_ref, refund.reference)
    assert (charged.gross.minor, charged.fee.minor) == (1799, 52)
    assert (given_back.gross.minor, given_back.fee.minor) == (-1799, 0)
    assert {line.settled_on for line in lines.values()} == {date(2026, 1, 3)}
