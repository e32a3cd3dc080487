"""A bit of everything, so that every table has rows: for tests that look at whole databases."""

from datetime import date

from ledgerline.flows.change_plan import Change, change_plan
from ledgerline.flows.claim_key import Command
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.subscriptions.model import Timing
from tests.flow_world import World


async def live_two_months(world: World) -> None:
    """Live from January to March: trial, change, cancellation, refund, credit, a decline."""
    await world.buy(await world.shopper(), trial=True)
    stays = await world.buy(await world.shopper(), command=Command("shop", "stays", b"stays"))
    assert stays.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(stays.payment_id, 100, "kindness"))
    changes = await world.buy(await world.shopper("SE"))
    await world.buy(await world.shopper("US", "tok_decline_expired_card"))
    await world.advance(date(2026, 1, 11))
    change = Change(changes.subscription_id, "family_monthly", Timing.NOW)
    await change_plan(world.run, change)
    await world.cancel(await world.buy(await world.shopper("JP")))
    await world.advance(date(2026, 3, 1))
