from datetime import UTC, date, datetime
from pathlib import Path

from ledgerline.base.calendar import add_months
from ledgerline.flows.recognise_revenue import recognise_revenue
from ledgerline.flows.request_refund import RefundOrder, request_refund
from tests.flow_catalog import YEARLY, Offer, Place, small_catalog
from tests.flow_world import World, open_world


async def _revenue(world: World) -> dict[date, int]:
    """Sum recognised revenue by the last day of its month."""
    rows = await world.rows(
        "SELECT booked_on, sum(CASE credit WHEN 'revenue' THEN amount_minor ELSE -amount_minor END)"
        " FROM transfer WHERE purpose = 'recognise' GROUP BY booked_on"
    )
    return {day: int(amount) for day, amount in rows}


async def test_months_of_a_year_sum_to_its_net_amount(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given 119.88 with 19 % inside, net 10074, over [2025-03-15, 2026-03-15) a year later
    at = datetime(2026, 3, 15, 9, tzinfo=UTC)
    place = Place(rate_ppm=190_000)
    catalog = small_catalog(Offer("yearly", 11988, YEARLY), place=place)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "yearly")
        # when the year passes, and ends without another
        await world.write(
            "UPDATE subscription SET ends_on = billed_through WHERE id = %s",
            bought.subscription_id,
        )
        await world.advance(datetime(2027, 4, 2, tzinfo=UTC))
        # then
        assert list((await _revenue(world)).values()) == [
            469, 828, 855, 828, 856, 856, 828, 855, 828, 856, 855, 773, 387,
        ]  # fmt: skip
        assert await world.balances() == {
            "psp_clearing": 11988, "tax_payable": -1914, "revenue": -10074,
        }  # fmt: skip
        # and a month is recognised once
        month = date(2026, 5, 1)
        assert await recognise_revenue(world.run, month=month) == 0
        assert add_months(month, 1, anchor_day=1) == date(2026, 6, 1)


async def test_tail_credit_takes_back_what_was_not_delivered(
    fresh_database_url: str, tmp_path: Path
) -> None:
    at = datetime(2026, 3, 15, 9, tzinfo=UTC)
    catalog = small_catalog(Offer("yearly", 10074, YEARLY))
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        bought = await world.buy(await world.shopper("XX"), "yearly")
        # when canceled after 179 days
        await world.advance(datetime(2026, 9, 10, 12, tzinfo=UTC))
        await world.cancel(bought)
        await world.advance(datetime(2027, 5, 1, tzinfo=UTC))
        # then the months after it cancel, to the unit
        revenue = list((await _revenue(world)).values())
        assert revenue[:6] == [469, 828, 855, 828, 856, 856]
        assert sum(revenue) == 4941 - 1  # 186 of 365 days credited: 5133.6, away from zero
        assert all(abs(month) <= 1 for month in revenue[7:])
        assert "deferred_revenue" not in await world.balances()


async def test_full_refund_takes_back_what_was_recognised(world: World) -> None:
    # given a month that has been recognised in part
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.advance(datetime(2026, 1, 31, 12, tzinfo=UTC))
    await world.write(
        "UPDATE subscription SET ends_on = billed_through WHERE id = %s", bought.subscription_id
    )
    await world.advance(datetime(2026, 2, 2, tzinfo=UTC))
    assert (await world.balances())["revenue"] == -1008
    # when it is refunded in February
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "goodwill"))
    # then all of it is taken back from revenue, that day, and February has nothing to earn
    assert await world.balances() == {}
    await world.advance(datetime(2026, 3, 2, tzinfo=UTC))
    assert await _revenue(world) == {date(2026, 1, 31): 1008}
    assert await world.balances() == {}


async def test_credit_in_the_small_hours_of_a_month_leaves_no_deferred_revenue(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a customer in New York, where it is still 31 January when UTC has February
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)
    await world.advance(datetime(2026, 2, 1, 3, tzinfo=UTC))
    # when
    await world.cancel(bought)
    await world.advance(datetime(2026, 4, 1, tzinfo=UTC))
    # then what was billed, credited and earned still foots
    assert await world.balances() == {
        "psp_clearing": 2398, "customer_credit": -1199, "revenue": -1199,
    }  # fmt: skip


async def test_abandoned_purchase_never_earns(world: World) -> None:
    before = await world.balances()
    await world.buy(await world.shopper(token="tok_decline_do_not_honor"))
    await world.advance(datetime(2026, 6, 2, tzinfo=UTC))
    assert await world.balances() == before
