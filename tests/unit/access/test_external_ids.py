"""External ids: one object of a kind each, found by the hash alone."""

from uuid import UUID

from ledgerline.access.model import GlobalKind
from ledgerline.access.rules.external_ids import named, sought
from ledgerline.base.ids import Bucket, uuid7

OWNER: UUID = uuid7(1, Bucket(77), 5)


def test_an_external_id_is_reserved_for_its_object_in_the_object_s_bucket() -> None:
    row = named("customer", "crm-1", owner_id=OWNER)
    assert (row.kind, row.bucket, row.owner_id) == (GlobalKind.EXTERNAL_ID, 77, OWNER)


def test_it_is_found_without_its_owner_and_under_its_kind_alone() -> None:
    row, asked = named("customer", "crm-1", owner_id=OWNER), sought("customer", "crm-1")
    assert (asked.lookup_bucket, asked.key_hash) == (row.lookup_bucket, row.key_hash)
    assert sought("subscription", "crm-1").key_hash != row.key_hash
    assert sought("customer", "crm-2").key_hash != row.key_hash
