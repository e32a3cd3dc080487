"""Preview a billing run: what it would invoice. Nothing is written."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.errors import Rejected
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import Renewal, decide_one
from ledgerline.flows.read_terms import read_terms
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import End


class Forecast(NamedTuple):
    """What one market would be billed, in minor units of its currency.

    Subscriptions that end and those a run would park are counted apart.
    """

    market: str
    currency: str
    invoices: int = 0
    net_minor: int = 0
    tax_minor: int = 0
    total_minor: int = 0
    ending: int = 0
    parked: int = 0


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
    forecasts: dict[tuple[str, str], Forecast] = {}
    for group in groups:
        key = group.market_code, group.currency
        so_far = forecasts.get(key, Forecast(group.market_code, group.currency))
        decision = decide_one(group.sample, book, now=until)
        forecasts[key] = _with(so_far, decision, count=group.subscriptions)
    return [forecast for _, forecast in sorted(forecasts.items())]


def _with(one: Forecast, decision: Renewal | End | Rejected, *, count: int) -> Forecast:
    """Add what is decided for so many subscriptions."""
    if isinstance(decision, Rejected):
        return one._replace(parked=one.parked + count)
    if isinstance(decision, End):
        return one._replace(ending=one.ending + count)
    line = decision.claim.line
    return one._replace(
        invoices=one.invoices + count,
        net_minor=one.net_minor + count * line.net_minor,
        tax_minor=one.tax_minor + count * line.tax_minor,
        total_minor=one.total_minor + count * line.gross_minor,
    )
