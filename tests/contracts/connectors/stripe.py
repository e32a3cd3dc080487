"""Samples of Stripe, written from its API reference (version 2026-10-28.endive).

Pages: "The PaymentIntent object", "Create a PaymentIntent", "Search PaymentIntents", "The Refund
object", "Errors", "Advanced error handling", "Stripe decline codes", "Verify webhook signatures",
"The balance transaction object".
"""

import hmac
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.stripe.connector import Stripe
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
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, PRESENT, REFUND, REFUND_LOOKUP

MERCHANT: Final = Merchant(
    code="aster_eu",
    psp="stripe",
    settings={"base_url": "https://stripe.example"},
    secrets={
        "api_secret": Secret("sk_test_sample"),
        "webhook_secret": Secret("whsec_current_sample"),
        "previous_webhook_secret": Secret("whsec_previous_sample"),
    },
    call_deadline=timedelta(seconds=2),
)
CARD: Final = {
    "brand": "visa",
    "country": "DE",
    "exp_month": 8,
    "exp_year": 2030,
    "fingerprint": "AOB934RVNwzk6xtn",
    "funding": "credit",
    "last4": "4242",
    "network": "visa",
    "network_transaction_id": "104102978678771",
}


def charge(**changes: object) -> dict[str, object]:
    """Return the charge of a PaymentIntent as ``expand[]=latest_charge`` shows it."""
    return {
        "id": "ch_1",
        "object": "charge",
        "amount": 1799,
        "currency": "eur",
        "status": "succeeded",
        "payment_intent": "pi_1",
        "metadata": {"reference": ATTEMPT.reference},
        "payment_method_details": {"type": "card", "card": CARD},
        **changes,
    }


def intent(**changes: object) -> dict[str, object]:
    """Return a PaymentIntent that took what ``ATTEMPT`` asked for, with ``changes``."""
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 1799,
        "amount_received": 1799,
        "currency": "eur",
        "customer": None,
        "last_payment_error": None,
        "latest_charge": charge(),
        "livemode": False,
        "metadata": {"reference": ATTEMPT.reference},
        "status": "succeeded",
        **changes,
    }


def problem(**changes: object) -> dict[str, object]:
    """Return a card error as it stands in an error and in ``last_payment_error``."""
    return {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "charge": "ch_1",
        "message": "The card was refused.",
        "payment_method": {"id": "pm_1", "object": "payment_method", "type": "card", "card": CARD},
        **changes,
    }


def asking(**changes: object) -> dict[str, object]:
    """Return a PaymentIntent that waits for its payer, who was given a way back."""
    return intent(
        status="requires_action",
        amount_received=0,
        latest_charge=None,
        next_action={
            "type": "redirect_to_url",
            "redirect_to_url": {
                "return_url": PRESENT.return_url,
                "url": "https://hooks.stripe.com/3d_secure_2/hosted?merchant=acct_1&intent=pi_1",
            },
        },
        **changes,
    )


def refused(**changes: object) -> dict[str, object]:
    """Return a PaymentIntent whose card was refused; ``changes`` are those of its error."""
    return intent(
        status="requires_payment_method",
        amount_received=0,
        latest_charge="ch_1",
        last_payment_error=problem(**changes),
    )


def declined(**changes: object) -> dict[str, object]:
    """Return the body of a 402; ``changes`` are those of the error."""
    error = problem(**changes)
    held = intent(
        status="requires_payment_method",
        amount_received=0,
        latest_charge="ch_1",
        last_payment_error=error,
    )
    return {"error": {**error, "payment_intent": held}}


def refund(**changes: object) -> dict[str, object]:
    """Return a refund that gave back what ``REFUND`` asked for, with ``changes``."""
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 1799,
        "charge": REFUND.charge_ref,
        "currency": "eur",
        "metadata": {"reference": REFUND.reference},
        "payment_intent": "pi_1",
        "status": "succeeded",
        **changes,
    }


