"""Samples of Adyen, written by hand from its documentation; the pages are named beside them."""

import base64
import hmac
from dataclasses import replace
from datetime import date, datetime, timedelta

import msgspec

from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.adyen.connector import Adyen
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
from tests.contracts.samples import Delivery, Ended, Handed, Samples, Talk, reply
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, PRESENT, REFUND

MERCHANT = Merchant(
    code="aster_eu",
    psp="adyen",
    settings={
        "base_url": "https://checkout-test.adyen.com",
        "merchant_account": "LedgerlineECOM",
    },
    secrets={
        "api_key": Secret("AQEyhmfxK.a-sample-key"),
        "hmac_key": Secret("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"),
        "previous_hmac_key": Secret("0102030405060708090A0B0C0D0E0F10"),
    },
    call_deadline=timedelta(seconds=2),
)
CHARGE = replace(ATTEMPT, psp_token="shopper-7/8416038790273850")
HERE = replace(PRESENT, psp_token=CHARGE.psp_token)
BROUGHT = "eyJ0cmFuc1N0YXR1cyI6IlkifQ=="
GIVEN_BACK = replace(REFUND, charge_ref="993617895204576J")


def paid(**changes: object) -> dict[str, object]:
    """Return an answer to ``CHARGE`` (API explorer, POST /payments, "card-direct" 200)."""
    return {
        "additionalData": {
            "cvcResult": "1 Matches",
            "authCode": "044925",
            "refusalReasonRaw": "AUTHORISED",
            "acquirerCode": "TestPmmAcquirer",
        },
        "pspReference": "993617895204576J",
        "resultCode": "Authorised",
        "amount": {"currency": "EUR", "value": 1799},
        "merchantReference": ATTEMPT.reference,
        **changes,
    }


def sent_away(method: str = "GET", **changes: object) -> dict[str, object]:
    """Return an answer that sends the payer to a page of Adyen ("3D Secure redirect")."""
    where = "https://checkoutshopper-test.adyen.com/checkoutshopper/threeDS/redirect?MD=M2R"
    return {
        "resultCode": "RedirectShopper",
        "action": {
            "paymentMethodType": "scheme",
            "url": where,
            "method": method,
            "type": "redirect",
        },
        "merchantReference": ATTEMPT.reference,
        **changes,
    }


def canceling(**changes: object) -> dict[str, object]:
    """Return an answer to a technical cancel (API explorer, POST /cancels, 201)."""
    return {
        "merchantAccount": "LedgerlineECOM",
        "paymentReference": ATTEMPT.reference,
        "pspReference": "993617894906488B",
        "reference": ATTEMPT.reference,
        "status": "received",
        **changes,
    }


def refused(code: str, reason: str, **changes: object) -> dict[str, object]:
    """Return a refusal ("Refusal reasons"): it stands in a 200."""
    return {
        "pspReference": "993617895204576J",
        "resultCode": "Refused",
        "refusalReason": reason,
        "refusalReasonCode": code,
        "merchantReference": ATTEMPT.reference,
        **changes,
    }


def received(**changes: object) -> dict[str, object]:
    """Return an answer to ``GIVEN_BACK`` (API explorer, POST /payments/{…}/refunds, 201)."""
    return {
        "merchantAccount": "LedgerlineECOM",
        "paymentPspReference": "993617895204576J",
        "reference": REFUND.reference,
        "pspReference": "993617894906488A",
        "status": "received",
        "amount": {"currency": "EUR", "value": 1799},
        **changes,
    }


def error(status: int, code: str, kind: str) -> dict[str, object]:
    """Return the body of an error (API explorer, "generic-422")."""
    return {
        "status": status,
        "errorCode": code,
        "message": "Return URL is missing.",
        "errorType": kind,
        "pspReference": "8816118280275544",
    }


