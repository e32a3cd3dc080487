"""Where collection ends by a pause or a downgrade: nobody is charged, and everything adds up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from ledgerline.base.ids import CustomerId
from ledgerline.catalog.model import EndPolicy
from ledgerline.datasets.audit import audit
from tests.flow_values import Bought
from tests.flow_world import World, open_world
from tests.resting import FREE, PAID, ending

BROKE = "tok_decline_insufficient_funds"


@asynccontextmanager
async def _world(url: str, folder: Path, end: EndPolicy, *plans: str) -> AsyncIterator[World]:
    async with open_world(url, folder, catalog=ending(end, *plans)) as opened:
        yield opened
        assert await audit(opened.run) == []


async def _unpaid(world: World, plan: str = PAID) -> Bought:
    """Buy with a trial and a card that has no money: the first renewal is never paid."""
    return await world.buy(await world.shopper("XX", BROKE), plan, trial=True)


async def _log(world: World, bought: Bought) -> list[tuple[str, str]]:
    return await world.rows(
        "SELECT kind, actor FROM subscription_event WHERE subscription_id = %s ORDER BY seq",
        bought.subscription_id,
    )


async def test_a_downgrade_goes_on_for_nothing(fresh_database_url: str, tmp_path: Path) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.DOWNGRADE, FREE) as world:
        bought = await _unpaid(world)
        await world.advance(date(2026, 2, 25))
        assert await world.state(bought.subscription_id) == "active"
        assert (await _log(world, bought))[-2:] == [
            ("plan_changed", "collection"), ("payment_settled", "collection"),
        ]  # fmt: skip
        # the month that nobody paid is closed, and what goes on costs nothing
        states = await world.invoices(bought.subscription_id)
        assert ("renewal", "uncollectible", 3000) in states
        assert await world.captures(bought.payment_id) == []
        assert [row[1] for row in await world.items(bought)][-1] == FREE
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 2, 21), date(2026, 2, 28), 0,
        )  # fmt: skip
        await world.advance(date(2026, 5, 5))
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 4, 30), date(2026, 5, 31), 0,
        )  # fmt: skip
        covers = await world.covers(bought.subscription_id)
        assert covers[-1][1] > world.now


async def test_another_rhythm_begins_with_the_free_plan(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.DOWNGRADE, FREE) as world:
        bought = await _unpaid(world, "year")
        await world.advance(date(2026, 3, 25))
        assert (await world.lines(bought.subscription_id))[-2:] == [
            (date(2026, 2, 21), date(2026, 3, 21), 0), (date(2026, 3, 21), date(2026, 4, 21), 0),
        ]  # fmt: skip


async def test_a_pause_ends_service_and_then_the_subscription(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with _world(fresh_database_url, tmp_path, EndPolicy.PAUSE) as world:
        bought = await _unpaid(world)
        await world.advance(date(2026, 2, 25))
        assert await world.state(bought.subscription_id) == "paused"
        assert (await _log(world, bought))[-2:] == [
            ("paused", "collection"), ("cancel_scheduled", "collection"),
        ]  # fmt: skip
        assert ("renewal", "uncollectible", 3000) in await world.invoices(bought.subscription_id)
        assert await world.credit(await _customer(world, bought)) == 0
        assert all(end <= world.now for _, end, _ in await world.covers(bought.subscription_id))
        lines = await world.lines(bought.subscription_id)
        # nothing is billed while it rests, and after three months it is over
        await world.advance(date(2026, 5, 20))
        assert await world.state(bought.subscription_id) == "paused"
        await world.advance(date(2026, 5, 22))
        assert await world.state(bought.subscription_id) == "canceled"
        assert await world.lines(bought.subscription_id) == lines


async def _customer(world: World, bought: Bought) -> CustomerId:
    found: CustomerId = await world.value(
        "SELECT customer_id FROM subscription WHERE id = %s", bought.subscription_id
    )
    return found
