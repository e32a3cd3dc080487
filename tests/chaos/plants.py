"""Bugs that are planted to see whether the proof finds them. Nothing here is reachable from src."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from typing_extensions import override

from ledgerline.base.ids import AttemptId, Bucket, PaymentId
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    Action,
    AttemptState,
    Initiator,
    Outcome,
    Psps,
    Reading,
    SentAttempt,
    VerifiedEvent,
)
from ledgerline.payments.rows.attempts import NewAttemptRow

BLIND_COLLECTOR: Final = "blind_collector"
HASTY_TIMEOUT: Final = "hasty_timeout"
SETTLED_AWAY: Final = "settled_away"

_SQL: Final = statements(__name__)
_LOOK_AFTER: Final = timedelta(seconds=32)
_ONE_IN: Final = 4


@dataclass(frozen=True, slots=True)
class _Misreading(Psps):
    """A gateway that reads some answers to charges wrongly."""

    gateway: Psps
    plant: str

    @override
    async def call(self, what: Action, *, deadline_seconds: float | None = None) -> Reading:
        reading = await self.gateway.call(what, deadline_seconds=deadline_seconds)
        if not isinstance(what, SentAttempt):
            return reading
        if self.plant == HASTY_TIMEOUT and reading.outcome is Outcome.UNKNOWN:
            return replace(reading, outcome=Outcome.NOT_EXECUTED)
        drawn = what.attempt_id.int % _ONE_IN == 0
        if self.plant == SETTLED_AWAY and drawn and reading.outcome is Outcome.SUCCEEDED:
            return replace(reading, outcome=Outcome.DECLINED, code="do_not_honor")
        return reading

    @override
    def read_webhook(
        self, account: str, headers: object, raw: bytes, *, now: datetime
    ) -> VerifiedEvent:
        return self.gateway.read_webhook(account, headers, raw, now=now)  # type: ignore[arg-type] # passed on as it came


def planted(plant: str, gateway: Psps) -> Psps:
    """Return the gateway, or one with the planted misreading."""
    return _Misreading(gateway, plant) if plant in {HASTY_TIMEOUT, SETTLED_AWAY} else gateway


class _LiveRow(NamedTuple):
    bucket: int
    payment_id: UUID
    psp_account: str
    psp_token: str
    currency: str
    amount_minor: int


async def collect_blindly(run: Run, psps: Psps) -> int:
    """Charge payments again whose attempt is still open: what a collector without state does."""
    async with run.transaction() as tx:
        rows = await tx.rows(_SQL["read_open"], _LiveRow, nothing=None)
        ids = [AttemptId(one) for one in run.new_ids([Bucket(row.bucket) for row in rows])]
        now = run.now()
        await payments.add_attempts(
            tx,
            [
                NewAttemptRow(
                    bucket=Bucket(row.bucket),
                    payment_id=PaymentId(row.payment_id),
                    id=one,
                    ordinal=99,
                    psp_account=row.psp_account,
                    psp_token=row.psp_token,
                    currency=row.currency,
                    amount_minor=row.amount_minor,
                    initiator=Initiator.MERCHANT,
                    state=AttemptState.SENT,
                    state_before="-",
                    state_event="created",
                    sent_at=now,
                    resolve_at=now + _LOOK_AFTER,
                    looks=0,
                )
                for row, one in zip(rows, ids, strict=True)
            ],
        )
    for row, one in zip(rows, ids, strict=True):
        money = Money(row.amount_minor, Currency(row.currency))
        sent = SentAttempt(
            bucket=Bucket(row.bucket),
            attempt_id=one,
            payment_id=PaymentId(row.payment_id),
            psp_account=row.psp_account,
            amount=money,
            psp_token=row.psp_token,
            initiator=Initiator.MERCHANT,
        )
        reading = await psps.call(sent)
        await settle_attempt(run, [Evidence(sent.bucket, one, reading)])
    return len(rows)
