"""What no machine may decide: one person for a decision, two for a fact, each by their own name."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

import pytest_asyncio

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.datasets.audit import audit
from ledgerline.payments.adapters.gateway import Gateway
from tests.console.operator import Seen, sign_in
from tests.flow_world import World, fresh_world
from tests.scenarios.flows.test_exceptions import NOTHING, Saying
from tests.storefront.site import Site, open_site

__all__ = ["fresh_world"]
LONG: Final = timedelta(hours=40)
_OPENED: Final = (
    "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
    " SELECT bucket, id, id, %s, 'it says so', %s FROM attempt LIMIT 1"
)


@pytest_asyncio.fixture(loop_scope="session")
async def unsure(fresh_world: World) -> AsyncIterator[tuple[World, Site, str]]:
    """Let nobody know for a day what became of a purchase; give the page of that exception."""
    world = fresh_world
    await world.buy(await world.shopper("US", token="tok_500_before"))
    silent = replace(world, psps=cast("Gateway", Saying(world.psps, NOTHING)))
    await silent.advance(world.now + timedelta(hours=1))
    await silent.advance(world.now + LONG)
    world.run = silent.run
    async with open_site(world) as site:
        yield world, site, await _page_of(world, "unknown_too_long")


async def test_a_fact_takes_two_people(unsure: tuple[World, Site, str]) -> None:
    world, site, path = unsure
    mara = await sign_in(world, site, Role.FINANCE, "Mara")
    nils = await sign_in(world, site, Role.SUPPORT_LEAD, "Nils")
    support = await sign_in(world, site, Role.SUPPORT, "Sam")
    assert "unknown too long" in (await mara.look("/console/exceptions")).words
    assert f"{path}/propose" not in (await support.look(path)).text
    assert f"{path}/close" not in (await mara.look(path)).text  # only a fact ends it
    assert (await mara.act(f"{path}/take")).status == 303
    assert "Worked on by Mara" in (await nils.look(path)).words
    # when one says how it ended, nothing changes
    bare = await mara.look(f"{path}/propose?ending=succeeded")
    assert "This cannot be done." in bare.words  # a success has a name at its provider
    proposed = await mara.act(f"{path}/propose?ending=declined", note="ticket 4711")
    assert proposed.status == 303
    proposal = _link(await nils.look("/console/exceptions"), "/console/proposals/")
    assert await _attempt(world) == "unknown"
    # then only another may approve
    assert f"{proposal}/approve" not in (await mara.look(proposal)).text
    alone = await mara.look(f"{proposal}/approve")
    assert "This cannot be done." in alone.words
    assert (await nils.act(f"{proposal}/approve")).headers["location"].startswith(proposal)
    assert await _attempt(world) == "declined"
    entries = await world.rows(
        "SELECT a.act, p.name FROM audit_entry AS a JOIN person AS p ON true"
        " WHERE a.act LIKE 'evidence%%' AND p.role = CASE a.act WHEN 'evidence_proposed'"
        " THEN 'finance' ELSE 'support_lead' END ORDER BY a.id"
    )
    assert entries == [("evidence_proposed", "Mara"), ("evidence_approved", "Nils")]
    log = await (await sign_in(world, site, Role.OWNER)).look("/console/audit")
    assert "evidence approved" in log.words
    assert await audit(world.run) == []


async def test_a_decision_takes_one_person_and_their_words(
    unsure: tuple[World, Site, str],
) -> None:
    world, site, _ = unsure
    await world.connection.execute(_OPENED, ("provider_told", world.now))
    path = await _page_of(world, "provider_told")
    mara = await sign_in(world, site, Role.FINANCE, "Mara")
    silent = await mara.act(f"{path}/close", note=" ")
    assert (silent.status, "Note is missing." in silent.words) == (422, True)
    card = await mara.act(f"{path}/close", note="card 4242 4242 4242 4242")
    assert card.status == 422
    assert (await mara.act(f"{path}/close", note="<b>settled</b> by mail")).status == 303
    page = await mara.look(path)
    assert "&lt;b&gt;settled&lt;/b&gt; by mail" in page.text
    assert "Mara" in page.words
    assert "provider told" in (await mara.look("/console/exceptions?state=closed")).words
    assert "provider told" not in (await mara.look("/console/exceptions?of=me")).words
    assert await audit(world.run) == []


async def _attempt(world: World) -> Any:
    return await world.value("SELECT state FROM attempt ORDER BY sent_at LIMIT 1")


async def _page_of(world: World, reason: str) -> str:
    id: UUID = await world.value("SELECT id FROM money_exception WHERE reason = %s", reason)
    return f"/console/exceptions/{encode(PREFIXES['exception'], id)}"


def _link(page: Seen, prefix: str) -> str:
    found = re.search(rf'href="({prefix}[0-9a-z_]+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def test_an_open_invoice_is_charged_now(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper("US", token="tok_recover_1")
    bought = await world.buy(shopper, trial=True)
    await world.advance(world.now + timedelta(days=31))
    assert await world.value("SELECT state FROM subscription") == "past_due"
    invoice = await world.value("SELECT id FROM invoice WHERE state = 'open'")
    path = f"/console/invoices/{encode(PREFIXES['invoice'], invoice)}"
    async with open_site(world) as site:
        me = await sign_in(world, site, Role.SUPPORT)
        page = await me.look(f"/console/customers/{encode(PREFIXES['customer'], shopper[0])}")
        for said in ("past due", "$11.99 is open.", "Another try", "Declined at aster"):
            assert said in page.words, said
        look = await me.look(f"{path}/pay")
        assert look.button == "Charge $11.99 now"
        sent = [me.send("POST", f"{path}/pay", form=look.form) for _ in range(2)]
        assert [one.status for one in await asyncio.gather(*sent)] == [303, 303]
        assert "This cannot be done." in (await me.look(f"{path}/pay")).words
    tried = "SELECT count(*) FROM attempt WHERE initiator = 'customer' AND amount_minor > 0"
    assert await world.value(tried) == 1
    assert await world.value("SELECT state FROM subscription") == "active"
    assert bought.payment_id is None
    assert await audit(world.run) == []
