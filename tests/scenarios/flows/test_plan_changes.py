from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from ledgerline.base.calendar import Cadence
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.subscriptions.model import (
    ChangeRefused,
    NothingToChange,
    NothingToUndo,
    Timing,
)
from tests.flow_catalog import HOME, MONTHLY, YEARLY, Offer, Place, small_catalog
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world


@asynccontextmanager
async def _subscribed(
    url: str, folder: Path, *offers: Offer, at: datetime, place: Place = HOME
) -> AsyncIterator[tuple[World, Shopper, Bought]]:
    """Open a world where somebody has just bought the first offer."""
    async with open_world(url, folder, at=at, catalog=small_catalog(*offers, place=place)) as world:
        shopper = await world.shopper("XX")
        yield world, shopper, await world.buy(shopper, offers[0].plan)


class _Case(NamedTuple):
    """A month bought on its first day and changed inside it."""

    start: date
    day: date
    old: int
    new: int
    place: Place
    credited: int
    charged: int


@pytest.mark.parametrize(
    "case",
    [
        _Case(start=date(2026, 4, 1), day=date(2026, 4, 11), old=11900, new=17900,
              place=Place("SEK", "Europe/Stockholm"), credited=7933, charged=11933),
        _Case(start=date(2026, 3, 1), day=date(2026, 3, 15), old=1000, new=2000,
              place=Place("USD", "Etc/UTC"), credited=548, charged=1097),
        _Case(start=date(2026, 6, 1), day=date(2026, 6, 16), old=1000, new=1500,
              place=Place("GBP", "Europe/London"), credited=500, charged=750),
    ],
)  # fmt: skip
async def test_change_now_credits_what_is_unused_and_charges_what_remains(
    case: _Case, fresh_database_url: str, tmp_path: Path
) -> None:
    at = datetime.combine(case.start, time(9), tzinfo=UTC)
    noon = datetime.combine(case.day, time(12), tzinfo=UTC)
    offers = (Offer("old", case.old), Offer("new", case.new))
    async with _subscribed(fresh_database_url, tmp_path, *offers, at=at, place=case.place) as (
        world,
        shopper,
        bought,
    ):
        await world.advance(noon)
        # when
        preview = await world.preview(bought, "new")
        await world.change(bought, "new")
        # then the result is the preview
        proposal = preview.proposal
        assert (proposal.credited_minor, proposal.charged_minor) == (case.credited, case.charged)
        assert preview.due_minor == case.charged - case.credited
        end = (await world.lines(bought.subscription_id))[0][1]
        assert await world.lines(bought.subscription_id) == [
            (case.start, end, case.old), (case.day, end, case.charged),
        ]  # fmt: skip
        assert await world.notes(shopper.customer_id) == [
            ("plan_changed", case.credited, 0, case.credited)
        ]
        # and the difference is collected at once
        assert await world.credit(shopper.customer_id) == 0
        assert await world.receipts(shopper.customer_id) == [
            ("payment", case.old), ("payment", case.charged - case.credited),
        ]  # fmt: skip
        # and the boundary has not moved, and from there the whole new price is billed
        await world.advance(datetime.combine(end, time(12), tzinfo=UTC))
        assert (await world.lines(bought.subscription_id))[2:] == [
            (end, end.replace(month=end.month + 1), case.new)
        ]
        events = await world.events(shopper.customer_id)
        assert (events["subscription.plan_changed"], events["credit_note.issued"]) == (1, 1)
        assert [why for *_, why in await world.covers(bought.subscription_id)] == ["paid"] * 3


async def test_change_now_to_a_year_begins_a_new_grid_today(
    fresh_database_url: str, tmp_path: Path
) -> None:
    at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    offers = (Offer("monthly", 1099), Offer("yearly", 9900, YEARLY))
    place = Place("EUR", "Europe/Madrid")
    async with _subscribed(fresh_database_url, tmp_path, *offers, at=at, place=place) as given:
        world, shopper, bought = given
        await world.advance(datetime(2026, 6, 16, 9, tzinfo=UTC))
        # when
        await world.change(bought, "yearly")
        # then half a month comes back: 549.5, away from zero
        assert await world.notes(shopper.customer_id) == [("plan_changed", 550, 0, 550)]
        assert await world.lines(bought.subscription_id) == [
            (date(2026, 6, 1), date(2026, 7, 1), 1099),
            (date(2026, 6, 16), date(2027, 6, 16), 9900),
        ]
        # and the next bill is a year from today
        await world.advance(datetime(2027, 6, 17, tzinfo=UTC))
        assert (await world.lines(bought.subscription_id))[2:] == [
            (date(2027, 6, 16), date(2028, 6, 16), 9900)
        ]
        assert await world.receipts(shopper.customer_id) == [
            ("payment", 1099), ("payment", 9350), ("payment", 9900),
        ]  # fmt: skip


