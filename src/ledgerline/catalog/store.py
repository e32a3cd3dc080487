"""Statements of the catalog. Rows are small and few: flows read what they need at once."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import PriceId
from ledgerline.base.statements import statements
from ledgerline.catalog.rows import (
    AddOnRuleRow,
    AskedPartRow,
    CollectionRow,
    CouponRow,
    MarketRow,
    MarketTextRow,
    PartRow,
    PhaseRow,
    PlanRow,
    PriceRow,
    ProductRow,
    PublishedPriceRow,
    ReleaseRow,
    SellerCodeRow,
    SellerRow,
    SellerZoneRow,
)

_SQL: Final = statements(__name__)


async def put_sellers(tx: Tx, rows: Sequence[SellerRow]) -> int:
    """Insert or update sellers."""
    return await tx.write(_SQL["put_sellers"], rows)


async def put_markets(tx: Tx, rows: Sequence[MarketRow]) -> int:
    """Insert markets, or update what may change of them."""
    return await tx.write(_SQL["put_markets"], rows)


async def add_collections(tx: Tx, rows: Sequence[CollectionRow]) -> int:
    """Insert versions of how markets collect."""
    return await tx.write(_SQL["add_collections"], rows)


async def read_collections(tx: Tx) -> list[CollectionRow]:
    """Read how each market collects now."""
    return await tx.rows(_SQL["read_collections"], CollectionRow)


async def read_every_collection(tx: Tx) -> list[CollectionRow]:
    """Read every version of how markets collect, the newest of each first."""
    return await tx.rows(_SQL["read_every_collection"], CollectionRow)


async def put_products(tx: Tx, rows: Sequence[ProductRow]) -> int:
    """Insert products, or update their names."""
    return await tx.write(_SQL["put_products"], rows)


async def put_plans(tx: Tx, rows: Sequence[PlanRow]) -> int:
    """Insert plans, or update what may change of them."""
    return await tx.write(_SQL["put_plans"], rows)


async def put_phases(tx: Tx, rows: Sequence[PhaseRow]) -> int:
    """Insert phases, or update their lengths."""
    return await tx.write(_SQL["put_phases"], rows)


async def drop_add_on_rules(
    tx: Tx, *, base_plan_codes: Sequence[str], add_on_plan_codes: Sequence[str]
) -> int:
    """Delete the rules that are not among the pairs of two lists of equal length."""
    return await tx.execute(
        _SQL["drop_add_on_rules"],
        base_plan_codes=list(base_plan_codes),
        add_on_plan_codes=list(add_on_plan_codes),
    )


async def put_add_on_rules(tx: Tx, rows: Sequence[AddOnRuleRow]) -> int:
    """Insert the rules that are new."""
    return await tx.write(_SQL["put_add_on_rules"], rows, each=False)


async def add_prices(tx: Tx, rows: Sequence[PublishedPriceRow]) -> int:
    """Insert new prices; a price that exists is a defect."""
    return await tx.write(_SQL["add_prices"], rows)


async def add_coupons(tx: Tx, rows: Sequence[CouponRow]) -> int:
    """Insert new coupons; a coupon that exists is a defect."""
    return await tx.write(_SQL["add_coupons"], rows)


async def lock_sellers(tx: Tx) -> list[SellerCodeRow]:
    """Lock every seller, so that catalogs are loaded one after another."""
    return await tx.rows(_SQL["lock_sellers"], SellerCodeRow)


async def read_sellers(tx: Tx) -> list[SellerRow]:
    """Read all sellers."""
    return await tx.rows(_SQL["read_sellers"], SellerRow)


async def read_markets(tx: Tx) -> list[MarketRow]:
    """Read all markets."""
    return await tx.rows(_SQL["read_markets"], MarketRow)


async def read_products(tx: Tx) -> list[ProductRow]:
    """Read all products."""
    return await tx.rows(_SQL["read_products"], ProductRow)


async def read_plans(tx: Tx) -> list[PlanRow]:
    """Read all plans."""
    return await tx.rows(_SQL["read_plans"], PlanRow)


async def read_every_coupon(tx: Tx) -> list[CouponRow]:
    """Read all coupons."""
    return await tx.rows(_SQL["read_every_coupon"], CouponRow)


async def read_published_prices(tx: Tx) -> list[PublishedPriceRow]:
    """Read all prices on sale, of every day."""
    return await tx.rows(_SQL["read_published_prices"], PublishedPriceRow)


async def read_prices(tx: Tx, *, ids: Sequence[PriceId]) -> list[PriceRow]:
    """Read some prices by id."""
    return await tx.rows(_SQL["read_prices"], PriceRow, ids=list(ids))


async def read_price_list(tx: Tx, *, plan_codes: Sequence[str], market_code: str) -> list[PriceRow]:
    """Read all prices of some plans in a market, of all phases and components, newest first."""
    return await tx.rows(
        _SQL["read_price_list"], PriceRow, plan_codes=list(plan_codes), market_code=market_code
    )


async def read_phases(tx: Tx, *, plan_codes: Sequence[str]) -> list[PhaseRow]:
    """Read the phases of some plans, by plan and number."""
    return await tx.rows(_SQL["read_phases"], PhaseRow, plan_codes=list(plan_codes))


async def read_add_on_rules(tx: Tx, *, base_plan_codes: Sequence[str]) -> list[AddOnRuleRow]:
    """Read which add-on plans can be bought with some base plans."""
    return await tx.rows(
        _SQL["read_add_on_rules"], AddOnRuleRow, base_plan_codes=list(base_plan_codes)
    )


async def read_seller_zones(tx: Tx) -> list[SellerZoneRow]:
    """Read the zone of every seller."""
    return await tx.rows(_SQL["read_seller_zones"], SellerZoneRow)


async def read_market(tx: Tx, *, code: str) -> MarketRow | None:
    """Read one market."""
    return await tx.row(_SQL["read_market"], MarketRow, code=code)


async def read_some_markets(tx: Tx, *, codes: Sequence[str]) -> list[MarketRow]:
    """Read some markets by code."""
    return await tx.rows(_SQL["read_some_markets"], MarketRow, codes=list(codes))


async def read_some_plans(tx: Tx, *, codes: Sequence[str]) -> list[PlanRow]:
    """Read some plans by code."""
    return await tx.rows(_SQL["read_some_plans"], PlanRow, codes=list(codes))


async def read_coupons(tx: Tx, *, codes: Sequence[str]) -> list[CouponRow]:
    """Read some coupons by code."""
    return await tx.rows(_SQL["read_coupons"], CouponRow, codes=list(codes))


async def add_release(tx: Tx, row: ReleaseRow) -> int:
    """Begin a release of the catalog."""
    return await tx.execute(_SQL["add_release"], **row._asdict())


async def add_parts(tx: Tx, rows: Sequence[PartRow]) -> int:
    """Write the parts that a release changes."""
    return await tx.write(_SQL["add_parts"], rows)


async def read_newest_parts(tx: Tx) -> list[PartRow]:
    """Read every part as it stands in the newest release."""
    return await tx.rows(_SQL["read_newest_parts"], PartRow)


async def read_parts(tx: Tx, asked: Sequence[AskedPartRow]) -> list[PartRow]:
    """Read some parts, each as it stood in the release it is asked for, which its row names."""
    return await tx.rows(
        _SQL["read_parts"], PartRow,
        kind=[one.kind for one in asked], code=[one.code for one in asked],
        release_no=[one.release_no for one in asked],
    )  # fmt: skip


async def read_hashed_parts(tx: Tx, *, hashes: Sequence[bytes]) -> list[PartRow]:
    """Read parts by their hashes."""
    return await tx.rows(_SQL["read_hashed_parts"], PartRow, hashes=list(hashes))


async def add_texts(tx: Tx, rows: Sequence[MarketTextRow]) -> int:
    """Publish versions of what buyers are told and confirm."""
    return await tx.write(_SQL["add_texts"], rows)


async def read_texts(tx: Tx, *, market_codes: Sequence[str]) -> list[MarketTextRow]:
    """Read every version of the texts of some markets."""
    return await tx.rows(_SQL["read_texts"], MarketTextRow, market_codes=list(market_codes))
