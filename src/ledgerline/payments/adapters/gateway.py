"""The gateway: one way to all merchant accounts, whatever provider stands behind each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from typing_extensions import override

from ledgerline.base.http import Failure, HttpClient, Reply
from ledgerline.payments.model import (
    AccountAccess,
    Action,
    EvidenceKind,
    Outcome,
    Psp,
    PspReply,
    Psps,
    Reading,
    SignatureRefused,
    TransportFailure,
    TransportPhase,
    VerifiedEvent,
)


@dataclass(frozen=True, slots=True)
class Connection:
    """One merchant account and the connector that speaks its dialect."""

    access: AccountAccess
    psp: Psp


class Gateway(Psps):
    """Send what connectors build and let them read what came back. Keeps nothing about calls."""

    def __init__(self, connections: Mapping[str, Connection], client: HttpClient) -> None:
        """Serve ``connections``, by account code; ``client`` is entered and left by ``main``."""
        assert all(code == at.access.code for code, at in connections.items()), connections
        self._connections = connections
        self._client = client

    @override
    async def call(self, what: Action, *, deadline_seconds: float | None = None) -> Reading:
        at = self._connections.get(what.psp_account)
        if at is None:  # registered after this process started: proof that no byte left
            kind = EvidenceKind.TRANSPORT
            return Reading(Outcome.NOT_EXECUTED, kind, code="account_not_loaded")
        request = at.psp.build(what, at.access)
        answer = await self._client.send(
            at.access.base_url.rstrip("/") + request.path,
            method=request.method,
            headers=request.headers,
            body=request.body,
            deadline_seconds=(
                at.access.call_deadline_seconds if deadline_seconds is None else deadline_seconds
            ),
            in_flight=at.access.code,
        )
        return at.psp.read(what, _answer(answer))

    @override
    def read_webhook(
        self, account: str, headers: Mapping[str, str], raw: bytes, *, now: datetime
    ) -> VerifiedEvent:
        at = self._connections.get(account)
        if at is None:
            raise SignatureRefused("no such account", reason="account")
        return at.psp.read_webhook(headers, raw, at.access, now=now)


def _answer(answer: Reply | Failure) -> PspReply | TransportFailure:
    match answer:
        case Reply():
            return PspReply(answer.status, answer.headers, answer.body)
        case Failure():
            return TransportFailure(TransportPhase(answer.phase.value), answer.detail)
        case _:
            assert_never(answer)
