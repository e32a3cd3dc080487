"""Worlds whose market ends collection by a pause or a downgrade."""

from dataclasses import replace
from typing import Final

from ledgerline.catalog.model import Catalog, Collection, EndPolicy
from tests.flow_catalog import YEARLY, Offer, small_catalog

PAID: Final = "music"
FREE: Final = "free"


def ending(end: EndPolicy, *plans: str) -> Catalog:
    """Sell a paid plan with a free month first, one by the year, and free ones."""
    offers = [
        Offer(PAID, 3000, trial_days=30),
        Offer("year", 36500, cadence=YEARLY, trial_days=30),
    ]
    offers += [Offer(code, 0) for code in plans]
    catalog = small_catalog(*offers)
    [market] = catalog.markets
    collection = Collection(end=end, end_plans=plans)
    return replace(catalog, markets=(replace(market, collection=collection),))
