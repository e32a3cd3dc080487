"""How an answer of the dialect is read. Never raises, whatever the bytes are."""

from collections.abc import Sequence
from typing import Final

import msgspec

from ledgerline.base.money import EXPONENTS, Money, currency
from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.sandbox import outcomes, wire
from ledgerline.payments.authentication import Authentication, PayerAction
from ledgerline.payments.contract import PspReply, TransportFailure
from ledgerline.payments.model import (
    NOTHING_KNOWN,
    CardFacts,
    ChargeKind,
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
SEVERAL_EXECUTIONS: Final = "several_executions"
UNREADABLE: Final = "unreadable"
_RETRY_AFTER_DIGITS: Final = 5  # a day and more: nobody waits longer on a header

Held = wire.Charge | wire.Refund


def of_answer(what: SentAttempt | SentRefund, reply: PspReply | TransportFailure) -> Reading:
    """Read the answer to a charge or refund."""
    if isinstance(reply, TransportFailure):
        outcome = outcomes.TRANSPORT.get(reply.phase, Outcome.UNKNOWN)
        return Reading(outcome, EvidenceKind.TRANSPORT, code=str(reply.phase))
    if reply.status in outcomes.BEFORE_EXECUTION:
        return refused(reply, outcomes.BEFORE_EXECUTION[reply.status])
    if reply.status == outcomes.CANCELED[0]:
        return too_late(reply)
    held: Held | None
    if isinstance(what, SentAttempt):
        held, meaning = strict_json.decode(reply.body, wire.Charge), outcomes.CHARGE_ANSWERS
    else:
        held, meaning = strict_json.decode(reply.body, wire.Refund), outcomes.REFUND_ANSWERS
    if held is None:
        return unknown(EvidenceKind.RESPONSE, reply)
    outcome = meaning.get((reply.status, held.status), Outcome.UNKNOWN)
    charge_ref = what.charge_ref if isinstance(what, SentRefund) else None
    if charge_ref is not None and isinstance(held, wire.Refund) and held.charge != charge_ref:
        return Reading(Outcome.UNKNOWN, EvidenceKind.RESPONSE, code=REFERENCE_MISMATCH)
    return _echoed(held, of_held(held, outcome, kind=EvidenceKind.RESPONSE), what=what)


def of_lookup(what: Lookup, reply: PspReply | TransportFailure) -> Reading:
    """Read what a status query found. A query that failed says nothing about its subject."""
    kind = EvidenceKind.STATUS_QUERY
    if isinstance(reply, TransportFailure):
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code=str(reply.phase))
    found: wire.Charges | wire.Refunds | None
    if what.kind is ChargeKind.CHARGE:
        found = strict_json.decode(reply.body, wire.Charges)
    else:
        found = strict_json.decode(reply.body, wire.Refunds)
    if reply.status != 200 or found is None:  # noqa: PLR2004  # the one documented answer
        return unknown(kind, reply)
    return _of_found(what, found.data)


def of_cancellation(what: Lookup, reply: PspReply | TransportFailure) -> Reading:
    """Read what became of the wish to end a charge; what is not confirmed says nothing."""
    if isinstance(reply, TransportFailure):
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code=str(reply.phase))
    found = strict_json.decode(reply.body, wire.Cancellation)
    if reply.status != 200 or found is None:  # noqa: PLR2004  # the one documented answer
        return unknown(EvidenceKind.STATUS_QUERY, reply)
    if found.canceled and all(held.status == "canceled" for held in found.data):
        return Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)
    return _of_found(what, found.data)


def _of_found(what: Lookup, data: Sequence[Held]) -> Reading:
    kind = EvidenceKind.STATUS_QUERY
    match data:
        case ():
            return Reading(Outcome.ABSENT, kind)
        case (held,):
            return _echoed(held, of_held(held, outcome_of(held), kind=kind), what=what)
        case _:  # the provider executed one reference twice: for people to look at
            return Reading(Outcome.UNKNOWN, kind, code=SEVERAL_EXECUTIONS)


def outcome_of(held: Held) -> Outcome:
    """Return what the state of an object means where no HTTP status stands beside it."""
    states = outcomes.CHARGE_STATES if isinstance(held, wire.Charge) else outcomes.REFUND_STATES
    return states.get(held.status, Outcome.UNKNOWN)


