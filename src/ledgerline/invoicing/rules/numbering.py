"""Number series: which one a document belongs to, and what its numbers look like."""

import re
from datetime import date
from functools import cache
from typing import Final

from ledgerline.base.ids import SeriesId, reference_id
from ledgerline.invoicing.rows import OpenSeriesRow

_TOKEN: Final = re.compile(r"\{(yyyy|n)(?::(0?\d+))?\}")


def series_id(seller_code: str, kind: str, issued_on: date) -> SeriesId:
    """Return the series of a document: seller, kind and the calendar year of its issue date.

    Fixed at issue: a document of December stamped in January belongs to December's series.
    """
    return _series_id(seller_code, kind, issued_on.year)


@cache
def _series_id(seller_code: str, kind: str, year: int) -> SeriesId:
    return SeriesId(reference_id("number_series", seller_code, kind, str(year)))


def series_of(seller_code: str, kind: str, issued_on: date) -> OpenSeriesRow:
    """Return the series of a document as it is opened."""
    key = series_id(seller_code, kind, issued_on)
    return OpenSeriesRow(key, seller_code, kind, str(issued_on.year))


def display(template: str, *, period: str, position: int) -> str:
    """Write a number: ``{yyyy}`` is the year of the series, ``{n:06}`` the position in 6 digits."""

    def fill(match: re.Match[str]) -> str:
        if match[1] == "yyyy":
            return period
        return str(position).zfill(int(match[2] or "1"))

    return _TOKEN.sub(fill, template)
