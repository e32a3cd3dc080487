"""Number series: which one a document belongs to."""

from datetime import date
from functools import cache

from ledgerline.base.ids import SeriesId, reference_id
from ledgerline.invoicing.rows.documents import OpenSeriesRow


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
