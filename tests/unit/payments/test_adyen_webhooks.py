"""Webhooks of Adyen: what is signed, what is read of it, and what it decides."""

import json

import pytest

from ledgerline.base.money import Currency, Money
from ledgerline.payments.disputes import DisputeEvent, DisputeKind, DisputeStage
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused
from tests.contracts.connectors.adyen import MERCHANT, SAMPLES, delivery, item
from tests.unit.payments.samples import ATTEMPT, EUR_17_99, NOW, REFUND

KEY = MERCHANT.secrets["hmac_key"].reveal()
OTHER = MERCHANT.secrets["previous_hmac_key"].reveal()


def read(raw: bytes) -> list[VerifiedEvent]:
    return list(SAMPLES.psp.read_webhook({}, raw, MERCHANT, now=NOW))


def one(**changes: object) -> VerifiedEvent:
    [event] = read(delivery(item(KEY, **changes)))
    return event


def refused(raw: bytes) -> object:
    with pytest.raises(SignatureRefused) as refusal:
        read(raw)
    return refusal.value.facts["reason"]


def test_signature_is_that_of_the_documentation() -> None:
    # "Verify HMAC signatures": the example of the page, key and signature included
    told: dict[str, object] = {
        "additionalData": {"hmacSignature": "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="},
        "amount": {"value": 1130, "currency": "EUR"},
        "pspReference": "7914073381342284",
        "eventCode": "AUTHORISATION",
        "eventDate": "2019-05-06T17:15:34.121+02:00",
        "merchantAccountCode": "TestMerchant",
        "merchantReference": "TestPayment-1407325143704",
        "paymentMethod": "visa",
        "success": "true",
    }
    [event] = read(delivery(told))
    assert event.event_key == "AUTHORISATION:7914073381342284:true"
    # signed with our key, and for another account: it names nothing of ours
    assert (event.reference, event.reading) == (None, None)


@pytest.mark.parametrize(
    ("code", "success", "kind", "outcome"),
    [
        ("AUTHORISATION", "true", ChargeKind.CHARGE, Outcome.SUCCEEDED),
        ("AUTHORISATION", "false", ChargeKind.CHARGE, Outcome.DECLINED),
        ("REFUND", "true", ChargeKind.REFUND, Outcome.SUCCEEDED),
        ("REFUND", "false", ChargeKind.REFUND, Outcome.DECLINED),
        ("REFUND_FAILED", "true", ChargeKind.REFUND, Outcome.DECLINED),
        ("REFUND_FAILED", "false", ChargeKind.REFUND, None),
        ("REFUNDED_REVERSED", "true", ChargeKind.REFUND, Outcome.DECLINED),
        ("CAPTURE", "true", ChargeKind.CHARGE, None),
        ("CAPTURE_FAILED", "true", ChargeKind.CHARGE, None),
        ("CANCELLATION", "false", ChargeKind.CHARGE, None),
        ("TECHNICAL_CANCEL", "false", ChargeKind.CHARGE, None),
        ("CANCEL_OR_REFUND", "true", ChargeKind.CHARGE, None),
        ("OFFER_CLOSED", "false", ChargeKind.CHARGE, None),
        ("CHARGEBACK", "true", ChargeKind.CHARGE, None),
        ("NOTIFICATION_OF_CHARGEBACK", "true", ChargeKind.CHARGE, None),
        ("AUTHORISATION_ADJUSTMENT", "true", None, None),
        ("SOMETHING_NEW", "true", None, None),
    ],
)
def test_event_is_read_as_far_as_we_can_act(
    code: str, success: str, kind: ChargeKind | None, outcome: Outcome | None
) -> None:
    event = one(eventCode=code, success=success, originalReference="993617895204570A")
    assert event.event_key == f"{code}:993617895204576J:{success}"
    assert (event.event_type, event.kind) == (code, kind)
    assert event.reference == ATTEMPT.reference
    if outcome is None:
        assert event.reading is None
    else:
        assert event.reading == Reading(
            outcome,
            EvidenceKind.WEBHOOK,
            psp_ref="993617895204576J",
            amount=EUR_17_99,
            category=DeclineCategory.UNMAPPED if outcome is Outcome.DECLINED else None,
        )


