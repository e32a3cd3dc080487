"""End what people propose about charges and refunds whose provider was heard meanwhile."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import bucket_of, instant_of
from ledgerline.payments import evidence
from ledgerline.payments.model import EvidenceKind
from ledgerline.payments.rows.evidence import OvertakenRow

PROPOSED_AFTER: Final = timedelta(hours=6)  # nothing younger is open for people


class Heard(NamedTuple):
    """A charge or refund of which it is known now what became of it, and how that was heard.

    ``is_open`` says that people may have been told of it.
    """

    id: UUID
    kind: EvidenceKind
    is_open: bool


async def lapse_evidence_in(tx: Tx, heard: Iterable[Heard], *, now: datetime) -> None:
    """Let proposals about them lapse, under the locks of the attempts or refunds.

    They have ended, or their provider holds them. People's own evidence overtakes nothing.
    Nobody proposes anything of what people were not told of, so the usual charge asks the database
    nothing here. Age alone does not say it: who proposed may have had a later clock.
    """
    rows = [
        OvertakenRow(bucket_of(one.id), one.id)
        for one in heard
        if one.kind is not EvidenceKind.OPERATOR and (one.is_open or is_old(one.id, now=now))
    ]
    if rows:
        await evidence.lapse_proposals(tx, rows, now=now)


def is_old(id: UUID, *, now: datetime) -> bool:
    """Say whether a charge or refund was asked for so long ago that people may be told of it."""
    return now - datetime.fromtimestamp(instant_of(id) / 1000, UTC) > PROPOSED_AFTER
