"""External ids: the caller's own name of an object, one object of a kind each."""

from uuid import UUID

from ledgerline.access.model import GlobalKind
from ledgerline.access.rows import GlobalKeyRow
from ledgerline.access.rules.global_key import global_key
from ledgerline.base.ids import Bucket, bucket_of


def named(kind: str, external_id: str, *, owner_id: UUID) -> GlobalKeyRow:
    """Make the row that reserves an external id for an object; ``kind`` is a key of ``PREFIXES``.

    Objects of different kinds may have the same one.
    """
    return global_key(
        GlobalKind.EXTERNAL_ID, kind, external_id, bucket=bucket_of(owner_id), owner_id=owner_id
    )


def sought(kind: str, external_id: str) -> GlobalKeyRow:
    """Make the row to look an external id up by, before its owner is known."""
    return global_key(GlobalKind.EXTERNAL_ID, kind, external_id, bucket=Bucket(0), owner_id=None)
