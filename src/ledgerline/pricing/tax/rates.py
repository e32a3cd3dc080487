"""Which rate holds in a market, for a category of products, on a day."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Self

from ledgerline.base.errors import Rejected
from ledgerline.catalog.model import TaxRate


class TaxRateMissing(Rejected):
    """No rate of this category is known in the market on that day. Never read as zero."""

    code: ClassVar[str] = "tax_rate_missing"


@dataclass(frozen=True, slots=True)
class TaxRates:
    """All known rates, by market and category, each list by its first day."""

    by_place: Mapping[tuple[str, str], tuple[TaxRate, ...]]

    @classmethod
    def of(cls, rows: Iterable[TaxRate]) -> Self:
        """Arrange rows of any order; two of one market, category and day are a defect."""
        by_place: dict[tuple[str, str], list[TaxRate]] = {}
        for row in sorted(rows, key=lambda rate: rate.valid_from):
            of_place = by_place.setdefault((row.market_code, row.category), [])
            assert not of_place or of_place[-1].valid_from < row.valid_from, (of_place[-1], row)
            of_place.append(row)
        return cls({place: tuple(of_place) for place, of_place in by_place.items()})

    def at(self, market_code: str, category: str, *, on: date) -> TaxRate:
        """Find the row that holds at a tax point: the last that began on it or before it.

        Raises ``TaxRateMissing``.
        """
        of_place = self.by_place.get((market_code, category), ())
        begun = bisect_right(of_place, on, key=lambda rate: rate.valid_from)
        if begun == 0:
            raise TaxRateMissing(
                f"no rate of {category} is known in {market_code} on {on}",
                market=market_code,
                category=category,
                on=on.isoformat(),
            )
        return of_place[begun - 1]


def as_known(rates: Iterable[tuple[TaxRate, date]]) -> list[TaxRate]:
    """Return the rates by which days were taxed as they came, each from its first such day.

    With each rate is given the day on which it was entered. One that was entered after its first
    day taxed nothing before it was: documents of those days bear the rate that stood then. What was
    entered on a place's first day is how things were. An empty list where no rate is given.
    """
    by_place: dict[tuple[str, str], list[tuple[TaxRate, date]]] = {}
    for rate, entered_on in rates:
        by_place.setdefault((rate.market_code, rate.category), []).append((rate, entered_on))
    return [one for of_place in by_place.values() for one in _as_known_in(of_place)]


def _as_known_in(of_place: Sequence[tuple[TaxRate, date]]) -> Iterator[TaxRate]:
    first = min(entered_on for _, entered_on in of_place)
    counted = [
        (rate, rate.valid_from if entered_on == first else max(rate.valid_from, entered_on))
        for rate, entered_on in of_place
    ]
    last: TaxRate | None = None
    for day in sorted({since for _, since in counted}):
        stands = max(
            (rate for rate, since in counted if since <= day), key=lambda rate: rate.valid_from
        )
        if stands != last:
            yield replace(stands, valid_from=day)
            last = stands
