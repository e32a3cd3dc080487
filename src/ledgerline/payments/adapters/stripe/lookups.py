"""How Stripe is asked what became of a charge or refund, and how it is told to cancel one.

To ask takes reads only, at most seven; to cancel takes one request more, which moves nothing.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.stripe import reading, requests, wire
from ledgerline.payments.contract import (
    Answer,
    Conversation,
    Merchant,
    PspReply,
    PspRequest,
    TransportFailure,
)
from ledgerline.payments.model import ChargeKind, EvidenceKind, Lookup, Outcome, Reading

SEVERAL_EXECUTIONS: Final = "several_executions"
TOO_MANY: Final = "too_many_to_look_through"
PAGES_MAX: Final = 6  # beside a look at what was found

_Held = TypeVar("_Held", wire.Intent, wire.Refund)
_T = TypeVar("_T")


def ask(what: Lookup, merchant: Merchant) -> Conversation:
    """Have the conversation about what was sent under our reference.

    What Stripe named is read by its id. Else it is looked for where nothing is behind: among the
    customer's PaymentIntents, or the refunds of the charge. Without a customer only a search by our
    reference is left, which misses what was just written. What was found is read again with its
    charge, as it is now: a hundred with theirs would be more than an answer may hold.
    """
    if what.kind is ChargeKind.REFUND:
        return (yield from _ask_for_refund(what, merchant))
    named = yield from _name_of(what, merchant)
    if isinstance(named, Reading):
        return named
    answer = yield requests.intent(named, merchant)
    return _told(what, answer, wire.Intent)


def cancel(what: Lookup, merchant: Merchant) -> Conversation:
    """Have the conversation that cancels a charge; whatever else it is by then is read as it is.

    What is not found is unknown: it may still arrive.
    """
    named = yield from _name_of(what, merchant)
    if isinstance(named, Reading):
        return replace(named, outcome=Outcome.UNKNOWN)
    answer = yield requests.cancel(named, merchant)
    if isinstance(answer, TransportFailure):
        return reading.unknown(answer)
    if answer.status != reading.OK:  # it is no charge to cancel, or was canceled before
        answer = yield requests.intent(named, merchant)
    return _told(what, answer, wire.Intent)


def _name_of(what: Lookup, merchant: Merchant) -> Generator[PspRequest, Answer, str | Reading]:
    """Return Stripe's id of a charge, or what it means that there is not one."""
    if what.psp_ref is not None:
        return what.psp_ref
    found = yield from _look_for_intents(what, merchant)
    if isinstance(found, Reading):
        return found
    return found[0].id if len(found) == 1 else _none_or_several(found)


def _look_for_intents(
    what: Lookup, merchant: Merchant
) -> Generator[PspRequest, Answer, list[wire.Intent] | Reading]:
    customer = requests.split_token(what.psp_token or "")[0]
    if customer is not None:
        return (
            yield from _listed(
                what,
                lambda after: requests.intents_of(what, customer, merchant, after=after),
                wire.Found[wire.Intent],
            )
        )
    answer = yield requests.search(what.reference, merchant)
    found = _read(answer, wire.Found[wire.Intent])
    if found is None:
        return reading.unknown(answer, kind=EvidenceKind.STATUS_QUERY)
    return _of(what, found.data)


def _ask_for_refund(what: Lookup, merchant: Merchant) -> Conversation:
    if what.psp_ref is not None:
        answer = yield requests.one_refund(what.psp_ref, merchant)
        return _told(what, answer, wire.Refund)
    found = yield from _listed(
        what,
        lambda after: requests.refunds_of(what, merchant, after=after),
        wire.Found[wire.Refund],
    )
    if isinstance(found, Reading):
        return found
    return _meaning(what, found[0]) if len(found) == 1 else _none_or_several(found)


def _listed(
    what: Lookup, ask_for: Callable[[str | None], PspRequest], kind: type[wire.Found[_Held]]
) -> Generator[PspRequest, Answer, list[_Held] | Reading]:
    """Look through a list to its end; ``ask_for`` builds the request for what follows an id."""
    ours: list[_Held] = []
    after = None
    for _ in range(PAGES_MAX):
        answer = yield ask_for(after)
        page = _read(answer, kind)
        if page is None:
            return reading.unknown(answer, kind=EvidenceKind.STATUS_QUERY)
        ours += _of(what, page.data)
        if not page.has_more or not page.data:
            return ours
        after = page.data[-1].id
    return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=TOO_MANY)


def _of(what: Lookup, held: Sequence[_Held]) -> list[_Held]:
    return [each for each in held if reading.reference_of(each) == what.reference]


def _told(what: Lookup, answer: Answer, kind: type[_Held]) -> Reading:
    held = _read(answer, kind)
    if held is None:
        return reading.unknown(answer, kind=EvidenceKind.STATUS_QUERY)
    return _meaning(what, held)


def _meaning(what: Lookup, held: reading.Held) -> Reading:
    kind = EvidenceKind.STATUS_QUERY
    if isinstance(held, wire.Intent):
        read = reading.of_intent(held, kind=kind)
    else:
        read = reading.of_held_refund(held, kind=kind)
    return reading.echoed(held, read, what=what)


def _none_or_several(held: Sequence[object]) -> Reading:
    if not held:
        return Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY)
    # executed twice under one reference: for people to look at
    return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=SEVERAL_EXECUTIONS)


def _read(answer: Answer, kind: type[_T]) -> _T | None:
    if not isinstance(answer, PspReply) or answer.status != reading.OK:
        return None
    return strict_json.decode(answer.body, kind)
