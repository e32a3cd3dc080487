"""Statements of the catalog. Rows are small and few: flows read what they need at once."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import PriceId
from ledgerline.base.statements import statements
from ledgerline.catalog.rows import (
    CouponRow,
    MarketRow,
    NewPriceRow,
    PlanRow,
    PriceRow,
    ProductRow,
    SellerRow,
    SellerZoneRow,
)

_SQL: Final = statements(__name__)


async def put_sellers(tx: Tx, rows: Sequence[SellerRow]) -> int:
    """Insert or update sellers."""
    return await tx.write(_SQL["put_sellers"], rows)


async def put_markets(tx: Tx, rows: Sequence[MarketRow]) -> int:
    """Insert or update markets."""
    return await tx.write(_SQL["put_markets"], rows)


async def put_products(tx: Tx, rows: Sequence[ProductRow]) -> int:
    """Insert or update products."""
    return await tx.write(_SQL["put_products"], rows)


async def put_plans(tx: Tx, rows: Sequence[PlanRow]) -> int:
    """Insert plans, or update what may change of them."""
    return await tx.write(_SQL["put_plans"], rows)


async def add_prices(tx: Tx, rows: Sequence[NewPriceRow]) -> int:
    """Insert the prices that are new; a price that exists is never changed."""
    return await tx.write(_SQL["add_prices"], rows, each=False)


async def put_coupons(tx: Tx, rows: Sequence[CouponRow]) -> int:
    """Insert the coupons that are new; a coupon that exists is never changed."""
    return await tx.write(_SQL["put_coupons"], rows, each=False)


async def read_prices(tx: Tx, *, ids: Sequence[PriceId]) -> list[PriceRow]:
    """Read some prices by id."""
    return await tx.rows(_SQL["read_prices"], PriceRow, ids=list(ids))


async def read_price_list(tx: Tx, *, plan_code: str, market_code: str) -> list[PriceRow]:
    """Read all prices of a plan in a market, newest first."""
    return await tx.rows(
        _SQL["read_price_list"], PriceRow, plan_code=plan_code, market_code=market_code
    )


async def read_seller_zones(tx: Tx) -> list[SellerZoneRow]:
    """Read the zone of every seller."""
    return await tx.rows(_SQL["read_seller_zones"], SellerZoneRow)


async def read_market(tx: Tx, *, code: str) -> MarketRow | None:
    """Read one market."""
    return await tx.row(_SQL["read_market"], MarketRow, code=code)


async def read_plan(tx: Tx, *, code: str) -> PlanRow | None:
    """Read one plan."""
    return await tx.row(_SQL["read_plan"], PlanRow, code=code)


async def read_coupons(tx: Tx, *, codes: Sequence[str]) -> list[CouponRow]:
    """Read some coupons by code."""
    return await tx.rows(_SQL["read_coupons"], CouponRow, codes=list(codes))
