"""How the answers to a zero-value authorisation are read: what it stored can be charged.

Source: Adyen docs, "Zero-value authorization", "Tokenization"; API explorer "Checkout v71".
"""

from dataclasses import replace
from typing import Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.adyen import reading, wire
from ledgerline.payments.contract import Answer, TransportFailure
from ledgerline.payments.model import EvidenceKind, Lookup, Outcome, Reading
from ledgerline.payments.setups import Saved, SentSetup

SEVERAL: Final = "several_executions"
_OK: Final = 200
# The newer name first; the other is that of accounts that were set up before.
_IDS: Final = ("tokenization.storedPaymentMethodId", "recurring.recurringDetailReference")


def of_answer(sent: SentSetup, answer: Answer) -> Reading:
    """Read the answer to a set-up."""
    return _with_saved(sent, reading.of_payment(sent, answer), answer)


def of_details(sent: SentSetup, answer: Answer) -> Reading:
    """Read the answer to what a payer brought back."""
    return _with_saved(sent, reading.of_details(sent, answer), answer)


def of_stored(subject: Lookup, answer: Answer) -> Reading:
    """Read which cards are stored for the shopper of a set-up: one is stored by a success alone.

    That there is none says nothing: it may be refused, under way, or never have arrived.
    """
    kind = EvidenceKind.STATUS_QUERY
    if isinstance(answer, TransportFailure):
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code=str(answer.phase))
    held = strict_json.decode(answer.body, wire.StoredMethods) if answer.status == _OK else None
    if held is None:
        return replace(reading.refused(answer), outcome=Outcome.UNKNOWN, kind=kind)
    if held.shopper_reference != subject.reference:
        return Reading(Outcome.UNKNOWN, kind, code=reading.REFERENCE_MISMATCH)
    match held.stored_payment_methods:
        case ():
            return Reading(Outcome.ABSENT, kind)
        case (stored,):
            saved = Saved(
                f"{subject.reference}/{stored.id}",
                strict_json.word(stored.brand),
                strict_json.word(stored.last_four),
            )
            return Reading(Outcome.SUCCEEDED, kind, amount=subject.amount, saved=saved)
        case _:
            return Reading(Outcome.UNKNOWN, kind, code=SEVERAL)


def _with_saved(sent: SentSetup, found: Reading, answer: Answer) -> Reading:
    held = None if isinstance(answer, TransportFailure) else reading.payment_in(answer)
    if found.outcome is not Outcome.SUCCEEDED or held is None:
        return found
    told = reading.texts(held.additional_data)
    stored = next((told[name] for name in _IDS if name in told), None)
    if stored is None:  # the account does not tell it: what is stored is asked for
        return found
    method = held.payment_method
    brand = strict_json.word(method.get("brand")) if isinstance(method, dict) else None
    saved = Saved(f"{sent.reference}/{stored}", brand, told.get("cardSummary"))
    return replace(found, saved=saved)
