"""What payers are told while a refused payment is collected: each thing once, in good time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest_asyncio

from ledgerline.datasets.audit import audit
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.tell_notices import tell_notices
from ledgerline.flows.use_payment_method import use_payment_method
from tests.flow_values import Bought
from tests.flow_world import World, open_world

RENEWED: Final = datetime(2026, 1, 30, 23, tzinfo=UTC)  # the end of the trials, in Berlin


@pytest_asyncio.fixture(loop_scope="session")
async def alone(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def _told(world: World, bought: Bought) -> list[tuple[str, int, date]]:
    return await world.rows(
        "SELECT e.body ->> 'notice', (e.body ->> 'day')::integer, e.occurred_at::date"
        "  FROM event AS e JOIN payment AS p ON p.id = e.aggregate_id AND p.bucket = e.bucket"
        " WHERE e.kind = 'payment.notice_due' AND p.subscription_id = %s ORDER BY e.seq",
        bought.subscription_id,
    )


async def test_who_never_pays_is_told_from_the_first_day_to_the_end(alone: World) -> None:
    world = alone
    shopper = await world.shopper(token="tok_decline_insufficient_funds")
    bought = await world.buy(shopper, trial=True)
    await world.advance(date(2026, 3, 1))
    # then each thing was told once; the reminder of the seventh day came after that day's try
    assert await _told(world, bought) == [
        ("failed", 0, date(2026, 1, 30)), ("reminder", 3, date(2026, 2, 3)),
        ("reminder", 7, date(2026, 2, 7)), ("reminder", 10, date(2026, 2, 10)),
        ("last_warning", 13, date(2026, 2, 13)), ("ended", 0, date(2026, 2, 21)),
    ]  # fmt: skip
    assert await world.rows(
        "SELECT n.day FROM payment_notice AS n"
        "  JOIN attempt AS a ON a.payment_id = n.payment_id AND a.ordinal = 3 WHERE n.day = 7"
        "   AND n.told_at BETWEEN a.sent_at AND a.sent_at + interval '1 hour'"
    ) == [(7,)]
    assert await audit(world.run) == []


async def test_nothing_is_told_once_it_is_mended(alone: World) -> None:
    world = alone
    shopper = await world.shopper(token="tok_decline_expired_card")
    bought = await world.buy(shopper, trial=True)
    await world.advance(date(2026, 2, 5))
    other = await world.method(shopper.customer_id)
    await use_payment_method(world.run, bought.subscription_id, method_id=other)
    await world.advance(date(2026, 2, 26))
    assert await world.state(bought.subscription_id) == "active"
    assert [(kind, day) for kind, day, _ in await _told(world, bought)] == [
        ("failed", 0), ("reminder", 3),
    ]  # fmt: skip
    assert await world.rows("SELECT count(*) FROM payment_notice WHERE due_at IS NOT NULL") == [
        (0,)
    ]
    assert await audit(world.run) == []


async def test_many_workers_tell_each_thing_once(alone: World) -> None:
    world = alone
    shopper = await world.shopper(token="tok_decline_stolen_card")
    bought = await world.buy(shopper, trial=True)
    await world.advance(RENEWED)
    world.run = world.run.at(datetime(2026, 2, 12, 12, tzinfo=UTC))
    await asyncio.gather(*(tell_notices(world.run.branch(), buckets=ALL) for _ in range(5)))
    assert [(kind, day) for kind, day, _ in await _told(world, bought)] == [
        ("failed", 0), ("reminder", 3), ("reminder", 7), ("reminder", 10),
    ]  # fmt: skip
    assert await audit(world.run) == []
