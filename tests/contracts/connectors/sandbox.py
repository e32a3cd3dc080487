"""Samples of the sandbox, written from docs/reference/psp-simulator.md."""

import base64
import hmac
from datetime import datetime

import msgspec

from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import PspRequest, TransportFailure, TransportPhase
from ledgerline.payments.model import Outcome
from tests.contracts.samples import Delivery, Samples, Talk, reply
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    MERCHANT,
    REFUND,
    REFUND_LOOKUP,
    charge,
    declined,
    refund,
)

_ERROR = {"error": {"code": "invalid_request"}}
_TOLD = msgspec.json.encode(
    {"id": "evt_1", "type": "charge.succeeded", "created": "2026-03-01", "data": charge()}
)


def _moves_money(request: PspRequest) -> bool:
    return request.method == "POST" and request.path in {"/v1/charges", "/v1/refunds"}


def _sign(secret: str, at: datetime) -> Delivery:
    stamp = str(int(at.timestamp()))
    digest = hmac.digest(secret.encode(), f"evt_1.{stamp}.".encode() + _TOLD, "sha256")
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    return Delivery(headers, _TOLD)


SAMPLES = Samples(
    psp=Sandbox(),
    merchant=MERCHANT,
    moves_money=_moves_money,
    talks=(
        Talk(ATTEMPT, (reply(200, charge()),), Outcome.SUCCEEDED),
        Talk(ATTEMPT, (reply(402, declined()),), Outcome.DECLINED),
        Talk(ATTEMPT, (reply(202, charge(status="pending", final=False)),), Outcome.PENDING),
        Talk(ATTEMPT, (reply(422, _ERROR),), Outcome.NOT_EXECUTED),
        Talk(ATTEMPT, (reply(500, _ERROR),), Outcome.UNKNOWN),
        Talk(
            ATTEMPT,
            (TransportFailure(TransportPhase.NOT_CONNECTED, "refused"),),
            Outcome.NOT_EXECUTED,
        ),
        Talk(REFUND, (reply(200, refund()),), Outcome.SUCCEEDED),
        Talk(REFUND, (reply(200, refund(status="failed")),), Outcome.DECLINED),
        Talk(CHARGE_LOOKUP, (reply(200, {"data": [charge()]}),), Outcome.SUCCEEDED),
        Talk(CHARGE_LOOKUP, (reply(200, {"data": []}),), Outcome.ABSENT),
        Talk(REFUND_LOOKUP, (reply(200, {"data": [refund()]}),), Outcome.SUCCEEDED),
    ),
    webhook_secrets=("webhook_secret", "previous_webhook_secret"),
    sign=_sign,
    references=(ATTEMPT.reference,),
)
