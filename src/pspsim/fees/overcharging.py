"""What goes wrong with fees: for a while, and for somebody."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from pspsim.fees.contracts import BEGIN, Book, Segment
from pspsim.routing.chance import Chance

_PATCHY: Final = 0.4  # of errors, in hard worlds


class Error(StrEnum):
    """How a fee is wrong."""

    RATE = "rate"  # a wrong share
    FIXED = "fixed"  # the fixed part twice
    TIER = "tier"  # as if nothing had been charged before in the month
    ABROAD = "abroad"  # some cards from here are taken to be from far away


class Overcharge(NamedTuple):
    """An error of an account and a currency with the cards of a brand, [since, until)."""

    no: int
    error: Error
    account: str
    currency: str
    brand: str
    since: date
    until: date
    by_ppm: int
    share: float  # of the lines it could be of


def drawn_overcharges(
    chance: Chance, keys: Sequence[tuple[str, str]], *, days: int, is_hard: bool
) -> tuple[Overcharge, ...]:
    """Draw what goes wrong in ``days``."""
    return tuple(_drawn(chance, no, keys, days=days, is_hard=is_hard) for no in range(8))


def _drawn(
    chance: Chance, no: int, keys: Sequence[tuple[str, str]], *, days: int, is_hard: bool
) -> Overcharge:
    account, currency = keys[int(len(keys) * chance.uniform("error of", no))]
    error = list(Error)[int(len(Error) * chance.uniform("error", no))]
    length = int(
        chance.between(2, 80, "long", no) if is_hard else chance.between(7, 45, "long", no)
    )
    begins = int(chance.between(5, days - 5, "begins", no))
    if not is_hard:
        begins = min(begins, days - length - 5)
    share = 1.0
    if error is Error.ABROAD or (is_hard and chance.uniform("patchy", no) < _PATCHY):
        share = chance.between(0.1, 0.6, "share", no)
    least = 4 if is_hard else 10  # bp
    return Overcharge(
        no=no,
        error=error,
        account=account,
        currency=currency,
        brand=("visa", "mastercard")[int(2 * chance.uniform("error brand", no))],
        since=BEGIN + timedelta(days=begins),
        until=BEGIN + timedelta(days=begins + length),
        by_ppm=100 * int(chance.between(least, 60, "error by", no)),
        share=share,
    )


def dearer(
    chance: Chance, one: Overcharge, no: int, day: date, *, segment: Segment, book: Book
) -> Book | None:
    """Return by what a line is charged instead; None where the error is not of it."""
    named = (one.account, one.currency, one.brand)
    is_of_it = one.since <= day < one.until
    is_of_it &= (segment.account, segment.currency, segment.brand) == named
    is_of_it &= one.error is not Error.ABROAD or segment.region == "domestic"
    if not is_of_it or chance.uniform("hit", one.no, no) >= one.share:
        return None
    terms = book.terms[segment.brand, segment.funding, segment.region]
    match one.error:
        case Error.TIER if book.thresholds:
            return book._replace(thresholds=(), discounts=())
        case Error.FIXED:
            terms = terms._replace(fixed_micro=2 * terms.fixed_micro)
        case Error.ABROAD:
            terms = book.terms[segment.brand, segment.funding, "inter"]
        case _:  # of a tier where there is none: the share is wrong instead
            terms = terms._replace(rate_ppm=terms.rate_ppm + one.by_ppm)
    return book._replace(terms={(segment.brand, segment.funding, segment.region): terms})
