"""Samples of GoCardless, written from its API reference 2015-07-06, read in November 2026.

Sections: "Payments", "Refunds", "Events", "Payout items", "Errors", "Idempotency keys"; the error
of a used key is from the post "Safely retrying API requests".
"""

import hmac
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.contract import (
    LineKind,
    Merchant,
    PspRequest,
    Secret,
    SettlementLine,
    TransportFailure,
    TransportPhase,
)
from ledgerline.payments.model import Outcome
from tests.contracts.samples import Delivery, Ended, Samples, Talk, reply
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, REFUND, REFUND_LOOKUP

MERCHANT: Final = Merchant(
    code="aster_eu",
    psp="gocardless",
    settings={"base_url": "https://api.gocardless.example"},
    secrets={
        "access_token": Secret("a-sample-token"),
        "webhook_secret": Secret("a-current-secret"),
        "previous_webhook_secret": Secret("a-previous-secret"),
    },
    call_deadline=timedelta(seconds=2),
)


def payment(**changes: object) -> dict[str, object]:
    """Return a payment that echoes ``ATTEMPT``, with ``changes``."""
    return {
        "id": "PM123",
        "created_at": "2026-03-01T12:00:00.000Z",
        "charge_date": "2026-03-04",
        "amount": 1799,
        "amount_refunded": 0,
        "currency": "EUR",
        "description": None,
        "reference": None,
        "scheme": "sepa_core",
        "status": "pending_submission",
        "retry_if_possible": False,
        "fx": {"fx_currency": None, "fx_amount": None, "exchange_rate": None},
        "metadata": {"reference": ATTEMPT.reference},
        "links": {"mandate": "MD123", "creditor": "CR123"},
        **changes,
    }


def refund(**changes: object) -> dict[str, object]:
    """Return a refund that echoes ``REFUND``, with ``changes``."""
    return {
        "id": "RF123",
        "created_at": "2026-03-01T12:00:00.000Z",
        "amount": 1799,
        "currency": "EUR",
        "reference": None,
        "status": "submitted",
        "metadata": {"reference": REFUND.reference},
        "links": {"payment": REFUND.charge_ref, "mandate": "MD123"},
        **changes,
    }


def page(after: str | None = None, **things: object) -> dict[str, object]:
    """Return a page of a list."""
    return {**things, "meta": {"cursors": {"before": None, "after": after}, "limit": 500}}


def event(action: str, **changes: object) -> dict[str, object]:
    """Return an event of the payment."""
    return {
        "id": f"EV{action}",
        "created_at": "2026-03-04T12:00:00.000Z",
        "resource_type": "payments",
        "action": action,
        "links": {"payment": "PM123"},
        "details": {"origin": "gocardless", "cause": f"payment_{action}", "description": "…"},
        "metadata": {},
        "resource_metadata": {"reference": ATTEMPT.reference},
        **changes,
    }


def failed(cause: str, reason_code: str, **details: object) -> dict[str, object]:
    """Return the event of a payment that a bank returned."""
    told = {
        "origin": "bank",
        "cause": cause,
        "scheme": "sepa_core",
        "reason_code": reason_code,
        "will_attempt_retry": False,
        "description": "…",
    }
    return event("failed", details={**told, **details})


def ended_by(cause: str) -> dict[str, object]:
    """Return the event of a payment that was cancelled."""
    return event("cancelled", details={"origin": "api", "cause": cause, "description": "…"})


def error(code: int, type_: str, reason: str, **links: str) -> dict[str, object]:
    """Return the body of an error with one reason."""
    one = {"reason": reason, "message": "…", **({"links": links} if links else {})}
    return {
        "error": {
            "message": "…",
            "type": type_,
            "code": code,
            "errors": [one],
            "documentation_url": f"https://developer.gocardless.com/api-reference#{reason}",
            "request_id": "9aac0445-fd1e-4dc2-8854-a5a6afbaaeae",
        }
    }


def invalid(**fields: str) -> dict[str, object]:
    """Return the body of an error that names fields."""
    errors = [
        {"field": name, "message": text, "request_pointer": f"/payments/{name}"}
        for name, text in fields.items()
    ]
    return {
        "error": {
            "message": "Validation failed",
            "type": "validation_failed",
            "code": 422,
            "errors": errors,
            "documentation_url": "https://developer.gocardless.com/api-reference#validation_failed",
            "request_id": "dd50eaaf-8213-48fe-90d6-5466872efbc4",
        }
    }


