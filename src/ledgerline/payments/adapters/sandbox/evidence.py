"""Evidence in the dialect: handed in once, under our reference, and found by it.

Source: the public API documentation of the simulated providers.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.sandbox import outcomes, reading, wire
from ledgerline.payments.adapters.sandbox.setting_up import credentials
from ledgerline.payments.contract import Answer, Merchant, PspRequest, TransportFailure
from ledgerline.payments.disputes import SentEvidence
from ledgerline.payments.model import DeclineCategory, EvidenceKind, Outcome, Reading

_OK: Final = 200
STATES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {"accepted": Outcome.SUCCEEDED, "none": Outcome.ABSENT}
)


def order(sent: SentEvidence, merchant: Merchant) -> PspRequest:
    """Hand a pack in, under whose reference the provider keeps its answer."""
    body = wire.EvidenceOrder(sent.reference, b64encode(sent.pack).decode())
    return PspRequest(
        method="POST",
        path=_path(sent),
        moves_money=False,
        headers=(("Content-Type", "application/json"), ("Idempotency-Key", sent.reference)),
        body=wire.encode(body),
        credentials=credentials(merchant),
    )


def search(sent: SentEvidence, merchant: Merchant) -> PspRequest:
    """Ask what was handed in under our reference."""
    return PspRequest(
        method="GET",
        path=f"{_path(sent)}?reference={quote(sent.reference, safe='')}",
        moves_money=False,
        credentials=credentials(merchant),
    )


def of_answer(sent: SentEvidence, reply: Answer) -> Reading:
    """Read the answer to a pack; what is understood and refused is refused."""
    if isinstance(reply, TransportFailure):
        outcome = outcomes.TRANSPORT.get(reply.phase, Outcome.UNKNOWN)
        return Reading(outcome, EvidenceKind.TRANSPORT, code=str(reply.phase))
    if reply.status in outcomes.BEFORE_EXECUTION:
        found = reading.refused(reply, outcomes.BEFORE_EXECUTION[reply.status])
        is_ours = found.category is DeclineCategory.REQUEST_REFUSED
        return replace(found, outcome=Outcome.DECLINED) if is_ours else found
    return _told(sent, reply, kind=EvidenceKind.RESPONSE)


def of_lookup(sent: SentEvidence, reply: Answer) -> Reading:
    """Read what a query found."""
    if isinstance(reply, TransportFailure):
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code=str(reply.phase))
    return _told(sent, reply, kind=EvidenceKind.STATUS_QUERY)


def _told(sent: SentEvidence, reply: Answer, *, kind: EvidenceKind) -> Reading:
    assert not isinstance(reply, TransportFailure), reply
    held = strict_json.decode(reply.body, wire.HeldEvidence) if reply.status == _OK else None
    if held is None:
        return reading.unknown(kind, reply)
    if held.reference != sent.reference:
        return Reading(Outcome.UNKNOWN, kind, code=reading.REFERENCE_MISMATCH)
    return Reading(STATES.get(held.status, Outcome.UNKNOWN), kind, code=held.status)


def _path(sent: SentEvidence) -> str:
    return f"/v1/disputes/{quote(sent.dispute_ref, safe='')}/evidence"
