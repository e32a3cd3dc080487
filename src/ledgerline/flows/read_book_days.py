"""Read which day it is in the books of each seller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.catalog import store as catalog
from ledgerline.catalog.refusals import UnknownSeller
from ledgerline.catalog.rows import SellerZoneRow
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rows import ClosedRow
from ledgerline.ledger.rules.periods import book_day, last_day


@dataclass(frozen=True)
class BookDays:
    """The date of one instant in the zone of each seller, and what each has closed."""

    now: datetime
    sellers: Sequence[SellerZoneRow]
    closed: Sequence[ClosedRow]

    @property
    def release_no(self) -> int:
        """Return the newest release of the catalog: what documents say of sellers is of it."""
        return self.sellers[0].release_no

    def of(self, seller_code: str) -> date:
        """Return the book day of a seller: its documents and transfers carry this date."""
        return self.first_open(seller_code, self.today(seller_code))

    def first_open(self, seller_code: str, day: date) -> date:
        """Return the first day from ``day`` on that a seller has not closed."""
        return book_day(day, self.closed_through(seller_code))

    def today(self, seller_code: str) -> date:
        """Return the date where a seller keeps its books; raises ``UnknownSeller``."""
        if seller_code not in self._days:
            raise UnknownSeller("no seller has this code", seller=seller_code)
        return self._days[seller_code]

    def closed_through(self, seller_code: str) -> date | None:
        """Return the last day a seller has closed, None when it is all open."""
        return self._closed.get(seller_code)

    @cached_property
    def _days(self) -> Mapping[str, date]:
        return {seller.code: local_date(self.now, seller.zone) for seller in self.sellers}

    @cached_property
    def _closed(self) -> Mapping[str, date]:
        return {row.seller_code: last_day(row.month) for row in self.closed}


async def read_book_days(tx: Tx, *, now: datetime) -> BookDays:
    """Ask for zones and closed months of all sellers, which are few; known when a pipeline ends.

    Whatever the zone of the customer is, a document belongs to the seller's day, month and year:
    these decide its series and the period in which it is declared. A sale is dated today by the
    zone in its price; today's month is never closed, so that is the first open day as well.
    """
    return BookDays(now, await catalog.read_seller_zones(tx), await ledger.read_closed(tx))