def _moves_money(request: PspRequest) -> bool:
    return request.method == "POST" and request.path in {"/payments", "/refunds"}


_TOLD = msgspec.json.encode(
    {
        "events": [
            event("confirmed"),
            event(
                "paid",
                id="EVrefund",
                resource_type="refunds",
                links={"refund": "RF123"},
                details={"origin": "gocardless", "cause": "refund_paid", "description": "…"},
                resource_metadata={"reference": REFUND.reference},
            ),
            event(
                "cancelled",
                id="EVmandate",
                resource_type="mandates",
                links={"mandate": "MD123"},
                details={"origin": "bank", "cause": "mandate_cancelled", "description": "…"},
                resource_metadata={},
            ),
        ],
        "meta": {"webhook_id": "WB123"},
    }
)


def _sign(secret: str, _: datetime) -> Delivery:
    return Delivery(
        {"Webhook-Signature": hmac.digest(secret.encode(), _TOLD, "sha256").hex()}, _TOLD
    )


LOST: Final = TransportFailure(TransportPhase.BYTES_SENT, "lost")
UNSENT: Final = TransportFailure(TransportPhase.NOT_CONNECTED, "refused")
CONFLICT: Final = reply(
    409,
    error(409, "invalid_state", "idempotent_creation_conflict", conflicting_resource_id="PM123"),
)
REFUND_CONFLICT: Final = reply(
    409,
    error(409, "invalid_state", "idempotent_creation_conflict", conflicting_resource_id="RF123"),
)
INACTIVE: Final = reply(422, error(422, "invalid_state", "mandate_is_inactive"))
CONFIRMED: Final = reply(200, {"payments": payment(status="confirmed")})
FAILED: Final = reply(200, {"payments": payment(status="failed")})
NO_FUNDS: Final = reply(200, page(events=[failed("insufficient_funds", "AM04")]))
CANCELED: Final = reply(200, {"payments": payment(status="cancelled")})
_TOO_LATE: Final = reply(422, error(422, "invalid_state", "cancellation_failed"))
_NAMED: Final = replace(CHARGE_LOOKUP, psp_ref="PM123")
INTERNAL: Final = reply(500, error(500, "gocardless", "internal_server_error"))

_EXPORT: Final = {
    "payouts": {
        "id": "PO123",
        "amount": 2161,
        "deducted_fees": 38,
        "currency": "EUR",
        "status": "paid",
        "arrival_date": "2026-03-06",
    },
    "payout_items": [
        {"type": "payment_paid_out", "amount": "1799.0", "links": {"payment": "PM123"}},
        {"type": "gocardless_fee", "amount": "-38.0", "links": {"payment": "PM123"}, "taxes": []},
        {
            "type": "payment_refunded",
            "amount": "-500.0",
            "links": {"payment": "PM123", "refund": "RF123"},
        },
        {"type": "payment_paid_out", "amount": "900.0", "links": {"payment": "PM999"}},
    ],
    "payments": [payment(status="paid_out"), payment(id="PM999", metadata={"shop": "another"})],
    "refunds": [refund(status="paid", amount=500)],
}

_EUR: Final = Currency("EUR")
_LINES: Final = (
    (1, LineKind.CHARGE, ATTEMPT.reference, "PM123", 1799, 38),
    (3, LineKind.REFUND, REFUND.reference, "RF123", -500, 0),
    (4, LineKind.CHARGE, None, "PM999", 900, 0),
    (5, LineKind.PAYOUT, None, "PO123", -2161, 0),
)

