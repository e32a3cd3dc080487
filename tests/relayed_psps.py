"""A gateway that passes everything on, for fakes that change one thing of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from typing_extensions import override

from ledgerline.payments.capabilities import Capabilities, Light
from ledgerline.payments.disputes import Defences, SentEvidence
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Lookup,
    Outcome,
    Psps,
    Reading,
    Sent,
    SentAttempt,
    VerifiedEvent,
)
from ledgerline.payments.scores import Model
from ledgerline.payments.setups import SentSetup


@dataclass(slots=True)
class Relayed(Psps):
    """Another gateway, unchanged."""

    gateway: Psps

    @override
    def capabilities(self, account: str) -> Capabilities:
        return self.gateway.capabilities(account)

    @override
    def is_loaded(self, account: str) -> bool:
        return self.gateway.is_loaded(account)

    @override
    def call_deadline(self, account: str) -> timedelta:
        return self.gateway.call_deadline(account)

    @override
    def clock(self, account: str) -> datetime | None:
        return self.gateway.clock(account)

    @override
    def prepared(self, what: Sent) -> Sent:
        return self.gateway.prepared(what)

    @override
    def lights(self, *, now: datetime, to_charge: bool) -> Mapping[str, Light]:
        return self.gateway.lights(now=now, to_charge=to_charge)

    @override
    def model(self) -> Model | None:
        return self.gateway.model()

    @override
    async def call(self, what: Action) -> Reading:
        return await self.gateway.call(what)

    @override
    async def confirm(self, sent: SentAttempt, result: str) -> Reading:
        return await self.gateway.confirm(sent, result)

    @override
    async def cancel(self, subject: Lookup) -> Reading:
        return await self.gateway.cancel(subject)

    @override
    async def set_up(self, sent: SentSetup) -> Reading:
        return await self.gateway.set_up(sent)

    @override
    async def find_set_up(self, subject: Lookup) -> Reading:
        return await self.gateway.find_set_up(subject)

    @override
    async def confirm_set_up(self, sent: SentSetup, result: str) -> Reading:
        return await self.gateway.confirm_set_up(sent, result)

    @override
    async def cancel_set_up(self, subject: Lookup) -> Reading:
        return await self.gateway.cancel_set_up(subject)

    @override
    async def defences(self, account: str, dispute_ref: str) -> Defences:
        return await self.gateway.defences(account, dispute_ref)

    @override
    async def send_evidence(self, sent: SentEvidence) -> Reading:
        return await self.gateway.send_evidence(sent)

    @override
    async def find_evidence(self, sent: SentEvidence) -> Reading:
        return await self.gateway.find_evidence(sent)

    @override
    def read_webhook(
        self, account: str, headers: Mapping[str, str], raw: bytes, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        return self.gateway.read_webhook(account, headers, raw, now=now)


@dataclass(slots=True)
class Mute(Relayed):
    """A provider that does what it is asked and answers nothing."""

    @override
    async def call(self, what: Action) -> Reading:
        await self.gateway.call(what)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)
