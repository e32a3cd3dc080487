"""Credit out of goodwill at the console: of what was paid, within one's limit, given once."""

import asyncio
import re
from typing import Final

import pytest

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.money import Currency, Money
from ledgerline.console.addresses import MONEY
from ledgerline.datasets.audit import audit
from ledgerline.flows.set_amount_limit import set_amount_limit
from tests.console.operator import sign_in
from tests.flow_proof import prove
from tests.flow_values import Shopper
from tests.flow_world import World
from tests.scenarios.flows.test_large_refunds import HERE
from tests.storefront.site import Site

_PROPOSAL: Final = re.compile(r"/console/refund-proposals/rfp_[0-9a-z]{26}")
_AUDITED: Final = "SELECT object_kind, after FROM audit_entry WHERE act = 'credit_given'"


async def _sale(world: World, market: str = "US") -> tuple[Shopper, str]:
    shopper = await world.shopper(market)
    await world.buy(shopper)
    return shopper, f"/console/customers/{encode(PREFIXES['customer'], shopper.customer_id)}"


async def test_credit_is_previewed_given_once_and_told(site: Site, world: World) -> None:
    shopper, customer = await _sale(world, "DE")
    me = await sign_in(world, site, Role.SUPPORT)
    path = f"{customer}/credit"
    # when it is looked at, nothing is given
    page = await me.look(f"{path}?amount=5.95&why=outage")
    assert page.button == "Give €5.95 credit"
    for said in ("Less revenue €5.00", "Less tax €0.95", "Stays €6.04", "Your limit €50.00"):
        assert said in page.words, said
    assert await world.notes(shopper.customer_id) == []
    # when the button is pressed twice at once and once again, it is given once
    sent = [me.send("POST", path, form=page.form) for _ in range(2)]
    tried = [*await asyncio.gather(*sent), await me.send("POST", path, form=page.form)]
    assert {(one.status, one.headers["location"]) for one in tried} == {
        (303, f"{customer}?done=credit_given")
    }
    assert await world.notes(shopper.customer_id) == [("goodwill", 500, 95, 595)]
    assert await world.credit(shopper.customer_id) == 595
    moved = {("credit_net", 500), ("credit_earned", 500), ("credit_tax", 95)}
    found = {
        (purpose, minor) for purpose, _, _, minor in await world.transfers(shopper.customer_id)
    }
    assert len(moved & found) >= 2
    [(kind, after)] = await world.rows(_AUDITED)
    assert (kind, after["amount"], after["currency"], after["why"]) == (
        "customer", 595, "EUR", "outage",
    )  # fmt: skip
    shown = await me.look(customer)
    for said in ("Credit given by Ida", "Credit note goodwill"):
        assert said in shown.words, said
    # then what was given is not given or refunded again
    again = await me.look(f"{path}?amount=6.05")
    assert "This cannot be done." in again.words
    assert (await me.look(f"{path}?amount=6.04")).button == "Give €6.04 credit"
    await prove(world.connection, world.simulator)
    assert await audit(world.run) == []


async def test_what_has_changed_is_shown_again(site: Site, world: World) -> None:
    shopper, customer = await _sale(world)
    me = await sign_in(world, site, Role.SUPPORT)
    other = await sign_in(world, site, Role.FINANCE, "Nils")
    page = await me.look(f"{customer}/credit?amount=2.00")
    assert (await other.act(f"{customer}/credit?amount=1.00")).status == 303
    late = await me.send("POST", f"{customer}/credit", form=page.form)
    assert (late.status, "Nothing was done." in late.words) == (422, True)
    assert await world.credit(shopper.customer_id) == 100


@pytest.mark.parametrize("role", sorted(MONEY))
async def test_no_role_gives_more_than_its_limit(site: Site, world: World, role: Role) -> None:
    shopper, customer = await _sale(world)
    me = await sign_in(world, site, role)
    page = await me.look(f"{customer}/credit?amount=4.00")
    assert page.button == "Give $4.00 credit"
    try:
        await set_amount_limit(world.run, role, Money(399, Currency("USD")), **HERE)
        refused = await me.send("POST", f"{customer}/credit", form=page.form)
        assert (refused.status, "Nothing was done." in refused.words) == (422, True)
        assert (refused.button, "above the $3.99" in refused.words) == (
            "Propose $4.00 credit", True,
        )  # fmt: skip
        # many small ones are a large one
        assert (await me.act(f"{customer}/credit?amount=2.00")).status == 303
        second = await me.look(f"{customer}/credit?amount=2.00")
        assert second.button == "Propose $2.00 credit"
    finally:
        await set_amount_limit(world.run, role, Money(5_000, Currency("USD")), **HERE)
    assert await world.credit(shopper.customer_id) == 200


