"""Note on mandates what became of their debits."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, MandateId
from ledgerline.flows.record_settlement import Settled
from ledgerline.payments import mandates
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rows.mandates import DebitedRow
from ledgerline.payments.rules.settlement import Succeed


async def follow_debits_in(tx: Tx, settled: Sequence[Settled], *, now: datetime) -> None:
    """Note the days of debits that brought money; look at mandates that were said to be revoked.

    Called by ``settle_attempt``, under its locks; nothing is asked where no mandate was debited. A
    debit that failed leaves its mandate as it is: only what is told of that itself changes it.
    """
    debited: dict[tuple[Bucket, MandateId], date] = {}
    doubted: set[tuple[Bucket, MandateId]] = set()
    for case in settled:
        attempt = case.attempt
        if attempt.mandate_id is None:
            continue
        key = (attempt.bucket, attempt.mandate_id)
        on = attempt.due_on or attempt.sent_at.astimezone(UTC).date()
        if isinstance(case.verdict, Succeed):
            debited[key] = max(on, debited.get(key, on))
        elif case.reading.category is DeclineCategory.REVOKED:
            doubted.add(key)
    if debited:
        await mandates.keep_debits(
            tx, [DebitedRow(*key, debited_on=on) for key, on in sorted(debited.items())]
        )
    if doubted:
        await mandates.look_now(
            tx,
            buckets=[bucket for bucket, _ in sorted(doubted)],
            ids=[id for _, id in sorted(doubted)],
            now=now,
        )
