"""Which rate holds in a market, for a category of products, on a day."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
