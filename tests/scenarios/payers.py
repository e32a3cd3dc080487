"""A buyer who can be sent to their bank, what they are asked to do there, and how it went."""

from typing import Any, Final, NamedTuple

from ledgerline.base.ids import AttemptId
from ledgerline.flows.ask_payer import open_action
from ledgerline.flows.confirm_payment import confirm_payment
from ledgerline.flows.start_purchase import Checkout, start_purchase
from ledgerline.rules.quote import Order
from tests.flow_values import Bought, Shopper
from tests.flow_world import World

RETURN_URL: Final = "https://shop.example/done?basket=7"


class Tried(NamedTuple):
    """The last attempt of a payment, and what ended it."""

    state: str
    category: str | None
    evidence: str | None


async def buy_here(world: World, shopper: Shopper) -> Bought:
    """Buy a plan as somebody who can come back from their bank."""
    bought = await start_purchase(
        world.run,
        world.psps,
        Order(shopper.customer_id, "individual_monthly", with_trial=False),
        payment_method_id=shopper.method_id,
        checkout=Checkout(return_url=RETURN_URL),
    )
    return await world.bought(bought.purchase_id)


async def page_of(world: World, bought: Bought) -> str:
    """Return the page that the buyer is asked to open."""
    [(id_, state, sealed)] = await world.rows(
        "SELECT id, state, action_sealed FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    assert state == "requires_action"
    return open_action(world.run, AttemptId(id_), sealed)


async def come_back(world: World, bought: Bought, result: str | None = None) -> None:
    """Be back at the shop, with what was given along."""
    assert bought.payment_id is not None
    await confirm_payment(world.run, world.psps, bought.payment_id, result=result)


async def tried(world: World, bought: Bought) -> Tried:
    """Say where the last attempt of a purchase stands."""
    [found] = await world.rows(
        """SELECT a.state, a.category, e.kind
             FROM attempt a LEFT JOIN attempt_evidence e ON e.attempt_id = a.id AND e.no = 1
            WHERE a.payment_id = %s ORDER BY a.ordinal DESC LIMIT 1""",
        bought.payment_id,
    )
    return Tried(*found)


async def authenticated(world: World, bought: Bought) -> tuple[Any, ...] | None:
    """Say how the buyer was authenticated: status, challenged, version, liability."""
    found = await world.rows(
        """SELECT h.status, h.challenged, h.version, h.liability_shifted
             FROM attempt_authentication h JOIN attempt a ON a.id = h.attempt_id
            WHERE a.payment_id = %s""",
        bought.payment_id,
    )
    return found[0] if found else None
