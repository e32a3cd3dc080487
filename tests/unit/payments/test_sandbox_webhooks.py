import base64
import hashlib
import hmac
from datetime import datetime, timedelta

import msgspec
import pytest

from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.adapters.standard_webhooks import BODY_BYTES_MAX, verified_id
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused
from tests.unit.payments.samples import (
    ATTEMPT,
    CURRENT_SECRET,
    EUR_17_99,
    MERCHANT,
    NOW,
    PREVIOUS_SECRET,
    REFUND,
    charge,
    declined,
    refund,
)

BODY = msgspec.json.encode(
    {"id": "evt_1", "type": "charge.succeeded", "created": "2026-03-01", "data": charge()}
)


def signed(
    raw: bytes, *, secret: str = CURRENT_SECRET, at: datetime = NOW, event: str = "evt_1"
) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    message = f"{event}.{timestamp}.".encode() + raw
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return {
        "Webhook-Id": event,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": "v1," + base64.b64encode(digest).decode(),
    }


def received(raw: bytes, headers: dict[str, str] | None = None) -> VerifiedEvent:
    given = signed(raw) if headers is None else headers
    [told] = Sandbox().read_webhook(given, raw, MERCHANT, now=NOW)
    return told


def refusal(raw: bytes, headers: dict[str, str]) -> object:
    with pytest.raises(SignatureRefused) as refused:
        received(raw, headers)
    return refused.value.facts["reason"]


def event(kind: str, data: object) -> bytes:
    return msgspec.json.encode({"id": "evt_1", "type": kind, "data": data})


def test_signed_event_is_read() -> None:
    assert received(BODY) == VerifiedEvent(
        event_key="evt_1",
        event_type="charge.succeeded",
        kind=ChargeKind.CHARGE,
        reference=ATTEMPT.reference,
        reading=Reading(Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref="ch_1", amount=EUR_17_99),
    )


def test_replayed_delivery_has_the_same_event_key() -> None:
    # given the same event delivered twice, signed anew the second time
    again = received(BODY, signed(BODY, at=NOW - timedelta(seconds=90)))
    # then both carry one key, under which the inbox keeps only one
    assert again == received(BODY)


def test_previous_secret_still_verifies_while_it_is_configured() -> None:
    assert received(BODY, signed(BODY, secret=PREVIOUS_SECRET)).event_key == "evt_1"


def test_any_of_several_signatures_verifies() -> None:
    headers = signed(BODY)
    headers["Webhook-Signature"] = f"v1a,xyz v1,AAAA {headers['Webhook-Signature']}"
    assert received(BODY, headers).event_key == "evt_1"


def test_wrong_key_is_refused() -> None:
    assert refusal(BODY, signed(BODY, secret="somebody-else")) == "signature"


@pytest.mark.parametrize("at", [0, len(BODY) // 2, len(BODY) - 1])
def test_altered_body_is_refused(at: int) -> None:
    altered = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
    assert refusal(altered, signed(BODY)) == "signature"


@pytest.mark.parametrize("header", ["Webhook-Id", "Webhook-Timestamp"])
def test_altered_header_is_refused(header: str) -> None:
    headers = signed(BODY)
    headers[header] = {"Webhook-Id": "evt_2", "Webhook-Timestamp": "1772366401"}[header]
    assert refusal(BODY, headers) == "signature"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Webhook-Id", "headers"),
        ("Webhook-Timestamp", "headers"),
        ("Webhook-Signature", "signature"),
    ],
)
def test_missing_header_is_refused(header: str, reason: str) -> None:
    headers = signed(BODY)
    del headers[header]
    assert refusal(BODY, headers) == reason


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "\u0661", " 1", "9" * 13])
def test_timestamp_that_is_no_plain_number_is_refused(timestamp: str) -> None:
    assert refusal(BODY, signed(BODY) | {"Webhook-Timestamp": timestamp}) == "headers"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_timestamp_outside_five_minutes_is_refused_either_way(seconds: int) -> None:
    assert refusal(BODY, signed(BODY, at=NOW + timedelta(seconds=seconds))) == "timestamp"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_timestamp_within_five_minutes_is_taken(seconds: int) -> None:
    assert received(BODY, signed(BODY, at=NOW + timedelta(seconds=seconds))).reading is not None


def test_account_without_secrets_verifies_nothing() -> None:
    with pytest.raises(SignatureRefused):
        verified_id(signed(BODY), BODY, secrets=(), now=NOW)


def test_oversize_body_is_refused_before_it_is_hashed() -> None:
    limit = b" " * BODY_BYTES_MAX
    assert received(limit).event_type == "unreadable"
    assert refusal(limit + b" ", signed(limit + b" ")) == "oversize"


def test_serialized_secret_of_the_specification_is_decoded() -> None:
    # given the example of the specification's reference libraries
    raw = b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, tz=NOW.tzinfo)
    # then its signature holds
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert verified_id(headers, raw, secrets=(secret,), now=at) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@pytest.mark.parametrize(
    ("_case", "raw", "outcome"),
    [
        ("declined", event("charge.declined", declined()), Outcome.DECLINED),
        ("refunded", event("refund.succeeded", refund()), Outcome.SUCCEEDED),
        ("refund failed", event("refund.failed", refund(status="failed")), Outcome.DECLINED),
        ("type contradicts state", event("charge.succeeded", declined()), Outcome.UNKNOWN),
        ("decline not final", event("charge.declined", declined(final=False)), Outcome.UNKNOWN),
        ("unknown word", event("charge.declined", declined("velocity")), Outcome.UNKNOWN),
        ("no such currency", event("charge.succeeded", charge(currency="XYZ")), Outcome.UNKNOWN),
    ],
)
def test_event_means_what_its_signed_object_says(_case: str, raw: bytes, outcome: Outcome) -> None:
    reading = received(raw).reading
    assert reading is not None
    assert (reading.outcome, reading.kind) == (outcome, EvidenceKind.WEBHOOK)


def test_decline_event_carries_the_category_and_a_refund_event_its_reference() -> None:
    told = received(event("charge.declined", declined("lost_card"))).reading
    assert told is not None
    assert told.category is DeclineCategory.LOST_OR_STOLEN
    refunded = received(event("refund.succeeded", refund()))
    assert (refunded.kind, refunded.reference) == (ChargeKind.REFUND, REFUND.reference)


@pytest.mark.parametrize(
    ("_case", "raw", "event_type"),
    [
        ("unknown type", event("payout.paid", {"id": "po_1"}), "payout.paid"),
        ("object missing", event("charge.succeeded", {}), "charge.succeeded"),
        ("wrong object", event("charge.succeeded", refund()), "charge.succeeded"),
        ("no JSON", b"\xff\x00", "unreadable"),
        ("not an object", b"[]", "unreadable"),
        ("a key twice", b'{"type":"a","type":"charge.succeeded","data":{}}', "unreadable"),
        ("NaN", b'{"type":"a","data":{"x":NaN}}', "unreadable"),
        ("too deep", b'{"type":"a","data":{"x":' + b"[" * 32 + b"]" * 32 + b"}}", "unreadable"),
        ("endless", b'{"type":"a","data":{"x":' + b"[" * 100_000, "unreadable"),
        ("half a surrogate", b'{"type":"\\ud800","data":{}}', "unreadable"),
        ("NUL", b'{"type":"a\\u0000","data":{}}', "unreadable"),
    ],
)
def test_event_we_do_not_understand_is_kept_without_a_reading(
    _case: str, raw: bytes, event_type: str
) -> None:
    told = received(raw)
    assert (told.event_key, told.event_type, told.reading) == ("evt_1", event_type, None)
