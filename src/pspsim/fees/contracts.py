"""What accounts agreed to keep of a charge: rates, fixed parts, bounds, tiers, rounding."""

from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from pspsim.routing.chance import Chance

BEGIN: Final = date(2026, 1, 1)
MICRO: Final = 1_000_000
LEGS: Final = 3  # interchange, scheme, markup
_BP: Final = 100  # ppm
_STEPS: Final = (10, 50, 100, 500)  # ppm: contracts are in tenths, halves, whole or five bp
_WITH_LEAST: Final = 0.4  # of contracts
_WITH_MOST: Final = 0.3  # of those of debit cards
_DEARER: Final = 0.7  # of changes
_OF_FIXED: Final = 0.3  # of changes
_ADDED: Final = {
    "": 0, "visa": 0, "mastercard": 1, "amex": 60, "credit": 0, "debit": -20, "prepaid": 10,
    "domestic": 0, "intra": 15, "inter": 110,
}  # fmt: skip


class Rounding(StrEnum):
    """Where whole minor units are made."""

    LINE = "line"
    BATCH = "batch"  # of a day's sum, laid on its lines
    LEGS = "legs"  # of each of the three parts a line has


class Segment(NamedTuple):
    """What a charge's fee goes by."""

    account: str
    brand: str
    funding: str
    region: str
    currency: str


class Terms(NamedTuple):
    """What is kept of a charge: a share and a fixed part, at least and at most so much.

    In ppm, millionths of a minor unit, and minor units; bounds of 0 are none.
    """

    rate_ppm: int
    fixed_micro: int
    least_minor: int = 0
    most_minor: int = 0

    def exact(self, amount_minor: int) -> int:
        """Return the fee of an amount in millionths of a minor unit."""
        fee = self.rate_ppm * amount_minor + self.fixed_micro
        if self.most_minor:
            fee = min(fee, self.most_minor * MICRO)
        return max(fee, self.least_minor * MICRO)


class Book(NamedTuple):
    """What an account agreed to in a currency.

    ``thresholds`` are sums of a calendar month; from each on ``discounts`` (ppm) are taken off.
    """

    terms: dict[tuple[str, str, str], Terms]
    thresholds: tuple[int, ...]
    discounts: tuple[int, ...]
    rounding: Rounding

    def of(self, segment: Segment, volume_minor: int) -> Terms:
        """Return the terms of a charge before which so much was charged in the month."""
        terms = self.terms[segment.brand, segment.funding, segment.region]
        off = 0
        for threshold, discount in zip(self.thresholds, self.discounts, strict=True):
            if volume_minor >= threshold:
                off = discount
        return terms._replace(rate_ppm=terms.rate_ppm - off)


def drawn_book(chance: Chance, key: tuple[str, str], month_minor: int) -> Book:
    """Draw a contract of an account and a currency that has about so much in a month."""
    step = _STEPS[int(4 * chance.uniform("step", *key))]
    base = chance.between(60, 180, "base", *key)
    fixed = _fixed(chance, "fixed", key)
    least = (
        int(chance.between(15, 50, "least", *key))
        if chance.uniform("min", *key) < _WITH_LEAST
        else 0
    )
    terms = {
        (brand, funding, region): _terms(
            chance, (*key, brand, funding, region), base=base, step=step, fixed=fixed, least=least
        )
        for brand in ("visa", "mastercard", "amex")
        for funding in ("credit", "debit", "prepaid")
        for region in ("domestic", "intra", "inter")
    }
    count = (0, 0, 1, 2)[int(4 * chance.uniform("tiers", *key))]
    shares = (chance.between(0.3, 0.45, "first", *key), chance.between(0.6, 0.75, "second", *key))
    off = int(chance.between(8, 25, "off", *key)) * _BP
    return Book(
        terms=terms,
        thresholds=tuple(_round_sum(month_minor * share) for share in shares[:count]),
        discounts=tuple(off * no for no in range(1, count + 1)),
        rounding=_rounding(chance, key),
    )


def changed_book(chance: Chance, key: tuple[str, str], book: Book) -> Book:
    """Draw what a contract becomes: everything dearer or cheaper, or another fixed part."""
    by = int(chance.between(5, 30, "by", *key)) * _BP
    by = by if chance.uniform("dearer", *key) < _DEARER else -by
    of_fixed = chance.uniform("of fixed", *key) < _OF_FIXED
    more = int(chance.between(2, 10, "fixed by", *key)) * MICRO
    return book._replace(
        terms={
            name: one._replace(fixed_micro=one.fixed_micro + more)
            if of_fixed
            else one._replace(rate_ppm=max(one.rate_ppm + by, 20 * _BP))
            for name, one in book.terms.items()
        }
    )


def _terms(
    chance: Chance,
    key: tuple[str, ...],
    *,
    base: float,
    step: int,
    fixed: int,
    least: int,
) -> Terms:
    brand, funding, region = key[-3:]
    share = base + _ADDED[brand] + _ADDED[funding] + _ADDED[region]
    share += chance.between(-8, 8, "own", *key)
    capped = funding == "debit" and chance.uniform("capped", *key[:-1]) < _WITH_MOST
    most = int(chance.between(60, 160, "most", *key[:-1])) if capped else 0
    return Terms(max(round(share * _BP / step), 1) * step, fixed, least, most)


def _fixed(chance: Chance, stream: str, key: tuple[str, str]) -> int:
    tenths = (50, 10, 5, 1)[int(4 * chance.uniform(f"step of {stream}", *key))]
    return round(chance.between(50, 300, stream, *key) / tenths) * tenths * MICRO // 10


def _round_sum(minor: float) -> int:
    """Round a threshold to two digits, as contracts have them."""
    scale = int("1" + "0" * (len(str(int(minor))) - 2))
    return int(minor) // scale * scale


def _rounding(chance: Chance, key: tuple[str, str]) -> Rounding:
    drawn = (Rounding.LINE, Rounding.LINE, Rounding.BATCH, Rounding.LEGS)
    return drawn[int(4 * chance.uniform("rounding", *key))]
