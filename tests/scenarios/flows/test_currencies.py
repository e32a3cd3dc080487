from datetime import UTC, date, datetime

from ledgerline.flows.request_refund import RefundOrder, request_refund
from tests.flow_world import World


async def test_yen_have_no_decimals_and_tokyo_days(fresh_world: World) -> None:
    world = fresh_world
    # given 980 yen with 10 % tax inside, bought at nine in the morning of 1 January in Tokyo
    shopper = await world.shopper("JP")
    bought = await world.buy(shopper)
    assert await world.balances(shopper.customer_id) == {
        "psp_clearing": 980, "deferred_revenue": -891, "tax_payable": -89,
    }  # fmt: skip
    # when canceled at one in the morning of the 11th there, still the 10th in UTC
    await world.advance(datetime(2026, 1, 10, 16, tzinfo=UTC))
    await world.cancel(bought)
    # then 21 of 31 days: 663.87
    assert await world.lines(bought.subscription_id) == [(date(2026, 1, 1), date(2026, 2, 1), 980)]
    assert await world.notes(shopper.customer_id) == [("canceled", 604, 60, 664)]
    # and the rest can be refunded in whole yen
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, 316, "goodwill"))
    assert await world.notes(shopper.customer_id) == [
        ("refund", 287, 29, 316), ("canceled", 604, 60, 664),
    ]  # fmt: skip
    # and what of it was earned by then is taken from revenue, the rest from deferral
    assert await world.balances(shopper.customer_id) == {
        "psp_clearing": 664, "customer_credit": -664, "revenue": 259, "deferred_revenue": -259,
    }  # fmt: skip


async def test_dinars_have_three_decimals(fresh_world: World) -> None:
    world = fresh_world
    # given KWD 1.990 without tax
    shopper = await world.shopper("KW")
    bought = await world.buy(shopper)
    # when a renewal passes and the second month is canceled after ten days
    await world.advance(datetime(2026, 2, 11, 12, tzinfo=UTC))
    await world.cancel(bought)
    # then 18 of 28 days: 1279.29
    assert await world.notes(shopper.customer_id) == [("canceled", 1279, 0, 1279)]
    assert await world.captures(bought.payment_id) == [1990]
    assert [one["currency"] for one in await world.simulator.truth()] == ["KWD", "KWD"]
    await world.advance(datetime(2026, 4, 1, tzinfo=UTC))
    assert await world.balances() == {
        "psp_clearing": 3980, "customer_credit": -1279, "revenue": -2701,
    }  # fmt: skip
