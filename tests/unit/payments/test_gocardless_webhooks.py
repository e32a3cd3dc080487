"""Deliveries of GoCardless, and the document that stands in for its settlement file."""

import copy
import hmac
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import msgspec
import pytest

from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.contract import LineKind
from ledgerline.payments.disputes import DisputeEvent, DisputeKind, DisputeReason
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SettlementFileRefused, SignatureRefused
from ledgerline.payments.rules.telling import retold, told
from tests.contracts.connectors.gocardless import MERCHANT, SAMPLES, event, failed
from tests.unit.payments.samples import ATTEMPT, EUR_17_99, NOW, REFUND


def signed(raw: bytes, secret: str = "a-current-secret") -> dict[str, str]:
    return {"webhook-SIGNATURE": hmac.digest(secret.encode(), raw, "sha256").hex()}


def delivered(*events: object) -> Sequence[VerifiedEvent]:
    raw = msgspec.json.encode({"events": events})
    return GoCardless().read_webhook(signed(raw), raw, MERCHANT, now=NOW)


def test_confirmed_payment_is_told_without_an_amount_and_proves_nothing_alone() -> None:
    [one] = delivered(event("confirmed"))
    assert one == VerifiedEvent(
        event_key="EVconfirmed",
        event_type="payments.confirmed",
        kind=ChargeKind.CHARGE,
        reference=ATTEMPT.reference,
        reading=Reading(Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref="PM123"),
    )
    assert one.reading is not None
    assert retold(told(one.kind, one.reading), asked=EUR_17_99).outcome is Outcome.UNKNOWN


def test_failed_payment_is_told_with_its_cause() -> None:
    [one] = delivered(failed("mandate_cancelled", "MD01"))
    assert one.reading == Reading(
        Outcome.DECLINED,
        EvidenceKind.WEBHOOK,
        psp_ref="PM123",
        code="mandate_cancelled:MD01",
        category=DeclineCategory.REVOKED,
    )
    [again] = delivered(failed("insufficient_funds", "AM04", will_attempt_retry=True))
    assert again.reading is not None
    assert again.reading.outcome is Outcome.PENDING
    [bare] = delivered(event("failed", details=None))
    assert bare.reading is not None
    assert (bare.reading.code, bare.reading.category) == ("failed", DeclineCategory.UNMAPPED)


@pytest.mark.parametrize(
    ("action", "alarm"),
    [
        ("charged_back", "the payer had a collected payment taken back (PM123)"),
        ("chargeback_settled", "a charged back payment was deducted from a payout (PM123)"),
        ("chargeback_cancelled", "a chargeback was cancelled: the payment holds again (PM123)"),
        (
            "late_failure_settled",
            "a payment that failed late was deducted from a payout (PM123)",
        ),
        ("new", None),
    ],
)
def test_what_happens_to_a_collected_payment_is_told_to_people_and_settles_nothing(
    action: str, alarm: str | None
) -> None:
    [one] = delivered(event(action))
    assert (one.kind, one.reference, one.reading) == (ChargeKind.CHARGE, ATTEMPT.reference, None)
    assert one.alarm == alarm
    [foreign] = delivered(event(action, resource_metadata={}))
    assert (foreign.reference, foreign.reading, foreign.alarm) == (None, None, None)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("charged_back", DisputeEvent.LOST),
        ("late_failure_settled", DisputeEvent.LOST),
        ("chargeback_cancelled", DisputeEvent.WON),
        ("confirmed", None),
    ],
)
def test_what_a_bank_takes_back_is_a_return_of_all_of_it(
    action: str, expected: DisputeEvent | None
) -> None:
    [one] = delivered(event(action))
    assert (None if one.dispute is None else one.dispute.event) == expected
    [foreign] = delivered(event(action, resource_metadata={}))
    assert foreign.dispute is None


