"""A quarter of a small company: renewals, an upgrade, a card that fails, a refund."""

from datetime import UTC, date, datetime
from typing import Final

from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.reading import reading
from ledgerline.flows.close_month import close_month
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import Built, publish_release
from ledgerline.releases.rows import ReleaseRow
from tests.flow_world import World

JANUARY: Final = date(2026, 1, 1)
BEGINS: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)


async def live(world: World) -> None:
    """Let it pass."""
    first, second = await world.shopper(), await world.shopper("SE")
    bought = await world.buy(first)
    await world.buy(second, "individual_yearly")
    await world.advance(date(2026, 2, 10))
    await world.change(bought, "family_monthly")
    await world.advance(date(2026, 2, 25))
    poor = await world.shopper()
    await world.buy(poor)
    await world.steal_card(poor, "tok_decline_insufficient_funds_9")
    await world.advance(date(2026, 3, 3))
    await world.cancel(bought)
    await world.advance(date(2026, 4, 2))


async def close_books(world: World, *months: date) -> None:
    """Close months of the books of every seller."""
    sellers = await world.rows("SELECT DISTINCT seller_code FROM transfer ORDER BY 1")
    for month in months:
        for (seller,) in sellers:
            await close_month(world.run, seller_code=str(seller), month=month)


async def publish(world: World, lake: Lake) -> Built:
    """Export and release."""
    await export_interval(world.run, lake)
    return await publish_release(world.run, lake)


def rows_of(lake: Lake, released: ReleaseRow) -> dict[str, list[str]]:
    """Return every table of a release as sorted lines."""
    with reading(lake, released) as engine:
        return {
            node.name: sorted(
                str(row) for row in engine.sql(f"SELECT * FROM {node.name}").to_pylist()
            )
            for node in nodes()
        }
