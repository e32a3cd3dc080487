"""Worlds in which a model is asked."""

from dataclasses import dataclass, field
from typing import Any, Final

from typing_extensions import override

from ledgerline.flows.count_outcomes import count_outcomes
from ledgerline.flows.start_purchase import start_purchase
from ledgerline.flows.switch_model import switch_model
from ledgerline.jobs.router import ServedRouter
from ledgerline.payments.scores import Mode, Model, Switch
from ledgerline.rules.quote import Order
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed

EURO: Final = {"EUR": 50_000}


@dataclass(slots=True)
class Modelled(Relayed):
    """A gateway with a model."""

    at: Model = field(default_factory=ServedRouter)

    @override
    def model(self) -> Model | None:
        return self.at


async def seller(world: World, market: str = "DE") -> str:
    found: str = await world.value("SELECT seller_code FROM market WHERE code = %s", market)
    return found


async def switch(world: World, mode: Mode, percent: int = 0) -> None:
    of = await seller(world)
    await switch_model(
        world.run, of, Switch(mode, percent, EURO), changed_by="test", reason="a scenario"
    )


async def learned(world: World, router: ServedRouter) -> None:
    await count_outcomes(world.run)
    await router.refresh(world.run)


async def buy(world: World, psps: Modelled, shopper: Shopper) -> Bought:
    order = Order(customer_id=shopper.customer_id, plan_code="individual_monthly", with_trial=False)
    bought = await start_purchase(world.run, psps, order, payment_method_id=shopper.method_id)
    return await world.bought(bought.purchase_id)


async def deltas(world: World) -> list[tuple[Any, ...]]:
    return await world.rows(
        "SELECT market, region, brand, funding, psp_account, is_burst, sum(tries), sum(approved)"
        " FROM router_delta GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"
    )
