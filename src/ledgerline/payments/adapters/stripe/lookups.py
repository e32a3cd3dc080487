"""How Stripe is asked what became of a charge or refund: reads only, at most eight of them."""

from collections.abc import Callable, Generator, Sequence
from typing import Final, TypeVar

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.stripe import reading, requests, wire
from ledgerline.payments.contract import Answer, Conversation, Merchant, PspReply, PspRequest
from ledgerline.payments.model import ChargeKind, EvidenceKind, Lookup, Outcome, Reading

SEVERAL_EXECUTIONS: Final = "several_executions"
TOO_MANY: Final = "too_many_to_look_through"
PAGES_MAX: Final = 6  # beside a search and a second look

_Held = TypeVar("_Held", wire.Intent, wire.Refund)
_T = TypeVar("_T")


def ask(what: Lookup, merchant: Merchant) -> Conversation:
    """Have the conversation about what was sent under our reference.

    What Stripe named is read by its id. Else a charge is searched by our reference; as the search
    is behind what was just written, what it misses is looked for among the customer's.
    """
    if what.kind is ChargeKind.REFUND:
        return (yield from _ask_for_refund(what, merchant))
    if what.psp_ref is not None:
        return (yield from _ask_for_intent(what, what.psp_ref, merchant))
    answer = yield requests.search(what.reference, merchant)
    found = _read(answer, wire.Found[wire.Intent])
    if found is None:
        return reading.unknown(answer, kind=EvidenceKind.STATUS_QUERY)
    ours: list[wire.Intent] | Reading = _of(what, found.data)
    customer = requests.split_token(what.psp_token or "")[0]
    if not ours and customer is not None:
        ours = yield from _listed(
            what,
            lambda after: requests.intents_of(what, customer, merchant, after=after),
            wire.Found[wire.Intent],
        )
    if isinstance(ours, Reading):
        return ours
    if len(ours) != 1:
        return _none_or_several(ours)
    # what was searched may be as it was a moment ago
    return (yield from _ask_for_intent(what, ours[0].id, merchant))


def _ask_for_intent(what: Lookup, psp_ref: str, merchant: Merchant) -> Conversation:
    answer = yield requests.intent(psp_ref, merchant)
    intent = _read(answer, wire.Intent)
    if intent is None:
        return reading.unknown(answer, kind=EvidenceKind.STATUS_QUERY)
    read = reading.of_intent(intent, kind=EvidenceKind.STATUS_QUERY)
    return reading.echoed(intent, read, what=what)


def _ask_for_refund(what: Lookup, merchant: Merchant) -> Conversation:
    if what.psp_ref is not None:
        answer = yield requests.one_refund(what.psp_ref, merchant)
        held = _read(answer, wire.Refund)
        if held is None:
            return reading.unknown(answer, kind=EvidenceKind.STATUS_QUERY)
    else:
        ours = yield from _listed(
            what,
            lambda after: requests.refunds_of(what, merchant, after=after),
            wire.Found[wire.Refund],
        )
        if isinstance(ours, Reading):
            return ours
        if len(ours) != 1:
            return _none_or_several(ours)
        held = ours[0]
    read = reading.of_held_refund(held, kind=EvidenceKind.STATUS_QUERY)
    return reading.echoed(held, read, what=what)


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


def _none_or_several(held: Sequence[object]) -> Reading:
    if not held:
        return Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY)
    # executed twice under one reference: for people to look at
    return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=SEVERAL_EXECUTIONS)


def _read(answer: Answer, kind: type[_T]) -> _T | None:
    if not isinstance(answer, PspReply) or answer.status != reading.OK:
        return None
    return strict_json.decode(answer.body, kind)
