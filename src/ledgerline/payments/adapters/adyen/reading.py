"""How an answer of Adyen is read. Never raises, whatever the bytes are."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ledgerline.base.money import Money
from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.adyen import outcomes, wire
from ledgerline.payments.adapters.adyen.amounts import money_of
from ledgerline.payments.authentication import Authentication, PayerAction
from ledgerline.payments.contract import Answer, PspReply, TransportFailure
from ledgerline.payments.model import (
    CardFacts,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
)
from ledgerline.payments.rules.advice import network_advice
from ledgerline.payments.rules.cards import understood
from ledgerline.payments.setups import SentSetup
from ledgerline.payments.unasked import NO_LOOKUP

AMOUNT_MISMATCH: Final = "amount_mismatch"
REFERENCE_MISMATCH: Final = "reference_mismatch"
_RECEIVED: Final = "received"
_RETRY_AFTER_DIGITS: Final = 5  # a day and more: nobody waits longer on a header
_OK: Final = 200
_CREATED: Final = 201
_ISSUER_CODE: Final = re.compile(r"(?P<code>[0-9A-Z]{2,3})(?: ?: ?.*)?")
_EXPIRY: Final = re.compile(r"(?P<month>0?[1-9]|1[0-2])/(?P<year>20[0-9]{2})")
_TRUTH: Final[Mapping[str, bool]] = MappingProxyType({"true": True, "false": False})
_FUNDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CREDIT": "credit",
        "DEBIT": "debit",
        "PREPAID": "prepaid",
        "PREPAID_RELOADABLE": "prepaid",
        "PREPAID_NONRELOADABLE": "prepaid",
    }
)


def of_payment(what: SentAttempt | SentSetup, answer: Answer) -> Reading:
    """Read the answer to a charge, or to one of nothing."""
    if isinstance(answer, TransportFailure):
        return lost(answer)
    held = payment_in(answer)
    if held is None:
        return refused(answer)
    if held.merchant_reference not in {None, what.reference}:
        return _unknown(REFERENCE_MISMATCH, psp_ref=held.psp_reference)
    amount = None if held.amount is None else money_of(held.amount.value, held.amount.currency)
    if held.amount is not None and amount != what.amount:
        return _unknown(AMOUNT_MISMATCH, psp_ref=held.psp_reference, amount=amount)
    return _ended(held, texts(held.additional_data), amount)


def of_details(sent: SentAttempt | SentSetup, answer: Answer) -> Reading:
    """Read the answer to what a payer brought back; it came from a browser and may be another's.

    So only a result that names our reference is one. That this request was refused, or never left,
    says nothing about the payment, which stands since the first one: nothing here proves that it is
    not executed.
    """
    means = of_payment(sent, answer)
    held = None if isinstance(answer, TransportFailure) else payment_in(answer)
    if held is not None and held.merchant_reference != sent.reference:
        return _unknown(REFERENCE_MISMATCH)
    if means.outcome is Outcome.NOT_EXECUTED:
        return replace(means, outcome=Outcome.UNKNOWN)
    return means


def of_cancel(what: Lookup, answer: Answer) -> Reading:
    """Read the answer to a cancel: at best it is received, and a webhook tells its end.

    One of a charge that never arrived is received as well, and no webhook follows: so nothing is
    known by it, and people hear of what stays unknown.
    """
    kind = EvidenceKind.STATUS_QUERY
    if isinstance(answer, TransportFailure):
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code=str(answer.phase))
    held = strict_json.decode(answer.body, wire.Cancel) if answer.status == _CREATED else None
    if held is None:
        return replace(refused(answer), outcome=Outcome.UNKNOWN, kind=kind)
    if held.payment_reference != what.reference:
        return Reading(Outcome.UNKNOWN, kind, code=REFERENCE_MISMATCH)
    return Reading(Outcome.UNKNOWN, kind, code=held.status)


def of_refund(what: SentRefund, answer: Answer) -> Reading:
    """Read the answer to a refund: at best it is received, and a webhook tells its end."""
    if isinstance(answer, TransportFailure):
        return lost(answer)
    held = strict_json.decode(answer.body, wire.Refund) if answer.status == _CREATED else None
    if held is None:
        return refused(answer)
    is_ours = held.reference in {None, what.reference}
    if not is_ours or held.payment_psp_reference != what.charge_ref:
        return _unknown(REFERENCE_MISMATCH)
    amount = money_of(held.amount.value, held.amount.currency)
    if amount != what.amount:
        return _unknown(AMOUNT_MISMATCH, psp_ref=held.psp_reference, amount=amount)
    outcome = Outcome.PENDING if held.status == _RECEIVED else Outcome.UNKNOWN
    return Reading(outcome, EvidenceKind.RESPONSE, psp_ref=held.psp_reference, amount=amount)


def of_question(_: Answer) -> Reading:
    """Read an answer that says nothing about any payment: Adyen cannot be asked for one."""
    return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=NO_LOOKUP)


def payment_in(reply: PspReply) -> wire.Payment | None:
    """Return the result in an answer, where there is one."""
    return strict_json.decode(reply.body, wire.Payment) if reply.status == _OK else None


def _ended(held: wire.Payment, told: Mapping[str, str], amount: Money | None) -> Reading:
    outcome = outcomes.RESULTS.get(held.result_code, Outcome.UNKNOWN)
    if outcome is Outcome.DECLINED:
        return _declined(held, told, amount)
    action = _action(held)
    if outcome is Outcome.REQUIRES_ACTION and action is None:
        outcome = Outcome.UNKNOWN  # nobody can be sent there
    if outcome is Outcome.SUCCEEDED and held.psp_reference is None:
        outcome = Outcome.UNKNOWN  # what has no name could never be given back
    return Reading(
        outcome,
        EvidenceKind.RESPONSE,
        psp_ref=held.psp_reference,
        amount=amount,
        code=held.result_code if outcome is Outcome.UNKNOWN else None,
        card=_card(told),
        network_id=told.get("networkTxReference"),
        action=action if outcome is Outcome.REQUIRES_ACTION else None,
        authentication=_authentication(told),
    )


def _declined(held: wire.Payment, told: Mapping[str, str], amount: Money | None) -> Reading:
    """Read a refusal; a code that is not mapped proves nothing."""
    code = held.refusal_reason_code
    if code is None:
        category = outcomes.WITHOUT_A_CODE.get(held.result_code)
    else:
        category = outcomes.REASONS.get(code)
    issuer = _issuer_code(told.get("refusalReasonRaw"))
    return Reading(
        Outcome.UNKNOWN if category is None else Outcome.DECLINED,
        EvidenceKind.RESPONSE,
        psp_ref=held.psp_reference,
        amount=amount,
        code="/".join([code or held.result_code, *([issuer] if issuer else [])]),
        category=category or DeclineCategory.UNMAPPED,
        network_advice=network_advice(
            mac=_issuer_code(told.get("merchantAdviceCode")), issuer_code=issuer
        ),
        card=_card(told),
        authentication=_authentication(told),
    )


def _issuer_code(text: str | None) -> str | None:
    """Return the code in front of a raw reason such as ``05 : Do not honor``."""
    found = _ISSUER_CODE.fullmatch(text) if text else None
    return found["code"] if found else None


def _card(told: Mapping[str, str]) -> CardFacts:
    """Read what is told of the card, where the account is set up to tell it."""
    expiry = _EXPIRY.fullmatch(told.get("expiryDate", ""))
    return understood(
        {
            "fingerprint": told.get("alias"),
            "bin": told.get("issuerBin") or told.get("cardBin"),
            "funding": _FUNDINGS.get(told.get("fundingSource", "")),
            "issuer_country": told.get("issuerCountry") or told.get("cardIssuingCountry"),
            "expires": f"{expiry['year']}-{int(expiry['month']):02d}" if expiry else None,
        }
    )


def _action(held: wire.Payment) -> PayerAction | None:
    """Read where the payer has to go; what is not reached by a plain link is no such place."""
    asked = strict_json.convert(held.action, wire.Redirect)
    return None if asked is None else PayerAction(url=asked.url)


def _authentication(told: Mapping[str, str]) -> Authentication | None:
    """Read how the payer was authenticated, where the account is set up to tell it."""
    status = told.get("threeDAuthenticatedResponse")
    found = Authentication(
        version=told.get("threeDSVersion"),
        status=status if status in outcomes.TRANS_STATUS else None,
        eci=told.get("eci"),
        transaction_id=told.get("dsTransID"),
        liability_shifted=_TRUTH.get(told.get("liabilityShift", "")),
    )
    return None if found == Authentication() else found


def texts(plain: object) -> dict[str, str]:
    """Keep the words of the additional data; what is none says nothing about the money."""
    if not isinstance(plain, dict):
        return {}
    words = {
        name: strict_json.word(value) for name, value in plain.items() if isinstance(name, str)
    }
    return {name: value for name, value in words.items() if value is not None}


def lost(answer: TransportFailure) -> Reading:
    """Read that no complete answer came."""
    left = answer.phase not in outcomes.NOTHING_LEFT
    outcome = Outcome.UNKNOWN if left else Outcome.NOT_EXECUTED
    return Reading(outcome, EvidenceKind.TRANSPORT, code=str(answer.phase))


def refused(reply: PspReply) -> Reading:
    """Read what is no result: refused before execution where that is documented, else unknown."""
    refusal = strict_json.decode(reply.body, wire.Refusal)
    category = _refused_for(reply, refusal)
    return Reading(
        Outcome.UNKNOWN if category is None else Outcome.NOT_EXECUTED,
        EvidenceKind.RESPONSE,
        code=f"http_{reply.status}" if refusal is None else refusal.error_code,
        category=category,
        retry_after_seconds=_retry_after(reply),
    )


def _refused_for(reply: PspReply, refusal: wire.Refusal | None) -> DeclineCategory | None:
    if reply.status in outcomes.UNAUTHORIZED:
        return DeclineCategory.MERCHANT_CONFIG
    is_transient = reply.headers.get("transient-error", "").lower() == "true"
    if reply.status not in outcomes.BEFORE_EXECUTION or refusal is None or is_transient:
        return None
    if refusal.error_code in outcomes.DUPLICATES:
        return None
    return outcomes.ERROR_TYPES.get(refusal.error_type or "")


def _unknown(code: str, *, psp_ref: str | None = None, amount: Money | None = None) -> Reading:
    return Reading(
        Outcome.UNKNOWN, EvidenceKind.RESPONSE, psp_ref=psp_ref, amount=amount, code=code
    )


def _retry_after(reply: PspReply) -> int | None:
    text = reply.headers.get("retry-after", "")
    is_whole = text.isascii() and text.isdigit() and len(text) <= _RETRY_AFTER_DIGITS
    return int(text) if is_whole else None
