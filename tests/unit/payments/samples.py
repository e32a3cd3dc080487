"""Named values of the payment tests and the bodies a provider would send for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from ledgerline.base.ids import AttemptId, Bucket, CustomerId, PaymentId, PaymentMethodId, RefundId
from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Answer, Merchant, PspReply, PspRequest, Secret
from ledgerline.payments.model import (
    Action,
    ChargeKind,
    Initiator,
    Lookup,
    Reading,
    SentAttempt,
    SentRefund,
)
from ledgerline.payments.rows.instruments import InstrumentRow

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
INSTRUMENT = InstrumentRow(
    bucket=Bucket(7),
    payment_method_id=PaymentMethodId(UUID("01890a5d-ac96-774b-bcce-b302099a8059")),
    customer_id=CustomerId(UUID("01890a5d-ac96-774b-bcce-b302099a8061")),
    no=1,
    psp_account="aster",
    account_status="active",
    psp_token="tok_visa",
    brand="visa",
    bin="424242",
    funding="credit",
    issuer_country="DE",
    expires_on=None,
    paid_before=False,
    mit_stopped_at=None,
)
METHOD = INSTRUMENT.payment_method_id
OTHER_METHOD = PaymentMethodId(UUID("01890a5d-ac96-774b-bcce-b302099a8060"))
EUR_17_99 = Money(1799, Currency("EUR"))
CURRENT_SECRET = "a-current-webhook-secret"
PREVIOUS_SECRET = "a-previous-webhook-secret"

MERCHANT = Merchant(
    code="aster_eu",
    psp="sandbox",
    settings={"base_url": "http://127.0.0.1:9/aster"},
    secrets={
        "api_secret": Secret("sk_sample"),
        "webhook_secret": Secret(CURRENT_SECRET),
        "previous_webhook_secret": Secret(PREVIOUS_SECRET),
    },
    call_deadline=timedelta(seconds=2),
)
ATTEMPT = SentAttempt(
    bucket=Bucket(7),
    attempt_id=AttemptId(UUID("01890a5d-ac96-774b-bcce-b302099a8057")),
    payment_id=PaymentId(UUID("01890a5d-ac96-774b-bcce-b302099a8058")),
    psp_account="aster_eu",
    amount=EUR_17_99,
    psp_token="tok_visa",
    initiator=Initiator.MERCHANT,
)
RETURN_URL = "https://shop.example/done?basket=7"
PRESENT = replace(ATTEMPT, initiator=Initiator.CUSTOMER, return_url=RETURN_URL)
CHALLENGED = replace(PRESENT, challenge=True)
REFUND = SentRefund(
    bucket=Bucket(7),
    refund_id=RefundId(UUID("01890a5d-ac96-774b-bcce-b302099a8059")),
    psp_account="aster_eu",
    charge_ref="ch_1",
    amount=EUR_17_99,
)
CHARGE_LOOKUP = Lookup(
    kind=ChargeKind.CHARGE,
    psp_account="aster_eu",
    reference=ATTEMPT.reference,
    amount=EUR_17_99,
    psp_token=ATTEMPT.psp_token,
    sent_at=NOW,
)
REFUND_LOOKUP = Lookup(
    kind=ChargeKind.REFUND,
    psp_account="aster_eu",
    reference=REFUND.reference,
    amount=EUR_17_99,
    charge_ref=REFUND.charge_ref,
    sent_at=NOW,
)


def charge(**changes: object) -> dict[str, object]:
    """Return a succeeded charge that echoes ``ATTEMPT``, with ``changes``."""
    return {
        "id": "ch_1",
        "object": "charge",
        "reference": ATTEMPT.reference,
        "amount": 1799,
        "currency": "EUR",
        "status": "succeeded",
        "final": True,
        "created": "2026-03-01T12:00:00Z",
        **changes,
    }


def declined(code: str = "insufficient_funds", **changes: object) -> dict[str, object]:
    """Return a final decline that echoes ``ATTEMPT``."""
    return charge(**{"status": "declined", "decline_code": code, **changes})


def refund(**changes: object) -> dict[str, object]:
    """Return a succeeded refund that echoes ``REFUND``, with ``changes``."""
    return {
        "id": "re_1",
        "object": "refund",
        "reference": REFUND.reference,
        "charge": "ch_1",
        "amount": 1799,
        "currency": "EUR",
        "status": "succeeded",
        "created": "2026-03-01T12:00:00Z",
        **changes,
    }


def reply(status: int, body: object, **headers: str) -> PspReply:
    """Return an answer whose body is ``body`` as JSON, or as it is when it is bytes."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PspReply(status, named, raw)


def asked(what: Action) -> PspRequest:
    """Return the first request of the sandbox's conversation about ``what``."""
    return next(Sandbox().talk(what, MERCHANT))


def read(what: Action, answer: Answer) -> Reading:
    """Return how the sandbox reads ``answer`` to its one request about ``what``."""
    talk = Sandbox().talk(what, MERCHANT)
    next(talk)
    try:
        talk.send(answer)
    except StopIteration as end:
        reading: Reading = end.value
        return reading
    raise AssertionError("the sandbox asks once")
