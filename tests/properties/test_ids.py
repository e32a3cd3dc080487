"""Ids give back everything that was put into them."""

from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.ids import (
    BUCKETS,
    PREFIXES,
    Bucket,
    bucket_of,
    decode,
    encode,
    instant_of,
    reference_id,
    uuid7,
    uuid7_batch,
)

instants = st.integers(0, (1 << 48) - 1)
buckets = st.integers(0, BUCKETS - 1).map(Bucket)
chances = st.integers(0, (1 << 62) - 1)
prefixes = st.sampled_from(sorted(PREFIXES.values()))
any_id = st.integers(0, (1 << 128) - 1).map(lambda bits: UUID(int=bits))


@given(instants, buckets, chances)
def test_id_gives_back_instant_and_bucket(unix_ms: int, bucket: Bucket, chance: int) -> None:
    made = uuid7(unix_ms, bucket, chance)
    assert (instant_of(made), bucket_of(made)) == (unix_ms, bucket)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int & ((1 << 62) - 1) == chance
    assert UUID(str(made)) == made


@given(instants, instants, buckets, chances)
def test_later_id_sorts_later(first: int, second: int, bucket: Bucket, chance: int) -> None:
    low, high = sorted((first, second))
    assert uuid7(low, bucket, chance) <= uuid7(high, bucket, chance)


@given(instants, st.lists(st.tuples(buckets, chances), max_size=30))
def test_batch_equals_single_ids(unix_ms: int, parts: list[tuple[Bucket, int]]) -> None:
    random_bytes = b"".join(chance.to_bytes(8, "big") for _, chance in parts)
    made = uuid7_batch(unix_ms, [bucket for bucket, _ in parts], random_bytes)
    assert made == [uuid7(unix_ms, bucket, chance) for bucket, chance in parts]


@given(prefixes, any_id)
def test_text_of_an_id_reads_back(prefix: str, id_: UUID) -> None:
    text = encode(prefix, id_)
    assert len(text) == len(prefix) + 27
    assert decode(prefix, text) == id_
    assert decode(prefix, text.upper()) == id_


@given(any_id, any_id)
def test_text_sorts_as_the_id_does(first: UUID, second: UUID) -> None:
    assert (encode("inv", first) < encode("inv", second)) == (first < second)


natural = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x1f")), max_size=4)


@given(natural, natural)
def test_two_natural_keys_share_an_id_only_if_they_are_the_same(
    first: list[str], second: list[str]
) -> None:
    assert (reference_id("price", *first) == reference_id("price", *second)) == (first == second)
