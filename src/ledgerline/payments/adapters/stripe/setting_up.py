"""How a SetupIntent is made, asked for and canceled, and what comes back is read.

Source: Stripe API reference, "The SetupIntent object", "The SetupAttempt object", "Types of
events"; guide "Save a payment method without making a payment".
"""

from collections.abc import Generator
from dataclasses import replace
from typing import Final, TypeVar

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.stripe import outcomes, reading, requests, wire
from ledgerline.payments.contract import (
    Answer,
    Conversation,
    Merchant,
    PspReply,
    PspRequest,
    TransportFailure,
)
from ledgerline.payments.model import (
    NOTHING_KNOWN,
    ChargeKind,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    VerifiedEvent,
)
from ledgerline.payments.setups import Saved, SentSetup

PAGES_MAX: Final = 5
SEVERAL: Final = "several_executions"
TOO_MANY: Final = "too_many_to_look_through"
_CARD_REFUSED: Final = 402
_T = TypeVar("_T")


def set_up(sent: SentSetup, merchant: Merchant) -> Conversation:
    """Have the conversation that sets a card up."""
    answer = yield requests.set_up(sent, merchant)
    if isinstance(answer, TransportFailure):
        return reading.lost(answer)
    if answer.status == reading.OK:
        held = strict_json.decode(answer.body, wire.SetupIntent)
        if held is None:
            return reading.unknown(answer)
        return _echoed(held, of_intent(held, kind=EvidenceKind.RESPONSE), sent.reference)
    refusal = strict_json.decode(answer.body, wire.Refusal)
    if answer.status != _CARD_REFUSED or refusal is None:
        return reading.refused(answer, refusal)
    held = strict_json.convert(refusal.error.setup_intent, wire.SetupIntent)
    if held is None:  # a refusal that does not say of what
        return reading.unknown(answer)
    found = of_intent(held, kind=EvidenceKind.RESPONSE, problem=refusal.error)
    if found.outcome is not Outcome.DECLINED:  # the status and its body contradict each other
        found = replace(found, outcome=Outcome.UNKNOWN)
    return _echoed(held, found, sent.reference)


def find(subject: Lookup, merchant: Merchant) -> Conversation:
    """Have the conversation about what became of a SetupIntent: by its id, else in a list."""
    named = yield from _name_of(subject, merchant)
    if isinstance(named, Reading):
        return named
    return _told(subject, (yield requests.set_up_intent(named, merchant)))


def cancel(subject: Lookup, merchant: Merchant) -> Conversation:
    """Have the conversation that cancels one; whatever else it is by then is read as it is."""
    named = yield from _name_of(subject, merchant)
    if isinstance(named, Reading):
        return replace(named, outcome=Outcome.UNKNOWN)
    answer = yield requests.cancel_set_up(named, merchant)
    if isinstance(answer, TransportFailure):
        return reading.unknown(answer)
    if answer.status != reading.OK:  # it has ended, or was canceled before
        answer = yield requests.set_up_intent(named, merchant)
    return _told(subject, answer)


def of_intent(
    held: wire.SetupIntent, *, kind: EvidenceKind, problem: wire.Problem | None = None
) -> Reading:
    """Read a SetupIntent; ``problem`` is why it was refused, if its last error is not it.

    Its states are those of a PaymentIntent. It has no network id: at Stripe a later charge rests on
    the payment method itself.
    """
    outcome = outcomes.INTENT_STATES.get(held.status, Outcome.UNKNOWN)
    problem = problem or strict_json.convert(held.last_setup_error, wire.Problem)
    card = strict_json.convert(_card_in(held, problem), wire.Card)
    found = Reading(
        outcome,
        EvidenceKind.VOID_CONFIRMED if outcome is Outcome.NOT_EXECUTED else kind,
        psp_ref=held.id,
        card=NOTHING_KNOWN if card is None else reading.card_facts(card),
        authentication=reading.authentication_in(held.latest_attempt),
    )
    match outcome:
        case Outcome.SUCCEEDED:
            return replace(found, saved=_saved(held, card))
        case Outcome.DECLINED:
            return reading.declined(found, problem)
        case Outcome.UNKNOWN:
            return replace(found, code=held.status)
        case Outcome.REQUIRES_ACTION:
            return replace(found, action=reading.action_of(held))
        case _:
            return found


def told(event: wire.Event) -> VerifiedEvent:
    """Read a webhook about a SetupIntent; one that its own object contradicts proves nothing."""
    held = strict_json.convert(event.data.object, wire.SetupIntent)
    found: Reading | None = None
    if held is not None:
        found = of_intent(held, kind=EvidenceKind.WEBHOOK)
        if held.status not in outcomes.SETUP_EVENTS[event.type]:
            found = Reading(
                Outcome.UNKNOWN, EvidenceKind.WEBHOOK, psp_ref=held.id, code=held.status
            )
    return VerifiedEvent(
        event_key=event.id,
        event_type=event.type,
        kind=ChargeKind.SETUP,
        reference=None if held is None else _reference_of(held),
        reading=found,
    )


def _card_in(held: wire.SetupIntent, problem: wire.Problem | None) -> object:
    card = wire.inside(held.payment_method, "card")
    return wire.inside(problem.payment_method, "card") if card is None and problem else card


def _saved(held: wire.SetupIntent, card: wire.Card | None) -> Saved | None:
    """Name what can be charged: the customer and the method, in the form of our tokens."""
    method, customer = wire.id_of(held.payment_method), wire.id_of(held.customer)
    if method is None:
        return None
    return Saved(
        method if customer is None else f"{customer}/{method}",
        None if card is None else strict_json.word(card.brand),
        None if card is None else strict_json.word(card.last4),
    )


def _name_of(subject: Lookup, merchant: Merchant) -> Generator[PspRequest, Answer, str | Reading]:
    """Return Stripe's id of a SetupIntent, or what it means that there is not one."""
    if subject.psp_ref is not None:
        return subject.psp_ref
    ours: list[wire.SetupIntent] = []
    after = None
    for _ in range(PAGES_MAX):
        answer = yield requests.set_ups_of(subject, merchant, after=after)
        page = _read(answer, wire.Found[wire.SetupIntent])
        if page is None:
            return reading.unknown(answer, kind=EvidenceKind.STATUS_QUERY)
        ours += [each for each in page.data if _reference_of(each) == subject.reference]
        if not page.has_more or not page.data:
            break
        after = page.data[-1].id
    else:
        return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=TOO_MANY)
    if not ours:
        return Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY)
    if len(ours) > 1:  # executed twice under one reference: for people to look at
        return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=SEVERAL)
    return ours[0].id


def _told(subject: Lookup, answer: Answer) -> Reading:
    held = _read(answer, wire.SetupIntent)
    if held is None:
        return reading.unknown(answer, kind=EvidenceKind.STATUS_QUERY)
    found = of_intent(held, kind=EvidenceKind.STATUS_QUERY)
    return _echoed(held, found, subject.reference)


def _echoed(held: wire.SetupIntent, found: Reading, reference: str) -> Reading:
    """Keep a reading only if the object is the one we asked for."""
    if _reference_of(held) != reference:
        return Reading(Outcome.UNKNOWN, found.kind, code=reading.REFERENCE_MISMATCH)
    return found


def _reference_of(held: wire.SetupIntent) -> str | None:
    return strict_json.word(held.metadata.get(requests.REFERENCE))


def _read(answer: Answer, kind: type[_T]) -> _T | None:
    if not isinstance(answer, PspReply) or answer.status != reading.OK:
        return None
    return strict_json.decode(answer.body, kind)
