"""A buyer of the demo and the page on which they buy; see ``demo``."""

from typing import Final

from ledgerline.cli.program import Paying
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.open_checkout import NewCheckout, open_checkout
from ledgerline.rules.quote import Order
from ledgerline.web.links import checkout_path

PLAN: Final = "family_monthly"
_MARKET: Final = "DE"
_NAME, _EMAIL = "Clara Neumann", "clara.neumann@mail.example"


async def open_page(paying: Paying) -> str:
    """Open a checkout for somebody new and return its address below the origin."""
    here = await paying.run.at_clock()
    buyer = NewCustomer(market_code=_MARKET, name=_NAME, email=_EMAIL)
    customer_id = await create_customer(here, buyer)
    order = Order(customer_id=customer_id, plan_code=PLAN, with_trial=False)
    session_id = await open_checkout(here, paying.psps, NewCheckout(order))
    return checkout_path(here.keyring.kek, session_id)
