"""The card number tripwire: every spelling is seen, and what is ours is left in peace."""

import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.cards import contains_card_number, mask_cards, refuse_cards
from ledgerline.base.ids import PREFIXES, Bucket, encode, uuid7
from ledgerline.base.masks import mask_body, mask_text

ISSUERS: Final = (
    ("4", 16), ("4", 13), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16),
    ("34", 15), ("37", 15), ("36", 14), ("3528", 16), ("6011", 16), ("62", 19), ("2200", 16),
)  # fmt: skip
SEPARATORS: Final = (
    "",
    " ",
    "-",
    ".",
    ",",
    ", ",
    ":",
    "+",
    "x",
    "X",
    "/",
    "_",
    "\u00a0",
    "\u200b",
    " - ",
    "\u00d7",
)
SAMPLES: Final = 20_000
INSTANT: Final = datetime(2000, 1, 1, tzinfo=UTC)


def luhn(digits: str) -> str:
    """Return the digit that completes a number."""
    doubled = (
        sum(divmod(2 * int(digit), 10)) if n % 2 == 0 else int(digit)
        for n, digit in enumerate(reversed(digits))
    )
    return str(-sum(doubled) % 10)


@st.composite
def cards(draw: st.DrawFn) -> str:
    first, length = draw(st.sampled_from(ISSUERS))
    rest = draw(st.text("0123456789", min_size=length - len(first) - 1, max_size=length))
    begun = (first + rest)[: length - 1]
    return begun + luhn(begun)


@st.composite
def spelled(draw: st.DrawFn) -> str:
    """Write a card number with separators in groups, in digits of some width."""
    number = draw(cards())
    if draw(st.booleans()):
        number = "".join(chr(0xFF10 + int(digit)) for digit in number)
    size = draw(st.integers(1, 6))
    groups = [number[n : n + size] for n in range(0, len(number), size)]
    return draw(st.sampled_from(SEPARATORS)).join(groups)


around = st.text(st.characters(categories=("Lu", "Ll"), exclude_characters="xX"), max_size=12)


@given(spelled(), around, around)
def test_a_card_number_is_seen_in_every_spelling(text: str, before: str, after: str) -> None:
    said = f"{before} {text} {after}"
    assert contains_card_number(said)
    masked = mask_cards(said)
    assert not contains_card_number(masked)
    assert "*" in masked


@given(spelled(), st.booleans())
def test_a_card_number_is_masked_in_the_body_of_an_event(text: str, escapes: bool) -> None:
    written = "".join(f"\\u{ord(letter):04x}" for letter in text) if escapes else text
    body = f'{{"data": {{"note": "{written}", "amount": 1799}}}}'.encode()
    masked = mask_body(body)
    assert not contains_card_number(masked.decode())
    assert b"*" in masked
    assert b"1799" in masked


@given(
    st.sampled_from(sorted(PREFIXES)),
    st.integers(0, 2**42),
    st.integers(0, 4095),
    st.integers(0, 2**62 - 1),
)
def test_our_own_ids_are_no_card_numbers(
    kind: str, milliseconds: int, bucket: int, chance: int
) -> None:
    made = uuid7(milliseconds, Bucket(bucket), chance)
    refuse_cards([str(made), made.hex if made.hex.strip("0123456789") else "",
                  encode(PREFIXES[kind], made)])  # fmt: skip


@given(st.integers(0, 4_102_444_800_000_000), st.sampled_from([0, 60, -330, 765]), st.booleans())
def test_instants_are_no_card_numbers(microseconds: int, minutes: int, blank: bool) -> None:
    at = INSTANT + timedelta(microseconds=microseconds)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    text = at.replace(tzinfo=None).isoformat(" " if blank else "T")
    refuse_cards({"at": text + zone, "until": text + "Z", "on": at.date().isoformat()})


@given(st.integers(-999_999_999_999, 999_999_999_999))
def test_amounts_are_no_card_numbers(minor: int) -> None:
    refuse_cards({"amount": minor, "shown": f"{minor / 100:,.2f} EUR"})


@given(st.integers(0, 99_999_999_999_999))
def test_telephone_numbers_as_one_dials_them_are_no_card_numbers(number: int) -> None:
    refuse_cards([f"+{number}", f"+{str(number)[:2]} {str(number)[2:5]} {str(number)[5:]}"])


def test_random_ids_are_hardly_ever_taken_for_card_numbers() -> None:
    # given random values of the kinds that callers use as ids, the same in every run
    seeds = [hashlib.sha256(str(n).encode()).digest() for n in range(SAMPLES)]
    kinds = {
        "uuid": [str(uuid.UUID(bytes=one[:16])) for one in seeds],
        "digest": [one.hex() for one in seeds],
        "half a digest": [one.hex()[:32] for one in seeds],
        "token": [uuid.UUID(bytes=one[:16]).hex[:24] for one in seeds],
        "short order number": [str(int.from_bytes(one[:5]) % 10**12) for one in seeds],
        "order number of 16 digits": [f"{int.from_bytes(one[:8]) % 10**16:016}" for one in seeds],
    }
    # when they pass the tripwire
    hits = {kind: sum(map(contains_card_number, values)) for kind, values in kinds.items()}
    # then those of fixed form never hit, hexadecimal of other lengths hardly ever, and of sixteen
    # random digits one in twenty: nobody can tell those from a card
    assert hits["uuid"] == hits["digest"] == hits["half a digest"] == 0
    assert hits["short order number"] == 0
    assert hits["token"] < SAMPLES // 1000
    assert SAMPLES // 50 < hits["order number of 16 digits"] < SAMPLES // 15


@given(
    around, st.from_regex(r"[a-z0-9._%+-]{1,20}@[a-z0-9-]{1,10}(\.[a-z]{2,6}){1,2}", fullmatch=True)
)
def test_an_e_mail_address_is_masked(before: str, address: str) -> None:
    local, _, domain = address.partition("@")
    for masked in (
        mask_text(f"{before} {address}"),
        mask_body(f'{{"payer": "{before} {address}"}}'.encode()).decode(),
        mask_body(f"payer={address.replace('@', '%40')}".encode()).decode(),
    ):
        assert f"{local}@{domain}" not in masked
        assert f"@{domain}" not in masked


@given(st.binary(max_size=200))
def test_any_body_can_be_masked(body: bytes) -> None:
    assert isinstance(mask_body(body), bytes)


@given(st.recursive(st.none() | st.booleans() | st.integers(-99999, 99999) | around,
                    lambda inner: st.lists(inner) | st.dictionaries(around, inner)))  # fmt: skip
def test_a_body_with_nothing_to_mask_stays_as_it_is(value: object) -> None:
    body = json.dumps({"data": value}, indent=1).encode()
    assert mask_body(body) == body
