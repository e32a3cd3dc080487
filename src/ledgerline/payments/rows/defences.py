"""Rows of evidence that was sent for disputes."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import Bucket, DisputeEvidenceId, DisputeId


class NewDefenceRow(NamedTuple):
    """Evidence to commit as sent, before its first byte leaves."""

    bucket: Bucket
    id: DisputeEvidenceId
    dispute_id: DisputeId
    psp_account: str
    dispute_ref: str
    stage: str
    defence: str | None
    pack: bytes
    pack_hash: bytes
    request_digest: bytes | None
    sent_by: str
    state: str
    state_before: str
    state_event: str
    looks: int
    sent_at: datetime
    resolve_at: datetime


class DefenceRow(NamedTuple):
    """Evidence that was sent; ``pack`` is kept until it is known what came of it."""

    bucket: Bucket
    id: DisputeEvidenceId
    dispute_id: DisputeId
    psp_account: str
    dispute_ref: str
    stage: str
    defence: str | None
    pack: bytes | None
    request_digest: bytes | None
    sent_by: str
    state: str
    looks: int
    sent_at: datetime


class DefenceStepRow(NamedTuple):
    """One move of evidence that was sent; its pack is forgotten when it ends."""

    bucket: Bucket
    id: DisputeEvidenceId
    state_before: str
    state_event: str
    state: str
    psp_code: str | None
    resolve_at: datetime | None
    ended_at: datetime | None


class DefenceView(NamedTuple):
    """Evidence that was sent, as it is shown."""

    id: DisputeEvidenceId
    stage: str
    defence: str | None
    pack_hash: bytes
    sent_by: str
    state: str
    psp_code: str | None
    sent_at: datetime
    ended_at: datetime | None
