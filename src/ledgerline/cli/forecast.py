"""What a billing run would invoice: the run's own rule over rows, and nothing written."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from ledgerline.base.db import Tx, statements
from ledgerline.base.errors import Rejected
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import decide_one
from ledgerline.flows.read_terms import read_terms
from ledgerline.subscriptions.model import End
from ledgerline.subscriptions.store import SubscriptionRow

_SQL: Final = statements(__name__)
_OWN_FIELDS: Final = len(SubscriptionRow._fields)


class Forecast(NamedTuple):
    """What one market would be billed, in minor units of its currency."""

    market: str
    currency: str
    invoices: int
    net_minor: int
    tax_minor: int
    total_minor: int
    ending: int
    refused: int


@dataclass(frozen=True, slots=True)
class _GroupRow:
    """One due subscription of many that are billed alike, and how many there are."""

    row: SubscriptionRow
    subscriptions: int

    @classmethod
    def _make(cls, values: tuple[Any, ...]) -> "_GroupRow":
        row = SubscriptionRow._make(values[:_OWN_FIELDS])
        return cls(row, values[_OWN_FIELDS])


async def forecast(run: Run, *, until: datetime, market: str | None) -> list[Forecast]:
    """Forecast all bills that fall due until an instant, by market, before any credit is used."""
    async with run.reading() as read:
        groups = await read.rows(_SQL["groups"], _GroupRow, until=until, market=market)
        book = await read_terms(
            cast("Tx", read),  # reads only, and PostgreSQL refuses anything else here
            price_ids=[one.row.pending_price_id or one.row.price_id for one in groups],
            coupon_codes=[one.row.coupon_code for one in groups],
        )
    totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 6)
    for group in groups:
        row, count = group.row, group.subscriptions
        sums = totals[row.market_code, row.currency]
        decision = decide_one(row, book, now=until)
        if isinstance(decision, Rejected):
            sums[5] += count
        elif isinstance(decision, End):
            sums[4] += count
        else:
            line = decision.claim.line
            for at, minor in enumerate((1, line.net_minor, line.tax_minor, line.gross_minor)):
                sums[at] += count * minor
    return [Forecast(*key, *sums) for key, sums in sorted(totals.items())]
