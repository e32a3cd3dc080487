"""Webhooks of Stripe: who signed, when, and what the event tells."""

from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.disputes import DisputeEvent, DisputeReason, DisputeStage
from ledgerline.payments.model import ChargeKind, DeclineCategory, Outcome, VerifiedEvent
from ledgerline.payments.refusals import SignatureRefused
from tests.contracts.connectors.stripe import (
    MERCHANT,
    asking,
    charge,
    intent,
    refund,
    refused,
    signed,
    told,
)
from tests.contracts.samples import Delivery
from tests.unit.payments.samples import ATTEMPT, EUR_17_99, NOW, REFUND

SECRET = MERCHANT.secrets["webhook_secret"].reveal()
HALF_A_SURROGATE = told("payment_intent.succeeded", {"name": 1}).replace(b'"name"', rb'"\ud800"')


def read(delivery: Delivery) -> VerifiedEvent:
    [event] = Stripe().read_webhook(delivery.headers, delivery.raw, MERCHANT, now=NOW)
    return event


def reason(header: str, raw: bytes = b"{}") -> object:
    with pytest.raises(SignatureRefused) as refusal:
        read(Delivery({"stripe-signature": header}, raw))
    return refusal.value.facts["reason"]


@pytest.mark.parametrize(
    ("kind", "held", "outcome", "reference"),
    [
        ("payment_intent.succeeded", intent(), Outcome.SUCCEEDED, ATTEMPT.reference),
        ("payment_intent.payment_failed", refused(), Outcome.DECLINED, ATTEMPT.reference),
        (
            "payment_intent.processing",
            intent(status="processing"),
            Outcome.PENDING,
            ATTEMPT.reference,
        ),
        ("payment_intent.requires_action", asking(), Outcome.REQUIRES_ACTION, ATTEMPT.reference),
        (
            "payment_intent.canceled",
            intent(status="canceled"),
            Outcome.NOT_EXECUTED,
            ATTEMPT.reference,
        ),
        ("payment_intent.canceled", asking(), Outcome.UNKNOWN, ATTEMPT.reference),
        ("refund.created", refund(status="pending"), Outcome.PENDING, REFUND.reference),
        ("refund.updated", refund(), Outcome.SUCCEEDED, REFUND.reference),
        ("refund.failed", refund(status="failed"), Outcome.DECLINED, REFUND.reference),
        # a type that its own object contradicts
        ("payment_intent.succeeded", refused(), Outcome.UNKNOWN, ATTEMPT.reference),
        ("payment_intent.payment_failed", intent(), Outcome.UNKNOWN, ATTEMPT.reference),
        ("refund.failed", refund(), Outcome.UNKNOWN, REFUND.reference),
    ],
)
def test_events_of_charges_and_refunds_are_read(
    kind: str, held: object, outcome: Outcome, reference: str
) -> None:
    event = read(signed(SECRET, told(kind, held), NOW))
    assert (event.event_key, event.event_type, event.reference) == ("evt_1", kind, reference)
    assert event.reading is not None
    assert event.reading.outcome is outcome


def test_a_refused_charge_says_why() -> None:
    event = read(signed(SECRET, told("payment_intent.payment_failed", refused()), NOW))
    assert event.reading is not None
    assert event.reading.category is DeclineCategory.INSUFFICIENT_FUNDS


@pytest.mark.parametrize(
    ("raw", "kind", "about"),
    [
        (told("charge.refunded", charge()), "charge.refunded", None),
        (told("charge.dispute.created", {"id": "dp_1"}), "charge.dispute.created", None),
        (told("payment_intent.succeeded", {}), "payment_intent.succeeded", ChargeKind.CHARGE),
        (HALF_A_SURROGATE, "payment_intent.succeeded", ChargeKind.CHARGE),
        (b'{"id": "evt_1", "id": "evt_2"}', "unreadable", None),
        (b"[" * 40 + b"]" * 40, "unreadable", None),
        (b"\xff", "unreadable", None),
    ],
)
def test_what_tells_of_no_charge_or_refund_of_ours_is_kept(
    raw: bytes, kind: str, about: ChargeKind | None
) -> None:
    event = read(signed(SECRET, raw, NOW))
    assert (event.event_type, event.kind) == (kind, about)
    assert (event.reference, event.reading) == (None, None)
    assert event.event_key == read(signed(SECRET, raw, NOW)).event_key


