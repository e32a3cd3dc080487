"""What a page says is charged next is what the invoice says that is charged next."""

import pytest

from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.preview_next_invoice import preview_next_invoice, preview_next_total
from ledgerline.invoicing.model import NothingToPreview
from ledgerline.subscriptions.model import Timing
from tests.flow_world import World


async def test_the_next_total_is_that_of_the_next_invoice(world: World) -> None:
    with_credit, reduced, tries = [await world.shopper() for _ in range(3)]
    await world.give_credit(with_credit, "individual_monthly")
    bought = [
        await world.buy(with_credit, "family_monthly"),
        await world.buy(reduced, coupon="WELCOME50", add_ons=["lossless_monthly"]),
        await world.buy(tries, trial=True),
    ]
    before = await world.value("SELECT count(*) FROM invoice")
    for one in bought:
        document = await preview_next_invoice(world.run, one.subscription_id)
        total = await preview_next_total(world.run, one.subscription_id)
        assert total == document.body.totals.payable > 0
    assert await world.value("SELECT count(*) FROM invoice") == before
    await cancel_subscription(world.run, bought[0].subscription_id, timing=Timing.PERIOD_END)
    with pytest.raises(NothingToPreview):
        await preview_next_total(world.run, bought[0].subscription_id)
