"""Who comes to the demo: a buyer and their page, an owner and their way in; see ``demo``."""

from contextlib import suppress
from typing import Final

from ledgerline.access.model import EmailTaken, Role
from ledgerline.catalog.rules.text_entries import parse_texts
from ledgerline.cli.program import Paying
from ledgerline.cli.texts import EXAMPLE_FILE
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.load_texts import load_texts
from ledgerline.flows.make_sign_in_link import make_sign_in_link
from ledgerline.flows.open_checkout import NewCheckout, open_checkout
from ledgerline.rules.quote import Order
from ledgerline.web.links import checkout_path, sign_in_path

PLAN: Final = "family_monthly"
OWNER: Final = "owner@demo.example"
_MARKET: Final = "DE"
_NAME, _EMAIL = "Clara Neumann", "clara.neumann@mail.example"


async def open_page(paying: Paying) -> str:
    """Open a checkout for somebody new and return its address below the origin.

    What the market wants told and confirmed is published with it, after the year was lived.
    """
    here = await paying.run.at_clock()
    text = EXAMPLE_FILE.read_text("utf-8")
    await load_texts(here, parse_texts(text, loaded_at=here.now()))
    buyer = NewCustomer(market_code=_MARKET, name=_NAME, email=_EMAIL)
    customer_id = await create_customer(here, buyer)
    order = Order(customer_id=customer_id, plan_code=PLAN, with_trial=False)
    session_id = await open_checkout(here, paying.psps, NewCheckout(order))
    return checkout_path(here.keyring.kek, session_id)


async def open_console(paying: Paying) -> str:
    """Let the owner of the demo in and return the address of a link that signs them in once."""
    here = await paying.run.at_clock()
    with suppress(EmailTaken):
        new = NewPerson(OWNER, "Ida Sørensen", Role.OWNER)
        await add_person(here, new, by="demo", route="ledgerline demo")
    return sign_in_path(await make_sign_in_link(here, OWNER, by="demo", route="ledgerline demo"))
