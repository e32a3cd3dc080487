"""Payers hear in good time that a card expires before a renewal, each thing once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest_asyncio

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.datasets.audit import audit
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.tell_card_expiry import tell_card_expiry
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.subscriptions.model import Timing
from tests.expiring import expire_card
from tests.flow_values import Bought
from tests.flow_world import World, open_world

EXPIRES = date(2026, 3, 1)  # its last month is February


@pytest_asyncio.fixture(loop_scope="session")
async def alone(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def _told(world: World, bought: Bought) -> list[tuple[int, str, date]]:
    return await world.rows(
        "SELECT (body ->> 'days')::integer, body ->> 'renews_on', occurred_at::date FROM event"
        " WHERE kind = 'subscription.card_expiring' AND aggregate_id = %s ORDER BY seq",
        bought.subscription_id,
    )


async def test_a_month_and_a_week_before_its_end_the_payer_is_told(alone: World) -> None:
    world = alone
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    await expire_card(world, shopper, EXPIRES)
    await world.advance(date(2026, 6, 1))
    assert await _told(world, bought) == [
        (30, "2027-01-01", date(2026, 1, 30)), (7, "2027-01-01", date(2026, 2, 22)),
    ]  # fmt: skip
    assert await world.value(
        "SELECT body ->> 'payment_method' FROM event WHERE kind = 'subscription.card_expiring'"
        " LIMIT 1"
    ) == encode(PREFIXES["payment_method"], shopper.method_id)
    assert await world.value("SELECT count(*) FROM card_notice WHERE due_at IS NOT NULL") == 0
    assert await audit(world.run) == []


async def test_a_provider_that_says_another_expiry_begins_anew(alone: World) -> None:
    world = alone
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await expire_card(world, shopper, EXPIRES)
    # the renewal of 1 February is charged, and the provider tells when its card really ends
    await world.advance(date(2026, 3, 15))
    assert [days for days, _, _ in await _told(world, bought)] == [30]
    # a year later that other end comes near: told again, for it is another card
    await world.write("UPDATE instrument SET expires_on = '2026-05-01'")
    await world.advance(date(2026, 4, 1))  # the renewal brings the provider's word again
    assert await _told(world, bought) == [(30, "2026-03-01", date(2026, 1, 30))]
    await world.write("UPDATE instrument SET expires_on = '2026-05-01'")
    await world.advance(date(2026, 4, 20))
    assert (await _told(world, bought))[1:] == [(30, "2026-05-01", date(2026, 4, 1))]
    assert await audit(world.run) == []


async def test_nothing_is_told_of_a_card_that_no_renewal_will_rest_on(alone: World) -> None:
    world = alone
    replaced, ends, over, held = [await world.shopper() for _ in range(4)]
    bought = [await world.buy(one, "individual_yearly") for one in (replaced, ends, over)]
    for one in (replaced, ends, over, held):
        await expire_card(world, one, EXPIRES)
    other = await world.method(replaced.customer_id)
    await use_payment_method(world.run, bought[0].subscription_id, method_id=other)
    await detach_payment_method(world.run, held.method_id)
    await cancel_subscription(world.run, bought[1].subscription_id, timing=Timing.PERIOD_END)
    await world.cancel(bought[2])
    await world.advance(date(2026, 4, 1))
    assert [await _told(world, one) for one in bought] == [[], [], []]
    # and what was never told is asked about no more once the card is over
    assert await world.value("SELECT count(*) FROM card_notice WHERE due_at IS NOT NULL") == 0
    await detach_payment_method(world.run, replaced.method_id)
    assert (
        await world.value(
            "SELECT count(*) FROM card_notice WHERE payment_method_id = %s", replaced.method_id
        )
        == 0
    )
    assert await audit(world.run) == []


async def test_who_takes_an_old_card_late_is_told_the_nearer_thing_alone(alone: World) -> None:
    world = alone
    shopper = await world.shopper()
    await world.advance(date(2026, 2, 24))
    bought = await world.buy(shopper, "individual_yearly")
    await expire_card(world, shopper, EXPIRES)
    await world.advance(date(2026, 2, 26))
    assert await _told(world, bought) == [(7, "2027-02-24", date(2026, 2, 24))]


async def test_many_workers_tell_it_once(alone: World) -> None:
    world = alone
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    await expire_card(world, shopper, EXPIRES)
    world.run = world.run.at(datetime(2026, 2, 3, 12, tzinfo=UTC))
    await asyncio.gather(*(tell_card_expiry(world.run.branch(), buckets=ALL) for _ in range(5)))
    assert [days for days, _, _ in await _told(world, bought)] == [30]
    assert await audit(world.run) == []
