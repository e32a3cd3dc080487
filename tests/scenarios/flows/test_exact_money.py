"""Amounts that were wrong once: the inputs are exact, and so is what is right."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.catalog.model import Catalog, Price, TaxBehavior, TaxRate, price_id
from ledgerline.datasets.audit import audit
from ledgerline.flows.cancel_subscription import cancel_subscription, preview_cancel
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.quote_purchase import quote_purchase
from ledgerline.flows.request_refund import RefundOrder, check_refund, request_refund
from ledgerline.payments.refusals import RefundDayAhead, RefundExceedsCaptured
from ledgerline.pricing.rules.credit import ExceedsLineRemainder
from ledgerline.rules.quote import Order
from ledgerline.subscriptions.model import Timing
from tests.flow_catalog import MARKET, YEARLY, Offer, Place, small_catalog
from tests.flow_values import Bought
from tests.flow_world import World, open_world

UTC_PLACE: Final = Place(zone="Etc/UTC")
WITH_TAX: Final = Place(zone="Etc/UTC", behavior=TaxBehavior.EXCLUSIVE, rate_ppm=200_000)
PLANS: Final = (Offer("small", 3100), Offer("big", 6200))
YEARS: Final = (Offer("small", 11990, YEARLY), Offer("big", 19990, YEARLY))
BEGIN: Final = datetime(2026, 1, 1, 9, tzinfo=UTC)


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


@asynccontextmanager
async def sold(
    url: str, folder: Path, *offers: Offer, at: datetime = BEGIN, place: Place = UTC_PLACE
) -> AsyncIterator[World]:
    catalog = small_catalog(*offers, place=place)
    async with open_world(url, folder, at=at, catalog=catalog) as world:
        yield world


async def refund(world: World, bought: Bought, amount_minor: int) -> None:
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, amount_minor, "goodwill")
    await request_refund(world.run, world.psps, order)


@pytest.mark.parametrize("refund_first", [True, False])
async def test_days_that_are_refunded_are_not_credited_again(
    refund_first: bool, fresh_database_url: str, tmp_path: Path
) -> None:
    """1799 of [09-01, 10-01): the days from the 13th on are worth 1079, in both orders."""
    at = datetime(2026, 9, 1, 9, tzinfo=UTC)
    async with sold(fresh_database_url, tmp_path, Offer("small", 1799), at=at) as world:
        # given
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "small")
        assert bought.payment_id is not None
        order = RefundOrder(bought.payment_id, None, "moved away", date(2026, 9, 13))
        with pytest.raises(RefundDayAhead):  # a cancellation before would give them back too
            await check_refund(world.run, order)
        await world.advance(datetime(2026, 9, 13, 12, tzinfo=UTC))
        # when
        if refund_first:
            assert (await check_refund(world.run, order)).amount_minor == 1079
            await request_refund(world.run, world.psps, order)
            await cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW)
        else:
            await cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW)
            with pytest.raises(RefundExceedsCaptured):
                await request_refund(world.run, world.psps, order)
        # then
        balances = await world.balances(shopper.customer_id)
        kept, credit = (balances.get(one, 0) for one in ("psp_clearing", "customer_credit"))
        assert (kept, credit) == ((720, 0) if refund_first else (1799, -1079))
        assert not balances.get("receivable")
        assert await audit(world.run) == []


async def test_a_refund_for_days_gives_no_more_than_they_are_worth(
    fresh_database_url: str, tmp_path: Path
) -> None:
    """3100 of January: from the 16th on 1600; after 400 of them 1200, and 100 a day less 25."""
    async with sold(fresh_database_url, tmp_path, *PLANS) as world:
        # given
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "small")
        assert bought.payment_id is not None
        await world.advance(noon(1, 16))
        first = RefundOrder(bought.payment_id, 400, "outage", date(2026, 1, 16))
        await request_refund(world.run, world.psps, first)
        # when
        with pytest.raises(ExceedsLineRemainder):
            await request_refund(world.run, world.psps, replace(first, amount_minor=1201))
        # then
        assert (
            await check_refund(world.run, replace(first, amount_minor=None))
        ).amount_minor == 1200
        await world.advance(noon(1, 22))
        await cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW)
        assert await world.credit(shopper.customer_id) == 1000 - 250
        assert await audit(world.run) == []


class _Given(NamedTuple):
    """Bought on the first of January, partly refunded, then cut: what comes back."""

    offers: tuple[Offer, ...]
    place: Place
    refund_on: datetime
    refunded: int
    cut_on: datetime
    plan: str | None
    credited: int
    due: int


@pytest.mark.parametrize(
    "given",
    [
        _Given(
            offers=PLANS, place=UTC_PLACE, refund_on=noon(1, 1), refunded=1500,
            cut_on=noon(1, 16), plan=None, credited=826, due=0,
        ),
        _Given(
            offers=PLANS, place=WITH_TAX, refund_on=noon(1, 1), refunded=1860,
            cut_on=noon(1, 16), plan=None, credited=960, due=0,
        ),
        _Given(
            offers=PLANS, place=UTC_PLACE, refund_on=noon(1, 1), refunded=1500,
            cut_on=noon(1, 16), plan="big", credited=826, due=2374,
        ),
        _Given(
            offers=YEARS, place=UTC_PLACE, refund_on=noon(2, 10), refunded=1000,
            cut_on=noon(3, 15), plan="big", credited=8792, due=7200,
        ),
    ],
)  # fmt: skip
async def test_goodwill_is_given_once_whatever_is_cut_after_it(
    given: _Given, fresh_database_url: str, tmp_path: Path
) -> None:
    async with sold(fresh_database_url, tmp_path, *given.offers, place=given.place) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "small")
        await world.advance(given.refund_on)
        await refund(world, bought, given.refunded)
        await world.advance(given.cut_on)
        # when it is previewed and done
        if given.plan is None:
            shown = await preview_cancel(world.run, bought.subscription_id, timing=Timing.NOW)
            assert shown.credited_minor == given.credited
            await world.cancel(bought)
            assert await world.credit(shopper.customer_id) == given.credited
        else:
            proposed = await world.preview(bought, given.plan)
            assert (proposed.proposal.credited_minor, proposed.due_minor) == (
                given.credited, given.due,
            )  # fmt: skip
            await world.change(bought, given.plan)
            assert await world.credit(shopper.customer_id) == 0
            assert ("payment", given.due) in await world.receipts(shopper.customer_id)
        # then the notes say so
        reasons = {note[0]: note[3] for note in await world.notes(shopper.customer_id)}
        reason = "canceled" if given.plan is None else "plan_changed"
        assert reasons == {"refund": given.refunded, reason: given.credited}


async def test_what_is_left_of_a_stub_comes_back(fresh_database_url: str, tmp_path: Path) -> None:
    async with sold(fresh_database_url, tmp_path, *PLANS) as world:
        # given 6200 from a change on the 16th, so 3200, of which 1500 are refunded
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "small")
        await world.advance(noon(1, 16))
        await world.change(bought, "big")
        paid = await world.value(
            "SELECT id FROM payment WHERE customer_id = %s AND amount_minor = 1600",
            shopper.customer_id,
        )
        await refund(world, bought._replace(payment_id=paid), 1500)
        # when
        await world.advance(noon(1, 24))
        await world.cancel(bought)
        # then
        assert await world.credit(shopper.customer_id) == 850


async def test_a_renewal_that_credit_partly_paid_gives_back_what_was_not_used(
    fresh_database_url: str, tmp_path: Path
) -> None:
    offers = (Offer("plan", 1199), Offer("gift", 619, family="other"))
    at = datetime(2026, 1, 15, 9, tzinfo=UTC)
    async with sold(fresh_database_url, tmp_path, *offers, at=at) as world:
        # given a renewal of [02-15, 03-15) with 619 from credit, whose rest is declined
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "plan")
        await world.give_credit(shopper, "gift")
        await world.steal_card(shopper, "tok_decline_do_not_honor_1")
        await world.advance(noon(2, 25))
        assert await world.state(bought.subscription_id) == "past_due"
        assert await world.credit(shopper.customer_id) == 0
        # when
        await world.cancel(bought)
        # then ten of 28 days were used: 428 of the 619
        assert await world.credit(shopper.customer_id) == 191


async def test_what_comes_next_is_priced_at_its_own_date(
    fresh_database_url: str, tmp_path: Path
) -> None:
    catalog = small_catalog(Offer("plan", 1000), place=WITH_TAX)
    rates = tuple(
        TaxRate(
            market_code=MARKET, category="digital_services", valid_from=begun, rate_ppm=rate,
            source="for tests",
        )
        for begun, rate in ((date(2000, 1, 1), 100_000), (date(2026, 1, 20), 200_000))
    )  # fmt: skip
    catalog = replace(catalog, tax_rates=rates)
    at = datetime(2025, 12, 20, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        order = Order(customer_id=shopper.customer_id, plan_code="plan")
        quote = await quote_purchase(world.run, order)
        bought = await world.buy(shopper, "plan")
        await world.advance(datetime(2026, 1, 21, 9, tzinfo=UTC))
        assert quote.after is not None
        charged = [gross for *_, gross in await world.lines(bought.subscription_id)]
        assert charged == [quote.due_now_minor, quote.after.bill.gross_minor] == [1100, 1200]


@pytest.mark.parametrize("trial", [False, True])
async def test_who_takes_a_planned_change_back_keeps_the_held_price(
    trial: bool, fresh_database_url: str, tmp_path: Path
) -> None:
    days = 40 if trial else 0
    offers = (Offer("plan", 1199, trial_days=days), Offer("student", 599))
    at = datetime(2026, 8, 1, 9, tzinfo=UTC)
    async with sold(fresh_database_url, tmp_path, *offers, at=at) as world:
        # given a price of 1199 that is held, on sale for 1299 since
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "plan", trial=trial)
        await load_catalog(world.run, _dearer(small_catalog(*offers, place=UTC_PLACE)))
        await world.advance(datetime(2026, 8, 10, 9, tzinfo=UTC))
        await world.change(bought, "student", timing=Timing.PERIOD_END)
        # when it is taken back
        await world.undo(bought)
        # then nothing was due, and 1199 is what comes next
        assert len(await world.receipts(shopper.customer_id)) == (0 if trial else 1)
        await world.advance(datetime(2026, 9, 11, 9, tzinfo=UTC))
        assert [gross for *_, gross in await world.lines(bought.subscription_id)][-1] == 1199


def _dearer(catalog: Catalog) -> Catalog:
    """Sell the first plan for 100 more from the fifth of August on."""
    old = next(price for price in catalog.prices if price.plan_code == "plan" and price.unit_num)
    begun = date(2026, 8, 5)
    new: Price = replace(
        old,
        id=price_id(
            "plan", phase_no=old.phase_no, component="base", market_code=MARKET, valid_from=begun
        ),
        unit_num=old.unit_num + 100,
        valid_from=begun,
    )
    return replace(catalog, prices=(*catalog.prices, new))


async def test_a_day_that_never_was_is_billed_and_covers_nothing(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given a plan by the day in Samoa, where 2011-12-30 was left out
    daily = Offer("day", 10, Cadence(1, Unit.DAY))
    place = Place(zone="Pacific/Apia")
    at = datetime(2011, 12, 28, 20, tzinfo=UTC)  # the 28th there, ten in the morning
    async with sold(fresh_database_url, tmp_path, daily, at=at, place=place) as world:
        bought = await world.buy(await world.shopper("XX"), "day")
        # when
        await world.advance(at + timedelta(days=4))
        # then each date has its line, and no cover has no length
        lines = await world.lines(bought.subscription_id)
        assert [start for start, *_ in lines] == [
            date(2011, 12, 28) + timedelta(days=n) for n in range(6)
        ]
        assert await world.value("SELECT count(*) FROM bill_parked") == 0
        assert await world.value("SELECT count(*) FROM cover WHERE starts_at >= ends_at") == 0
        assert await world.value("SELECT count(*) FROM cover") == 5
