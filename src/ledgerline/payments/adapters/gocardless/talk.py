"""The conversations: what is asked after what, until it is known what it all means."""

from collections.abc import Generator
from typing import Any, Final

from ledgerline.payments.adapters.gocardless import outcomes, reading, requests, wire
from ledgerline.payments.adapters.strict_json import decode
from ledgerline.payments.contract import (
    Answer,
    Conversation,
    Merchant,
    PspReply,
    PspRequest,
    TransportFailure,
)
from ledgerline.payments.model import (
    ChargeKind,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
)

PAGES_MAX: Final = 5  # of eight requests, with one before and one after


def creation(what: SentAttempt | SentRefund, merchant: Merchant) -> Conversation:
    """Create a payment or refund; a key that was used leads on to what it created."""
    answer = yield requests.create(what, merchant)
    if isinstance(answer, TransportFailure):
        return reading.of_transport(answer)
    if answer.status == outcomes.CREATED:
        return (yield from _concluded(what, merchant, answer, kind=EvidenceKind.RESPONSE))
    used = reading.of_conflict(answer)
    if used is not None and used.psp_ref is not None:
        found = yield requests.one(requests.collection_of(what), used.psp_ref, merchant)
        return (yield from _of_one(what, merchant, found, about=used))
    if used is not None:
        return used
    if not reading.is_state(answer):
        return reading.of_refusal(answer)
    # It is not documented whether a key or the state of things is looked at first. So an earlier
    # call under this key may have created what would be impossible now.
    earlier = yield from _listed(what, merchant)
    return reading.of_state(what, answer) if earlier.outcome is Outcome.ABSENT else earlier


def lookup(what: Lookup, merchant: Merchant) -> Conversation:
    """Ask for an object by its id where that is known, else look for our reference in a list."""
    if what.psp_ref is None:
        return (yield from _listed(what, merchant))
    found = yield requests.one(requests.collection_of(what), what.psp_ref, merchant)
    return (yield from _of_one(what, merchant, found, about=None))


def cancellation(what: Lookup, merchant: Merchant) -> Conversation:
    """Cancel a payment; whatever else it is by then is read as it is.

    What is not found is unknown: it may still arrive.
    """
    named = what.psp_ref
    if named is None:
        found = yield from _listed(what, merchant)
        if found.outcome is not Outcome.PENDING or found.psp_ref is None:
            return reading.of_canceled(found)
        named = found.psp_ref
    answer = yield requests.cancel(named, merchant)
    if isinstance(answer, TransportFailure):
        return reading.unread(answer)
    kind = EvidenceKind.STATUS_QUERY
    if answer.status != outcomes.FOUND:  # the banks have it, or it is over
        answer = yield requests.one(requests.PAYMENTS, named, merchant)
        return reading.of_canceled((yield from _of_one(what, merchant, answer, about=None)))
    held = wire.held_in(answer.body, ChargeKind.CHARGE)
    if held is None:
        return Reading(Outcome.UNKNOWN, kind, code=reading.UNREADABLE)
    return reading.of_canceled(reading.of_held(what, held, kind))


def _of_one(
    what: reading.Asked, merchant: Merchant, answer: Answer, *, about: Reading | None
) -> Conversation:
    if isinstance(answer, TransportFailure) or answer.status != outcomes.FOUND:
        return reading.unread(answer, about)
    return (yield from _concluded(what, merchant, answer, kind=EvidenceKind.STATUS_QUERY))


def _concluded(
    what: reading.Asked, merchant: Merchant, answer: PspReply, *, kind: EvidenceKind
) -> Conversation:
    held = wire.held_in(answer.body, requests.kind_of(what))
    if held is None:
        return Reading(Outcome.UNKNOWN, kind, code=reading.UNREADABLE)
    return (yield from _explained(what, merchant, held, kind=kind))


def _explained(
    what: reading.Asked, merchant: Merchant, held: wire.Held, *, kind: EvidenceKind
) -> Conversation:
    """Read an object and, where it brought no money, ask its events why."""
    means = reading.of_held(what, held, kind)
    is_told = isinstance(held, wire.Payment) and held.status in reading.TOLD_BY_EVENTS
    if means.outcome is not Outcome.DECLINED or not is_told:
        return means
    events = yield requests.events_of(held.id, held.status, merchant)
    return reading.caused(means, held.id, events, action=held.status)


def _listed(what: reading.Asked, merchant: Merchant) -> Conversation:
    """Look for our reference in the list where it must be; absent only if the list was read up."""
    kind = EvidenceKind.STATUS_QUERY
    found = yield from _search(what, merchant)
    if isinstance(found, Reading):
        return found
    if len(found) > 1:  # the provider executed one reference twice: for people to look at
        return Reading(Outcome.UNKNOWN, kind, code=reading.SEVERAL_EXECUTIONS)
    if not found:
        return Reading(Outcome.ABSENT, kind)
    held = wire.held_as(found[0], requests.kind_of(what))
    if held is None:
        return Reading(Outcome.UNKNOWN, kind, code=reading.UNREADABLE)
    return (yield from _explained(what, merchant, held, kind=kind))


def _search(
    what: reading.Asked, merchant: Merchant
) -> Generator[PspRequest, Answer, list[Any] | Reading]:
    """Read pages to their end and return what bears our reference, or why that is not known."""
    found: list[Any] = []
    after: str | None = None
    for _ in range(PAGES_MAX):
        answer = yield requests.page(what, merchant, after=after)
        page = decode(answer.body, wire.Page) if isinstance(answer, PspReply) else None
        if isinstance(answer, TransportFailure) or answer.status != outcomes.FOUND or page is None:
            return reading.unread(answer)
        is_charge = requests.kind_of(what) is ChargeKind.CHARGE
        things = page.payments if is_charge else page.refunds
        if things is None:
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=reading.UNREADABLE)
        found += [each for each in things if _bears(each, what.reference)]
        after = page.meta.cursors.after
        if after is None:
            return found
    if found:
        return found
    return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=reading.LIST_TOO_LONG)


def _bears(thing: object, reference: str) -> bool:
    return isinstance(thing, dict) and wire.reference_in(thing.get("metadata")) == reference
