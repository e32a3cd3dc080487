"""The defence of disputes: which reasons there are, documents, and the defence itself.

Source: Adyen's API explorer, "Disputes v30"; docs, "Manage disputes with the Disputes API".
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from pspsim.dialects.adyen import requests
from pspsim.dialects.adyen.answers import Refused
from pspsim.dialects.adyen.notifications import dispute_reference
from pspsim.disputes import DisputeBody, Step, advance
from pspsim.provider import Provider
from pspsim.records import Dispute, Kept, encode
from pspsim.replies import Reply

PREFIX: Final = "ca/services/DisputeService/v30/"
_KEPT: Final = "defences"
_ANSWERS: Final = "defence answers"
_ANSWERABLE: Final = frozenset({"warning", "needs_response"})
_KINDS: Final = frozenset({"application/pdf", "image/jpg", "image/jpeg", "image/tiff"})
_BYTES_MAX: Final = 2_000_000
_REASONS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "CreditOrCancellationPolicyProperlyDisclosed": (
        ("CardholderIdentification", "Required"),
        ("DisclosureAtPointOfInteraction", "Required"),
    ),
    "GoodsOrServicesProvided": (("TIDorInvoice", "Optional"), ("ProofOfGoods", "Required")),
    "SupplyDefenseMaterial": (("DefenseMaterial", "Optional"),),
}
"""By reason, the kinds of documents it asks for."""


def serve(provider: Provider, verb: str, *, body: bytes, key: str) -> Reply | None:
    """Answer a request about a dispute; None for one that is not played."""
    handle = _VERBS.get(verb)
    if handle is None:
        return None
    kept = provider.own.kept.get(_ANSWERS, {}).get(key) if key else None
    if kept is not None:
        return Reply(HTTPStatus.OK, encode(kept))
    plain = requests.read(body)
    requests.require_account(str(plain.get("merchantAccountCode", "")))
    name = str(plain.get("disputePspReference", ""))
    dispute = next(
        (d for d in provider.own.later.disputes.values() if dispute_reference(provider, d) == name),
        None,
    )
    if dispute is None:
        raise Refused("167", "Original pspReference required for this operation")
    said = handle(provider, dispute, plain)
    if key:
        provider.books.record(Kept(provider.name, _ANSWERS, key, said))
    return Reply(HTTPStatus.OK, encode(said))


def _result(problem: str = "") -> dict[str, Any]:
    failed = {"errorMessage": problem} if problem else {}
    return {"disputeServiceResult": {**failed, "success": not problem}}


def _held(provider: Provider, dispute: Dispute) -> list[str]:
    found: list[str] = provider.own.kept.get(_KEPT, {}).get(dispute.id, {"documents": []})[
        "documents"
    ]
    return found


def _look(provider: Provider, dispute: Dispute, _: Mapping[str, Any]) -> dict[str, Any]:
    held = _held(provider, dispute)
    reasons = [
        {
            "defenseReasonCode": reason,
            "defenseDocumentTypes": [
                {
                    "defenseDocumentTypeCode": kind,
                    "requirementLevel": level,
                    "available": kind in held,
                }
                for kind, level in kinds
            ],
            "satisfied": _is_satisfied(reason, held),
        }
        for reason, kinds in _REASONS.items()
    ]
    open_ = reasons if dispute.status in _ANSWERABLE else []
    return {"defenseReasons": open_, **_result()}


def _is_satisfied(reason: str, held: list[str]) -> bool:
    kinds = _REASONS[reason]
    return all(kind in held for kind, level in kinds if level == "Required") and any(
        kind in held for kind, _ in kinds
    )


def _supply(provider: Provider, dispute: Dispute, plain: Mapping[str, Any]) -> dict[str, Any]:
    if dispute.status not in _ANSWERABLE:
        return _result("Dispute is not defendable")
    held = _held(provider, dispute)
    for document in plain.get("defenseDocuments") or []:
        kind = document.get("defenseDocumentTypeCode")
        if not any(kind == one for kinds in _REASONS.values() for one, _ in kinds):
            return _result("Defense document type is not supported")
        try:
            content = b64decode(document.get("content", ""), validate=True)
        except Error:
            return _result("Defense document has no content")
        if document.get("contentType") not in _KINDS or not 0 < len(content) <= _BYTES_MAX:
            return _result("Defense document is not supported")
        held = [*held, kind]
    if not held:
        return _result("No defense documents")
    provider.books.record(Kept(provider.name, _KEPT, dispute.id, {"documents": held}))
    return _result()


def _defend(provider: Provider, dispute: Dispute, plain: Mapping[str, Any]) -> dict[str, Any]:
    if dispute.status not in _ANSWERABLE or provider.books.now > dispute.due_by:
        return _result("Dispute is not defendable")
    reason = str(plain.get("defenseReasonCode"))
    if reason not in _REASONS or not _is_satisfied(reason, _held(provider, dispute)):
        return _result("Defense reason is not satisfied")
    advance(provider, DisputeBody(provider.name, dispute.reference, Step.SUBMIT))
    return _result()


def _accept(provider: Provider, dispute: Dispute, _: Mapping[str, Any]) -> dict[str, Any]:
    if dispute.status not in _ANSWERABLE:
        return _result("Dispute cannot be accepted")
    advance(provider, DisputeBody(provider.name, dispute.reference, Step.LOSE))
    return _result()


_Verb = Callable[[Provider, Dispute, Mapping[str, Any]], dict[str, Any]]
_VERBS: Final[Mapping[str, _Verb]] = {
    "acceptDispute": _accept,
    "defendDispute": _defend,
    "retrieveApplicableDefenseReasons": _look,
    "supplyDefenseDocument": _supply,
}
