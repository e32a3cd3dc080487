"""Row types of the catalog tables: their fields are columns, in name and order."""

from datetime import date
from typing import NamedTuple

from ledgerline.base.ids import PriceId


class PriceRow(NamedTuple):
    """A price with what its plan, product, market and seller say."""

    id: PriceId
    plan_code: str
    market_code: str
    currency: str
    amount_minor: int
    tax_behavior: str
    valid_from: date
    plan_name: str
    cadence_count: int
    cadence_unit: str
    trial_days: int
    on_sale: bool
    family: str
    tax_category: str
    seller_code: str
    market_zone: str
    seller_zone: str


class MarketRow(NamedTuple):
    """One market."""

    code: str
    currency: str
    seller_code: str
    zone: str
    locale: str
    tax_behavior: str


class SellerZoneRow(NamedTuple):
    """In which zone a seller keeps its books."""

    code: str
    zone: str


class PlanRow(NamedTuple):
    """One plan."""

    code: str
    product_code: str
    name: str
    audience: str
    cadence_count: int
    cadence_unit: str
    trial_days: int
    members_max: int
    on_sale: bool


class CouponRow(NamedTuple):
    """One coupon: a percentage or an amount, for ``periods`` periods or for ever."""

    code: str
    percent_ppm: int | None
    amount_minor: int | None
    currency: str | None
    periods: int | None


class SellerRow(NamedTuple):
    """One seller."""

    code: str
    name: str
    legal_name: str
    country: str
    zone: str
    address: str
    tax_id: str


class ProductRow(NamedTuple):
    """One product."""

    code: str
    family: str
    name: str
    tax_category: str


class NewPriceRow(NamedTuple):
    """A price to add."""

    id: PriceId
    plan_code: str
    market_code: str
    currency: str
    amount_minor: int
    tax_behavior: str
    valid_from: date
