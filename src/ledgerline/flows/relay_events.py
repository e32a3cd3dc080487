"""Publish events of the outbox, in order per aggregate, at least once, and write their mails."""

from typing import Final

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.write_mails import write_mails_in
from ledgerline.outbox import store as outbox

RELAY_BATCH_MAX: Final = 2_000
_log = logger(__name__)


async def relay_events(run: Run, *, buckets: Buckets, limit: int = RELAY_BATCH_MAX) -> int:
    """Relay one batch of a bucket range to the log; return how many events went out.

    Called by the relay job. Rows are claimed, never polled by ``id > last``: an event that commits
    late is found late, not lost. A crash after writing and before the commit repeats events with
    the same object and sequence. Its mail is written with the mark that it was relayed: each once.
    """
    async with run.transaction() as tx:
        rows = await outbox.claim_unrelayed(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], limit=limit
        )
        if not rows:
            return 0
        for row in rows:
            prefix = PREFIXES[row.kind.partition(".")[0]]
            _log.info(
                "event", id=encode("evt", row.id), kind=row.kind,
                object=encode(prefix, row.aggregate_id), sequence=row.seq,
                occurred_at=row.occurred_at.isoformat(), body=row.body,
            )  # fmt: skip
        await write_mails_in(tx, run, rows)
        await outbox.mark_relayed(
            tx,
            relayed_at=run.wall(),
            buckets=[row.bucket for row in rows],
            ids=[row.id for row in rows],
        )
    return len(rows)