def test_a_failure_says_what_it_is_where_the_payment_was_collected_before() -> None:
    [one] = delivered(failed("insufficient_funds", "AM04"))
    assert one.dispute is not None
    assert (one.dispute.kind, one.dispute.reason, one.dispute.amount) == (
        DisputeKind.BANK_RETURN, DisputeReason.INSUFFICIENT_FUNDS, None,
    )  # fmt: skip
    assert (one.dispute.psp_ref, one.dispute.charge_ref) == ("PM123", "PM123")
    [again] = delivered(failed("insufficient_funds", "AM04", will_attempt_retry=True))
    assert again.dispute is None


def test_people_hear_of_refunds_that_nobody_asked_us_for() -> None:
    def told_of(action: str, reference: str | None) -> str | None:
        metadata = {} if reference is None else {"reference": reference}
        [one] = delivered(
            event(
                action,
                resource_type="refunds",
                links={"refund": "RF123"},
                resource_metadata=metadata,
            )
        )
        return one.alarm

    ours = REFUND.reference
    told = ("created", "paid", "failed", "funds_returned", "refund_settled")
    assert [told_of(action, ours) for action in told] == [None] * 5  # its flow tells of it
    assert told_of("created", None) == "a refund was made that Ledgerline did not ask for (RF123)"
    assert told_of("failed", None) is None


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("created", Outcome.PENDING),
        ("paid", Outcome.SUCCEEDED),
        ("failed", Outcome.DECLINED),
        ("funds_returned", Outcome.DECLINED),
        ("refund_settled", None),
    ],
)
def test_refunds_are_told(action: str, outcome: Outcome | None) -> None:
    [one] = delivered(
        event(
            action,
            resource_type="refunds",
            links={"refund": "RF123"},
            resource_metadata={"reference": REFUND.reference},
        )
    )
    assert (one.kind, one.reference) == (ChargeKind.REFUND, REFUND.reference)
    assert (None if one.reading is None else one.reading.outcome) is outcome
    assert one.reading is None or one.reading.psp_ref == "RF123"


def test_mandates_payouts_and_what_is_new_are_kept_without_meaning() -> None:
    events = delivered(
        event("cancelled", id="EV1", resource_type="mandates", links={"mandate": "MD123"}),
        event("paid", id="EV2", resource_type="payouts", links={"payout": "PO123"}),
        event("happened", id="EV3", resource_type="moons", links={}),
    )
    assert [(each.event_key, each.event_type) for each in events] == [
        ("EV1", "mandates.cancelled"),
        ("EV2", "payouts.paid"),
        ("EV3", "moons.happened"),
    ]
    assert all((each.kind, each.reference, each.reading) == (None, None, None) for each in events)


def test_payment_of_somebody_else_names_nothing_of_ours() -> None:
    for metadata in ({}, None, {"reference": ""}, {"reference": 7}, {"order": "7"}, "text"):
        [one] = delivered(event("confirmed", resource_metadata=metadata))
        assert one.reference is None
    unsaid = event("confirmed")
    del unsaid["resource_metadata"]
    assert delivered(unsaid)[0].reference is None


def test_delivery_of_250_events_is_read_once_each() -> None:
    events = [event("confirmed", id=f"EV{number}") for number in range(250)]
    assert len(delivered(*events)) == 250
    assert len(delivered(*events[:100], *events[50:150])) == 150


def test_signed_nonsense_is_kept_under_a_key_of_its_own() -> None:
    first = delivered(event("confirmed"), 7, {"id": "EV1"})
    assert [each.event_type for each in first] == ["payments.confirmed", *["unreadable"] * 2]
    assert len({each.event_key for each in first}) == 3
    for raw in (b"", b"{}", b"not JSON", b'{"events": 1}', b'{"events":[],"events":[]}'):
        [one] = GoCardless().read_webhook(signed(raw), raw, MERCHANT, now=NOW)
        assert (one.event_type, one.reference, one.reading) == ("unreadable", None, None)
        [again] = GoCardless().read_webhook(signed(raw), raw, MERCHANT, now=NOW)
        assert again.event_key == one.event_key
    half = b'{"events":[{"id":"EV1","resource_type":"payments","action":"failed",'
    half += b'"links":{"payment":"PM1","\\ud800":1},"details":{"\\ud800":1}}]}'
    [odd] = GoCardless().read_webhook(signed(half), half, MERCHANT, now=NOW)
    assert odd.reference is None
    assert delivered() == []


