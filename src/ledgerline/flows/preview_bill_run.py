"""Preview a billing run: what it would invoice. Nothing is written."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from ledgerline.base.errors import Rejected
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import decide_one
from ledgerline.flows.read_terms import read_terms
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import End


class Forecast(NamedTuple):
    """What one market would be billed, in minor units of its currency.

    Subscriptions that end and those a run would set aside are counted apart.
    """

    market: str
    currency: str
    invoices: int
    net_minor: int
    tax_minor: int
    total_minor: int
    ending: int
    refused: int


async def preview_bill_run(
    run: Run, *, until: datetime, market_code: str | None = None
) -> list[Forecast]:
    """Compute all bills that fall due until an instant, by market, before any credit is used.

    Called by ``bill preview`` and before ``bill run``: the run's own rule, asked once for all
    subscriptions that are billed alike.
    """
    async with run.transaction() as tx:
        groups = await subscriptions.group_due(tx, until=until, market_code=market_code)
        book = await read_terms(
            tx,
            price_ids=[one.pending_price_id or one.price_id for one in groups],
            coupon_codes=[one.coupon_code for one in groups],
        )
    forecasts: dict[tuple[str, str], Forecast] = defaultdict(lambda: Forecast("", "", *[0] * 6))
    for group in groups:
        key = group.market_code, group.currency
        decision = decide_one(group.sample, book, now=until)
        count = group.subscriptions
        if isinstance(decision, Rejected):
            added = Forecast(*key, 0, 0, 0, 0, 0, count)
        elif isinstance(decision, End):
            added = Forecast(*key, 0, 0, 0, 0, count, 0)
        else:
            line = decision.claim.line
            net, tax, gross = line.net_minor, line.tax_minor, line.gross_minor
            added = Forecast(*key, count, count * net, count * tax, count * gross, 0, 0)
        forecasts[key] = _sum(forecasts[key], added)
    return [forecast for _, forecast in sorted(forecasts.items())]


def _sum(one: Forecast, other: Forecast) -> Forecast:
    counts = (a + b for a, b in zip(one[2:], other[2:], strict=True))
    return Forecast(other.market, other.currency, *counts)
