"""Refusals as HTTP: problem documents (RFC 9457)."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.access import model as access
from ledgerline.api import refusals
from ledgerline.api.statuses import STATUS
from ledgerline.base import ids
from ledgerline.base.errors import Rejected
from ledgerline.ledger import model as ledger
from ledgerline.payments import refusals as payments

RETRY_AFTER_SECONDS: Final[Mapping[type[Rejected], int]] = MappingProxyType(
    {
        refusals.DependencyUnavailable: 1,
        refusals.ProviderUnavailable: 60,
        payments.AccountsUnavailable: 30,
        payments.PspAccountNotLoaded: 30,
    }
)
RETRY_AFTER: Final = "retry_after_seconds"
"""The fact of a refusal that knows better when to come back."""
# Chance, not the request, made these refusals: a repeat with the same key may go through.
NOT_STORED: Final = frozenset(
    {
        access.IdempotencyKeyReused,
        ledger.CreditExhausted,
        payments.PspAccountNotLoaded,
        refusals.ProviderUnavailable,
    }
)
_BEARER: Final = 'Bearer realm="ledgerline"'
_SIGNATURE: Final = 'Signature realm="events"'  # a provider signs, each in its own way
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class FieldProblem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a request; ``pointer`` (RFC 6901) says where."""

    pointer: str
    code: str
    detail: str


class Decline(Struct, frozen=True, kw_only=True):
    """Why a payer was refused, and what may help; ``message`` is fit to be shown to the payer."""

    reason: str
    retry: str
    message: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal (RFC 9457); ``code`` is stable, the texts are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] = []
    facts: dict[str, str | int | bool] = {}
    purchase: str | None = None
    subscription: str | None = None
    payment: str | None = None
    decline: Decline | None = None


def problem(refused: Rejected, *, request_id: str) -> Problem:
    """Render a refusal; its facts follow, with ids in their outside form."""
    kind = type(refused)
    title = (kind.__doc__ or kind.code).partition("\n")[0].rstrip(".")
    detail = refused.detail or title
    return Problem(
        type=f"/docs/errors/{refused.code}",
        title=title,
        status=status_of(refused),
        detail=detail,
        code=refused.code,
        request_id=request_id,
        errors=_errors(refused, detail),
        facts=_facts(refused),
    )


def headers_of(refused: Rejected) -> dict[str, str]:
    """Return the headers that HTTP asks for beside a refusal, by its status."""
    headers: dict[str, str] = {}
    seconds = refused.facts.get(RETRY_AFTER, RETRY_AFTER_SECONDS.get(type(refused)))
    if isinstance(seconds, int):
        headers["Retry-After"] = str(max(1, seconds))
    if status_of(refused) == HTTPStatus.UNAUTHORIZED:
        signed = isinstance(refused, payments.SignatureRefused)
        headers["WWW-Authenticate"] = _SIGNATURE if signed else _BEARER
    if isinstance(refused, refusals.MethodNotAllowed):
        headers["Allow"] = str(refused.facts["allow"])
    return headers


def status_of(refused: Rejected) -> int:
    """Return the HTTP status of a refusal; one that is not in the table is a defect."""
    assert type(refused) in STATUS, type(refused)
    return STATUS[type(refused)].value


def is_stored(refused: Rejected) -> bool:
    """Tell whether an idempotency key keeps this refusal: a rule gave it, not chance."""
    stored = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    return type(refused) not in NOT_STORED and STATUS[type(refused)] in stored


def _errors(refused: Rejected, detail: str) -> list[FieldProblem]:
    """List what is wrong where: every mistake of a body, or the one place a rule refused."""
    mistakes = refused.facts.get("mistakes")
    if isinstance(mistakes, tuple):
        return [
            FieldProblem(pointer=one.pointer, code=one.kind.code, detail=one.detail)
            for one in mistakes
        ]
    pointer = refused.facts.get("pointer")
    if not isinstance(pointer, str):
        return []
    return [FieldProblem(pointer=pointer, code=refused.code, detail=detail)]


def _facts(refused: Rejected) -> dict[str, str | int | bool]:
    shown: dict[str, str | int | bool] = {}
    for name, value in refused.facts.items():
        if name == "pointer" or not isinstance(value, str | int):
            continue
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            shown[name] = value
        elif name in ids.PREFIXES:
            shown[name] = ids.encode(ids.PREFIXES[name], UUID(value))
    return shown
