"""Routing at the console: what holds, in words, and where a charge would go."""

from ledgerline.access.model import Role
from ledgerline.base.http import HttpClient
from ledgerline.base.ids import encode
from ledgerline.flows.load_routing import load_routing
from ledgerline.jobs.router import ServedRouter
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.adapters.health import HealthBook
from ledgerline.payments.rules.breaker import Seen
from ledgerline.payments.rules.routing import Fee, Policy, Rule, Then, When
from ledgerline.payments.scores import Mode
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.scenarios.flows.learning import Modelled, buy, learned, switch
from tests.scenarios.flows.routed import both, load
from tests.storefront.site import Site, open_site

ROUTING = "/console/routing"
POLICY = Policy(
    default=("aster", "boreal"),
    rules=(
        Rule("no boreal abroad", When(market=("US",)), Then(exclude=("boreal",))),
        Rule("visa first at boreal", When(market=("DE", "FR"), brand=("visa",)),
             Then(prefer=("boreal", "aster"))),
    ),
    fees={"aster": {"EUR": Fee(25, 14_050)}},
)  # fmt: skip


async def test_without_rules_it_says_so(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.DEVELOPER)
    page = await me.look(ROUTING)
    for said in ("No rules were loaded", "name no fees", "rules alone decide", "closed"):
        assert said in page.words, (said, page.words)
    assert page.status == 200
    assert "Where it would go" not in page.words


async def test_rules_are_told_and_a_charge_is_decided(site: Site, world: World) -> None:
    await load_routing(world.run, POLICY)
    me = await sign_in(world, site, Role.SUPPORT)
    asked = f"{ROUTING}?market=de&currency=eur&amount=11.99&brand=Visa&initiator=customer"
    page = await me.look(asked)
    for said in (
        "Version 1 of the rules holds", "When: market DE or FR and brand visa.",
        "Then: try boreal, then aster.", "Then: never boreal; later rules decide.",
        "Where no rule decides: aster, then boreal", "€0.25", "1.405 %",
        "decided by visa first at boreal", "is not for it: market", "matches",
    ):  # fmt: skip
        assert said in page.words, (said, page.words)
    assert "no choice" not in page.words
    abroad = await me.look(f"{ROUTING}?market=US&currency=USD&amount=9")
    for said in ("no choice: a rule excludes it", "decided by default", "is not for it: market"):
        assert said in abroad.words, (said, abroad.words)
    # what is asked stands in the address and in the form
    assert 'value="Visa"' in page.text
    assert 'href="/console/models"' not in page.text  # not for support


async def test_an_account_whose_breaker_is_open_is_told(world: World) -> None:
    book = HealthBook()
    book.note("aster", Seen(failed=True, refused=True))
    async with HttpClient() as client, open_site(world, Gateway({}, client, health=book)) as site:
        me = await sign_in(world, site, Role.OWNER)
        page = await me.look(f"{ROUTING}?market=DE&currency=EUR&amount=11.99")
    for said in ("open, nothing is sent", "no choice: its breaker is open"):
        assert said in page.words, (said, page.words)
    assert "aster 1 " not in page.words  # it has no place


async def test_what_is_no_charge_is_explained(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    for query, said in (
        ("market=Germany&currency=EUR&amount=1", "two letters"),
        ("market=DE&currency=QQQ&amount=1", "no currency"),
        ("market=QX&currency=EUR&amount=1", "Nothing is sold in this market. There are: "),
        ("market=DE&currency=EUR&amount=0", "above zero"),
        ("market=DE&currency=EUR&amount=1.999", "above zero"),
        ("market=DE&currency=EUR&amount=9999999999999", "above zero"),
        ("market=DE&currency=EUR&amount=1&initiator=nobody", "who begins"),
        ("market=%3Cscript%3E&currency=EUR&amount=1", "two letters"),
    ):
        page = await me.look(f"{ROUTING}?{query}")
        assert (page.status, said in page.words) == (422, True), (query, page.words)
        assert "<script>" not in page.text


async def test_what_speaks_against_an_account_is_said(site: Site, world: World) -> None:
    await world.write("UPDATE psp_account SET status = 'disabled' WHERE code = 'cobalt'")
    me = await sign_in(world, site, Role.OWNER)
    page = await me.look(f"{ROUTING}?market=DE&currency=EUR&amount=11.99")
    for said in ("closed, it is well", "disabled", "no choice: it takes no new charges"):
        assert said in page.words, (said, page.words)


async def test_why_a_model_chose_is_told_where_the_attempt_stands(site: Site, world: World) -> None:
    await load(world)
    await switch(world, Mode.SHADOW)
    router = ServedRouter()
    await learned(world, router)
    bought = await buy(world, Modelled(world.psps, router), await both(world))
    assert bought.payment_id is not None
    me = await sign_in(world, site, Role.SUPPORT)
    page = await me.look(f"/console/payments/{encode('pay', bought.payment_id)}")
    for said in ("Rules decide: the model is asked in shadow.", "was drawn.", "Of what it knew"):
        assert said in page.words, (said, page.words)
