"""Which mandate debits a payment is decided once: when its payer is told, or when it is sent."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from ledgerline.flows.add_instrument import NewInstrument, NewMandate, add_instrument
from ledgerline.flows.do_due_work import do_due_work
from ledgerline.flows.load_routing import load_routing
from ledgerline.flows.switch_psp_account import switch_psp_account
from ledgerline.payments.model import AccountStatus
from ledgerline.payments.rules.routing import Policy
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.scenarios.debits import (
    BY_PROVIDER,
    BY_US,
    DAY,
    HOUR,
    attempts,
    notices,
    open_debit_world,
    payer,
    renewal,
    take_in,
)


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_debit_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def also_by(world: World, shopper: Shopper, account: str) -> None:
    """Let a method be debited by a mandate at one more account."""
    taken = await world.value("SELECT count(*) FROM mandate")
    new = NewInstrument(
        psp_account=account, psp_token=f"MDtok_ok_{account}_{taken}", last4="4242",
        mandate=NewMandate(),
    )  # fmt: skip
    await add_instrument(world.run, shopper.method_id, new)
    await do_due_work(world.run, world.psps)


async def to_renewal(world: World, bought: Bought) -> dict[str, Any]:
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due + HOUR)
    return await renewal(world, bought)


async def charged_at(world: World, payment_id: Any) -> list[tuple[Any, ...]]:
    return await world.rows(
        "SELECT a.psp_account, a.notice_no, a.due_on, m.psp_account FROM attempt AS a"
        " JOIN mandate AS m ON m.id = a.mandate_id WHERE a.payment_id = %s ORDER BY a.ordinal",
        payment_id,
    )


async def prefers(world: World, *accounts: str) -> None:
    await load_routing(world.run, Policy(default=accounts, rules=(), fees={}))


async def test_a_debit_that_routing_sends_elsewhere_waits_for_no_notice(world: World) -> None:
    # given a method of two mandates, of which ours to announce comes first and routing the other
    shopper = await payer(world, BY_US)
    await also_by(world, shopper, BY_PROVIDER)
    await prefers(world, BY_PROVIDER, BY_US)
    bought = await world.buy(shopper, trial=True)
    payment = await to_renewal(world, bought)
    assert await notices(world, payment["id"]) == []
    assert await charged_at(world, payment["id"]) == [(BY_PROVIDER, None, None, BY_PROVIDER)]


async def test_what_a_payer_was_told_is_debited_by_that_mandate_whatever_routing_says_later(
    world: World,
) -> None:
    shopper = await payer(world, BY_PROVIDER)
    await also_by(world, shopper, BY_US)
    await prefers(world, BY_US, BY_PROVIDER)
    bought = await world.buy(shopper, trial=True)
    payment = await to_renewal(world, bought)
    [(no, _, due)] = await notices(world, payment["id"])
    # when the rules change before its day
    await prefers(world, BY_PROVIDER, BY_US)
    await world.advance(payment["next_try_at"])
    assert await charged_at(world, payment["id"]) == [(BY_US, no, due, BY_US)]
    [[reasons]] = await world.rows(
        "SELECT d.candidates FROM decision AS d JOIN attempt AS a ON a.decision_id = d.id"
        " WHERE a.payment_id = %s",
        payment["id"],
    )
    assert {one["account"]: one.get("reason") for one in reasons} == {
        BY_US: None,
        BY_PROVIDER: "told_otherwise",
    }


async def test_where_what_a_payer_was_told_cannot_be_another_mandate_pays(world: World) -> None:
    shopper = await payer(world, BY_PROVIDER)
    await also_by(world, shopper, BY_US)
    await prefers(world, BY_US, BY_PROVIDER)
    bought = await world.buy(shopper, trial=True)
    payment = await to_renewal(world, bought)
    assert len(await notices(world, payment["id"])) == 1
    await switch_psp_account(world.run, BY_US, AccountStatus.DISABLED)
    await world.advance(payment["next_try_at"])
    assert await charged_at(world, payment["id"]) == [(BY_PROVIDER, None, None, BY_PROVIDER)]
    await switch_psp_account(world.run, BY_US, AccountStatus.ACTIVE)


async def test_debits_are_no_tries_of_a_card(world: World) -> None:
    # given a limit of ours on every network, one try in vain within a month
    await world.write(
        "INSERT INTO network_limit (network, region, initiator, hours, valid_from, tries_max,"
        " source, checked_on) VALUES ('any', 'any', 'any', 720, '2020-01-01', 1, 'ours',"
        " '2020-01-01')"
    )
    shopper = await payer(world, BY_PROVIDER, "MDtok_decline_insufficient_funds")
    bought = await world.buy(shopper, trial=True)
    payment = await to_renewal(world, bought)
    for _ in range(12):
        await world.advance(world.now + DAY)
        await take_in(world)
    tried = await attempts(world, payment["id"])
    assert len(tried) > 1, tried
    assert (await renewal(world, bought))["withheld_for"] != "network_limit"