async def test_credit_above_the_limit_takes_two_people(site: Site, world: World) -> None:
    shopper, customer = await _sale(world)
    sam = await sign_in(world, site, Role.SUPPORT, "Sam")
    ona = await sign_in(world, site, Role.OWNER, "Ona")
    try:
        await set_amount_limit(world.run, Role.SUPPORT, Money(399, Currency("USD")), **HERE)
        # when somebody gives more than they may alone
        asked = await sam.act(f"{customer}/credit?amount=4.00&why=outage")
        assert asked.headers["location"] == f"{customer}?done=credit_proposed"
        # then nothing is given, and somebody else finds it
        assert await world.credit(shopper.customer_id) == 0
        listed = await ona.look("/console/exceptions")
        assert "$4.00 as credit" in listed.words
        proposal = _PROPOSAL.findall(listed.text)[0]
        mine = await sam.look(proposal)
        for said in ("Give $4.00 credit?", "You proposed this.", "Something did not work"):
            assert said in mine.words, said
        assert (await sam.look(f"{proposal}/approve")).status == 403
        # when they approve it, twice at once
        looked = await ona.look(f"{proposal}/approve")
        assert looked.button == "Approve and give $4.00 credit"
        sent = [ona.send("POST", f"{proposal}/approve", form=looked.form) for _ in range(2)]
        assert {one.headers["location"] for one in await asyncio.gather(*sent)} == {
            f"{proposal}?done=credit_approved"
        }
        # then it is given once, and is all that is looked at of it
        assert await world.notes(shopper.customer_id) == [("goodwill", 400, 0, 400)]
        assert "This cannot be done." in (await ona.look(f"{proposal}/approve")).words
        log = await ona.look("/console/audit")
        for said in ("credit proposed", "credit approved"):
            assert said in log.words, said
    finally:
        await set_amount_limit(world.run, Role.SUPPORT, Money(5_000, Currency("USD")), **HERE)
    assert await audit(world.run) == []


async def test_credit_that_is_taken_back_was_never_given(site: Site, world: World) -> None:
    shopper, customer = await _sale(world)
    sam = await sign_in(world, site, Role.SUPPORT, "Sam")
    try:
        await set_amount_limit(world.run, Role.SUPPORT, Money(99, Currency("USD")), **HERE)
        await sam.act(f"{customer}/credit?amount=1.00&why=outage")
        proposal = _PROPOSAL.findall((await sam.look("/console/exceptions")).text)[0]
        taken = await sam.act(f"{proposal}/withdraw")
        assert taken.headers["location"] == f"{proposal}?done=credit_withdrawn"
    finally:
        await set_amount_limit(world.run, Role.SUPPORT, Money(5_000, Currency("USD")), **HERE)
    assert await world.credit(shopper.customer_id) == 0


async def test_what_cannot_be_given_is_refused_with_a_sentence(site: Site, world: World) -> None:
    _, customer = await _sale(world)
    me = await sign_in(world, site, Role.SUPPORT_LEAD)
    for asked in (
        "amount=0", "amount=-1", "amount=1.234", "amount=12.00", "amount=x", "amount=1e3",
        "payment=pay_x", "why=because",
    ):  # fmt: skip
        seen = await me.look(f"{customer}/credit?{asked}")
        assert (seen.status, "This cannot be done." in seen.words) == (200, True), asked
    nothing = await me.look(f"{customer}/credit?amount=0")
    assert "an amount in USD, such as 12.50" in nothing.words
    nobody = encode(PREFIXES["customer"], await world.customer("US"))
    seen = await me.look(f"/console/customers/{nobody}/credit")
    assert "nothing that was paid is left" in seen.words
    assert "Give credit" not in (await me.look(f"/console/customers/{nobody}")).words
