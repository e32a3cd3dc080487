"""List the add-ons that a customer can buy with a plan, at today's prices."""

from typing import NamedTuple

from ledgerline.base.calendar import local_date
from ledgerline.base.errors import Rejected
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import PriceRow
from ledgerline.customers.rows import CustomerRow
from ledgerline.flows.read_terms import ask_shelf_in
from ledgerline.rules.phases import Shelf


class Offered(NamedTuple):
    """An add-on and what it costs a period once nothing is free or reduced any more."""

    plan_code: str
    price: PriceRow


@repeated
async def list_add_ons(run: Run, customer: CustomerRow, plan_code: str) -> list[Offered]:
    """Say what can be added to a plan; nothing is written or promised.

    Called by the checkout page. What an order costs with it says ``quote_purchase``.
    """
    async with run.transaction() as tx:
        rules = await catalog.read_add_on_rules(tx, base_plan_codes=[plan_code])
        if not rules:
            return []
        codes = [plan_code, *(rule.add_on_plan_code for rule in rules)]
        async with tx.pipeline():
            asked = await ask_shelf_in(tx, market_code=customer.market_code, plan_codes=codes)
    shelf = asked.open(today=local_date(run.now(), customer.zone)).shelf
    found = [_offered(shelf, plan_code, rule.add_on_plan_code) for rule in rules]
    return [one for one in found if one is not None]


def _offered(shelf: Shelf, base: str, code: str) -> Offered | None:
    """Find the price; None for what the market does not sell."""
    try:
        return Offered(code, shelf.add_on(code, base_plan_code=base))
    except Rejected:
        return None
