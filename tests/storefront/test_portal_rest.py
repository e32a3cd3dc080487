"""The portal over HTTP: a pause and its end, and the address that invoices bear."""

from datetime import timedelta
from typing import Final

from ledgerline.base.ids import PREFIXES, encode
from tests.flow_values import Bought
from tests.flow_world import World
from tests.storefront.site import Site
from tests.storefront.visitor import Visitor

FREE: Final = "US"  # where no law asks for a challenge
ADDRESS: Final = {
    "name": "Clara Neumann", "line1": "Lange Stra\u00dfe 7", "postal_code": "10243",
    "city": "Berlin",
}  # fmt: skip


async def _bought(site: Site, world: World, market: str = FREE) -> tuple[Visitor, Bought, str]:
    shopper = await world.shopper(market)
    bought = await world.buy(shopper)
    visitor = Visitor(site)
    await visitor.enter(encode(PREFIXES["customer"], shopper.customer_id))
    return visitor, bought, encode(PREFIXES["subscription"], bought.subscription_id)


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("<bdi>", "").replace("</bdi>", "")


async def test_a_pause_gives_back_what_it_said_and_resuming_costs_what_it_said(
    site: Site, world: World
) -> None:
    visitor, bought, subscription = await _bought(site, world)
    pause, resume = f"/portal/pause/{subscription}", f"/portal/resume/{subscription}"
    # what began today cannot be paused: there is no button, and the page says so
    assert pause not in visitor.text
    assert (await visitor.send("GET", pause)).status == 409
    await world.advance(world.now + timedelta(days=10))
    home = await visitor.look("/portal")
    assert pause in home.text
    page = _plain((await visitor.look(pause)).text)
    form = visitor.form(pause)
    day, credited = form["shown"].split()
    assert f"${int(credited) / 100:.2f}" in page
    assert "It ends on" in page
    done = await visitor.post(pause)
    assert "Your plan is paused." in done.text
    assert await world.state(bought.subscription_id) == "paused"
    assert (await visitor.send("POST", pause, form)).status == 303  # the same wish
    customer_id = await world.value(
        "SELECT customer_id FROM subscription WHERE id = %s", bought.subscription_id
    )
    assert await world.credit(customer_id) == int(credited)
    ends_on = await world.value(
        "SELECT ends_on::text FROM subscription WHERE id = %s", bought.subscription_id
    )
    assert ends_on == day
    # its planned end is no change that could be taken back: it would rest for ever
    home = await visitor.look("/portal")
    assert f"/portal/undo/{subscription}" not in home.text
    assert resume in home.text
    # what is left of the period is what was given back
    page = _plain((await visitor.look(resume)).text)
    assert '<dd class="due">$0.00' in page
    again = await visitor.post(resume)
    assert "Your plan goes on." in again.text
    assert await world.state(bought.subscription_id) == "active"
    assert await world.credit(customer_id) == 0


async def test_resuming_is_paid_first_and_as_it_was_shown(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world)
    pause, resume = f"/portal/pause/{subscription}", f"/portal/resume/{subscription}"
    await world.advance(world.now + timedelta(days=25))
    await visitor.look(pause)
    await visitor.post(pause)
    await world.advance(world.now + timedelta(days=10))
    await visitor.look(resume)
    old = visitor.form(resume)
    await world.advance(world.now + timedelta(days=1))
    shown = await visitor.send("POST", resume, old)
    assert (shown.status, "The price has changed" in shown.text) == (422, True)
    assert await world.state(bought.subscription_id) == "paused"
    visitor.text = shown.text
    due = _plain(shown.text).partition('<dd class="due">$')[2].partition("<")[0]
    assert f"Pay ${due} and resume" in _plain(shown.text)
    assert "Your plan goes on." in (await visitor.post(resume)).text
    paid = await world.value(
        "SELECT p.amount_minor FROM payment AS p JOIN invoice AS i ON i.id = p.invoice_id"
        " WHERE i.subscription_id = %s AND i.cause = 'change'", bought.subscription_id,
    )  # fmt: skip
    assert f"{paid / 100:.2f}" == due


async def test_an_address_is_changed_and_stands_on_what_follows(site: Site, world: World) -> None:
    visitor, bought, _ = await _bought(site, world, market="DE")
    assert "There is no address yet." in (await visitor.look("/portal/account?lang=en")).text
    page = await visitor.look("/portal/address")
    assert "Germany" in page.text
    assert "Price and tax do not change" in page.text
    form = visitor.form("/portal/address")
    done = await visitor.post("/portal/address", changed=ADDRESS)
    assert "Your address is saved." in done.text
    for line in ("Clara Neumann", "Lange Stra\u00dfe 7", "10243 Berlin", "Germany"):
        assert f"<p>{line}</p>" in done.text, line
    version = await world.value(
        "SELECT customer_version FROM subscription WHERE id = %s", bought.subscription_id
    )
    assert version == int(form["version"]) + 1
    # the same form again changes nothing, an old one does not take a newer address away
    assert (await visitor.send("POST", "/portal/address", {**form, **ADDRESS})).status == 303
    await visitor.look("/portal/address")
    stale = {**visitor.form("/portal/address"), **ADDRESS, "city": "Potsdam"}
    await visitor.look("/portal/address")
    await visitor.post("/portal/address", changed={**ADDRESS, "line1": "Kurze Gasse 1"})
    assert (await visitor.send("POST", "/portal/address", stale)).status == 409
    assert "Kurze Gasse 1" in (await visitor.look("/portal/account")).text


async def test_what_cannot_stand_on_an_invoice_is_said_beside_its_field(
    site: Site, world: World
) -> None:
    visitor, _, _ = await _bought(site, world)
    for field, wrong in (
        ("line1", ""), ("city", " "), ("city", "x" * 101), ("name", "Clara\u202enam"),
        ("postal_code", "1" * 21),
    ):  # fmt: skip
        await visitor.look("/portal/address?lang=en")
        shown = await visitor.post("/portal/address", changed={**ADDRESS, field: wrong})
        assert shown.status == 422, field
        assert f'id="{field}-wrong"' in shown.text
        assert "Lange Stra\u00dfe 7" in shown.text or field == "line1"  # what was typed is kept
    card = {**ADDRESS, "line2": "4242 4242 4242 4242"}
    await visitor.look("/portal/address")
    assert (await visitor.post("/portal/address", changed=card)).status in {400, 409, 422}
    script = {**ADDRESS, "name": "<script>alert(1)</script>"}
    await visitor.look("/portal/address")
    done = await visitor.post("/portal/address", changed=script)
    assert "&lt;script&gt;" in done.text
    assert "<script>alert" not in done.text