def listed(*held: object, kind: str = "list", has_more: bool = False) -> dict[str, object]:
    """Return a page of a list or a search."""
    return {"object": kind, "url": "/v1/…", "has_more": has_more, "data": list(held)}


def error(kind: str = "invalid_request_error", code: str | None = None) -> dict[str, object]:
    """Return the body of an error that is not about a card."""
    return {"error": {"type": kind, "code": code, "message": "No."}}


def told(kind: str, held: object) -> bytes:
    """Return the body of an event."""
    return msgspec.json.encode(
        {
            "id": "evt_1",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": 1_772_366_400,
            "data": {"object": held},
            "livemode": False,
            "type": kind,
        }
    )


def signed(secret: str, raw: bytes, at: datetime) -> Delivery:
    """Return a delivery that is signed with one secret."""
    stamp = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, "sha256").hexdigest()
    return Delivery({"Stripe-Signature": f"t={stamp},v1={digest}"}, raw)


def _sign(secret: str, at: datetime) -> Delivery:
    return signed(secret, told("payment_intent.succeeded", intent(latest_charge="ch_1")), at)


def _moves_money(request: PspRequest) -> bool:
    return request.method == "POST" and not request.path.endswith("/cancel")


def transaction(kind: str, amount: int, fee: int, source: object) -> dict[str, object]:
    """Return a balance transaction with its expanded source, available on 3 March 2026."""
    return {
        "id": "txn_1",
        "object": "balance_transaction",
        "amount": amount,
        "available_on": 1_772_496_000,
        "created": 1_772_366_400,
        "currency": "eur",
        "exchange_rate": None,
        "fee": fee,
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "status": "available",
        "type": kind,
    }


_NAMED = replace(CHARGE_LOOKUP, psp_ref="pi_1")
_TOO_LATE = reply(400, error(code="payment_intent_unexpected_state"))
_LOST = TransportFailure(TransportPhase.BYTES_SENT, "lost")
_MISSED = reply(200, listed(kind="search_result"))
_FOUND = reply(200, listed(intent(status="processing"), kind="search_result"))
_BALANCE = msgspec.json.encode(
    listed(
        transaction("charge", 1799, 55, charge()),
        transaction("payout", -1744, 0, {"id": "po_1", "object": "payout"}),
        transaction("refund", -1799, 0, refund()),
        transaction("charge", 500, 30, charge(id="ch_2", amount=500, metadata={})),  # not ours
    )
)
_EUR = Currency("EUR")
_LINES = (
    (LineKind.CHARGE, ATTEMPT.reference, "pi_1", 1799, 55),
    (LineKind.PAYOUT, None, "po_1", -1744, 0),
    (LineKind.REFUND, REFUND.reference, "re_1", -1799, 0),
    (LineKind.CHARGE, None, "pi_1", 500, 30),
)

