"""Worlds whose market ends collection by a pause or a downgrade."""

from dataclasses import replace
from typing import Final

from ledgerline.catalog.model import Catalog, Collection, EndPolicy
from tests.flow_catalog import YEARLY, Offer, small_catalog

PAID: Final = "music"
FREE: Final = "free"
OFFERS: Final = (
    Offer(PAID, 3000, trial_days=30),
    Offer("year", 36500, cadence=YEARLY, trial_days=30),
)


def ending(end: EndPolicy, *plans: str, slow: bool = False) -> Catalog:
    """Sell a paid plan with a free month first, one by the year, and free ones.

    ``slow`` collection lasts longer than a month, so that two claims are collected at a time.
    """
    catalog = small_catalog(*OFFERS, *(Offer(code, 0) for code in plans))
    [market] = catalog.markets
    days = (2, 40) if slow else (2, 7, 14, 21)
    collection = Collection(
        retry_days=days, collect_days=45 if slow else 21, end=end, end_plans=plans
    )
    return replace(catalog, markets=(replace(market, collection=collection),))