def item(secret: str, **changes: object) -> dict[str, object]:
    """Return a signed item of a webhook ("Webhook types", "Verify HMAC signatures")."""
    told: dict[str, object] = {
        "amount": {"currency": "EUR", "value": 1799},
        "eventCode": "AUTHORISATION",
        "eventDate": "2026-03-01T13:00:00+01:00",
        "merchantAccountCode": "LedgerlineECOM",
        "merchantReference": ATTEMPT.reference,
        "operations": ["CANCEL", "CAPTURE", "REFUND"],
        "paymentMethod": "visa",
        "pspReference": "993617895204576J",
        "reason": "044925:1111:03/2030",
        "success": "true",
        **changes,
    }
    amount = told["amount"]
    assert isinstance(amount, dict)
    names = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")
    fields = [told.get(name, "") for name in names]
    fields += [amount["value"], amount["currency"], told["eventCode"], told["success"]]
    try:
        key = bytes.fromhex(secret)
    except ValueError:
        key = secret.encode()
    digest = hmac.digest(key, ":".join(map(str, fields)).encode(), "sha256")
    return {"additionalData": {"hmacSignature": base64.b64encode(digest).decode()}, **told}


def delivery(*items: dict[str, object]) -> bytes:
    """Return the body of a webhook."""
    wrapped = [{"NotificationRequestItem": each} for each in items]
    return msgspec.json.encode({"live": "false", "notificationItems": wrapped})


def _moves_money(request: PspRequest) -> bool:
    return request.method == "POST" and request.path.endswith(
        ("/payments", "/payments/details", "/refunds")
    )


def _sign(secret: str, _: datetime) -> Delivery:
    refund = item(
        secret,
        eventCode="REFUND",
        merchantReference=REFUND.reference,
        originalReference="993617895204576J",
        pspReference="993617894906488A",
        reason="",
    )
    return Delivery({"Authorization": "Basic YTpi"}, delivery(item(secret), refund))


_HEAD = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,"
    "Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),"
    "Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),"
    "Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,"
    "Modification Merchant Reference,Batch Number"
)
_START = "Ledgerline,LedgerlineECOM,993617895204576J"
# "Settlement details report", standard columns, with one line each of what is no charge or refund
REPORT = "\r\n".join(
    [
        _HEAD,
        (
            f"{_START},{ATTEMPT.reference},visa,2026-03-01 13:00:00,CET,Settled,JDD6LKT8MBLZNN84,"
            "EUR,,17.99,1,EUR,,17.57,,0.12,0.05,0.25,visadebit,,42"
        ),
        (
            f"{_START},{ATTEMPT.reference},visa,2026-03-02 09:30:00,CET,Refunded,993617894906488A,"
            f"EUR,17.99,,1,EUR,18.09,,0.10,,,,visadebit,{REFUND.reference},42"
        ),
        (
            f"{_START},{ATTEMPT.reference},visa,2026-03-02 09:30:00,CET,Chargeback,"
            "9936178949064999,EUR,17.99,,1,EUR,25.49,,,7.50,,,visadebit,,42"
        ),
        (
            'Ledgerline,LedgerlineECOM,,,,2026-03-02 23:00:00,CET,Fee,"Transaction Fees, March",'
            "EUR,,,,EUR,1.20,,,,,,,,42"
        ),
        (
            "Ledgerline,LedgerlineECOM,,,,2026-03-02 23:00:00,CET,MerchantPayout,"
            "TX-1 batch 42,EUR,,,,EUR,,,,,,,,,42"
        ),
        "",
    ]
).encode()

_EUR = Currency("EUR")
_LINES = (
    (LineKind.CHARGE, ATTEMPT.reference, "993617895204576J", 1799, 42, 1757),
    (LineKind.REFUND, REFUND.reference, "993617894906488A", -1799, 10, -1809),
    (LineKind.DISPUTE, ATTEMPT.reference, "993617895204576J", -1799, 750, -2549),
    (LineKind.FEE, None, "Transaction Fees, March", 0, 120, -120),
    (LineKind.PAYOUT, None, "TX-1 batch 42", 0, 0, 0),
)