SAMPLES = Samples(
    psp=GoCardless(),
    merchant=MERCHANT,
    moves_money=_moves_money,
    talks=(
        Talk(ATTEMPT, (reply(201, {"payments": payment()}),), Outcome.PENDING),
        Talk(
            ATTEMPT,
            (reply(201, {"payments": payment(status="pending_customer_approval")}),),
            Outcome.PENDING,
        ),
        Talk(ATTEMPT, (CONFLICT, CONFIRMED), Outcome.SUCCEEDED),
        Talk(ATTEMPT, (CONFLICT, FAILED, NO_FUNDS), Outcome.DECLINED),
        Talk(ATTEMPT, (CONFLICT, LOST), Outcome.UNKNOWN),
        Talk(ATTEMPT, (INACTIVE, reply(200, page(payments=[]))), Outcome.DECLINED),
        Talk(
            ATTEMPT,
            (INACTIVE, reply(200, page(payments=[payment(status="submitted")]))),
            Outcome.PENDING,
        ),
        Talk(ATTEMPT, (INACTIVE, LOST), Outcome.UNKNOWN),
        Talk(ATTEMPT, (reply(422, invalid(currency="is invalid")),), Outcome.NOT_EXECUTED),
        Talk(
            ATTEMPT,
            (reply(401, error(401, "invalid_api_usage", "access_token_not_active")),),
            Outcome.NOT_EXECUTED,
        ),
        Talk(
            ATTEMPT,
            (reply(429, error(429, "invalid_api_usage", "rate_limit_exceeded")),),
            Outcome.NOT_EXECUTED,
        ),
        Talk(ATTEMPT, (INTERNAL,), Outcome.UNKNOWN),
        Talk(ATTEMPT, (LOST,), Outcome.UNKNOWN),
        Talk(ATTEMPT, (UNSENT,), Outcome.NOT_EXECUTED),
        Talk(REFUND, (reply(201, {"refunds": refund(status="created")}),), Outcome.PENDING),
        Talk(
            REFUND,
            (REFUND_CONFLICT, reply(200, {"refunds": refund(status="paid")})),
            Outcome.SUCCEEDED,
        ),
        Talk(
            REFUND,
            (
                reply(422, error(422, "invalid_state", "total_amount_confirmation_invalid")),
                reply(200, page(refunds=[])),
            ),
            Outcome.NOT_EXECUTED,
        ),
        Talk(
            CHARGE_LOOKUP,
            (reply(200, page(payments=[payment(status="paid_out")])),),
            Outcome.SUCCEEDED,
        ),
        Talk(
            CHARGE_LOOKUP,
            (reply(200, page(payments=[payment(status="failed")])), NO_FUNDS),
            Outcome.DECLINED,
        ),
        Talk(
            CHARGE_LOOKUP,
            (reply(200, page(payments=[payment(status="charged_back")])),),
            Outcome.SUCCEEDED,
        ),
        Talk(CHARGE_LOOKUP, (reply(200, page(payments=[])),), Outcome.ABSENT),
        Talk(
            REFUND_LOOKUP,
            (reply(200, page(refunds=[refund(status="paid")])),),
            Outcome.SUCCEEDED,
        ),
        Talk(
            REFUND_LOOKUP,
            (reply(200, page(refunds=[refund(status="bounced")])),),
            Outcome.DECLINED,
        ),
    ),
    cancels=(
        Ended(_NAMED, (CANCELED,), Outcome.NOT_EXECUTED),
        Ended(
            CHARGE_LOOKUP,
            (reply(200, page(payments=[payment(status="pending_submission")])), CANCELED),
            Outcome.NOT_EXECUTED,
        ),
        Ended(_NAMED, (_TOO_LATE, CONFIRMED), Outcome.SUCCEEDED),
        Ended(
            _NAMED,
            (_TOO_LATE, reply(200, {"payments": payment(status="submitted")})),
            Outcome.PENDING,
        ),
        Ended(
            _NAMED,
            (_TOO_LATE, CANCELED, reply(200, page(events=[ended_by("payment_cancelled")]))),
            Outcome.NOT_EXECUTED,
        ),
        Ended(
            _NAMED,
            (_TOO_LATE, CANCELED, reply(200, page(events=[ended_by("mandate_cancelled")]))),
            Outcome.DECLINED,
        ),
        Ended(_NAMED, (_TOO_LATE, INTERNAL), Outcome.UNKNOWN),
        Ended(_NAMED, (LOST,), Outcome.UNKNOWN),
        Ended(CHARGE_LOOKUP, (reply(200, page(payments=[])),), Outcome.UNKNOWN),
    ),
    webhook_secrets=("webhook_secret", "previous_webhook_secret"),
    sign=_sign,
    references=(ATTEMPT.reference, REFUND.reference, None),
    settlement=(
        msgspec.json.encode(_EXPORT),
        tuple(
            SettlementLine(
                line_no=line_no,
                kind=kind,
                reference=reference,
                psp_ref=psp_ref,
                gross=Money(gross, _EUR),
                fee=Money(fee, _EUR),
                net=Money(gross - fee, _EUR),
                settled_on=date(2026, 3, 6),
            )
            for line_no, kind, reference, psp_ref, gross, fee in _LINES
        ),
    ),
)
