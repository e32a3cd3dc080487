"""Keys that are unique across all customers, by their hash."""

from hashlib import sha256
from uuid import UUID

import pytest

from ledgerline.access.model import GlobalKind
from ledgerline.access.rows import GlobalKeyRow
from ledgerline.access.rules.global_key import global_key
from ledgerline.base.ids import BUCKETS, Bucket

BUCKET = Bucket(7)
OWNER = UUID(int=1)


def test_a_key_is_found_by_the_first_twelve_bits_of_its_hash() -> None:
    row = global_key(GlobalKind.PAYMENT_TOKEN, "aster", "tok_1", bucket=BUCKET, owner_id=OWNER)
    assert row == GlobalKeyRow(
        lookup_bucket=Bucket(0x519),
        kind="payment_token",
        key_hash=sha256(b"5:aster5:tok_1").digest(),
        bucket=BUCKET,
        owner_id=OWNER,
    )
    assert row.key_hash.hex().startswith("519")


def test_every_lookup_bucket_is_one_of_the_buckets() -> None:
    found = {
        global_key(GlobalKind.EXTERNAL_ID, str(n), bucket=BUCKET, owner_id=OWNER).lookup_bucket
        for n in range(20_000)
    }
    assert (min(found), max(found)) == (0, BUCKETS - 1)


@pytest.mark.parametrize(
    ("_case", "one", "other"),
    [
        ("a part that ends earlier", ("ab", "c"), ("a", "bc")),
        ("a part that looks like a length", ("a", "1:b"), ("a1:b",)),
        ("an empty part", ("a", ""), ("a",)),
        ("letters of two bytes", ("ä", "b"), ("ä", "B")),
    ],
)
def test_other_parts_are_another_key(
    _case: str, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    keys = [
        global_key(GlobalKind.IDEMPOTENCY, *parts, bucket=BUCKET, owner_id=None)
        for parts in (one, other)
    ]
    assert keys[0].key_hash != keys[1].key_hash
