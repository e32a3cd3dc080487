"""A coupon goes on through a change of plan: no period of it is lost, none is counted twice."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from ledgerline.base.calendar import Cadence
from ledgerline.base.money import Currency
from ledgerline.catalog.model import Coupon
from ledgerline.subscriptions.model import Timing
from tests.flow_catalog import MONTHLY, YEARLY, Offer, small_catalog
from tests.flow_world import World, open_world


async def test_coupon_counts_the_period_in_which_a_new_plan_begins(world: World) -> None:
    # given half price for two periods, the first of them billed
    shopper = await world.shopper()
    bought = await world.buy(shopper, coupon="WELCOME50")
    await world.change(bought, "family_monthly", timing=Timing.PERIOD_END)
    # when three more periods are billed
    await world.advance(world.now + timedelta(days=93))
    # then one of them is reduced
    assert [gross for *_, gross in await world.lines(bought.subscription_id)] == [
        599, 999, 1999, 1999,
    ]  # fmt: skip


HALF_ONCE: Final = Coupon(
    code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=1
)
HALF_TWICE: Final = Coupon(
    code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=2
)
LESS_FOREVER: Final = Coupon(
    code="HALF", percent_ppm=None, amount_minor=200, currency=Currency("EUR"), periods=None
)
A_LITTLE_LESS: Final = Coupon(
    code="HALF", percent_ppm=None, amount_minor=20, currency=Currency("EUR"), periods=None
)


class _Reduced(NamedTuple):
    """A month at 1200 under a coupon, changed after half of it to a plan at 2000."""

    coupon: Coupon
    cadence: Cadence
    credited: int
    charged: int
    renewals: list[int]


@pytest.mark.parametrize(
    "case",
    [
        _Reduced(
            coupon=HALF_ONCE, cadence=MONTHLY, credited=300, charged=500, renewals=[2000, 2000]
        ),
        _Reduced(
            coupon=HALF_TWICE, cadence=MONTHLY, credited=300, charged=500, renewals=[1000, 2000]
        ),
        _Reduced(
            coupon=LESS_FOREVER, cadence=MONTHLY, credited=500, charged=900, renewals=[1800, 1800]
        ),
        _Reduced(coupon=HALF_ONCE, cadence=YEARLY, credited=300, charged=1959, renewals=[]),
        _Reduced(coupon=HALF_TWICE, cadence=YEARLY, credited=300, charged=1874, renewals=[]),
        # 20 a month are 240 a year
        _Reduced(coupon=A_LITTLE_LESS, cadence=YEARLY, credited=590, charged=1760, renewals=[]),
    ],
)
async def test_change_now_keeps_the_coupon_of_the_period_and_a_new_cadence_counts_one(
    case: _Reduced, fresh_database_url: str, tmp_path: Path
) -> None:
    # given
    offers = (Offer("old", 1200), Offer("new", 2000, case.cadence))
    catalog = small_catalog(*offers, coupons=(case.coupon,))
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "old", coupon="HALF")
        await world.advance(datetime(2026, 4, 16, 9, tzinfo=UTC))
        # when it is changed after half of it
        proposal = (await world.preview(bought, "new")).proposal
        await world.change(bought, "new")
        # then what was charged is credited, and the coupon reduces what is charged
        assert (proposal.credited_minor, proposal.charged_minor) == (case.credited, case.charged)
        changed = [gross for *_, gross in await world.lines(bought.subscription_id)][1:]
        assert sum(changed) == case.charged
        # and afterwards as many periods as are left
        await world.advance(date(2026, 6, 2))
        lines = [gross for *_, gross in await world.lines(bought.subscription_id)]
        assert lines[1 + len(changed) :] == case.renewals


async def test_changing_the_cadence_and_back_on_one_day_uses_up_no_period_of_a_coupon(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given half price for two months, the first of them billed
    offers = (Offer("monthly", 1200), Offer("yearly", 12000, YEARLY))
    catalog = small_catalog(*offers, coupons=(HALF_TWICE,))
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "monthly", coupon="HALF")
        # when it becomes a year and a month again
        await world.change(bought, "yearly")
        await world.advance(world.now + timedelta(minutes=1))
        await world.change(bought, "monthly")
        # then what was charged is as it was, and so is what is left of the coupon
        await world.advance(date(2026, 3, 2))
        lines = [gross for *_, gross in await world.lines(bought.subscription_id)]
        assert sorted(lines[:4]) == [600, 600, 970, 10060]
        assert lines[4:] == [600, 1200]


async def test_two_changes_in_one_period_keep_its_coupon(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given half price for one month of 30 days
    offers = (Offer("small", 1200), Offer("middle", 2000), Offer("large", 3000))
    catalog = small_catalog(*offers, coupons=(HALF_ONCE,))
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        bought = await world.buy(await world.shopper("XX"), "small", coupon="HALF")
        # when it is changed after 10 and after 20 days
        await world.advance(datetime(2026, 4, 11, 9, tzinfo=UTC))
        await world.change(bought, "middle")
        await world.advance(datetime(2026, 4, 21, 9, tzinfo=UTC))
        await world.change(bought, "large")
        # then each charge is half, and the next month is not
        await world.advance(date(2026, 5, 2))
        lines = [gross for *_, gross in await world.lines(bought.subscription_id)]
        assert lines == [600, 667, 500, 3000]


async def test_change_after_the_coupon_ended_is_not_reduced(world: World) -> None:
    # given half price for two months, of which a third has begun
    shopper = await world.shopper()
    bought = await world.buy(shopper, coupon="WELCOME50")
    await world.advance(world.now + timedelta(days=70))
    # when
    proposal = (await world.preview(bought, "family_monthly")).proposal
    # then
    assert [line.discount_minor for line in proposal.bill.priced.lines] == [0]


async def test_change_under_a_coupon_over_everything_charges_nothing(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper, coupon="STAFF100")
    # when
    await world.change(bought, "family_monthly")
    # then
    assert [gross for *_, gross in await world.lines(bought.subscription_id)] == [0, 0]
    assert await world.credit(shopper.customer_id) == 0
    assert await world.receipts(shopper.customer_id) == []
    assert await world.state(bought.subscription_id) == "active"
