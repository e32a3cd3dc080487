"""Cards that can be charged at two accounts, and what was decided of them."""

from typing import Any, Final

from ledgerline.base.ids import PaymentMethodId
from ledgerline.flows.add_instrument import NewInstrument, add_instrument
from ledgerline.flows.load_routing import load_routing
from ledgerline.payments.rules.routing import Policy, Rule
from tests.flow_values import Shopper
from tests.flow_world import World

DEFAULT: Final = ("aster", "boreal")
DECISIONS: Final = (
    "SELECT a.psp_account, d.rule, d.policy_version, d.candidates, d.chosen FROM attempt AS a"
    " JOIN decision AS d ON d.id = a.decision_id WHERE a.payment_id = %s ORDER BY a.ordinal"
)


async def both(world: World, *, aster: str = "tok_ok", boreal: str = "tok_ok") -> Shopper:
    """Make a customer whose card has a token at ``aster`` and one at ``boreal``."""
    shopper = await world.shopper(token=aster)
    await also_at(world, shopper.method_id, "boreal", boreal)
    return shopper


async def also_at(world: World, method_id: PaymentMethodId, account: str, token: str) -> None:
    taken = await world.value("SELECT count(*) FROM instrument")
    new = NewInstrument(psp_account=account, psp_token=f"{token}_{account}_{taken}", last4="4242")
    await add_instrument(world.run, method_id, new)


async def load(world: World, *rules: Rule) -> Policy:
    _, policy = await load_routing(world.run, Policy(default=DEFAULT, rules=rules, fees={}))
    return policy


async def decisions(world: World, payment_id: Any) -> list[tuple[Any, ...]]:
    return await world.rows(DECISIONS, payment_id)
