"""How an answer of Stripe is read. Never raises, whatever the bytes are."""

from dataclasses import replace
from typing import Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.stripe import outcomes, units, wire
from ledgerline.payments.adapters.stripe.requests import REFERENCE, captured_by
from ledgerline.payments.authentication import Authentication, PayerAction
from ledgerline.payments.contract import Answer, PspReply, TransportFailure
from ledgerline.payments.model import (
    NOTHING_KNOWN,
    CardFacts,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
)
from ledgerline.payments.rules.cards import understood

AMOUNT_MISMATCH: Final = "amount_mismatch"
REFERENCE_MISMATCH: Final = "reference_mismatch"
OK: Final = 200
_CARD_REFUSED: Final = 402
_TOO_MANY: Final = 429
_RETRY_AFTER_DIGITS: Final = 5  # a day and more: nobody waits longer on a header

Held = wire.Intent | wire.Refund


def of_charge(what: SentAttempt, answer: Answer) -> Reading:
    """Read the answer to a charge."""
    if isinstance(answer, TransportFailure):
        return lost(answer)
    if answer.status == OK:
        intent = strict_json.decode(answer.body, wire.Intent)
        if intent is None:
            return unknown(answer)
        return echoed(intent, of_intent(intent, kind=EvidenceKind.RESPONSE), what=what)
    refusal = strict_json.decode(answer.body, wire.Refusal)
    if answer.status != _CARD_REFUSED or refusal is None:
        return refused(answer, refusal)
    intent = strict_json.convert(refusal.error.payment_intent, wire.Intent)
    if intent is None:  # a refusal that does not say of what
        return unknown(answer)
    reading = of_intent(intent, kind=EvidenceKind.RESPONSE, problem=refusal.error)
    if reading.outcome is not Outcome.DECLINED:  # the status and its body contradict each other
        reading = replace(reading, outcome=Outcome.UNKNOWN)
    return echoed(intent, reading, what=what)


def of_refund(what: SentRefund, answer: Answer) -> Reading:
    """Read the answer to a refund."""
    if isinstance(answer, TransportFailure):
        return lost(answer)
    if answer.status != OK:
        return refused(answer, strict_json.decode(answer.body, wire.Refusal))
    held = strict_json.decode(answer.body, wire.Refund)
    if held is None:
        return unknown(answer)
    return echoed(held, of_held_refund(held, kind=EvidenceKind.RESPONSE), what=what)


def of_intent(
    intent: wire.Intent, *, kind: EvidenceKind, problem: wire.Problem | None = None
) -> Reading:
    """Read a PaymentIntent; ``problem`` is why it was refused, if its last error is not it."""
    outcome = outcomes.INTENT_STATES.get(intent.status, Outcome.UNKNOWN)
    moved = intent.amount_received if outcome is Outcome.SUCCEEDED else intent.amount
    amount = units.read(moved, intent.currency)
    if amount is None:
        return Reading(Outcome.UNKNOWN, kind, psp_ref=intent.id, code=AMOUNT_MISMATCH)
    problem = problem or strict_json.convert(intent.last_payment_error, wire.Problem)
    card, network_id = _card(intent, problem)
    reading = Reading(
        outcome,
        EvidenceKind.VOID_CONFIRMED if outcome is Outcome.NOT_EXECUTED else kind,
        psp_ref=intent.id,
        amount=amount,
        card=card,
        authentication=authentication_in(intent.latest_charge),
    )
    match outcome:
        case Outcome.DECLINED:
            return declined(reading, problem)
        case Outcome.UNKNOWN:
            return replace(reading, code=intent.status)
        case Outcome.REQUIRES_ACTION:
            return replace(reading, action=action_of(intent))
        case _:
            return replace(reading, network_id=network_id)


def of_held_refund(held: wire.Refund, *, kind: EvidenceKind) -> Reading:
    """Read a refund."""
    outcome = outcomes.REFUND_STATES.get(held.status or "", Outcome.UNKNOWN)
    amount = units.read(held.amount, held.currency)
    if amount is None:
        return Reading(Outcome.UNKNOWN, kind, psp_ref=held.id, code=AMOUNT_MISMATCH)
    code = strict_json.word(held.failure_reason) or held.status
    return Reading(
        outcome,
        kind,
        psp_ref=held.id,
        amount=amount,
        code=code if outcome in {Outcome.DECLINED, Outcome.UNKNOWN} else None,
    )


def reference_of(held: Held) -> str | None:
    """Return our reference, as it came back in the metadata."""
    return strict_json.word((held.metadata or {}).get(REFERENCE))


def echoed(held: Held, reading: Reading, *, what: SentAttempt | SentRefund | Lookup) -> Reading:
    """Keep a reading only if the object is the one we asked for, to the last minor unit."""
    if reference_of(held) != what.reference or not _is_of(held, what):
        return Reading(Outcome.UNKNOWN, reading.kind, code=REFERENCE_MISMATCH)
    if reading.amount != what.amount:
        return Reading(
            Outcome.UNKNOWN,
            reading.kind,
            psp_ref=held.id,
            amount=reading.amount,
            code=AMOUNT_MISMATCH,
        )
    return reading


