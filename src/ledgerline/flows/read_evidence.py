"""Read what speaks for a disputed charge, for the pack that its provider is sent."""

from datetime import timedelta
from typing import Final

from ledgerline.base.calendar import months
from ledgerline.base.ids import DisputeId, bucket_of
from ledgerline.base.run import Run
from ledgerline.datasets import evidence
from ledgerline.documents.evidence import Pack, read_pack
from ledgerline.payments.refusals import DisputeNotFound

_DAY: Final = timedelta(days=1)


async def read_evidence(run: Run, dispute_id: DisputeId) -> Pack:
    """Gather the facts of one dispute as they stand; raises ``DisputeNotFound``."""
    bucket = bucket_of(dispute_id)
    async with run.reading() as read:
        since = await evidence.since(read, bucket=bucket, id=dispute_id)
        found = None
        if since is not None:
            span = months(since.created_at.date() - _DAY, since.opened_at.date() + _DAY)
            found = await evidence.evidence(read, bucket=bucket, id=dispute_id, months=span)
    if found is None:
        raise DisputeNotFound("there is no such dispute", dispute=str(dispute_id))
    return read_pack(found.row, dispute_id=dispute_id)