@pytest.mark.parametrize(
    ("status", "event", "stage"),
    [
        ("warning_needs_response", DisputeEvent.WARNED, DisputeStage.INQUIRY),
        ("warning_closed", DisputeEvent.WITHDRAWN, DisputeStage.INQUIRY),
        ("needs_response", DisputeEvent.OPENED, DisputeStage.FORMAL),
        ("under_review", DisputeEvent.SUBMITTED, DisputeStage.FORMAL),
        ("won", DisputeEvent.WON, DisputeStage.FORMAL),
        ("lost", DisputeEvent.LOST, DisputeStage.FORMAL),
    ],
)
def test_a_dispute_stands_as_its_object_says(
    status: str, event: DisputeEvent, stage: DisputeStage
) -> None:
    held = {
        "id": "dp_1", "object": "dispute", "amount": 1799, "currency": "eur", "status": status,
        "payment_intent": "pi_1", "charge": "ch_1", "reason": "fraudulent",
        "evidence_details": {"due_by": 1_800_000_000},
    }  # fmt: skip
    found = read(signed(SECRET, told("charge.dispute.updated", held), NOW)).dispute
    assert found is not None
    assert (found.event, found.stage, found.psp_ref) == (event, stage, "dp_1")
    assert (found.charge_ref, found.amount) == ("pi_1", EUR_17_99)
    assert found.reason is DisputeReason.FRAUD
    assert found.due_by == datetime.fromtimestamp(1_800_000_000, UTC)
    unknown = held | {"status": "brand_new"}
    assert read(signed(SECRET, told("charge.dispute.closed", unknown), NOW)).dispute is None


@pytest.mark.parametrize(
    ("kind", "held", "alarm"),
    [
        (
            "charge.dispute.created",
            {"id": "dp_1", "payment_intent": "pi_1", "charge": charge(), "status": "lost"},
            "the payer disputes a charge, and an answer has a deadline (dp_1, pi_1, ch_1, lost)",
        ),
        ("charge.dispute.closed", {"id": "dp_1", "status": "won"}, "a dispute is over (dp_1, won)"),
        ("radar.early_fraud_warning.created", {}, "the bank of the payer calls a charge fraud"),
        ("review.opened", {"id": 7}, "a charge waits for a review at Stripe"),
        ("refund.created", refund(), None),
        (
            "refund.created",
            refund(metadata={}),
            "money was given back that nobody asked for here (re_1, pi_1, ch_1, succeeded)",
        ),
        (
            "refund.failed",
            refund(status="failed", metadata={}),
            "a refund failed: the money is at Stripe (re_1, pi_1, ch_1, failed)",
        ),
        ("payment_intent.canceled", intent(status="canceled"), None),  # that ends its attempt
        ("payment_intent.succeeded", intent(), None),
        ("charge.refunded", charge(), None),
    ],
)
def test_people_hear_of_what_no_machine_acts_on(kind: str, held: object, alarm: str | None) -> None:
    assert read(signed(SECRET, told(kind, held), NOW)).alarm == alarm


def test_one_of_several_signatures_is_enough_and_other_schemes_are_none() -> None:
    raw = told("payment_intent.succeeded", intent())
    header = signed(SECRET, raw, NOW).headers["Stripe-Signature"]
    stamp, _, good = header.partition(",")
    assert read(Delivery({"STRIPE-SIGNATURE": f"{stamp},v1={'0' * 64},{good}"}, raw)).reading
    assert reason(header.replace("v1=", "v0="), raw) == "headers"
    assert reason(f"{stamp},v1={'0' * 64}", raw) == "signature"


@pytest.mark.parametrize("header", ["", "t=1", "v1=ab", "t=,v1=ab", "t=x,v1=ab", "t=1,t=2,v1=ab"])
def test_a_header_without_time_or_signature_is_refused(header: str) -> None:
    assert reason(header) == "headers"


def test_what_was_signed_long_ago_or_ahead_is_refused_and_so_is_what_is_too_large() -> None:
    raw = told("payment_intent.succeeded", intent())
    for seconds, is_read in ((-301, False), (-300, True), (300, True), (301, False)):
        headers = signed(SECRET, raw, NOW + timedelta(seconds=seconds)).headers
        if is_read:
            assert read(Delivery(headers, raw)).reference == ATTEMPT.reference
        else:
            assert reason(headers["Stripe-Signature"], raw) == "timestamp"
    large = b" " * (256 * 1024 + 1)
    assert reason(signed(SECRET, large, NOW).headers["Stripe-Signature"], large) == "oversize"
