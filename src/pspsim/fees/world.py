"""A world of one kind and one seed: settlement lines, and what was agreed of each."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from pspsim.fees.contracts import (
    BEGIN,
    LEGS,
    MICRO,
    Book,
    Rounding,
    Segment,
    Terms,
    changed_book,
    drawn_book,
)
from pspsim.fees.overcharging import Overcharge, dearer, drawn_overcharges
from pspsim.routing.chance import Chance

ACCOUNTS: Final = ("aster", "boreal", "cobalt")
CURRENCIES: Final = ("EUR", "GBP")

MEAN_MINOR: Final = 4_000
_CHANGES: Final = (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))
_PRICES: Final = 14
_CHANGING: Final = 0.6  # of contracts
_ANNOUNCED: Final = 0.5  # of changes
_BY_USE: Final = 0.3  # of charges
_UNSAID: Final = 0.1  # of funding, in adversarial worlds


class Kind(StrEnum):
    """What the truth looks like."""

    NULL = "null"  # fees exactly as contracted, and no contract changes
    DRIFTING = "drifting"  # contracts change on first days of months, and somebody errs
    ADVERSARIAL = "adversarial"  # small, short, long or patchy errors, and unsaid funding


class Line(NamedTuple):
    """A line of a charge, as a platform sees it; amounts are of ``currency``."""

    no: int
    account: str
    brand: str
    funding: str
    region: str
    currency: str
    settled_on: date
    amount_minor: int
    fee_minor: int


class Settled(NamedTuple):
    """A line, and what would have been kept by the contract: exactly, and in whole units."""

    line: Line
    agreed_micro: int
    agreed_minor: int
    overcharge: int | None  # which one made it dearer


class FeeWorld:
    """Three accounts with a contract for each currency, over ``days`` with ``a_day`` charges."""

    def __init__(self, kind: Kind, *, seed: int, days: int, a_day: int) -> None:
        """Draw all parameters of the world."""
        self.kind = kind
        self._chance = chance = Chance(seed)
        self._days, self._a_day = days, a_day
        month = MEAN_MINOR * a_day * 30 // (len(ACCOUNTS) * len(CURRENCIES))
        keys = [(account, currency) for account in ACCOUNTS for currency in CURRENCIES]
        self._books = {key: [(BEGIN, drawn_book(chance, key, month))] for key in keys}
        self.announced: dict[tuple[str, str], frozenset[date]] = {key: frozenset() for key in keys}
        self.overcharges: tuple[Overcharge, ...] = ()
        if kind is not Kind.NULL:
            for key in keys:
                self._change(key)
            self.overcharges = drawn_overcharges(
                chance, keys, days=days, is_hard=kind is Kind.ADVERSARIAL
            )
        self._prices = [199 + int(100 * chance.wait(35, "price", no)) for no in range(_PRICES)]

    def lines(self) -> Iterator[Settled]:
        """Draw the lines in their order."""
        volumes: dict[tuple[str, str, int], int] = {}
        sums: dict[tuple[str, str, date], int] = {}
        for no in range(self._days * self._a_day):
            day = BEGIN + timedelta(days=no // self._a_day)
            segment, amount = self._segment(no), self._amount(no)
            key = (segment.account, segment.currency)
            before = volumes.get((*key, day.month), 0)
            volumes[*key, day.month] = before + amount
            book = self._book(key, day)
            terms = book.of(segment, before)
            exact, already = terms.exact(amount), sums.get((*key, day), 0)
            sums[*key, day] = already + exact
            agreed = _whole(book.rounding, terms, amount, already=already)
            wrong = self._wrong(no, segment, day, book=book)
            over = 0 if wrong is None else wrong[1].of(segment, before).exact(amount) - exact
            over = _rounded(max(over, 0))
            yield Settled(
                line=self._line(no, segment, day, amount=amount, fee=agreed + over),
                agreed_micro=exact,
                agreed_minor=agreed,
                overcharge=wrong[0] if wrong is not None and over else None,
            )

    def card(self, account: str, currency: str) -> tuple[int, int]:
        """Return what a finance team knows: the fixed part (minor units) and a share (ppm).

        One of each for an account and a currency, as they were signed: of domestic Visa credit.
        """
        book = self._books[account, currency][0][1]
        terms = book.terms["visa", "credit", "domestic"]
        return _rounded(terms.fixed_micro), terms.rate_ppm

    def _change(self, key: tuple[str, str]) -> None:
        if self._chance.uniform("changes", *key) > _CHANGING:
            return
        on = _CHANGES[int(len(_CHANGES) * self._chance.uniform("changes on", *key))]
        self._books[key].append((on, changed_book(self._chance, key, self._books[key][0][1])))
        if self._chance.uniform("announced", *key) < _ANNOUNCED:
            self.announced[key] = frozenset({on})

    def _wrong(
        self, no: int, segment: Segment, day: date, *, book: Book
    ) -> tuple[int, Book] | None:
        """Return the first error that a line is of, and by what it is charged instead."""
        for one in self.overcharges:
            instead = dearer(self._chance, one, no, day, segment=segment, book=book)
            if instead is not None:
                return one.no, instead
        return None

    def _book(self, key: tuple[str, str], day: date) -> Book:
        return next(book for since, book in reversed(self._books[key]) if since <= day)

    def _segment(self, no: int) -> Segment:
        point = self._chance.uniform("segment", no)
        names: dict[str, str] = {}
        for field, choices in _SHARES.items():
            for name, share in choices:
                if point < share or name == choices[-1][0]:
                    names[field] = name
                    point /= share
                    break
                point -= share
        return Segment(**names)

    def _amount(self, no: int) -> int:
        if self._chance.uniform("by use", no) < _BY_USE:
            return 100 + int(3_500 * self._chance.lognormal(0.8, "use", no))
        return self._prices[int(_PRICES * self._chance.uniform("priced", no) ** 1.5)]

    def _line(self, no: int, segment: Segment, day: date, *, amount: int, fee: int) -> Line:
        is_unsaid = self.kind is Kind.ADVERSARIAL and self._chance.uniform("unsaid", no) < _UNSAID
        return Line(
            no=no,
            account=segment.account,
            brand=segment.brand,
            funding="" if is_unsaid else segment.funding,
            region=segment.region,
            currency=segment.currency,
            settled_on=day,
            amount_minor=amount,
            fee_minor=fee,
        )


_SHARES: Final = {
    "account": (("aster", 0.45), ("boreal", 0.35), ("cobalt", 0.2)),
    "brand": (("visa", 0.55), ("mastercard", 0.4), ("amex", 0.05)),
    "funding": (("credit", 0.5), ("debit", 0.45), ("prepaid", 0.05)),
    "region": (("domestic", 0.7), ("intra", 0.2), ("inter", 0.1)),
    "currency": (("EUR", 0.7), ("GBP", 0.3)),
}


def _whole(rounding: Rounding, terms: Terms, amount: int, *, already: int) -> int:
    """Return the fee of a line in minor units; ``already`` is the exact sum of its batch before."""
    exact = terms.exact(amount)
    if rounding is Rounding.BATCH:
        return _rounded(already + exact) - _rounded(already)
    plain = terms.rate_ppm * amount + terms.fixed_micro
    if rounding is Rounding.LINE or exact != plain:
        return _rounded(exact)
    parts = [plain * share // 10 for share in (6, 1)]
    whole = [_rounded(part) for part in (*parts, plain - sum(parts))]
    assert len(whole) == LEGS
    return sum(whole)


def _rounded(micro: int) -> int:
    return (micro + MICRO // 2) // MICRO