@pytest.mark.parametrize(
    ("code", "psp_ref"),
    [
        ("CANCELLATION", "993617895204570A"),
        ("TECHNICAL_CANCEL", "993617895204570A"),
        ("OFFER_CLOSED", "993617895204576J"),  # no change of a payment: it is its own
    ],
)
def test_what_was_canceled_or_left_in_time_is_never_executed(code: str, psp_ref: str) -> None:
    event = one(eventCode=code, originalReference="993617895204570A")
    assert (event.kind, event.reference) == (ChargeKind.CHARGE, ATTEMPT.reference)
    assert event.reading == Reading(
        Outcome.NOT_EXECUTED,
        EvidenceKind.VOID_CONFIRMED,
        psp_ref=psp_ref,
        amount=EUR_17_99,
        category=DeclineCategory.AUTHENTICATION_FAILED if code == "OFFER_CLOSED" else None,
    )
    elsewhere = one(eventCode=code, amount={"currency": "XXX", "value": 1})
    assert elsewhere.reading is not None
    assert elsewhere.reading.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "code",
    ["CANCELLATION", "CANCEL_OR_REFUND", "CAPTURE_FAILED", "CHARGEBACK", "CHARGEBACK_REVERSED",
     "NOTIFICATION_OF_CHARGEBACK", "NOTIFICATION_OF_FRAUD", "PREARBITRATION_OPEN",
     "REQUEST_FOR_INFORMATION", "SECOND_CHARGEBACK"],
)  # fmt: skip
def test_people_hear_of_what_no_machine_acts_on_once_it_happened(code: str) -> None:
    assert one(eventCode=code).alarm
    assert one(eventCode=code, merchantReference="").alarm  # of nothing that we know by name
    assert one(eventCode=code, success="false").alarm is None
    assert one(eventCode=code, merchantAccountCode="Another").alarm is None


@pytest.mark.parametrize(
    ("code", "event", "stage"),
    [
        ("REQUEST_FOR_INFORMATION", DisputeEvent.WARNED, DisputeStage.INQUIRY),
        ("NOTIFICATION_OF_CHARGEBACK", DisputeEvent.WARNED, DisputeStage.FORMAL),
        ("CHARGEBACK", DisputeEvent.OPENED, DisputeStage.FORMAL),
        ("CHARGEBACK_REVERSED", DisputeEvent.WON, DisputeStage.FORMAL),
        ("SECOND_CHARGEBACK", DisputeEvent.LOST, DisputeStage.FORMAL),
        ("PREARBITRATION_LOST", DisputeEvent.LOST, DisputeStage.PRE_ARBITRATION),
        ("SCHEME_ARBITRATION_WON", DisputeEvent.WON, DisputeStage.ARBITRATION),
    ],
)
def test_a_step_of_a_dispute_is_read_once_it_happened(
    code: str, event: DisputeEvent, stage: DisputeStage
) -> None:
    found = one(eventCode=code, originalReference="993617895204570A").dispute
    assert found is not None
    assert (found.event, found.stage, found.kind) == (event, stage, DisputeKind.CARD)
    assert (found.psp_ref, found.charge_ref) == ("993617895204576J", "993617895204570A")
    assert found.amount == EUR_17_99
    assert one(eventCode=code, success="false").dispute is None
    assert one(eventCode=code, merchantAccountCode="Another").dispute is None


@pytest.mark.parametrize(
    "code", ["AUTHORISATION", "REFUND", "CAPTURE", "REPORT_AVAILABLE", "SOMETHING_NEW"]
)
@pytest.mark.parametrize("success", ["true", "false"])
def test_people_hear_nothing_of_what_is_usual(code: str, success: str) -> None:
    assert one(eventCode=code, success=success).alarm is None


