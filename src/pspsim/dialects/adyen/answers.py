"""Answers of the Checkout API: results, receipts of modifications, and errors.

Sources: Adyen's API explorer "Checkout v71"; docs "Refusal reasons", "Raw acquirer responses",
"Error codes", "API idempotency".
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from msgspec import UNSET

from pspsim.codes import DeclineCode
from pspsim.dialects.adyen.amounts import shown
from pspsim.draws import Draws
from pspsim.records import Charge, Refund, Status, ThreeDs, encode
from pspsim.replies import Reply


class Refused(Exception):
    """Refuse a request as Adyen does, before anything is executed or stored."""

    def __init__(
        self, code: str, message: str, *, status: int = 422, kind: str = "validation"
    ) -> None:
        """Carry the error code, its sentence, its HTTP status and its type."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.kind = kind


class Reason(NamedTuple):
    """What Adyen makes of a refusal, and what the issuer said."""

    code: str
    text: str
    raw: str
    result: str = "Refused"


REASONS: Final = {
    DeclineCode.INSUFFICIENT_FUNDS: Reason("12", "Not enough balance", "51 : Insufficient funds"),
    DeclineCode.DO_NOT_HONOR: Reason("2", "Refused", "05 : Do not honor"),
    DeclineCode.ISSUER_UNAVAILABLE: Reason("9", "Issuer Unavailable", "91 : Issuer unavailable"),
    DeclineCode.PROCESSING_ERROR: Reason(
        "4", "Acquirer Error", "96 : System malfunction", result="Error"
    ),
    DeclineCode.EXPIRED_CARD: Reason("6", "Expired Card", "54 : Expired card"),
    DeclineCode.INVALID_ACCOUNT: Reason("8", "Invalid Card Number", "14 : Invalid card number"),
    DeclineCode.LOST_CARD: Reason("5", "Blocked Card", "41 : Lost card"),
    DeclineCode.STOLEN_CARD: Reason("5", "Blocked Card", "43 : Stolen card"),
    DeclineCode.FRAUDULENT: Reason("31", "Issuer Suspected Fraud", "59 : Suspected fraud"),
    DeclineCode.AUTHENTICATION_REQUIRED: Reason(
        "38", "Authentication required", "1A : Additional authentication required"
    ),
    DeclineCode.AUTHENTICATION_FAILED: Reason("11", "3D Not Authenticated", "05 : Do not honor"),
    DeclineCode.CARD_NOT_SUPPORTED: Reason(
        "23", "Transaction Not Permitted", "57 : Transaction not permitted to cardholder"
    ),
    DeclineCode.REVOCATION_OF_AUTHORIZATION: Reason(
        "26", "Revocation Of Auth", "R1 : Revocation of authorization order"
    ),
    DeclineCode.TRY_AGAIN_LATER: Reason("2", "Refused", "05 : Do not honor"),
}
_RESULTS: Final = {Status.SUCCEEDED: "Authorised", Status.PENDING: "Pending"}

# What the shared machinery calls a problem, in Adyen's codes; the rest is an internal error.
_PROBLEMS: Final = {
    "unauthorized": ("000", "HTTP Status Response - Unauthorized", "security"),
    "rate_limited": ("000", "HTTP Status Response - Too Many Requests", "security"),
    "not_found": ("000", "HTTP Status Response - Not Found", "validation"),
    "method_not_allowed": ("000", "HTTP Status Response - Method Not Allowed", "validation"),
    "idempotency_mismatch": ("704", "request already processed or in progress", "validation"),
    "idempotency_in_progress": ("704", "request already processed or in progress", "validation"),
    "unavailable": ("000", "HTTP Status Response - Service Unavailable", "internal"),
    "internal_error": ("000", "Unknown", "internal"),
}
_TRANSIENT: Final = frozenset({"idempotency_in_progress", "rate_limited", "unavailable"})
_LAST_FOUR: Final = 10_000


def error(status: int, code: str, *, message: str, kind: str, headers: bytes = b"") -> Reply:
    """Build an error in the shape of the API."""
    body = {"status": status, "errorCode": code, "message": message, "errorType": kind}
    return Reply(status, encode(body), headers)


def refused(refusal: Refused) -> Reply:
    """Build the answer to a request that is refused."""
    return error(refusal.status, refusal.code, message=refusal.message, kind=refusal.kind)


