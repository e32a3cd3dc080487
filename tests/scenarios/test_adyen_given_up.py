"""A charge at Adyen that never arrived: a cancel of it is received, and nothing follows."""

from datetime import timedelta

from ledgerline.base.ids import PurchaseId
from ledgerline.flows.withdraw_purchase import withdraw_purchase
from tests.flow_world import World
from tests.scenarios import test_adyen_whole_life
from tests.scenarios.payers import tried

world = test_adyen_whole_life.world


async def test_what_never_arrived_and_is_given_up_is_told_people_after_a_day(world: World) -> None:
    shopper = await world.shopper(token="shopper-14/tok_hang_before")
    bought = await world.buy(shopper)
    await withdraw_purchase(world.run, PurchaseId(bought.purchase_id))
    # when every cancel of it is received, and no webhook can follow
    await world.advance(world.now + timedelta(hours=3))
    await test_adyen_whole_life.apply_what_came(world)
    assert (await tried(world, bought)).state == "unknown"
    told = (
        "SELECT x.reason, x.detail FROM money_exception AS x"
        " JOIN attempt AS a ON a.id = x.subject_id WHERE a.payment_id = %s AND x.closed_at IS NULL"
    )
    assert await world.rows(told, bought.payment_id) == []
    await world.advance(world.now + timedelta(days=3))
    # then somebody asks Adyen, and the attempt ends by no age
    [(reason, detail)] = await world.rows(told, bought.payment_id)
    assert reason == "unknown_too_long"
    assert detail.startswith("aster was asked")
    assert (await tried(world, bought)).state == "unknown"
    await world.write("DELETE FROM money_exception")
