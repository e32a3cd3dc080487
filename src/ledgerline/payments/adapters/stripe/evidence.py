"""How evidence is handed in for a dispute, and what comes back is read: a file, then the answer.

Source: Stripe API reference, "Create a file", "Update a dispute", "The Dispute object"; guide
"Respond to disputes using the API".
"""

from dataclasses import replace

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.stripe import reading, requests, wire
from ledgerline.payments.contract import (
    Answer,
    Conversation,
    Merchant,
    PspReply,
    TransportFailure,
)
from ledgerline.payments.disputes import SentEvidence
from ledgerline.payments.model import DeclineCategory, EvidenceKind, Outcome, Reading


def send(sent: SentEvidence, merchant: Merchant) -> Conversation:
    """Have the conversation that hands a pack in.

    Until the second request is answered for nothing was handed in, whatever came of the file.
    """
    answer = yield requests.upload(sent, merchant)
    file = _file_in(answer)
    if file is None:
        return replace(_failed(answer), outcome=Outcome.NOT_EXECUTED)
    answer = yield requests.answer_dispute(sent, file, merchant)
    held = _dispute_in(answer)
    if held is None:
        return _refused(answer)
    found = _told(sent, held, kind=EvidenceKind.RESPONSE)
    # what was just answered for and counts nothing contradicts itself
    return found if found.outcome is not Outcome.ABSENT else replace(found, outcome=Outcome.UNKNOWN)


def find(sent: SentEvidence, merchant: Merchant) -> Conversation:
    """Have the conversation about whether a pack was handed in."""
    answer = yield requests.dispute(sent.dispute_ref, merchant)
    held = _dispute_in(answer)
    if held is None:
        return replace(reading.unknown(answer), kind=EvidenceKind.STATUS_QUERY)
    return _told(sent, held, kind=EvidenceKind.STATUS_QUERY)


def _told(sent: SentEvidence, held: wire.AnsweredDispute, *, kind: EvidenceKind) -> Reading:
    """Read a dispute: evidence of any hand counts, for Stripe takes it once; ours says so."""
    if held.id != sent.dispute_ref:
        return Reading(Outcome.UNKNOWN, kind, code=reading.REFERENCE_MISMATCH)
    if held.evidence_details.submission_count == 0:
        return Reading(Outcome.ABSENT, kind, code=held.status)
    if strict_json.word(held.metadata.get(requests.REFERENCE)) != sent.reference:
        return Reading(Outcome.DECLINED, kind, code="answered_elsewhere")
    return Reading(Outcome.SUCCEEDED, kind, psp_ref=held.id)


def _refused(answer: Answer) -> Reading:
    """Read an error of the second request: what Stripe understood and refuses is refused."""
    found = _failed(answer)
    is_ours = found.category is DeclineCategory.REQUEST_REFUSED
    return replace(found, outcome=Outcome.DECLINED) if is_ours else found


def _failed(answer: Answer) -> Reading:
    if isinstance(answer, TransportFailure):
        return reading.lost(answer)
    if answer.status == reading.OK:
        return reading.unknown(answer)
    return reading.refused(answer, strict_json.decode(answer.body, wire.Refusal))


def _file_in(answer: Answer) -> str | None:
    if not isinstance(answer, PspReply) or answer.status != reading.OK:
        return None
    held = strict_json.decode(answer.body, wire.File)
    return None if held is None else held.id


def _dispute_in(answer: Answer) -> wire.AnsweredDispute | None:
    if not isinstance(answer, PspReply) or answer.status != reading.OK:
        return None
    return strict_json.decode(answer.body, wire.AnsweredDispute)