SAMPLES = Samples(
    psp=Stripe(),
    merchant=MERCHANT,
    moves_money=_moves_money,
    talks=(
        Talk(ATTEMPT, (reply(200, intent()),), Outcome.SUCCEEDED),
        Talk(ATTEMPT, (reply(402, declined()),), Outcome.DECLINED),
        Talk(ATTEMPT, (reply(402, declined(decline_code="a_new_one")),), Outcome.DECLINED),
        Talk(ATTEMPT, (reply(402, error("card_error")),), Outcome.UNKNOWN),
        Talk(ATTEMPT, (reply(200, intent(status="processing")),), Outcome.PENDING),
        Talk(PRESENT, (reply(200, asking()),), Outcome.REQUIRES_ACTION),
        Talk(PRESENT, (reply(200, intent(status="canceled")),), Outcome.NOT_EXECUTED),
        Talk(PRESENT, (reply(200, intent(status="requires_confirmation")),), Outcome.UNKNOWN),
        Talk(ATTEMPT, (reply(400, error(code="parameter_unknown")),), Outcome.NOT_EXECUTED),
        Talk(ATTEMPT, (reply(400, error("idempotency_error")),), Outcome.UNKNOWN),
        Talk(ATTEMPT, (reply(401, error()),), Outcome.NOT_EXECUTED),
        Talk(ATTEMPT, (reply(403, error()),), Outcome.NOT_EXECUTED),
        Talk(ATTEMPT, (reply(409, error(code="idempotency_key_in_use")),), Outcome.UNKNOWN),
        Talk(ATTEMPT, (reply(429, error(code="rate_limit")),), Outcome.NOT_EXECUTED),
        Talk(ATTEMPT, (reply(429, error(code="lock_timeout")),), Outcome.UNKNOWN),
        Talk(ATTEMPT, (reply(500, error("api_error")),), Outcome.UNKNOWN),
        Talk(ATTEMPT, (_LOST,), Outcome.UNKNOWN),
        Talk(REFUND, (reply(200, refund()),), Outcome.SUCCEEDED),
        Talk(REFUND, (reply(200, refund(status="pending")),), Outcome.PENDING),
        Talk(REFUND, (reply(200, refund(status="requires_action")),), Outcome.PENDING),
        Talk(REFUND, (reply(200, refund(status="failed")),), Outcome.DECLINED),
        Talk(REFUND, (reply(200, refund(status="canceled")),), Outcome.DECLINED),
        Talk(REFUND, (reply(400, error(code="charge_already_refunded")),), Outcome.NOT_EXECUTED),
        Talk(CHARGE_LOOKUP, (_FOUND, reply(200, intent())), Outcome.SUCCEEDED),
        Talk(CHARGE_LOOKUP, (_FOUND, reply(200, refused())), Outcome.DECLINED),
        Talk(CHARGE_LOOKUP, (_FOUND, reply(200, asking())), Outcome.REQUIRES_ACTION),
        Talk(CHARGE_LOOKUP, (_FOUND, reply(200, intent(status="canceled"))), Outcome.NOT_EXECUTED),
        Talk(CHARGE_LOOKUP, (_MISSED,), Outcome.ABSENT),
        Talk(CHARGE_LOOKUP, (reply(500, error("api_error")),), Outcome.UNKNOWN),
        Talk(REFUND_LOOKUP, (reply(200, listed(refund())),), Outcome.SUCCEEDED),
        Talk(REFUND_LOOKUP, (reply(200, listed(refund(metadata={}))),), Outcome.ABSENT),
        Talk(REFUND_LOOKUP, (reply(200, listed(refund(), refund(id="re_2"))),), Outcome.UNKNOWN),
    ),
    cancels=(
        Ended(_NAMED, (reply(200, intent(status="canceled")),), Outcome.NOT_EXECUTED),
        Ended(CHARGE_LOOKUP, (_FOUND, reply(200, intent(status="canceled"))), Outcome.NOT_EXECUTED),
        Ended(_NAMED, (_TOO_LATE, reply(200, intent(status="canceled"))), Outcome.NOT_EXECUTED),
        Ended(_NAMED, (_TOO_LATE, reply(200, intent())), Outcome.SUCCEEDED),
        Ended(_NAMED, (_TOO_LATE, reply(200, intent(status="processing"))), Outcome.PENDING),
        Ended(_NAMED, (_TOO_LATE, reply(500, error("api_error"))), Outcome.UNKNOWN),
        Ended(_NAMED, (_LOST,), Outcome.UNKNOWN),
        Ended(CHARGE_LOOKUP, (_MISSED,), Outcome.UNKNOWN),
    ),
    webhook_secrets=("webhook_secret", "previous_webhook_secret"),
    sign=_sign,
    references=(ATTEMPT.reference,),
    settlement=(
        _BALANCE,
        tuple(
            SettlementLine(
                line_no=line_no,
                kind=kind,
                reference=reference,
                psp_ref=psp_ref,
                gross=Money(gross, _EUR),
                fee=Money(fee, _EUR),
                net=Money(gross - fee, _EUR),
                settled_on=date(2026, 3, 3),
            )
            for line_no, (kind, reference, psp_ref, gross, fee) in enumerate(_LINES, start=1)
        ),
    ),
)
