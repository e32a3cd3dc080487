"""Row types of the pricing tables: their fields are columns, in name and order."""

from datetime import date
from typing import NamedTuple


class TaxRateRow(NamedTuple):
    """A rate of a market and tax category, from a date until the next row."""

    market_code: str
    category: str
    valid_from: date
    rate_ppm: int
    source: str
