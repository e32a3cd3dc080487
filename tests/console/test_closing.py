"""Months of the books at the console: seen, previewed, and closed once, in order."""

from datetime import timedelta
from typing import Final

from ledgerline.access.model import Role
from ledgerline.datasets.audit import audit
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.storefront.site import Site

MONTHS: Final = "/console/ledger/months"
_PERIODS: Final = "SELECT seller_code, month::text FROM ledger_period ORDER BY 1, 2"


async def test_months_are_closed_in_order_once_and_never_opened(site: Site, world: World) -> None:
    await world.buy(await world.shopper())
    await world.advance(world.now + timedelta(days=65))
    me = await sign_in(world, site, Role.FINANCE)
    empty = await me.look(MONTHS)
    for said in ("none closed yet", "to be closed", "No month was closed yet", "data close"):
        assert said in empty.words, (said, empty.words)
    assert MONTHS in (await me.look("/console/ledger")).text
    [(seller,)] = await world.rows("SELECT DISTINCT seller_code FROM transfer")
    # the newest month is not closed before those before it
    path = f"{MONTHS}/close?seller={seller}&month="
    assert "2026-01 is open: close it first" in (await me.look(f"{path}2026-02")).words
    for wrong in ("2026-03", "2099-01", "soon"):
        assert "one of the choices" in (await me.look(path + wrong)).words, wrong
    page = await me.look(f"{MONTHS}/close")  # which offers what is to be closed first
    assert page.button == "Close January 2026"
    for said in ("Nothing is booked into January 2026", "1 Feb 2026", "is recognised", "€"):
        assert said in page.words, (said, page.words)
    for _ in range(2):
        assert (await me.send("POST", f"{MONTHS}/close", form=page.form)).status == 303
    assert await world.rows(_PERIODS) == [(seller, "2026-01-01")]
    acts = await world.rows(
        "SELECT act, object_kind, before ->> 'closed_through', after ->> 'seller',"
        " after ->> 'month' FROM audit_entry WHERE act = 'month_closed'"
    )
    assert acts == [("month_closed", "ledger_period", None, seller, "2026-01")]
    again = await me.look(f"{path}2026-01")
    assert "closed already, until the end of January 2026" in again.words
    shown = await me.look(MONTHS)
    assert "end of January 2026" in shown.words
    assert (await me.act(f"{path}2026-02")).status == 303
    assert "all closed" in (await me.look(MONTHS)).words
    assert await audit(world.run) == []
    # whoever only reads them closes none
    auditor = await sign_in(world, site, Role.AUDITOR)
    assert f"{MONTHS}/close" not in (await auditor.look(MONTHS)).text


async def test_what_changed_since_it_was_shown_is_shown_first(site: Site, world: World) -> None:
    await world.advance(world.now + timedelta(days=32))
    me = await sign_in(world, site, Role.OWNER)
    [(seller,)] = await world.rows("SELECT DISTINCT seller_code FROM transfer")
    page = await me.look(f"{MONTHS}/close?seller={seller}&month=2026-03")
    assert page.button == "Close March 2026"
    stale = {**page.form, "seal": f"{page.form['seal']} "}
    assert (await me.send("POST", f"{MONTHS}/close", form=stale)).status == 400
    assert (seller, "2026-03-01") not in await world.rows(_PERIODS)


async def test_more_than_a_page_adds_up_is_left_to_the_command_line(
    site: Site, world: World
) -> None:
    me = await sign_in(world, site, Role.OWNER)
    await world.write("UPDATE pg_class SET reltuples = 1e6 WHERE oid = 'transfer'::regclass")
    assert "ledgerline ledger close MONTH" in (await me.look(MONTHS)).words
    assert (await me.look(f"{MONTHS}/close")).status == 404
