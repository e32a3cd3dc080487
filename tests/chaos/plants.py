"""Bugs that are planted to see whether the proof finds them. Nothing here is reachable from src."""

from dataclasses import dataclass, replace
from datetime import timedelta
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
    Initiator,
    Outcome,
    Psps,
    Reading,
    SentAttempt,
)
from ledgerline.payments.rules.sending import attempt_to_commit
from tests.relayed_psps import Relayed

BLIND_COLLECTOR: Final = "blind_collector"
HASTY_TIMEOUT: Final = "hasty_timeout"
SETTLED_AWAY: Final = "settled_away"

_SQL: Final = statements(__name__)
_DEADLINE: Final = timedelta(seconds=30)
_ONE_IN: Final = 4


@dataclass(slots=True)
class _Misreading(Relayed):
    """A gateway that reads some answers to charges wrongly."""

    plant: str

    @override
    async def call(self, what: Action) -> Reading:
        reading = await self.gateway.call(what)
        if not isinstance(what, SentAttempt):
            return reading
        if self.plant == HASTY_TIMEOUT and reading.outcome is Outcome.UNKNOWN:
            return replace(reading, outcome=Outcome.NOT_EXECUTED)
        drawn = what.attempt_id.int % _ONE_IN == 0
        if self.plant == SETTLED_AWAY and drawn and reading.outcome is Outcome.SUCCEEDED:
            return replace(reading, outcome=Outcome.DECLINED, code="do_not_honor")
        return reading


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
        sent = [
            psps.prepared(
                SentAttempt(
                    bucket=Bucket(row.bucket),
                    attempt_id=one,
                    payment_id=PaymentId(row.payment_id),
                    psp_account=row.psp_account,
                    amount=Money(row.amount_minor, Currency(row.currency)),
                    psp_token=row.psp_token,
                    initiator=Initiator.MERCHANT,
                )
            )
            for row, one in zip(rows, ids, strict=True)
        ]
        await payments.add_attempts(
            tx,
            [
                attempt_to_commit(each, ordinal=99, call_deadline=_DEADLINE, now=now)
                for each in sent
            ],
        )
    for each in sent:
        reading = await psps.call(each)
        await settle_attempt(run, [Evidence(each.bucket, each.attempt_id, reading)])
    return len(rows)