async def test_cheaper_plan_now_leaves_credit_and_charges_nobody(
    fresh_database_url: str, tmp_path: Path
) -> None:
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    offers = (Offer("dear", 2000), Offer("cheap", 1000))
    place = Place("USD", "Etc/UTC")
    async with _subscribed(fresh_database_url, tmp_path, *offers, at=at, place=place) as given:
        world, shopper, bought = given
        await world.advance(datetime(2026, 3, 15, 9, tzinfo=UTC))
        # when
        await world.change(bought, "cheap")
        # then
        assert await world.credit(shopper.customer_id) == 1097 - 548
        await world.advance(datetime(2026, 3, 20, tzinfo=UTC))
        assert await world.receipts(shopper.customer_id) == [("payment", 2000)]
        assert (await world.invoices(bought.subscription_id))[1] == ("change", "paid", 548)
        # and the rest pays part of April
        await world.advance(datetime(2026, 4, 2, tzinfo=UTC))
        assert await world.receipts(shopper.customer_id) == [("payment", 2000), ("payment", 451)]
        assert await world.credit(shopper.customer_id) == 0


async def test_change_at_period_end_bills_the_new_plan_at_the_boundary(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when
    await world.change(bought, "individual_yearly", timing=Timing.PERIOD_END)
    with pytest.raises(NothingToChange):
        await cancel_twice(world)
    assert await world.notes(shopper.customer_id) == []
    await world.advance(date(2026, 2, 3))
    # then no stub, no credit, another item on a grid of its own
    assert await world.lines(bought.subscription_id) == [
        (date(2026, 1, 1), date(2026, 2, 1), 1199),
        (date(2026, 2, 1), date(2027, 2, 1), 11990),
    ]
    assert await world.notes(shopper.customer_id) == []
    assert await world.items(bought) == [
        ("base", "individual_monthly", 1, date(2026, 1, 1), date(2026, 2, 1)),
        ("base", "individual_yearly", 1, date(2026, 2, 1), None),
    ]
    assert await world.events(shopper.customer_id) == Counter(
        {
            "customer.created": 1, "subscription.created": 1, "subscription.activated": 1,
            "subscription.change_scheduled": 1, "subscription.plan_changed": 1,
            "invoice.issued": 2, "invoice.paid": 2, "payment.succeeded": 2, "attempt.sent": 1,
        }
    )  # fmt: skip


async def cancel_twice(world: World) -> None:
    """Cancel another subscription at its period's end, and again."""
    other = await world.buy(await world.shopper())
    for _ in range(2):
        await cancel_subscription(world.run, other.subscription_id, timing=Timing.PERIOD_END)


async def test_change_waits_until_the_period_that_has_begun_is_billed(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a boundary that the billing run has not reached yet
    shopper = await world.shopper()
    bought = await world.buy(shopper, coupon="STAFF100")
    world.run = world.run.at(world.now + timedelta(days=33))
    # when
    for ask in (world.preview, world.change):
        with pytest.raises(ChangeRefused, match="not billed yet"):
            await ask(bought, "family_monthly")
    # then nothing happened, and at the end of the period it may change all the same
    assert len(await world.lines(bought.subscription_id)) == 1
    await world.change(bought, "family_monthly", timing=Timing.PERIOD_END)


@pytest.mark.parametrize("cadence", [MONTHLY, YEARLY])
async def test_change_in_a_trial_bills_the_new_plan_from_the_end_of_the_trial(
    cadence: Cadence, fresh_database_url: str, tmp_path: Path
) -> None:
    catalog = small_catalog(Offer("old", 1000, trial_days=30), Offer("new", 5000, cadence))
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "old", trial=True)
        await world.advance(date(2026, 1, 10))
        # when
        await world.change(bought, "new")
        # then the trial goes on and nothing is charged
        assert await world.state(bought.subscription_id) == "trialing"
        assert await world.receipts(shopper.customer_id) == []
        # until it ends
        await world.advance(date(2026, 2, 2))
        end = date(2026, 2, 28) if cadence == MONTHLY else date(2027, 1, 31)
        assert await world.lines(bought.subscription_id) == [
            (date(2026, 1, 1), date(2026, 1, 31), 0), (date(2026, 1, 31), end, 5000),
        ]  # fmt: skip
        assert await world.receipts(shopper.customer_id) == [("payment", 5000)]


async def test_changes_of_one_instant_compose_in_order(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when a plan is bought and changed thrice before the clock moves
    await world.change(bought, "family_monthly")
    await world.change(bought, "individual_monthly")
    await world.change(bought, "family_monthly")
    await world.advance(world.now + timedelta(days=1))
    # then each wrote its own documents and what is paid is the last plan
    invoices = await world.invoices(bought.subscription_id)
    notes = await world.notes(shopper.customer_id)
    assert len(invoices) == 4
    assert len(notes) == 3
    assert {state for _, state, _ in invoices} == {"paid"}
    kept = sum(total for *_, total in invoices) - sum(total for *_, total in notes)
    assert kept == 1999
    assert await world.credit(shopper.customer_id) == 0
    covers = await world.covers(bought.subscription_id)
    assert [why for *_, why in covers][-1] == "paid"


async def test_change_is_refused_once_an_end_is_set_and_to_the_plan_that_is_there(
    world: World,
) -> None:
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    with pytest.raises(NothingToChange):
        await world.change(bought, "individual_monthly")
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    before = await world.events(shopper.customer_id)
    with pytest.raises(ChangeRefused):
        await world.change(bought, "family_monthly")
    assert await world.events(shopper.customer_id) == before


async def test_a_declined_change_leaves_everything_as_it_was(world: World) -> None:
    # given a card that pays the purchase and is then stolen
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    before = (await world.items(bought), await world.covers(bought.subscription_id))
    await world.steal_card(shopper)
    # when
    await world.change(bought, "family_monthly")
    # then nothing has happened but an invoice that never was
    assert await world.state(bought.subscription_id) == "active"
    assert (await world.items(bought), await world.covers(bought.subscription_id)) == before
    assert [state for _, state, _ in await world.invoices(bought.subscription_id)] == [
        "paid", "void",
    ]  # fmt: skip
    assert await world.notes(shopper.customer_id) == []
    assert await world.credit(shopper.customer_id) == 0
    # and a second try on the same day with another card works, at the same price
    await world.steal_card(shopper, "tok_ok_again")
    await world.change(bought, "family_monthly")
    assert [plan for _, plan, *_ in await world.items(bought)] == ["family_monthly"]
    assert await world.receipts(shopper.customer_id) == [("payment", 800), ("payment", 1199)]


async def test_a_declined_change_of_a_paid_year_keeps_the_year(
    fresh_database_url: str, tmp_path: Path
) -> None:
    offers = (Offer("year", 11990, YEARLY), Offer("family", 19990, YEARLY))
    at = datetime(2026, 1, 1, 9, tzinfo=UTC)
    async with _subscribed(fresh_database_url, tmp_path, *offers, at=at) as given:
        world, shopper, bought = given
        await world.steal_card(shopper, "tok_decline_expired_card")
        await world.advance(datetime(2026, 3, 15, 9, tzinfo=UTC))
        # when
        await world.change(bought, "family")
        # then the year runs on
        await world.advance(datetime(2026, 12, 30, 9, tzinfo=UTC))
        assert await world.state(bought.subscription_id) == "active"
        assert await world.receipts(shopper.customer_id) == [("payment", 11990)]
        assert [(end, why) for _, end, why in await world.covers(bought.subscription_id)] == [
            (datetime(2026, 12, 31, 23, tzinfo=UTC), "paid")
        ]


async def test_credit_that_a_declined_change_had_taken_comes_back(
    fresh_database_url: str, tmp_path: Path
) -> None:
    offers = (Offer("old", 3000), Offer("new", 9000), Offer("gift", 700, family="other"))
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    async with _subscribed(fresh_database_url, tmp_path, *offers, at=at) as (
        world,
        shopper,
        bought,
    ):
        await world.give_credit(shopper, "gift")
        await world.steal_card(shopper)
        await world.change(bought, "new")
        assert await world.credit(shopper.customer_id) == 700
        await world.steal_card(shopper, "tok_ok_again")
        await world.change(bought, "new")
        assert await world.credit(shopper.customer_id) == 0
        assert await world.receipts(shopper.customer_id) == [
            ("payment", 700), ("payment", 3000), ("payment", 5300),
        ]  # fmt: skip


async def test_undo_of_a_planned_change_keeps_the_price_that_was_held(world: World) -> None:
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.change(bought, "student_monthly", timing=Timing.PERIOD_END)
    # when
    await world.undo(bought)
    await world.advance(world.now + timedelta(days=32))
    # then
    assert [gross for *_, gross in await world.lines(bought.subscription_id)] == [1199, 1199]
    with pytest.raises(NothingToUndo):
        await world.undo(bought)


async def test_more_seats_are_paid_for_at_once_and_fewer_come_back(
    fresh_database_url: str, tmp_path: Path
) -> None:
    catalog = small_catalog(Offer("seat", 1200))
    at = datetime(2026, 9, 1, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "seat", quantity=5)
        await world.advance(datetime(2026, 9, 11, 9, tzinfo=UTC))
        await world.change(bought, quantity=8)
        await world.change(bought, quantity=10)
        assert await world.receipts(shopper.customer_id) == [
            ("payment", 6000), ("payment", 1600), ("payment", 2400),
        ]  # fmt: skip
        await world.advance(datetime(2026, 9, 21, 9, tzinfo=UTC))
        await world.cancel(bought)
        assert await world.notes(shopper.customer_id) == [
            ("canceled", 800, 0, 800), ("canceled", 1200, 0, 1200), ("canceled", 2000, 0, 2000),
        ]  # fmt: skip
