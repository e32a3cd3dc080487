"""Reconciliation at the console: what is explained, what is not, and where the money is."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest_asyncio

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.flows.record_payout import BankLine, record_payout
from tests.console.operator import Operator, sign_in
from tests.flow_world import NEW_YEAR, World
from tests.statements import statement, take
from tests.storefront.site import Site

HERE: Final = "/console/reconciliation"
FIRST: Final = NEW_YEAR.date()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def settled(site: Site, world: World) -> AsyncIterator[Operator]:
    """Sell on a day, import its file with a line too much, and see the empty screens before."""
    me = await sign_in(world, site, Role.FINANCE)
    empty = (await me.look(HERE)).words
    for said in ("No settlement file", "announced a payout yet", "in one book only", "–"):
        assert said in empty, said
    assert "No payout" in (await me.look(f"{HERE}/payouts")).words
    for _ in range(2):
        await world.buy(await world.shopper())
    await world.advance(world.now + timedelta(days=1))
    await take(world, await statement(world, FIRST, broken="extra_line"))
    await world.advance(world.now + timedelta(days=2))
    yield await sign_in(world, site, Role.FINANCE)


async def test_what_is_explained_and_what_is_not(settled: Operator, world: World) -> None:
    page = await settled.look(HERE)
    [(id, reference)] = await world.rows("SELECT id, reference FROM settlement_file")
    file = f"{HERE}/{encode(PREFIXES['settlement_file'], id)}"
    assert f'href="{file}"' in page.text
    for said in (reference, "66.66 %", "€23.98 of €35.97", "line unmatched", "1 over a day, 0"):
        assert said in page.words, said
    exception = await world.value(
        "SELECT id FROM money_exception WHERE reason = 'line_unmatched' AND closed_at IS NULL"
    )
    told = f'href="/console/exceptions/{encode(PREFIXES["exception"], exception)}"'
    assert told in page.text
    assert "in one book only" in (await settled.look(f"{HERE}?account=boreal")).words
    seen = await settled.look(file)
    for said in ("66.66 %", "unmatched", "€11.99", "Exception of line", reference):
        assert said in seen.words, said
    assert told in seen.text
    assert "no further one" in (await settled.look(f"{file}?after=999999999")).words
    for odd in ("nonsense", "99999999999999", "-1"):
        assert (await settled.look(f"{file}?after={odd}")).status == 200
        assert (await settled.look(f"{HERE}?after={odd}")).status == 200
    assert (await settled.look(file[:-2] + "zz")).status == 404


async def test_a_line_leads_to_its_payment(settled: Operator, world: World) -> None:
    await world.connection.execute(
        "UPDATE settlement_line SET match = 'waiting' WHERE line_no = 1 AND match = 'matched'"
    )
    id = await world.value("SELECT id FROM settlement_file")
    seen = await settled.look(f"{HERE}/{encode(PREFIXES['settlement_file'], id)}")
    assert "waiting" in seen.words
    assert 'href="/console/payments/' in seen.text
    await world.connection.execute(
        "UPDATE settlement_line SET match = 'matched' WHERE match = 'waiting'"
    )


async def test_a_payout_says_what_the_bank_said(settled: Operator, world: World) -> None:
    [(reference, amount)] = await world.rows("SELECT reference, amount_minor FROM payout")
    for path in (HERE, f"{HERE}/payouts"):
        page = await settled.look(path)
        for said in (reference, "announced", "not told", "days on its way"):
            assert said in page.words, (path, said)
    line = BankLine(
        reference=reference, amount_minor=amount - 100, paid_on=world.now.date(), note="<b>st. 4"
    )
    await record_payout(world.run, line)
    page = await settled.look(f"{HERE}/payouts?state=paid&account=aster")
    for said in (reference, "off by €1.00", "<b>st. 4"):
        assert said in page.words, said
    assert "&lt;b&gt;st. 4" in page.text
    assert "No payout" in (await settled.look(f"{HERE}/payouts?state=failed")).words
    id = await world.value("SELECT id FROM payout")
    assert "No payout" in (await settled.look(f"{HERE}/payouts?after={id}")).words
    assert "bank differs" in (await settled.look(HERE)).words
