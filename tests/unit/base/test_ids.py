"""Ids, their bucket, their form at the edges."""

import copy
import pickle
from uuid import RFC_4122, UUID, SafeUUID

import pytest

from ledgerline.base.ids import (
    BUCKETS,
    PREFIXES,
    Bucket,
    WrongIdKind,
    bucket_of,
    decode,
    encode,
    instant_of,
    reference_id,
    uuid7,
    uuid7_batch,
)

TYPEID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
TYPEID_SUFFIX = "01h455vb4pex5vsknk084sn02q"
RFC_MS = 0x017F22E279B0  # 2022-02-22T19:22:22Z
RFC_ID = UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


def test_uuid7_is_the_vector_of_rfc_9562() -> None:
    assert uuid7(RFC_MS, Bucket(0xCC3), 0x18C4DC0C0C07398F) == RFC_ID


def test_uuid7_is_a_uuid_in_every_respect() -> None:
    made = uuid7(RFC_MS, Bucket(0xCC3), 0x18C4DC0C0C07398F)
    assert type(made) is UUID
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.is_safe is SafeUUID.unknown
    assert hash(made) == hash(RFC_ID)
    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    assert copy.deepcopy(made) == RFC_ID
    assert pickle.loads(pickle.dumps(made)) == RFC_ID  # noqa: S301 - pickled one line above
    assert sorted([made, TYPEID]) == [RFC_ID, TYPEID]


@pytest.mark.parametrize(
    ("unix_ms", "bucket", "random62"),
    [(-1, 0, 0), (1 << 48, 0, 0), (0, -1, 0), (0, BUCKETS, 0), (0, 0, -1), (0, 0, 1 << 62)],
)
def test_uuid7_of_a_part_that_does_not_fit_is_a_defect(
    unix_ms: int, bucket: int, random62: int
) -> None:
    with pytest.raises(AssertionError):
        uuid7(unix_ms, Bucket(bucket), random62)


def test_id_gives_back_its_bucket_and_its_instant() -> None:
    assert bucket_of(RFC_ID) == 0xCC3
    assert instant_of(RFC_ID) == RFC_MS
    last = uuid7((1 << 48) - 1, Bucket(BUCKETS - 1), (1 << 62) - 1)
    assert (bucket_of(last), instant_of(last)) == (4095, (1 << 48) - 1)


@pytest.mark.parametrize(
    ("_case", "id_"),
    [
        ("version 4", UUID("919108f7-52d1-4320-9bac-f847db4148a8")),
        ("version 5", reference_id("seller", "nord")),
        ("version 7, variant of Microsoft", UUID("017f22e2-79b0-7cc3-d8c4-dc0c0c07398f")),
        ("nothing", UUID(int=0)),
    ],
)
def test_only_version_7_has_a_bucket_and_an_instant(_case: str, id_: UUID) -> None:
    with pytest.raises(WrongIdKind):
        bucket_of(id_)
    with pytest.raises(WrongIdKind) as refused:
        instant_of(id_)
    assert refused.value.facts == {"id": str(id_)}


def test_batch_makes_what_single_calls_make() -> None:
    # given eight random bytes an id, whose two highest bits are of no use
    random_bytes = bytes.fromhex("ffffffffffffffff0000000000000001")
    # when two ids are made at once
    made = uuid7_batch(RFC_MS, [Bucket(7), Bucket(4095)], random_bytes)
    # then each is the one a single call makes
    assert made == [uuid7(RFC_MS, Bucket(7), (1 << 62) - 1), uuid7(RFC_MS, Bucket(4095), 1)]
    assert {one.is_safe for one in made} == {SafeUUID.unknown}


def test_batch_of_nothing_is_nothing() -> None:
    assert uuid7_batch(RFC_MS, [], b"") == []


@pytest.mark.parametrize(
    ("unix_ms", "buckets", "random_bytes"),
    [(0, [0], bytes(7)), (0, [0], bytes(16)), (0, [BUCKETS], bytes(8)), (-1, [0], bytes(8))],
)
def test_batch_of_parts_that_do_not_fit_is_a_defect(
    unix_ms: int, buckets: list[Bucket], random_bytes: bytes
) -> None:
    with pytest.raises(AssertionError):
        uuid7_batch(unix_ms, buckets, random_bytes)


def test_reference_id_is_the_same_everywhere_and_for_ever() -> None:
    assert reference_id("seller", "nord") == UUID("489d7872-7d17-5f5e-937d-4bceb7e111ad")
    assert reference_id("seller", "nord").version == 5


def test_reference_ids_of_other_parts_differ() -> None:
    ids = {
        reference_id("price", "a", "bc"),
        reference_id("price", "ab", "c"),
        reference_id("price", "abc"),
        reference_id("plan", "abc"),
    }
    assert len(ids) == 4


def test_reference_id_of_a_part_with_the_separator_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        reference_id("price", "a\x1fb")


@pytest.mark.parametrize(
    ("id_", "suffix"),
    [
        (TYPEID, TYPEID_SUFFIX),
        (UUID(int=0), "00000000000000000000000000"),
        (UUID(int=1), "00000000000000000000000001"),
        (UUID(int=10), "0000000000000000000000000a"),
        (UUID(int=16), "0000000000000000000000000g"),
        (UUID(int=32), "00000000000000000000000010"),
        (UUID(int=(1 << 128) - 1), "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
        (UUID("0110c853-1d09-52d8-d73e-1194e95b5f19"), "0123456789abcdefghjkmnpqrs"),
    ],
)
def test_id_is_written_and_read_as_typeid(id_: UUID, suffix: str) -> None:
    assert encode("inv", id_) == f"inv_{suffix}"
    assert decode("inv", f"inv_{suffix}") == id_
    assert decode("inv", f"INV_{suffix.upper()}") == id_


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("another kind", f"sub_{TYPEID_SUFFIX}"),
        ("no prefix", TYPEID_SUFFIX),
        ("empty prefix", f"_{TYPEID_SUFFIX}"),
        ("two prefixes", f"x_inv_{TYPEID_SUFFIX}"),
        ("too short", f"inv_{TYPEID_SUFFIX[:-1]}"),
        ("too long", f"inv_{TYPEID_SUFFIX}0"),
        ("more than 128 bits", "inv_8zzzzzzzzzzzzzzzzzzzzzzzzz"),
        ("letter outside the alphabet", "inv_01h455vb4pex5vsknk084sn02u"),
        ("letter that looks like one", "inv_01h455vb4pex5vsknk084sn02l"),
        ("digits of another script", "inv_01h455vb4pex5vsknk084sn0٢q"),
        ("Kelvin sign, which becomes a k", "inv_01h455vb4pex5vs\u212ank084sn02q"),
        ("line end", f"inv_{TYPEID_SUFFIX}\n"),
        ("plain UUID", str(TYPEID)),
        ("nothing", ""),
    ],
)
def test_text_that_is_no_id_of_the_kind_is_refused(_case: str, text: str) -> None:
    with pytest.raises(WrongIdKind) as refused:
        decode("inv", text)
    assert refused.value.code == "wrong_id_kind"
    assert refused.value.facts == {"expected": "inv"}


def test_every_kind_has_a_prefix_of_its_own() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)
    assert PREFIXES["invoice"] == "inv"