def problem(status: int, word: str, *, headers: bytes = b"") -> Reply:
    """Build the answer to a word of the shared machinery.

    ``transient-error: true`` says that the same request may come again under its key.
    """
    code, message, kind = _PROBLEMS.get(word, _PROBLEMS["internal_error"])
    if status == HTTPStatus.CONFLICT:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    if word in _TRANSIENT:
        headers += b"transient-error: true\r\n"
    return error(status, code, message=message, kind=kind, headers=headers)


def payment(draws: Draws, charge: Charge, *, stored: Mapping[str, str]) -> Reply:
    """Build the result of a payment; a refusal is one too, and so is that its payer has to act.

    ``stored`` says which card was stored with it.
    """
    if charge.action is not UNSET:
        return _redirect(charge.action.url)
    reason = reason_of(charge)
    body: dict[str, Any] = {
        "additionalData": {**additional(draws, charge), **stored},
        "pspReference": charge.id,
        "resultCode": reason.result if reason else _RESULTS[charge.status],
        "amount": shown(charge.amount, charge.currency),
        "merchantReference": charge.reference,
        "paymentMethod": {"brand": "visa", "type": "scheme"},
    }
    if reason is not None:
        body |= {"refusalReason": reason.text, "refusalReasonCode": reason.code}
    return Reply(200, encode(body))


def _redirect(url: str) -> Reply:
    """Send a payer away; the payment tells its name once they are back."""
    action = {"paymentMethodType": "scheme", "url": url, "method": "GET", "type": "redirect"}
    return Reply(200, encode({"resultCode": "RedirectShopper", "action": action}))


def refund(item: Refund, note: dict[str, str]) -> Reply:
    """Build the receipt of a refund or reversal: what came of it is told by a webhook."""
    body: dict[str, Any] = {
        "merchantAccount": note["account"],
        "paymentPspReference": item.charge,
        "pspReference": item.id,
        "status": "received",
    }
    if note["named"]:
        body["reference"] = note["named"]
    if note["event"] == "REFUND":
        body["amount"] = shown(item.amount, item.currency)
    return Reply(201, encode(body))


def reason_of(charge: Charge) -> Reason | None:
    """Return why a payment was refused; None where it was not."""
    if charge.status is not Status.DECLINED or not isinstance(charge.decline_code, str):
        return None
    return REASONS[DeclineCode(charge.decline_code)]


def additional(draws: Draws, charge: Charge) -> dict[str, str]:
    """Return the additional data of an account where all of it is switched on."""
    card, reason = charge.card, reason_of(charge)
    year, month = card.expires.split("-")
    known = {
        "alias": card.fingerprint,
        "cardBin": card.bin[:6],
        "issuerBin": card.bin,
        "cardSummary": last_four(draws, charge),
        "expiryDate": f"{int(month)}/{year}",
        "fundingSource": card.funding.upper(),
        "issuerCountry": card.issuer_country,
        "cardPaymentMethod": "visa",
        "acquirerCode": "TestPmmAcquirer",
        "refusalReasonRaw": reason.raw if reason else "AUTHORISED",
    }
    if isinstance(charge.network_transaction_id, str):
        known["networkTxReference"] = charge.network_transaction_id
    if charge.status is Status.SUCCEEDED:
        known["authCode"] = auth_code(draws, charge)
    if charge.three_ds is not UNSET:
        known |= _authenticated(charge.three_ds)
    return known


def _authenticated(three_ds: ThreeDs) -> dict[str, str]:
    return {
        "dsTransID": three_ds.transaction_id,
        "eci": three_ds.eci,
        "liabilityShift": "true" if three_ds.liability_shift else "false",
        "threeDAuthenticated": "true" if three_ds.status == "Y" else "false",
        "threeDAuthenticatedResponse": three_ds.status,
        "threeDOffered": "true",
        "threeDSVersion": three_ds.version,
    }


def last_four(draws: Draws, charge: Charge) -> str:
    """Return the end of the number of a card."""
    return f"{draws.below(_LAST_FOUR, 'card-last-four', charge.card.fingerprint):04d}"


def auth_code(draws: Draws, charge: Charge) -> str:
    """Return the code that an issuer gave for a payment."""
    return f"{draws.below(1_000_000, 'auth-code', charge.id):06d}"
