"""What a button said is what its press does, whatever has become of limits in between."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Final, cast

import pytest
import pytest_asyncio

from ledgerline.access.model import AboveLimit, Role
from ledgerline.base.ids import PREFIXES, PaymentId, bucket_of, encode
from ledgerline.base.money import Currency, Money
from ledgerline.console.actions import Said
from ledgerline.console.asking import Ask
from ledgerline.console.crediting import GIVE, Giving
from ledgerline.console.refunding import REFUND
from ledgerline.customers import views as customers
from ledgerline.flows.give_credit import CreditGift, give_credit
from ledgerline.flows.set_amount_limit import set_amount_limit
from ledgerline.payments import views
from tests.flow_world import World
from tests.scenarios.flows.test_one_limit import HERE, asks, sale

LIMIT: Final = 500
MADE: Final = (
    "SELECT 'refund' FROM refund WHERE payment_id = %s"
    " UNION ALL SELECT 'proposal' FROM refund_proposal WHERE payment_id = %s"
    " UNION ALL SELECT 'note' FROM credit_note AS n JOIN payment AS p"
    "    ON p.invoice_id = n.invoice_id WHERE p.id = %s AND n.reason = 'goodwill'"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def limited(world: World) -> AsyncIterator[None]:
    """Set the limit of support below what a purchase costs."""
    await _limit(world, LIMIT)
    yield


async def _limit(world: World, minor: int) -> None:
    await set_amount_limit(world.run, Role.SUPPORT, Money(minor, Currency("USD")), **HERE)


async def _press(world: World, id: PaymentId, what: str, said: Said) -> None:
    """Do what comes after the look whether what was shown still holds."""
    command = await asks(world)
    ask = cast("Ask", SimpleNamespace(run=world.run, psps=world.psps, actor=command.principal))
    async with world.run.reading() as read:
        row = await views.payment(read, bucket=bucket_of(id), id=id)
        assert row is not None
        of = await customers.customer(read, bucket=bucket_of(id), id=row.customer_id)
        assert of is not None
    if what == "refund":
        await REFUND.carry_out(ask, row, {**said, "reason": "asked"}, command)
    else:
        named = {"payment": encode(PREFIXES["payment"], id), "why": "outage"}
        await GIVE.carry_out(ask, Giving(of, [row]), {**said, **named}, command)


async def _made(world: World, id: PaymentId) -> list[str]:
    return sorted(row[0] for row in await world.rows(MADE, id, id, id))


@pytest.mark.parametrize("what", ["refund", "gift"])
async def test_a_button_that_gives_back_proposes_nothing(world: World, what: str) -> None:
    # given a button within one's limit, and a colleague who gives something meanwhile
    _, id = await sale(world)
    await give_credit(world.run, CreditGift(id, 300))
    # when it is pressed
    with pytest.raises(AboveLimit):
        await _press(world, id, what, {"amount": "3.00", "seal": "300 alone"})
    # then nothing was done that it did not say
    assert await _made(world, id) == ["note"]


@pytest.mark.parametrize("what", ["refund", "gift"])
async def test_a_button_that_proposes_gives_nothing_back(world: World, what: str) -> None:
    _, id = await sale(world)
    await _limit(world, 1_000)
    try:
        await _press(world, id, what, {"amount": "9.00", "seal": "900 proposed"})
    finally:
        await _limit(world, LIMIT)
    assert await _made(world, id) == ["proposal"]