SAMPLES = Samples(
    psp=Adyen(),
    merchant=MERCHANT,
    moves_money=_moves_money,
    talks=(
        Talk(CHARGE, (reply(200, paid()),), Outcome.SUCCEEDED),
        Talk(CHARGE, (reply(200, refused("12", "Not enough balance")),), Outcome.DECLINED),
        Talk(CHARGE, (reply(200, refused("999", "New")),), Outcome.UNKNOWN),
        Talk(CHARGE, (reply(200, paid(resultCode="Received")),), Outcome.PENDING),
        Talk(CHARGE, (reply(200, paid(resultCode="Pending")),), Outcome.PENDING),
        Talk(HERE, (reply(200, sent_away()),), Outcome.REQUIRES_ACTION),
        Talk(HERE, (reply(200, sent_away(method="POST")),), Outcome.UNKNOWN),
        Talk(HERE, (reply(200, paid(resultCode="ChallengeShopper")),), Outcome.UNKNOWN),
        Talk(CHARGE, (reply(200, paid(resultCode="RedirectShopper")),), Outcome.UNKNOWN),
        Talk(CHARGE, (reply(200, paid(resultCode="PartiallyAuthorised")),), Outcome.UNKNOWN),
        Talk(CHARGE, (reply(422, error(422, "14_030", "validation")),), Outcome.NOT_EXECUTED),
        Talk(CHARGE, (reply(422, error(422, "704", "validation")),), Outcome.UNKNOWN),
        Talk(CHARGE, (reply(403, error(403, "901", "security")),), Outcome.NOT_EXECUTED),
        Talk(CHARGE, (reply(500, error(500, "905", "configuration")),), Outcome.UNKNOWN),
        Talk(
            CHARGE,
            (TransportFailure(TransportPhase.NO_BYTE_SENT, "reset"),),
            Outcome.NOT_EXECUTED,
        ),
        Talk(CHARGE, (TransportFailure(TransportPhase.BYTES_SENT, "lost"),), Outcome.UNKNOWN),
        Talk(GIVEN_BACK, (reply(201, received()),), Outcome.PENDING),
        Talk(GIVEN_BACK, (reply(201, received(status="refunded")),), Outcome.UNKNOWN),
        Talk(GIVEN_BACK, (reply(422, error(422, "167", "validation")),), Outcome.NOT_EXECUTED),
    ),
    confirms=(
        Handed(HERE, BROUGHT, (reply(200, paid()),), Outcome.SUCCEEDED),
        Handed(
            HERE, BROUGHT, (reply(200, refused("11", "3D Not Authenticated")),), Outcome.DECLINED
        ),
        Handed(HERE, BROUGHT, (reply(200, sent_away()),), Outcome.REQUIRES_ACTION),
        Handed(HERE, BROUGHT, (reply(200, paid(resultCode="Pending")),), Outcome.PENDING),
        Handed(HERE, BROUGHT, (reply(200, paid(merchantReference=None)),), Outcome.UNKNOWN),
        Handed(HERE, BROUGHT, (reply(422, error(422, "174", "validation")),), Outcome.UNKNOWN),
        Handed(HERE, BROUGHT, (reply(401, error(401, "000", "security")),), Outcome.UNKNOWN),
        Handed(
            HERE,
            BROUGHT,
            (TransportFailure(TransportPhase.NO_BYTE_SENT, "reset"),),
            Outcome.UNKNOWN,
        ),
    ),
    cancel_is_told_later=True,
    cancels=(
        Ended(CHARGE_LOOKUP, (reply(201, canceling()),), Outcome.UNKNOWN),
        Ended(CHARGE_LOOKUP, (reply(201, canceling(status="done")),), Outcome.UNKNOWN),
        Ended(CHARGE_LOOKUP, (reply(201, canceling(paymentReference="a")),), Outcome.UNKNOWN),
        Ended(CHARGE_LOOKUP, (reply(422, error(422, "130", "validation")),), Outcome.UNKNOWN),
        Ended(CHARGE_LOOKUP, (reply(403, error(403, "901", "security")),), Outcome.UNKNOWN),
        Ended(
            CHARGE_LOOKUP,
            (TransportFailure(TransportPhase.NO_BYTE_SENT, "reset"),),
            Outcome.UNKNOWN,
        ),
    ),
    webhook_secrets=("hmac_key", "previous_hmac_key"),
    sign=_sign,
    references=(ATTEMPT.reference, REFUND.reference),
    signs_all=False,
    settlement=(
        REPORT,
        tuple(
            SettlementLine(
                line_no=line_no,
                kind=kind,
                reference=reference,
                psp_ref=psp_ref,
                gross=Money(gross, _EUR),
                fee=Money(fee, _EUR),
                net=Money(net, _EUR),
                settled_on=date(2026, 3, 1 if line_no == 2 else 2),
            )
            for line_no, (kind, reference, psp_ref, gross, fee, net) in enumerate(_LINES, start=2)
        ),
    ),
)
