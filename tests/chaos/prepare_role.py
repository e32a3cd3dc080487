"""The first process of a run: catalog, accounts at all providers, customers with methods."""

import asyncio
import socket
from importlib.resources import files
from typing import Final

from ledgerline.base.run import Run
from ledgerline.catalog.rules.parse import parse
from ledgerline.flows.add_instrument import NewInstrument, add_instrument
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account
from ledgerline.payments.contract import Secret
from tests.chaos.chance import Chance
from tests.chaos.personalities import PERSONALITIES, connector, stored
from tests.chaos.place import API_KEY, STARTS, Place
from tests.chaos.running import opened

PROVIDERS: Final = tuple(PERSONALITIES)
MARKETS: Final = ("DE", "US", "JP")
CALL_DEADLINE_MS: Final = 400  # shorter than the simulator hangs, so that calls do time out

# Of 20 payers five meet a fixed fault with every first request; the rest live in the storm.
_FIXED: Final = ("hang_after", "500_after", "hang_before", "500_before", "recover_1")
_SHARE: Final = 20
_ELSEWHERE: Final = 2  # every other card can be charged at a second provider
_PENDING: Final = frozenset({49, 99})  # few: each keeps an attempt open for a day of every week


async def prepare(place: Place, _slot: int, _chance: Chance, _socket: socket.socket) -> None:
    """Make the sandbox; runs once, before anything is killed."""
    async with opened(place, "prepare", size=8) as (run, _):
        assert await run.begin_sandbox(STARTS, seed=place.seed)
        here = await run.at_clock()
        catalog = files("tests.chaos").joinpath("catalog.yaml").read_text("utf-8")
        await load_catalog(here, parse(catalog))
        for name, one in PERSONALITIES.items():
            await put_psp_account(
                here,
                connector(one.psp),
                NewPspAccount(
                    code=name,
                    psp=one.psp,
                    settings={"base_url": f"{place.psp_url}/{name}", **one.settings},
                    secrets={key: Secret(value) for key, value in one.secrets.items()},
                    call_deadline_ms=CALL_DEADLINE_MS,
                ),
            )
        secret = await create_api_key(here, principal="chaos-http", live=False)
        place.path(API_KEY).write_text(secret)
        for first in range(0, place.customers, 8):
            numbers = range(first, min(first + 8, place.customers))
            await asyncio.gather(*(_customer(here, place, number) for number in numbers))


async def _customer(run: Run, place: Place, number: int) -> None:
    customer = await create_customer(run, NewCustomer(MARKETS[number % 3], name=f"No {number}"))
    account = PROVIDERS[number // 3 % 3]
    new = NewPaymentMethod(
        customer_id=customer,
        psp_account=account,
        psp_token=await _stored(place, account, number),
        brand="visa",
        last4="4242",
    )
    method_id = await add_payment_method(run, new)
    if number % _ELSEWHERE == 0:
        other = PROVIDERS[(number // 3 + 1) % 3]
        await add_instrument(
            run,
            method_id,
            NewInstrument(
                psp_account=other, psp_token=await _stored(place, other, number), last4="4242"
            ),
        )


async def _stored(place: Place, account: str, number: int) -> str:
    return await asyncio.to_thread(stored, place.psp_url, account, token(number), number)


def token(number: int) -> str:
    """Return the provider's token of a customer: mostly the storm, sometimes a fixed fault."""
    if number in _PENDING:
        return f"tok_pending_{number}"
    share = number % _SHARE
    return f"tok_{_FIXED[share] if share < len(_FIXED) else 'storm'}_{number}"