def unknown(answer: Answer, *, kind: EvidenceKind = EvidenceKind.RESPONSE) -> Reading:
    """Read an answer that proves nothing, and keep its word and when to ask again."""
    if isinstance(answer, TransportFailure):
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code=str(answer.phase))
    refusal = strict_json.decode(answer.body, wire.Refusal)
    ours = answer.status in outcomes.OUR_CREDENTIALS
    return Reading(
        Outcome.UNKNOWN,
        kind,
        code=_code(answer, refusal),
        category=DeclineCategory.MERCHANT_CONFIG if ours else None,
        retry_after_seconds=_retry_after(answer),
    )


def lost(answer: TransportFailure) -> Reading:
    """Read that no complete answer came to what was sent under a key."""
    left = answer.phase not in outcomes.NOTHING_LEFT
    outcome = Outcome.UNKNOWN if left else Outcome.NOT_EXECUTED
    return Reading(outcome, EvidenceKind.TRANSPORT, code=str(answer.phase))


def refused(reply: PspReply, refusal: wire.Refusal | None) -> Reading:
    """Read an error: only what is documented as before execution proves that nothing executed."""
    reading = unknown(reply)
    if reply.status in outcomes.OUR_CREDENTIALS:
        return replace(reading, outcome=Outcome.NOT_EXECUTED)
    if refusal is None:
        return reading
    error = refusal.error
    if reply.status == _TOO_MANY and error.code == outcomes.RATE_LIMIT:
        return replace(reading, outcome=Outcome.NOT_EXECUTED)
    is_ours = reply.status in outcomes.OUR_REQUEST and error.type == outcomes.INVALID_REQUEST
    is_begun = error.payment_intent is not None or error.setup_intent is not None
    if is_ours and not is_begun:  # one that exists has begun to execute
        return replace(
            reading, outcome=Outcome.NOT_EXECUTED, category=DeclineCategory.REQUEST_REFUSED
        )
    return reading


def declined(reading: Reading, problem: wire.Problem | None) -> Reading:
    """Read why a PaymentIntent wants another payment method; without a reason it was never tried.

    A word that is not mapped is a refusal all the same: the state of the PaymentIntent says so.
    """
    if problem is None:
        return replace(reading, outcome=Outcome.UNKNOWN, code="requires_payment_method")
    code = problem.decline_code or problem.code
    if problem.type != outcomes.CARD_ERROR and problem.code not in outcomes.AUTHENTICATION_FAILED:
        return replace(reading, outcome=Outcome.UNKNOWN, code=code or problem.type)
    if code in outcomes.LOOK_FIRST and reading.kind is EvidenceKind.RESPONSE:
        return replace(reading, outcome=Outcome.UNKNOWN, code=code)
    network = strict_json.word(problem.network_advice_code)
    return replace(
        reading,
        code=code,
        category=outcomes.DECLINE_CODES.get(code or "", DeclineCategory.UNMAPPED),
        network_advice=f"mac_{network}" if network else None,
        provider_advice=outcomes.ADVICE.get(strict_json.word(problem.advice_code) or ""),
    )


def _card(intent: wire.Intent, problem: wire.Problem | None) -> tuple[CardFacts, str | None]:
    """Read what is told of the card and the network's id of the charge."""
    told = wire.inside(intent.latest_charge, "payment_method_details", "card")
    if told is None and problem is not None:
        told = wire.inside(problem.payment_method, "card")
    card = strict_json.convert(told, wire.Card)
    if card is None:
        return NOTHING_KNOWN, None
    return card_facts(card), strict_json.word(card.network_transaction_id)


def card_facts(card: wire.Card) -> CardFacts:
    """Read what Stripe tells of a card."""
    has_month = card.exp_year is not None and card.exp_month is not None
    return understood(
        {
            "fingerprint": card.fingerprint,
            "funding": card.funding,
            "issuer_country": card.country,
            "expires": f"{card.exp_year:04d}-{card.exp_month:02d}" if has_month else None,
        }
    )


def action_of(intent: wire.Intent | wire.SetupIntent) -> PayerAction | None:
    """Read where the payer has to go; another thing than to go somewhere they cannot be asked."""
    asked = strict_json.convert(intent.next_action, wire.NextAction)
    return None if asked is None else PayerAction(url=asked.redirect_to_url.url)


def authentication_in(held: object) -> Authentication | None:
    """Read how the payer of a charge or of a try was authenticated; it says nothing about money."""
    told = wire.inside(held, "payment_method_details", "card", "three_d_secure")
    found = strict_json.convert(told, wire.ThreeDSecure)
    if found is None:
        return None
    return Authentication(
        version=found.version,
        challenged=outcomes.FLOWS.get(found.authentication_flow or ""),
        status=outcomes.TRANS_STATUS.get(found.result or ""),
        eci=found.electronic_commerce_indicator,
        transaction_id=found.transaction_id,
    )


def _is_of(held: Held, what: SentAttempt | SentRefund | Lookup) -> bool:
    """Say whether a refund is one of the charge that was named; of a charge there is no more."""
    if isinstance(what, SentAttempt) or isinstance(held, wire.Intent) or what.charge_ref is None:
        return True
    is_charge = captured_by(what.charge_ref) == "charge"
    return wire.id_of(held.charge if is_charge else held.payment_intent) == what.charge_ref


def _code(reply: PspReply, refusal: wire.Refusal | None) -> str:
    if refusal is None:
        return f"http_{reply.status}"
    return refusal.error.decline_code or refusal.error.code or refusal.error.type


def _retry_after(reply: PspReply) -> int | None:
    text = reply.headers.get("retry-after", "")
    is_whole = text.isascii() and text.isdigit() and len(text) <= _RETRY_AFTER_DIGITS
    return int(text) if is_whole else None
