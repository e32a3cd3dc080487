"""How a dispute is defended: its reasons are asked for, a document supplied, the dispute defended.

Adyen's word for evidence is a defence: a reason of those it allows for the dispute, with documents
of the kinds that the reason asks for. Our pack is one document, so only reasons that one document
satisfies are offered, each as ``reason/kind of document``.

Source: Adyen's API explorer, "Disputes v30"; docs, "Manage disputes with the Disputes API".
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.adyen import reading, wire
from ledgerline.payments.contract import (
    Answer,
    Conversation,
    DefenceLook,
    Merchant,
    PspReply,
    PspRequest,
    TransportFailure,
)
from ledgerline.payments.disputes import Defences, SentEvidence
from ledgerline.payments.model import DeclineCategory, EvidenceKind, Outcome, Reading

DISPUTES_URL: Final = "disputes_url"  # the setting with the address of the Disputes API
ACCOUNT: Final = "merchant_account"
_API_KEY: Final = "api_key"
_OK: Final = 200
_GENERAL: Final = "SupplyDefenseMaterial"  # for whatever speaks for the charge
_REQUIRED: Final = frozenset({"Required", "AlternativeRequired"})
_ENOUGH: Final = "OneOrMore"
_REFUSED_ANYHOW: Final = "not_defended"


def look(dispute_ref: str, merchant: Merchant) -> DefenceLook:
    """Have the conversation about the reasons that a dispute may be defended for."""
    order = wire.DefencesOrder(
        dispute_psp_reference=dispute_ref, merchant_account_code=merchant.settings[ACCOUNT]
    )
    answer = yield _order("retrieveApplicableDefenseReasons", merchant, order=order)
    held = _decoded(answer, wire.DefenceReasons)
    if held is None or not held.dispute_service_result.success:
        return Defences(None)
    names = list(_names(held.defense_reasons))
    names.sort(key=lambda name: not name.startswith(f"{_GENERAL}/"))  # else in Adyen's order
    return Defences(tuple(names))


def _names(reasons: list[wire.DefenceReason]) -> Iterator[str]:
    """Name what one document is enough for."""
    for reason in reasons:
        needed = [kind for kind in reason.kinds if kind.requirement_level in _REQUIRED]
        if len(needed) > 1:
            continue
        some = [kind for kind in reason.kinds if kind.requirement_level == _ENOUGH]
        for kind in needed or some or reason.kinds:
            yield f"{reason.code}/{kind.code}"


def send(sent: SentEvidence, merchant: Merchant) -> Conversation:
    """Have the conversation that supplies a pack and defends the dispute with it.

    Until the second request is answered for it is not defended, whatever came of the document.
    """
    account = merchant.settings[ACCOUNT]
    reason, _, kind = (sent.defence or "").partition("/")
    document = wire.DefenceDocument(content=b64encode(sent.pack).decode(), code=kind)
    documents = wire.DocumentsOrder(
        documents=[document], dispute_psp_reference=sent.dispute_ref, merchant_account_code=account
    )
    key = f"{sent.reference}-file"
    answer = yield _order("supplyDefenseDocument", merchant, order=documents, key=key)
    supplied = _of_result(answer)
    if supplied.outcome is not Outcome.SUCCEEDED:
        is_refused = supplied.outcome is Outcome.DECLINED
        return supplied if is_refused else replace(supplied, outcome=Outcome.NOT_EXECUTED)
    order = wire.DefendOrder(
        reason=reason, dispute_psp_reference=sent.dispute_ref, merchant_account_code=account
    )
    answer = yield _order("defendDispute", merchant, order=order, key=sent.reference)
    return _of_result(answer)


def _of_result(answer: Answer) -> Reading:
    if isinstance(answer, TransportFailure):
        return reading.lost(answer)
    held = _decoded(answer, wire.DefenceAnswer)
    if held is None:
        found = reading.refused(answer)
        is_ours = found.category is DeclineCategory.REQUEST_REFUSED
        return replace(found, outcome=Outcome.DECLINED) if is_ours else found
    if held.dispute_service_result.success:
        return Reading(Outcome.SUCCEEDED, EvidenceKind.RESPONSE)
    told = strict_json.word(held.dispute_service_result.error_message)
    return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, code=told or _REFUSED_ANYHOW)


def _decoded(answer: Answer, kind: type[strict_json.T]) -> strict_json.T | None:
    if not isinstance(answer, PspReply) or answer.status != _OK:
        return None
    return strict_json.decode(answer.body, kind)


def _order(
    path: str, merchant: Merchant, *, order: wire.Order, key: str | None = None
) -> PspRequest:
    keyed = () if key is None else (("Idempotency-Key", key),)
    return PspRequest(
        method="POST",
        path=f"/{path}",
        moves_money=False,
        headers=(("Content-Type", "application/json"), *keyed),
        body=wire.encode(order),
        credentials=(("X-API-Key", merchant.secrets[_API_KEY].reveal()),),
        base=DISPUTES_URL,
    )
