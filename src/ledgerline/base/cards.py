"""The tripwire that keeps card numbers out of everything that is stored or logged."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from typing import ClassVar, Final, NamedTuple

from ledgerline.base.errors import Rejected
from ledgerline.base.pointers import Place, parts, pointer_to

DIGITS_MIN: Final = 13
DIGITS_MAX: Final = 19
_SHOWN_FIRST: Final = 6
_SHOWN_LAST: Final = 4
_MASK: Final = "*"

# What people and forms put between the digits of a card; at most three of them in a row.
# Line ends are left out: they separate numbers of their own.
_GAP: Final = r"[ \t\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff·×xX.,:;+_/\\|-]{0,3}"
_CANDIDATE: Final = re.compile(rf"\d(?:{_GAP}\d){{{DIGITS_MIN - 1},}}")
# What holds long runs of digits by chance and never a card: our own ids, UUIDs, digests in
# hexadecimal, and instants, whose years begin no number of a card.
_ID: Final = re.compile(
    r"\b[a-z]{2,8}_[0-7][0-9a-hjkmnp-tv-z]{25}\b"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b(?=[0-9]*[a-f])[0-9a-f]{32}(?:[0-9a-f]{32})?\b"
    r"|\b(?:19|20|21)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-6]\d(?:\.\d{1,9})?)?"
    r"(?:[+-][0-2]\d:?[0-5]\d)?(?!\d)"
)
_ID_FILLER: Final = "i"  # a letter can be no part of a number
# A number as one dials it (E.164) has up to 15 digits behind a plus that follows no digit.
_DIALED: Final = re.compile(rf"(?<![0-9])\+\d(?:{_GAP}\d){{{DIGITS_MIN - 1},}}")
_DIALED_MAX: Final = 15

_ANY_LENGTH: Final = frozenset(range(DIGITS_MIN, DIGITS_MAX + 1))
_FROM_14: Final = frozenset(range(14, DIGITS_MAX + 1))
_FROM_16: Final = frozenset(range(16, DIGITS_MAX + 1))
_ONLY_16: Final = frozenset({16})

# First and last issuer number (six digits) and the lengths in use.
_ISSUERS: Final = (
    (220000, 220499, _FROM_16),  # Mir
    (222100, 272099, _ONLY_16),  # Mastercard
    (300000, 305999, _FROM_14),  # Diners Club
    (309500, 309599, _FROM_14),  # Diners Club
    (340000, 349999, frozenset({15})),  # American Express
    (352800, 358999, _FROM_16),  # JCB
    (360000, 369999, _FROM_14),  # Diners Club
    (370000, 379999, frozenset({15})),  # American Express
    (380000, 399999, _FROM_14),  # Diners Club
    (400000, 499999, frozenset({13, 16, 18, 19})),  # Visa
    (500000, 509999, _ANY_LENGTH),  # Maestro, Elo, Verve, RuPay, Dankort
    (510000, 559999, _ONLY_16),  # Mastercard
    (560000, 599999, _ANY_LENGTH),  # Maestro
    (600000, 699999, _ANY_LENGTH),  # Discover, UnionPay, Maestro, RuPay, Hipercard
    (810000, 829999, _FROM_16),  # UnionPay, RuPay
    (860000, 860099, _ONLY_16),  # Uzcard
    (979200, 979299, _ONLY_16),  # Troy
    (986000, 986099, _ONLY_16),  # Humo
)


class CardNumberRefused(Rejected):
    """The input holds a card number; the fact says where, never what."""

    code: ClassVar[str] = "card_number_refused"


class _Span(NamedTuple):
    """Where the digits of one card number begin and end in a text."""

    start: int
    end: int


def contains_card_number(text: str) -> bool:
    """Answer whether a text holds 13 to 19 digits that a card scheme could have issued.

    Full-width, circled and other digits count, and so do digits set apart by spaces, dashes, dots,
    commas, colons, ``+``, ``x``, strokes or invisible characters. A number counts if it starts with
    a known issuer range, has a length in use there and passes the Luhn check. Ids, digests,
    instants and telephone numbers as one dials them abroad are left in peace.
    """
    return next(_cards(_compatible(text)), None) is not None


def refuse_cards(value: object) -> None:
    """Refuse a JSON-like value if any string, number or key in it holds a card number.

    Raises :class:`CardNumberRefused` with the JSON pointer (RFC 6901) of the place; for a key
    that is a card number itself, of what holds it.
    """
    for place, at in parts(value):
        match at:
            case float() if at.is_integer():
                _refuse_in(str(int(at)), place)
            case str() | int():
                _refuse_in(str(at), place)
            case _:
                pass  # None and fractions hold no card number


def mask_cards(text: str) -> str:
    """Replace the middle of every card number by asterisks; the first 6 and last 4 digits stay.

    A text without a card number comes back unchanged. One with a card number comes back in NFKC
    form, in which its digits are found.
    """
    compatible = _compatible(text)
    spans = list(_cards(compatible))
    if not spans:
        return text
    letters = list(compatible)
    for span in spans:
        places = [n for n in range(span.start, span.end) if compatible[n].isdecimal()]
        for n in places[_SHOWN_FIRST:-_SHOWN_LAST]:
            letters[n] = _MASK
    return "".join(letters)


def _refuse_in(text: str, place: Place | None) -> None:
    if contains_card_number(text):
        raise CardNumberRefused("card numbers are never accepted here", pointer=pointer_to(place))


def _compatible(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _cards(text: str) -> Iterator[_Span]:
    """Find card numbers, left to right; each is whole groups of digits, and two may overlap."""
    if not _CANDIDATE.search(text):
        return
    # Same length, so that places still agree.
    bare = _ID.sub(lambda found: _ID_FILLER * len(found[0]), text)
    for run in _CANDIDATE.finditer(bare):
        if not _is_dialed(bare, run):
            yield from _cards_in(text, range(*run.span()))


def _is_dialed(text: str, run: re.Match[str]) -> bool:
    digits = sum(letter.isdecimal() for letter in run[0])
    return digits <= _DIALED_MAX and _DIALED.match(text, run.start() - 1) is not None


def _cards_in(text: str, run: range) -> Iterator[_Span]:
    places = [n for n in run if text[n].isdecimal()]
    digits = [int(text[n]) for n in places]
    cuts = {n for n in range(1, len(places)) if places[n] != places[n - 1] + 1}
    ends = cuts | {len(places)}
    sums = _luhn_sums(digits)
    for start in sorted(cuts | {0}):
        for end in range(start + DIGITS_MAX, start + DIGITS_MIN - 1, -1):
            if end not in ends or (sums[end % 2][end] - sums[end % 2][start]) % 10:
                continue
            if _is_issued(digits[start:end]):
                yield _Span(places[start], places[end - 1] + 1)
                break


def _luhn_sums(digits: list[int]) -> tuple[list[int], list[int]]:
    """Return running sums for numbers that end before an even and before an odd place.

    Every second digit counts double, from the last but one backwards, and the digits of the
    product are added. So the Luhn sum of any stretch is one subtraction, and a long text of
    digits costs no more than its length.
    """
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits]
    even = [doubled[n] if n % 2 == 0 else digit for n, digit in enumerate(digits)]
    odd = [doubled[n] if n % 2 == 1 else digit for n, digit in enumerate(digits)]
    return list(accumulate(even, initial=0)), list(accumulate(odd, initial=0))


def _is_issued(digits: list[int]) -> bool:
    issuer = int("".join(map(str, digits[:6])))
    return any(
        first <= issuer <= last and len(digits) in lengths for first, last, lengths in _ISSUERS
    )