def test_report_names_nothing_of_ours() -> None:
    event = one(
        eventCode="REPORT_AVAILABLE",
        merchantReference="",
        pspReference="settlement_detail_report_batch_42.csv",
        reason="https://ca-test.adyen.com/reports/download/x",
    )
    assert (event.reference, event.reading, event.kind) == (None, None, None)


def test_amount_is_read_in_our_units_and_what_is_none_proves_nothing() -> None:
    pesos = one(amount={"currency": "CLP", "value": 199_000}).reading
    assert pesos is not None
    assert (pesos.outcome, pesos.amount) == (Outcome.SUCCEEDED, Money(1990, Currency("CLP")))
    for odd in ({"currency": "CLP", "value": 1}, {"currency": "XXX", "value": 1}):
        reading = one(amount=odd).reading
        assert reading is not None
        assert (reading.outcome, reading.amount) == (Outcome.UNKNOWN, None)


def test_what_is_signed_and_cannot_be_read_is_kept() -> None:
    strange = one(success="perhaps")
    assert (strange.event_type, strange.reference, strange.reading) == ("unreadable", None, None)
    assert len(strange.event_key) == 64
    assert one(eventCode="\x00").event_type == "unreadable"
    assert one(merchantReference="\x00").reference is None
    colons = one(merchantReference="order:7")
    assert colons.reference == "order:7"


def test_items_of_one_delivery_may_be_signed_with_either_key_and_no_other() -> None:
    refund = {"eventCode": "REFUND", "merchantReference": REFUND.reference}
    events = read(delivery(item(KEY), item(OTHER, **refund)))
    assert [event.reference for event in events] == [ATTEMPT.reference, REFUND.reference]
    assert refused(delivery(item(KEY), item("00", **refund))) == "signature"
    unsigned = {**item(KEY), "additionalData": {"hmacSignature": ""}}
    assert refused(delivery(item(KEY), unsigned)) == "signature"


@pytest.mark.parametrize("name", ["pspReference", "merchantAccountCode", "eventCode"])
def test_colon_can_move_nothing_from_one_field_into_another(name: str) -> None:
    assert refused(delivery(item(KEY, **{name: "A:B"}))) == "fields"


def test_field_that_moved_over_a_colon_is_refused() -> None:
    # signed: reference "x:y" of an amount; the same text as another reference and account
    honest = item(KEY, merchantReference="x:y")
    moved = {**honest, "merchantAccountCode": "LedgerlineECOM:x", "merchantReference": "y"}
    assert refused(delivery(moved)) == "fields"


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"{}", b'{"notificationItems":[]}', b'{"notificationItems":[{}]}',
        b'{"notificationItems":[],"notificationItems":[]}', b"\xff", b'{"x":NaN}',
        b'{"x":' + b"[" * 40 + b"]" * 40 + b"}", b'{"x":' + b"[" * 100_000,
        delivery({"eventCode": "AUTHORISATION"}),
        delivery({**item(KEY), "success": True}),
        delivery({**item(KEY), "amount": {"currency": "EUR", "value": "1799"}}),
    ],
)  # fmt: skip
def test_what_holds_no_signed_items_is_refused(raw: bytes) -> None:
    assert refused(raw) == "body"


@pytest.mark.parametrize("name", ["pspReference", "merchantReference", "hmacSignature"])
def test_half_a_surrogate_was_signed_by_nobody(name: str) -> None:
    told = json.loads(delivery(item(KEY)))
    one = told["notificationItems"][0]["NotificationRequestItem"]
    (one["additionalData"] if name == "hmacSignature" else one)[name] = "\ud800"
    assert refused(json.dumps(told).encode()) == "signature"


def test_delivery_of_too_many_bytes_or_items_is_refused() -> None:
    assert refused(delivery(item(KEY, reason="x" * 300_000))) == "oversize"
    assert refused(delivery(*[item(KEY)] * 101)) == "body"


def test_key_twice_inside_an_item_is_refused() -> None:
    raw = delivery(item(KEY)).replace(b'"success":"true"', b'"success":"true","success":"true"')
    assert refused(raw) == "body"
