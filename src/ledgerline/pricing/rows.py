"""Row types of the pricing tables: their fields are columns, in name and order."""

import json
from datetime import date
from typing import Final, NamedTuple

from ledgerline.catalog.model import TaxComponent, TaxRate, TaxTreatment

_NONE: Final = "[]"


class TaxRateRow(NamedTuple):
    """A rate of a market and tax category, from a date until the next row.

    ``components`` is JSON text: a list of pairs of name and parts per million.
    """

    market_code: str
    category: str
    valid_from: date
    rate_ppm: int
    source: str
    treatment: str
    name: str | None
    reason: str | None
    components: str

    @classmethod
    def of(cls, rate: TaxRate) -> "TaxRateRow":
        """Make the row of a value."""
        return cls(
            market_code=rate.market_code,
            category=rate.category,
            valid_from=rate.valid_from,
            rate_ppm=rate.rate_ppm,
            source=rate.source,
            treatment=rate.treatment,
            name=rate.name,
            reason=rate.reason,
            components=json.dumps([[one.name, one.rate_ppm] for one in rate.components]),
        )

    def value(self) -> TaxRate:
        """Give the row as a value."""
        return TaxRate(
            **self._asdict()
            | {
                "treatment": TaxTreatment(self.treatment),
                "components": components_in(self.components),
            }
        )


def components_in(text: str) -> tuple[TaxComponent, ...]:
    """Read the components of a rate, which most do not have."""
    if text == _NONE:
        return ()
    return tuple(TaxComponent(name, rate_ppm) for name, rate_ppm in json.loads(text))
