"""What GoCardless tells of mandates, in events and when one is looked at."""

import hmac
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from ledgerline.payments.adapters.gocardless import mandates, requests
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.contract import Answer, TransportFailure, TransportPhase
from ledgerline.payments.debits import MandateEvent, MandateReading, MandateTold
from ledgerline.payments.refusals import PspAccountRefused
from tests.contracts.connectors.gocardless import MERCHANT
from tests.unit.payments.samples import ATTEMPT, NOW, reply

E = MandateEvent
AT = datetime(2026, 3, 1, 11, 59, tzinfo=UTC)


def happened(action: str, *, cause: str = "mandate_changed", **changes: Any) -> dict[str, Any]:
    """Return an event of a mandate as a delivery holds it."""
    return {
        "id": f"EV{action}",
        "created_at": "2026-03-01T11:59:00.000Z",
        "resource_type": "mandates",
        "action": action,
        "links": {"mandate": "MD123"},
        "details": {"origin": "bank", "cause": cause, "description": "…"},
        "metadata": {},
        **changes,
    }


def told(event: dict[str, Any]) -> MandateTold | None:
    raw = msgspec.json.encode({"events": [event]})
    signature = hmac.digest(b"a-current-secret", raw, "sha256").hex()
    headers = {"Webhook-Signature": signature}
    [one] = GoCardless().read_webhook(headers, raw, MERCHANT, now=NOW)
    assert (one.reading, one.reference) == (None, None)
    return one.mandate


def look(answer: Answer) -> MandateReading:
    talk = GoCardless().look_at_mandate("MD123", MERCHANT)
    asked = next(talk)
    assert (asked.method, asked.path, asked.moves_money) == ("GET", "/mandates/MD123", False)
    with pytest.raises(StopIteration) as end:
        talk.send(answer)
    found: MandateReading = end.value.value
    return found


def shown(status: str, **changes: object) -> Answer:
    held = {"id": "MD123", "status": status, "scheme": "bacs", "reference": "ACME-7", **changes}
    return reply(200, {"mandates": held})


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("created", E.CREATED),
        ("submitted", E.SUBMITTED),
        ("resubmission_requested", E.SUBMITTED),
        ("active", E.ACTIVATED),
        ("reinstated", E.REINSTATED),
        ("transferred", E.TRANSFERRED),
        ("suspended_by_payer", E.PAUSED),
        ("blocked", E.PAUSED),
        ("failed", E.FAILED),
        ("cancelled", E.CANCELED),
        ("expired", E.EXPIRED),
        ("consumed", E.EXPIRED),
    ],
)
def test_event_of_a_mandate_says_what_happened_and_when(
    action: str, expected: MandateEvent
) -> None:
    assert told(happened(action)) == MandateTold(
        psp_token="MD123", event=expected, occurred_at=AT, cause="mandate_changed"
    )


def test_replacement_names_what_stands_for_it_and_is_told_once() -> None:
    links = {"mandate": "MD123", "new_mandate": "MD456"}
    found = told(happened("replaced", links=links))
    assert found is not None
    assert (found.event, found.replaced_by) == (E.REPLACED, "MD456")
    assert told(happened("replaced")) is None
    # the cancellation that goes with it is not the payer's word
    assert told(happened("cancelled", cause="scheme_identifier_changed")) is None


@pytest.mark.parametrize(
    "event",
    [
        happened("customer_approval_granted"),
        happened("knighted"),
        happened("cancelled", links={}),
        happened("cancelled", created_at="yesterday"),
        happened("cancelled", created_at=None),
        happened("cancelled", resource_type="subscriptions"),
    ],
)
def test_what_says_nothing_of_a_state_is_no_fact(event: dict[str, Any]) -> None:
    assert told(event) is None


@pytest.mark.parametrize("status", sorted(mandates.STATES))
def test_look_finds_status_scheme_and_reference(status: str) -> None:
    assert look(shown(status)) == MandateReading(
        event=mandates.STATES[status], scheme="bacs", reference="ACME-7"
    )


@pytest.mark.parametrize(
    "answer",
    [
        shown("knighted"),
        shown("active", id="MD999"),
        reply(200, b"<html>"),
        reply(404, {"error": {"type": "invalid_api_usage"}}),
        reply(503, b""),
        TransportFailure(TransportPhase.BYTES_SENT, "reset"),
    ],
)
def test_what_is_not_understood_says_nothing_of_a_mandate(answer: Answer) -> None:
    assert look(answer).event is None


def test_debit_of_a_day_asks_for_it_and_any_other_leaves_it_to_the_provider() -> None:
    named = replace(ATTEMPT, psp_token="MD123", due_on=date(2026, 3, 16))
    body = msgspec.json.decode(requests.create(named, MERCHANT).body)
    assert body["payments"]["charge_date"] == "2026-03-16"
    plain = msgspec.json.decode(requests.create(ATTEMPT, MERCHANT).body)
    assert "charge_date" not in plain["payments"]


def test_who_tells_payers_is_a_setting_of_the_account() -> None:
    psp = GoCardless()
    by_us = replace(MERCHANT, settings={**MERCHANT.settings, "debit_notices": "ledgerline"})
    by_them = psp.capabilities_of(MERCHANT).debits
    debits = psp.capabilities_of(by_us).debits
    assert by_them is not None
    assert debits is not None
    assert (by_them.sends_notices, debits.sends_notices) == (True, False)
    with pytest.raises(PspAccountRefused):
        psp.check({**MERCHANT.settings, "debit_notices": "nobody"}, MERCHANT.secrets, live=False)