def of_held(held: Held, outcome: Outcome, *, kind: EvidenceKind) -> Reading:
    """Read an object whose state means ``outcome``; a refusal must be final and its word known."""
    if held.currency not in EXPONENTS:
        return Reading(Outcome.UNKNOWN, kind, psp_ref=held.id, code=AMOUNT_MISMATCH)
    amount = Money(held.amount, currency(held.currency))
    if isinstance(held, wire.Refund):
        return Reading(outcome, kind, psp_ref=held.id, amount=amount)
    card, network_id = card_of(held), strict_json.word(held.network_transaction_id)
    if outcome is not Outcome.DECLINED:
        return Reading(
            outcome,
            EvidenceKind.VOID_CONFIRMED if outcome is Outcome.NOT_EXECUTED else kind,
            psp_ref=held.id,
            amount=amount,
            card=card,
            network_id=network_id,
            action=action_of(held),
            authentication=authentication_of(held),
        )
    code, category = declined(held)
    is_understood = held.final and category is not None
    return Reading(
        Outcome.DECLINED if is_understood else Outcome.UNKNOWN,
        kind,
        psp_ref=held.id,
        amount=amount,
        code=code,
        category=category or DeclineCategory.UNMAPPED,
        card=card,
        authentication=authentication_of(held),
    )


def action_of(held: wire.Charge | wire.Setup) -> PayerAction | None:
    """Read what the payer has to open."""
    action = strict_json.convert(held.action, wire.Action)
    return None if action is None else PayerAction(url=action.url, expires_at=action.expires_at)


def authentication_of(held: wire.Charge | wire.Setup) -> Authentication | None:
    """Read what is told of the authentication; it says nothing about the money."""
    found = strict_json.convert(held.three_ds, wire.ThreeDs)
    if found is None:
        return None
    return Authentication(
        version=found.version,
        challenged=None if found.flow is None else found.flow == "challenge",
        status=found.status,
        eci=found.eci,
        transaction_id=found.transaction_id,
        liability_shifted=found.liability_shift,
    )


def card_of(held: wire.Charge | wire.Setup) -> CardFacts:
    """Read what is told of the card; what is not understood says nothing about the money."""
    card = strict_json.convert(held.card, wire.Card)
    return NOTHING_KNOWN if card is None else understood(msgspec.to_builtins(card))


def declined(held: wire.Charge | wire.Setup) -> tuple[str | None, DeclineCategory | None]:
    """Return the provider's word and our category; None for a word that is not mapped."""
    if held.decline_code is not None:
        return held.decline_code, outcomes.DECLINE_CODES.get(held.decline_code)
    if held.network_code is not None:
        return held.network_code, outcomes.NETWORK_CODES.get(held.network_code)
    return None, DeclineCategory.UNMAPPED  # a refusal may come without a reason


def _echoed(held: Held, reading: Reading, *, what: SentAttempt | SentRefund | Lookup) -> Reading:
    """Keep a reading only if the object is the one we asked for, to the last minor unit."""
    if held.reference != what.reference:
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


def too_late(reply: PspReply) -> Reading:
    """Read the answer to what came after its cancellation: it is never executed."""
    refusal = strict_json.decode(reply.body, wire.Refusal)
    if refusal is None or refusal.error.code != outcomes.CANCELED[1]:
        return unknown(EvidenceKind.RESPONSE, reply)
    return Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED, code=refusal.error.code)


def refused(reply: PspReply, refused: outcomes.Refused) -> Reading:
    """Read a status that is documented as before execution."""
    refusal = strict_json.decode(reply.body, wire.Refusal)
    if refused.needs_body and refusal is None:
        return unknown(EvidenceKind.RESPONSE, reply)
    return Reading(
        Outcome.NOT_EXECUTED,
        EvidenceKind.RESPONSE,
        code=_code(reply, refusal),
        category=refused.category,
        retry_after_seconds=_retry_after(reply),
    )


def unknown(kind: EvidenceKind, reply: PspReply) -> Reading:
    """Read an answer that proves nothing, and keep its word and when to ask again."""
    code = _code(reply, strict_json.decode(reply.body, wire.Refusal))
    refused = outcomes.BEFORE_EXECUTION.get(reply.status)
    return Reading(
        Outcome.UNKNOWN,
        kind,
        code=code,
        category=None if refused is None or refused.needs_body else refused.category,
        retry_after_seconds=_retry_after(reply),
    )


def _code(reply: PspReply, refusal: wire.Refusal | None) -> str:
    return f"http_{reply.status}" if refusal is None else refusal.error.code


def _retry_after(reply: PspReply) -> int | None:
    text = reply.headers.get("retry-after", "")
    is_whole = text.isascii() and text.isdigit() and len(text) <= _RETRY_AFTER_DIGITS
    return int(text) if is_whole else None
