"""Samples of the sandbox, written from docs/reference/psp-simulator.md."""

import base64
import hmac
from datetime import date, datetime

import msgspec

from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import (
    LineKind,
    PspReply,
    PspRequest,
    SettlementLine,
    SettlementTotal,
    TransportFailure,
    TransportPhase,
)
from ledgerline.payments.model import Outcome
from tests.contracts.samples import Delivery, Ended, Samples, Talk, reply
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    MERCHANT,
    PRESENT,
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

_STATEMENT = b"""kind,reference,id,gross,gross_currency,fee,net,currency,date
charge,%(charge)b,ch_1,1799,EUR,50,1749,EUR,2026-03-01
refund,%(refund)b,re_1,-1799,EUR,0,-1799,EUR,2026-03-02
fee,,fee_1,0,EUR,25,-25,EUR,2026-03-02
payout,,po_1,75,EUR,0,75,EUR,2026-03-02
total,po_1,4,,,,-75,EUR,2026-03-02
""" % {b"charge": ATTEMPT.reference.encode(), b"refund": REFUND.reference.encode()}
_EUR = Currency("EUR")
_LINES = (
    (LineKind.CHARGE, ATTEMPT.reference, "ch_1", (1799, 50, 1749), 1),
    (LineKind.REFUND, REFUND.reference, "re_1", (-1799, 0, -1799), 2),
    (LineKind.FEE, None, "fee_1", (0, 25, -25), 2),
    (LineKind.PAYOUT, None, "po_1", (75, 0, 75), 2),
)


_ASKING = charge(
    status="requires_action",
    final=False,
    action={"url": "http://127.0.0.1:9/aster/challenge/ch_1", "expires_at": "2026-03-01T12:15:00Z"},
)


def _canceled(*held: object, canceled: bool = True) -> PspReply:
    return reply(200, {"object": "cancellation", "canceled": canceled, "data": list(held)})


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
        Talk(PRESENT, (reply(202, _ASKING),), Outcome.REQUIRES_ACTION),
        Talk(ATTEMPT, (reply(409, {"error": {"code": "canceled"}}),), Outcome.NOT_EXECUTED),
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
    cancels=(
        Ended(CHARGE_LOOKUP, (_canceled(),), Outcome.NOT_EXECUTED),
        Ended(CHARGE_LOOKUP, (_canceled(charge(status="canceled")),), Outcome.NOT_EXECUTED),
        Ended(CHARGE_LOOKUP, (_canceled(charge(), canceled=False),), Outcome.SUCCEEDED),
        Ended(CHARGE_LOOKUP, (_canceled(charge()),), Outcome.SUCCEEDED),
        Ended(CHARGE_LOOKUP, (reply(500, _ERROR),), Outcome.UNKNOWN),
    ),
    webhook_secrets=("webhook_secret", "previous_webhook_secret"),
    sign=_sign,
    references=(ATTEMPT.reference,),
    settlement=(
        _STATEMENT,
        (
            *(
                SettlementLine(
                    line_no=line_no,
                    kind=kind,
                    reference=reference,
                    psp_ref=psp_ref,
                    gross=Money(gross, _EUR),
                    fee=Money(fee, _EUR),
                    net=Money(net, _EUR),
                    settled_on=date(2026, 3, day),
                )
                for line_no, (kind, reference, psp_ref, (gross, fee, net), day) in enumerate(
                    _LINES, start=1
                )
            ),
            SettlementTotal(reference="po_1", lines=4, net=Money(-75, _EUR)),
        ),
    ),
)
