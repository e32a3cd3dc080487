"""Pause and resume: days given back and charged again to the cent, and nothing in between."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from ledgerline.base.errors import Rejected
from ledgerline.datasets.audit import audit
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import Changed
from ledgerline.flows.pause_subscription import pause_subscription, preview_pause
from ledgerline.flows.resume_subscription import Resumption, preview_resume, resume_subscription
from ledgerline.flows.undo_scheduled import preview_undo
from ledgerline.subscriptions.model import (
    Anchor,
    ChangeInProgress,
    ChangeRefused,
    GivingBack,
    NotPaused,
    PauseLimitReached,
    Timing,
)
from tests.flow_catalog import YEARLY, Offer, Place, small_catalog
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world

Opened = Callable[[str, datetime], AbstractAsyncContextManager[World]]


@pytest_asyncio.fixture(loop_scope="session")
async def opened(fresh_database_url: str, tmp_path: Path) -> Opened:
    """Open a world with two plans on a day; what must hold is proven when it ends."""

    @asynccontextmanager
    async def _open(zone: str, at: datetime) -> AsyncIterator[World]:
        catalog = small_catalog(
            Offer("month", 16900), Offer("year", 9900, cadence=YEARLY), place=Place(zone=zone)
        )
        async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
            yield world
            assert await audit(world.run) == []

    return _open


async def _resume(world: World, bought: Bought, anchor: Anchor = Anchor.KEEP) -> Changed:
    asked = Resumption(bought.subscription_id, anchor)
    preview = await preview_resume(world.run, asked)
    became = await resume_subscription(world.run, world.psps, asked)
    if became.changed is Changed.DONE:
        [*_, (start, end, total)] = await world.lines(bought.subscription_id)
        period = preview.proposal.period
        assert period is not None
        assert (period.start, period.end, preview.proposal.charged_minor) == (start, end, total)
    return became.changed


async def _pause(world: World, bought: Bought) -> int:
    preview = await preview_pause(world.run, bought.subscription_id)
    await pause_subscription(world.run, bought.subscription_id)
    return preview.credited_minor


async def _buy(world: World, plan: str) -> tuple[Shopper, Bought]:
    shopper = await world.shopper("XX")
    return shopper, await world.buy(shopper, plan)


async def test_f01_a_pause_of_a_week_costs_a_week_less(opened: Opened) -> None:
    async with opened("Europe/Oslo", datetime(2026, 11, 1, 9, tzinfo=UTC)) as world:
        shopper, bought = await _buy(world, "month")
        await world.advance(datetime(2026, 11, 8, 9, tzinfo=UTC))
        assert await _pause(world, bought) == 12957
        assert await world.state(bought.subscription_id) == "paused"
        assert await world.credit(shopper.customer_id) == 12957
        assert max(end for _, end, _ in await world.covers(bought.subscription_id)) == world.now
        await world.advance(datetime(2026, 11, 15, 9, tzinfo=UTC))
        assert await _resume(world, bought) is Changed.DONE
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 11, 15), date(2026, 12, 1), 9013,
        )  # fmt: skip
        assert await world.credit(shopper.customer_id) == 3944
        await world.advance(date(2026, 12, 2))
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 12, 1), date(2027, 1, 1), 16900,
        )  # fmt: skip
        assert await world.state(bought.subscription_id) == "active"


@pytest.mark.parametrize(
    ("anchor", "until", "charged"),
    [(Anchor.KEEP, date(2027, 5, 1), 8978), (Anchor.RESTART, date(2027, 6, 4), 9900)],
)
async def test_f07_a_year_goes_on_or_begins_anew(
    opened: Opened, anchor: Anchor, until: date, charged: int
) -> None:
    async with opened("Europe/Berlin", datetime(2026, 5, 1, 9, tzinfo=UTC)) as world:
        _, bought = await _buy(world, "year")
        await world.advance(datetime(2026, 5, 12, 9, tzinfo=UTC))
        assert await _pause(world, bought) == 9602
        await world.advance(datetime(2026, 6, 4, 9, tzinfo=UTC))
        assert await _resume(world, bought, anchor) is Changed.DONE
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 6, 4), until, charged,
        )  # fmt: skip


async def test_f09_declined_it_stays_paused_and_can_be_resumed_later(opened: Opened) -> None:
    async with opened("Europe/Berlin", datetime(2026, 5, 1, 9, tzinfo=UTC)) as world:
        shopper, bought = await _buy(world, "month")
        await world.advance(datetime(2026, 5, 12, 9, tzinfo=UTC))
        await _pause(world, bought)
        await world.advance(datetime(2026, 6, 4, 9, tzinfo=UTC))
        before = await world.lines(bought.subscription_id)
        card = await world.value(
            "SELECT psp_token FROM instrument WHERE payment_method_id = %s", shopper.method_id
        )
        await world.steal_card(shopper)
        assert await _resume(world, bought, Anchor.RESTART) is Changed.DECLINED
        assert await world.state(bought.subscription_id) == "paused"
        states = await world.invoices(bought.subscription_id)
        assert [state for _, state, _ in states] == ["paid", "void"]
        assert all(end < world.now for _, end, _ in await world.covers(bought.subscription_id))
        credit = await world.credit(shopper.customer_id)
        # a card that is good pays what the credit leaves, once
        await world.steal_card(shopper, card)
        assert await _resume(world, bought, Anchor.RESTART) is Changed.DONE
        assert len(await world.lines(bought.subscription_id)) == len(before) + 2
        assert credit == 10903
        assert await world.credit(shopper.customer_id) == 0
        await world.advance(date(2026, 7, 5))
        assert await world.state(bought.subscription_id) == "active"


async def test_a_resumption_nobody_knows_of_happens_when_it_is_paid(opened: Opened) -> None:
    async with opened("Europe/Berlin", datetime(2026, 5, 1, 9, tzinfo=UTC)) as world:
        shopper, bought = await _buy(world, "month")
        await world.advance(datetime(2026, 5, 12, 9, tzinfo=UTC))
        await _pause(world, bought)
        card = await world.value(
            "SELECT psp_token FROM instrument WHERE payment_method_id = %s", shopper.method_id
        )
        await world.steal_card(shopper, "tok_hang_after_1")  # it takes the money and says nothing
        await world.advance(datetime(2026, 6, 20, 9, tzinfo=UTC))
        assert await _resume(world, bought, Anchor.RESTART) is Changed.WAITS
        await world.steal_card(shopper, card)
        assert await world.state(bought.subscription_id) == "paused"
        with pytest.raises(ChangeInProgress):
            await _resume(world, bought)
        await world.advance(datetime(2026, 6, 21, 8, tzinfo=UTC))
        assert await world.state(bought.subscription_id) == "active"
        assert (await world.lines(bought.subscription_id))[-1] == (
            date(2026, 6, 20), date(2026, 7, 20), 16900,
        )  # fmt: skip


async def test_what_rests_is_canceled_by_its_customer_or_by_time(opened: Opened) -> None:
    async with opened("Europe/Berlin", datetime(2026, 5, 1, 9, tzinfo=UTC)) as world:
        (one, first), (_, second) = await _buy(world, "month"), await _buy(world, "month")
        await world.advance(datetime(2026, 5, 12, 9, tzinfo=UTC))
        await _pause(world, first)
        await _pause(world, second)
        credit = await world.credit(one.customer_id)
        await world.advance(datetime(2026, 5, 20, 9, tzinfo=UTC))
        await world.cancel(first)
        assert await world.state(first.subscription_id) == "canceled"
        assert await world.credit(one.customer_id) == credit
        await world.advance(date(2026, 8, 13))
        assert await world.state(second.subscription_id) == "canceled"
        assert len(await world.lines(second.subscription_id)) == 1
        with pytest.raises(Rejected):
            await _resume(world, second)


async def test_the_end_of_a_pause_is_not_taken_back(opened: Opened) -> None:
    # it would rest for ever: nobody would bill it, end it, or ask its customer again
    async with opened("Europe/Berlin", datetime(2026, 5, 1, 9, tzinfo=UTC)) as world:
        _, bought = await _buy(world, "month")
        await world.advance(datetime(2026, 5, 12, 9, tzinfo=UTC))
        await _pause(world, bought)
        with pytest.raises(ChangeRefused):
            await preview_undo(world.run, bought.subscription_id, seq=None)
        with pytest.raises(ChangeRefused):
            await world.undo(bought)
        await world.advance(date(2026, 8, 13))
        assert await world.state(bought.subscription_id) == "canceled"


async def test_what_is_not_active_is_not_paused(opened: Opened) -> None:
    async with opened("Europe/Berlin", datetime(2026, 5, 1, 9, tzinfo=UTC)) as world:
        _, bought = await _buy(world, "month")
        with pytest.raises(NotPaused):
            await _resume(world, bought)
        with pytest.raises(Rejected, match="began today"):
            await _pause(world, bought)
        await world.advance(datetime(2026, 5, 2, 9, tzinfo=UTC))
        await world.change(bought, "year", timing=Timing.PERIOD_END)
        with pytest.raises(Rejected, match="take that back"):
            await _pause(world, bought)
        await world.undo(bought)
        for day in (3, 6):
            await world.advance(datetime(2026, 5, day, 9, tzinfo=UTC))
            await _pause(world, bought)
            await world.advance(datetime(2026, 5, day + 1, 9, tzinfo=UTC))
            assert await _resume(world, bought) is Changed.DONE
        await world.advance(datetime(2026, 5, 9, 9, tzinfo=UTC))
        with pytest.raises(PauseLimitReached):
            await _pause(world, bought)


@pytest.mark.parametrize("days", range(1, 7))
async def test_who_cancels_while_it_rests_gets_not_a_cent_again(
    fresh_world: World, days: int
) -> None:
    # given a month of 11.99 that was paused, and its days given back, on the fifth
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(days=4))
    given = await _pause(world, bought)
    # when it is canceled on another day, and what is unused is to go to the card
    await world.advance(world.now + timedelta(days=days))
    await cancel_subscription(
        world.run, bought.subscription_id, timing=Timing.NOW, back=GivingBack.UNUSED
    )
    await world.advance(world.now + timedelta(hours=1))
    # then the credit of the pause is all there is
    assert await world.credit(shopper.customer_id) == given
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await audit(world.run) == []
