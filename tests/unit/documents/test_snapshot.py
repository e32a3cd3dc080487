"""Bodies are canonical, seals are hashes of canonical parts, and what is packed comes back."""

import json
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.canonical import canonical, digest
from ledgerline.documents.packing import pack, unpack
from ledgerline.documents.seal import FIRST, body_hash, seal
from ledgerline.documents.snapshot import (
    FORMAT,
    Address,
    Body,
    Buyer,
    Kind,
    Line,
    Period,
    References,
    Seller,
    SellerRef,
    Totals,
    Treatment,
    clean,
    decode,
    decode_seller,
    encode,
    part_hash,
)

SERIES = str(UUID(int=7))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(clean)


def _body(text: str, name: str | None, amount: int) -> Body:
    return Body(
        format=FORMAT,
        kind=Kind.INVOICE,
        id="inv_1",
        series=SERIES,
        salt="00",
        issue_date="2026-03-01",
        issued_at="2026-03-01T12:00:00Z",
        currency="EUR",
        exponent=2,
        language="de-DE",
        market="DE",
        behavior="inclusive",
        seller=SellerRef(part="ab" * 32),
        buyer=None if name is None else Buyer(name=name),
        lines=(
            Line(
                no=1, text=text, plan="monthly", component="base", kind="recurring",
                period=Period(start="2026-03-01", end="2026-04-01"), quantity=1, amount=amount,
                net=amount, tax=0, gross=amount, treatment=Treatment.ZERO, rate_ppm=0,
            ),
        ),
        totals=Totals(net=amount, tax=0, gross=amount),
        references=References(),
    )  # fmt: skip


@given(TEXTS, st.none() | TEXTS, st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_body_is_written_in_the_canonical_form(text: str, name: str | None, amount: int) -> None:
    body = _body(text, name, amount)
    raw = encode(body)
    assert raw == canonical(json.loads(raw))
    assert decode(raw) == body
    assert unpack(pack(raw)) == raw
    assert body_hash(raw) == sha256(raw).digest()


def test_a_seller_is_named_by_what_it_says() -> None:
    seller = Seller(
        code="nordic", name="Nordic", legal_name="Nordic AB",
        address=Address(line1="Gatan 1", country="SE"),
    )  # fmt: skip
    raw = encode(seller)
    assert raw == canonical(json.loads(raw))
    assert decode_seller(raw) == seller
    assert part_hash(seller) == sha256(raw).hexdigest()
    assert part_hash(msgspec.structs.replace(seller, name="Other")) != part_hash(seller)


@given(st.binary(min_size=32, max_size=32), st.integers(1, 10**12))
def test_a_seal_is_the_hash_of_its_canonical_parts(said: bytes, position: int) -> None:
    number = f"NT/2026-{position:06}"
    parts = {
        "body": said.hex(), "number": number, "position": position, "previous": FIRST.hex(),
        "series": SERIES, "v": 1,
    }  # fmt: skip
    assert seal(said, series=SERIES, position=position, number=number, previous=FIRST) == digest(
        parts
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("two\nlines\tand tabs", "two lines and tabs"),
        ("bell\x07 and\x00 null\x7f", "bell and null"),
        ("turn\u202eed \u2066round\u2069", "turned round"),
        ("e\u0301", "\u00e9"),
        ("lone\ud800", "lone"),
        ("\u5c71\u7530 \u592a\u90ce", "\u5c71\u7530 \u592a\u90ce"),
    ],
)
def test_what_no_body_holds_is_taken_out(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_a_body_of_no_known_shape_is_refused() -> None:
    raw = encode(_body("text", None, 1))
    with pytest.raises(msgspec.ValidationError):
        decode(raw.replace(b'"currency"', b'"money"'))
