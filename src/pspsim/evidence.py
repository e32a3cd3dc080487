"""Evidence of disputes in the native dialect: a PDF, under the merchant's reference."""

from base64 import b64decode
from binascii import Error
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from pspsim.charges import Reference
from pspsim.disputes import DisputeBody, Step, advance
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.records import Dispute, Kept, encode
from pspsim.replies import REPLAYED, Reply, RequestRefused, problem, refused

_KEPT: Final = "evidence"
_PDF: Final = b"%PDF-"
_ANSWERABLE: Final = frozenset({"warning", "needs_response"})


class EvidenceBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /v1/disputes/{id}/evidence``."""

    reference: Reference
    document: str


_decode: Final = msgspec.json.Decoder(EvidenceBody).decode


def serve(provider: Provider, request: Request, *, id_: str, query: str) -> Reply:
    """Take evidence for a dispute, or say what was taken under a reference."""
    name, _, rest = id_.partition("/")
    dispute = next((d for d in provider.own.later.disputes.values() if d.id == name), None)
    if dispute is None or rest != "evidence":
        return problem(404, "not_found", message="there is no such dispute")
    if request.method == b"GET":
        references = parse_qs(query).get("reference", [])
        if len(references) != 1:
            return refused(RequestRefused("give one reference to search for"))
        return _shown(references[0], provider.own.kept.get(_KEPT, {}).get(references[0]))
    if request.method != b"POST":
        return problem(405, "method_not_allowed")
    try:
        return _take(provider, dispute, request)
    except RequestRefused as refusal:
        return refused(refusal)


def _take(provider: Provider, dispute: Dispute, request: Request) -> Reply:
    try:
        body = _decode(request.body)
        document = b64decode(body.document, validate=True)
    except (msgspec.DecodeError, UnicodeDecodeError, Error) as error:
        raise RequestRefused(str(error)) from None
    if request.key.decode("latin-1") != body.reference:
        raise RequestRefused("the Idempotency-Key is not the reference")
    held = provider.own.kept.get(_KEPT, {}).get(body.reference)
    if held is not None:
        return _shown(body.reference, held, headers=REPLAYED)
    if not document.startswith(_PDF):
        raise RequestRefused("document: only PDF is taken")
    if dispute.status not in _ANSWERABLE:
        raise RequestRefused(f"the dispute is {dispute.status} and takes no evidence")
    if provider.books.now > dispute.due_by:
        raise RequestRefused("the time to answer is over")
    kept = {"dispute": dispute.id, "bytes": len(document)}
    provider.books.record(Kept(provider.name, _KEPT, body.reference, kept))
    advance(provider, DisputeBody(provider.name, dispute.reference, Step.SUBMIT))
    return _shown(body.reference, kept)


def _shown(reference: str, held: Any, *, headers: bytes = b"") -> Reply:
    status = "none" if held is None else "accepted"
    return Reply(200, encode({"reference": reference, "status": status}), headers)
