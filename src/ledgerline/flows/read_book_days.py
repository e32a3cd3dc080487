"""Read which day it is in the books of each seller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import SellerZoneRow


@dataclass(frozen=True)
class BookDays:
    """The date of one instant in the zone of each seller."""

    now: datetime
    sellers: Sequence[SellerZoneRow]

    def of(self, seller_code: str) -> date:
        """Return the book day of a seller: its documents and transfers carry this date."""
        return self._days[seller_code]

    @cached_property
    def _days(self) -> Mapping[str, date]:
        return {seller.code: local_date(self.now, seller.zone) for seller in self.sellers}


async def read_book_days(tx: Tx, *, now: datetime) -> BookDays:
    """Ask for the zones of all sellers, which are few; in a pipeline, known when it ends.

    Whatever the zone of the customer is, a document belongs to the seller's day, month and year:
    these decide its series and the period in which it is declared.
    """
    return BookDays(now, await catalog.read_seller_zones(tx))
