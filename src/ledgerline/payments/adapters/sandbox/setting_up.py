"""Set-ups of the dialect: requests, and how what comes back is read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from msgspec import UNSET

from ledgerline.base.money import EXPONENTS, Money, currency
from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.sandbox import outcomes, reading, wire
from ledgerline.payments.contract import Answer, Merchant, PspRequest, TransportFailure
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    VerifiedEvent,
)
from ledgerline.payments.setups import Saved, SentSetup

API_SECRET: Final = "api_secret"  # noqa: S105 - its name
_SETUPS: Final = "/v1/setups"
_OK: Final = 200

# (HTTP status, status of the object); a pair that contradicts itself is not here.
ANSWERS: Final[Mapping[tuple[int, str], Outcome]] = MappingProxyType(
    {
        (200, "succeeded"): Outcome.SUCCEEDED,
        (202, "pending"): Outcome.PENDING,
        (202, "requires_action"): Outcome.REQUIRES_ACTION,
        (402, "declined"): Outcome.DECLINED,
    }
)
# Webhook type: the state its object must be in.
EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "setup.succeeded": "succeeded",
        "setup.declined": "declined",
        "setup.canceled": "canceled",
    }
)


def order(sent: SentSetup, merchant: Merchant) -> PspRequest:
    """Ask for a set-up, under whose reference the provider keeps its answer."""
    body = wire.SetupOrder(
        reference=sent.reference,
        currency=sent.currency,
        payment_token=sent.psp_token or UNSET,
        return_url=sent.return_url or UNSET,
        challenge=sent.challenge or UNSET,
    )
    return PspRequest(
        method="POST",
        path=_SETUPS,
        moves_money=False,
        headers=(("Content-Type", "application/json"), ("Idempotency-Key", sent.reference)),
        body=wire.encode(body),
        credentials=credentials(merchant),
    )


def search(subject: Lookup, merchant: Merchant) -> PspRequest:
    """Look for set-ups by our reference."""
    return PspRequest(
        method="GET",
        path=f"{_SETUPS}?reference={quote(subject.reference, safe='')}",
        moves_money=False,
        credentials=credentials(merchant),
    )


def cancel(subject: Lookup, merchant: Merchant) -> PspRequest:
    """End what is under our reference, and what may still arrive."""
    return PspRequest(
        method="POST",
        path=f"{_SETUPS}/cancel",
        moves_money=False,
        headers=(("Content-Type", "application/json"),),
        body=wire.encode(wire.CancelOrder(subject.reference)),
        credentials=credentials(merchant),
    )


def credentials(merchant: Merchant) -> tuple[tuple[str, str], ...]:
    """Return the header that says who asks."""
    return (("Authorization", f"Bearer {merchant.secrets[API_SECRET].reveal()}"),)


def of_answer(sent: SentSetup, reply: Answer) -> Reading:
    """Read the answer to a set-up."""
    if isinstance(reply, TransportFailure):
        outcome = outcomes.TRANSPORT.get(reply.phase, Outcome.UNKNOWN)
        return Reading(outcome, EvidenceKind.TRANSPORT, code=str(reply.phase))
    if reply.status in outcomes.BEFORE_EXECUTION:
        return reading.refused(reply, outcomes.BEFORE_EXECUTION[reply.status])
    if reply.status == outcomes.CANCELED[0]:
        return reading.too_late(reply)
    held = strict_json.decode(reply.body, wire.Setup)
    if held is None:
        return reading.unknown(EvidenceKind.RESPONSE, reply)
    outcome = ANSWERS.get((reply.status, held.status), Outcome.UNKNOWN)
    subject = (sent.reference, sent.currency)
    return _echoed(held, of_held(held, outcome, kind=EvidenceKind.RESPONSE), subject)


def of_lookup(subject: Lookup, reply: Answer) -> Reading:
    """Read what a status query found. A query that failed says nothing about its subject."""
    if isinstance(reply, TransportFailure):
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code=str(reply.phase))
    found = strict_json.decode(reply.body, wire.Setups) if reply.status == _OK else None
    if found is None:
        return reading.unknown(EvidenceKind.STATUS_QUERY, reply)
    return _of_found(subject, found.data)


def of_cancellation(subject: Lookup, reply: Answer) -> Reading:
    """Read what became of the wish to end a set-up; what is not confirmed says nothing."""
    if isinstance(reply, TransportFailure):
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code=str(reply.phase))
    found = strict_json.decode(reply.body, wire.SetupCancellation) if reply.status == _OK else None
    if found is None:
        return reading.unknown(EvidenceKind.STATUS_QUERY, reply)
    if found.canceled and all(held.status == "canceled" for held in found.data):
        return Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)
    return _of_found(subject, found.data)


def of_held(held: wire.Setup, outcome: Outcome, *, kind: EvidenceKind) -> Reading:
    """Read a set-up whose state means ``outcome``; a refusal must be final and its word known."""
    card, about = reading.card_of(held), strict_json.convert(held.card, wire.Card)
    amount = Money(0, currency(held.currency)) if held.currency in EXPONENTS else None
    authentication = reading.authentication_of(held)
    if outcome is Outcome.DECLINED:
        code, category = reading.declined(held)
        is_understood = held.final and category is not None
        return Reading(
            Outcome.DECLINED if is_understood else Outcome.UNKNOWN,
            kind,
            psp_ref=held.id,
            amount=amount,
            code=code,
            category=category or DeclineCategory.UNMAPPED,
            card=card,
            authentication=authentication,
        )
    saved = None
    if outcome is Outcome.SUCCEEDED and held.payment_token is not None:
        saved = Saved(
            held.payment_token,
            None if about is None else about.brand,
            None if about is None else about.last4,
        )
    return Reading(
        outcome,
        EvidenceKind.VOID_CONFIRMED if outcome is Outcome.NOT_EXECUTED else kind,
        psp_ref=held.id,
        amount=amount,
        card=card,
        network_id=strict_json.word(held.network_transaction_id),
        action=reading.action_of(held),
        authentication=authentication,
        saved=saved,
    )


def told(event_key: str, event: wire.Event) -> VerifiedEvent:
    """Read a webhook about a set-up; one that its own object contradicts proves nothing."""
    held = strict_json.convert(event.data, wire.Setup)
    found: Reading | None = None
    if held is not None:
        agrees = held.status == EVENTS[event.type]
        outcome = _state(held) if agrees else Outcome.UNKNOWN
        found = of_held(held, outcome, kind=EvidenceKind.WEBHOOK)
    return VerifiedEvent(
        event_key=event_key,
        event_type=event.type,
        kind=ChargeKind.SETUP,
        reference=None if held is None else held.reference,
        reading=found,
    )


def _state(held: wire.Setup) -> Outcome:
    return outcomes.CHARGE_STATES.get(held.status, Outcome.UNKNOWN)


def _of_found(subject: Lookup, data: Sequence[wire.Setup]) -> Reading:
    kind = EvidenceKind.STATUS_QUERY
    match data:
        case ():
            return Reading(Outcome.ABSENT, kind)
        case (held,):
            about = (subject.reference, subject.amount.currency)
            return _echoed(held, of_held(held, _state(held), kind=kind), about)
        case _:  # the provider executed one reference twice: for people to look at
            return Reading(Outcome.UNKNOWN, kind, code=reading.SEVERAL_EXECUTIONS)


def _echoed(held: wire.Setup, found: Reading, subject: tuple[str, str]) -> Reading:
    """Keep a reading only if the object is the one we asked for."""
    if (held.reference, held.currency) != subject:
        return Reading(Outcome.UNKNOWN, found.kind, code=reading.REFERENCE_MISMATCH)
    return found