def test_signature_covers_every_byte_and_has_one_form() -> None:
    raw = msgspec.json.encode({"events": [event("confirmed")]})
    right = signed(raw)["webhook-SIGNATURE"]
    for wrong in ("", right.upper(), right[:-1], f"sha256={right}", "ü", right + " "):
        with pytest.raises(SignatureRefused):
            GoCardless().read_webhook({"Webhook-Signature": wrong}, raw, MERCHANT, now=NOW)
    with pytest.raises(SignatureRefused):
        GoCardless().read_webhook(signed(raw), raw + b" ", MERCHANT, now=NOW)
    large = raw + b" " * 256 * 1024
    with pytest.raises(SignatureRefused):
        GoCardless().read_webhook(signed(large), large, MERCHANT, now=NOW)


def export(**changes: object) -> dict[str, Any]:
    assert SAMPLES.settlement is not None
    document: dict[str, Any] = msgspec.json.decode(SAMPLES.settlement[0])
    return {**copy.deepcopy(document), **changes}


def lines(document: object) -> list[tuple[str | None, int, int]]:
    """Read a document; its last line takes out what the others come to."""
    *found, payout = GoCardless().read_settlement(BytesIO(msgspec.json.encode(document)))
    assert payout.kind is LineKind.PAYOUT
    assert payout.net.minor == -sum(line.net.minor for line in found)
    return [(line.psp_ref, line.gross.minor, line.fee.minor) for line in found]


def item(type_: str, amount: str, payment: str, **links: str) -> dict[str, object]:
    return {"type": type_, "amount": amount, "links": {"payment": payment, **links}}


def test_late_failures_and_returned_refunds_change_the_sign() -> None:
    document = export(
        payout_items=[
            item("payment_failed", "-1799.0", "PM123"),
            item("gocardless_fee", "38.0", "PM123"),
            item("surcharge_fee", "-20.0", "PM123"),
            item("refund_funds_returned", "500.0", "PM123", refund="RF123"),
        ]
    )
    document["payouts"]["amount"] = -1281
    assert lines(document) == [("PM123", -1799, -18), ("RF123", 500, 0)]


def test_fractions_of_fees_are_rounded_so_that_they_add_up() -> None:
    items = []
    for number in range(4):
        items += [
            item("payment_paid_out", "100.0", f"PM{number}0"),
            item("gocardless_fee", "-0.4", f"PM{number}0"),
        ]
    named = [{"id": f"PM{n}0", "metadata": {"reference": f"r{n}"}} for n in range(4)]
    document = export(payout_items=items, payments=named)
    document["payouts"]["amount"] = 398
    told = lines(document)
    assert [fee for _, _, fee in told] == [0, 1, 0, 1]
    assert sum(gross - fee for _, gross, fee in told) == 398


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "pending"),
        ("arrival_date", None),
        ("currency", "XXX"),
        ("amount", 2160),
    ],
)
def test_payout_that_is_not_paid_or_does_not_add_up_is_refused(name: str, value: object) -> None:
    document = export()
    document["payouts"][name] = value
    with pytest.raises(SettlementFileRefused):
        lines(document)


def test_export_that_lacks_what_its_items_are_about_is_refused() -> None:
    incompletes: list[object] = [
        export(payments=[]),
        export(refunds=[]),
        export(payout_items=[]),
        export(payouts=None),
        {},
        [],
    ]
    for incomplete in incompletes:
        with pytest.raises(SettlementFileRefused):
            lines(incomplete)
    new = export()
    new["payout_items"].append(item("a_new_type", "0.0", "PM123"))
    with pytest.raises(SettlementFileRefused):
        lines(new)
    cut = export()
    cut["payout_items"][0]["amount"] = "1799.5"
    cut["payouts"]["amount"] = 2161
    cut["payouts"]["status"] = "pending"
    with pytest.raises(SettlementFileRefused) as refusal:
        lines(cut)
    assert refusal.value.facts["problems"] == [
        "the payout is pending, and not paid on a day",
        "item 1: it moves a fraction of a minor unit",
    ]
