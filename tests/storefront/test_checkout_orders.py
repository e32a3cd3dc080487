"""What a buyer changes of an order at the page, and by which card they pay."""

import asyncio
from typing import Any, Final

import pytest

from ledgerline.base.ids import PREFIXES, decode, encode
from tests.flow_world import World
from tests.storefront.buyer import Buyer, Seen
from tests.storefront.site import Site

FREE: Final = "US"  # where no law asks for a challenge


async def _buyer(site: Site, **more: Any) -> tuple[Buyer, Any]:
    session = await site.session(**more)
    return Buyer(site, session["url"]), session


async def _known(site: Site, world: World, market: str = FREE) -> tuple[Buyer, Any, dict[str, str]]:
    """Open a checkout for a customer who has a card."""
    shopper = await world.shopper(market)
    method = encode(PREFIXES["payment_method"], shopper.method_id)
    body = {
        "customer": encode(PREFIXES["customer"], shopper.customer_id),
        "plan": "individual_monthly", "trial": False,
    }  # fmt: skip
    opened = await site.api.post("/v1/checkout_sessions", body)
    assert opened.status == 201, opened
    return Buyer(site, opened.body["url"]), opened.body, {"method": method}


async def _coupon(buyer: Buyer, code: str, query: str = "?lang=en") -> Seen:
    form = (await buyer.look(query)).form("coupon")
    return await buyer.send("POST", f"{buyer.link}/coupon{query}", form={**form, "code": code})


async def _bought(world: World, session: Any) -> list[tuple[Any, ...]]:
    return await world.rows(
        "SELECT p.state, i.total_minor FROM purchase AS p JOIN invoice AS i ON i.id = p.invoice_id"
        " WHERE p.checkout_session_id = %s ORDER BY p.checkout_try",
        decode(PREFIXES["checkout_session"], session["id"]),
    )


def _plain(seen: Seen) -> str:
    text = seen.text.replace("\N{NO-BREAK SPACE}", " ")
    return text.replace("<bdi>", "").replace("</bdi>", "").replace("\N{MINUS SIGN}", "-")


async def test_a_coupon_is_typed_and_the_price_is_shown_anew(site: Site, world: World) -> None:
    buyer, session = await _buyer(site, market=FREE)
    before = await buyer.look()
    assert "Coupon code" in before.text
    whole = int(before.hidden["due"])
    entered = await _coupon(buyer, " welcome50 ")
    assert (entered.status, entered.headers["location"]) == (303, f"{buyer.link}?lang=en")
    page = await buyer.look("?lang=en")
    due = int(page.hidden["due"])
    # what it is now, what it is next, and what it is once the coupon has ended
    text = _plain(page)
    assert 0 < due < whole
    assert f"Coupon <small>WELCOME50</small></dt><dd>-${(whole - due) / 100:.2f}" in text
    assert f'<dd class="due">${due / 100:.2f}' in text
    assert f"From January 31, 2026 you pay ${due / 100:.2f} / month." in text
    assert f"you pay ${whole / 100:.2f} / month until you cancel." in text
    assert (await buyer.pay("ok")).state == "completed"
    assert await _bought(world, session) == [("completed", due)]
    # what was bought is not changed any more
    form = {**page.form("coupon"), "code": ""}
    assert (await buyer.send("POST", f"{buyer.link}/coupon", form=form)).status == 303
    assert (await buyer.look()).state == "completed"


async def test_a_coupon_is_taken_away_again(site: Site) -> None:
    buyer, _ = await _buyer(site, market=FREE, coupon="STAFF100")
    page = await buyer.look("?lang=en")
    assert page.hidden["due"] == "0"
    form = page.form("coupon")
    await buyer.send("POST", f"{buyer.link}/coupon", form=form)
    assert int((await buyer.look()).hidden["due"]) > 0


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("NOBODY", "No coupon has this code."),
        ("'; --", "No coupon has this code."),
        ("\x00\u2603", "No coupon has this code."),
        ("minus2eur", "This coupon is for another currency."),
    ],
)
async def test_a_coupon_that_does_not_count_is_said_why(site: Site, code: str, said: str) -> None:
    buyer, _ = await _buyer(site, market=FREE)
    due = (await buyer.look()).hidden["due"]
    shown = await _coupon(buyer, code)
    assert shown.status == 422
    assert said in shown.text
    assert 'aria-invalid="true"' in shown.text
    assert shown.hidden["due"] == due
    assert (await buyer.look()).hidden["due"] == due


async def test_codes_are_not_found_by_guessing(site: Site) -> None:
    buyer, session = await _buyer(site, market=FREE)
    # when one tries more codes than anybody mistypes, several at once
    tried = await asyncio.gather(*(_coupon(buyer, f"GUESS{no}") for no in range(10)))
    assert {seen.status for seen in tried} == {422}
    # then one that exists is refused as any other, and the order is as it was
    refused = await _coupon(buyer, "WELCOME50")
    assert (refused.status, "Too many codes were tried." in refused.text) == (429, True)
    assert "WELCOME50" not in (await buyer.look()).text
    # and another session of theirs brings nine more, however many they open
    body = {"customer": session["customer"], "plan": "individual_monthly", "trial": False}
    for codes, status in ((9, 422), (1, 429)):
        opened = await site.api.post("/v1/checkout_sessions", body)
        again = Buyer(site, opened.body["url"])
        assert {(await _coupon(again, f"MORE{no}")).status for no in range(codes)} == {status}
    # while the order can be paid all the same
    assert (await buyer.pay("ok")).state == "completed"


async def test_what_was_shown_before_a_coupon_is_not_bought(site: Site, world: World) -> None:
    buyer, session = await _buyer(site, market=FREE)
    old = await buyer.filled(await buyer.look(), "ok")
    await _coupon(buyer, "WELCOME50")  # in another tab
    shown = await buyer.send("POST", f"{buyer.link}/pay?lang=en", form=old)
    assert (shown.status, "The price has changed" in shown.text) == (422, True)
    assert await _bought(world, session) == []
    agreed = await buyer.send("POST", f"{buyer.link}/pay", form=shown.hidden)
    assert agreed.status == 303
    [(state, minor)] = await _bought(world, session)
    assert (state, minor) == ("completed", int(shown.hidden["due"]))


async def test_an_add_on_is_added_and_taken_off(site: Site) -> None:
    buyer, _ = await _buyer(site, market=FREE)
    page = await buyer.look("?lang=en")
    alone = int(page.hidden["due"])
    form = page.form("addon")
    assert form["plan"] == "lossless_monthly"
    await buyer.send("POST", f"{buyer.link}/addon", form=form)
    await buyer.send("POST", f"{buyer.link}/addon", form=form)  # twice is once
    more = await buyer.look("?lang=en")
    assert int(more.hidden["due"]) > alone
    assert more.form("addon")["wanted"] == "0"
    await buyer.send("POST", f"{buyer.link}/addon", form=more.form("addon"))
    assert int((await buyer.look()).hidden["due"]) == alone
    for other in ("duo_monthly", "nothing", "../x"):
        odd = {**form, "plan": other}
        assert (await buyer.send("POST", f"{buyer.link}/addon", form=odd)).status == 303
    assert int((await buyer.look()).hidden["due"]) == alone


async def test_what_has_no_add_ons_offers_none(site: Site) -> None:
    buyer, _ = await _buyer(site, market=FREE, plan="student_monthly")
    page = await buyer.look()
    assert page.status == 200
    assert "/addon" not in page.text


async def test_only_our_own_forms_change_an_order(site: Site) -> None:
    buyer, _ = await _buyer(site, market=FREE)
    another, _ = await _buyer(site, market=FREE)
    foreign = (await another.look()).form("coupon")
    for step in ("coupon", "addon"):
        form = {"code": "STAFF100", "plan": "lossless_monthly", "wanted": "1"}
        for token in ("", foreign["form"], (await buyer.look()).hidden["form"]):
            said = {**form, "form": token}
            assert (await buyer.send("POST", f"{buyer.link}/{step}", form=said)).status == 403
    assert 'name="code"' in (await buyer.look()).text  # none is held


async def test_who_is_known_pays_by_their_card(site: Site, world: World) -> None:
    buyer, session, chosen = await _known(site, world)
    page = await buyer.look()
    assert f'value="{chosen["method"]}" checked' in page.text
    for _ in range(2):  # a double click
        form = {**page.hidden, **chosen}
        assert (await buyer.send("POST", f"{buyer.link}/pay", form=form)).status == 303
    done = await buyer.look()
    assert done.state == "completed"
    assert [state for state, _ in await _bought(world, session)] == ["completed"]
    paid_by = await world.value(
        "SELECT s.payment_method_id FROM subscription AS s JOIN purchase AS p"
        " ON p.subscription_id = s.id WHERE p.checkout_session_id = %s",
        decode(PREFIXES["checkout_session"], session["id"]),
    )
    assert encode(PREFIXES["payment_method"], paid_by) == chosen["method"]


async def test_a_card_of_another_or_one_refused_here_is_no_choice(site: Site, world: World) -> None:
    _, _, foreign = await _known(site, world)
    buyer, session, chosen = await _known(site, world)
    page = await buyer.look()
    for wrong in (foreign, {"method": "pm_nothing"}, {"method": ""}):
        form = {**page.hidden, **wrong}
        assert (await buyer.send("POST", f"{buyer.link}/pay", form=form)).status == 422
    assert await _bought(world, session) == []
    refused = await buyer.pay("funds")
    assert refused.state == "declined"
    assert refused.text.count('name="method" value="pm_') == 1
    form = {**refused.hidden, **chosen}
    assert (await buyer.send("POST", f"{buyer.link}/pay", form=form)).status == 303
    assert (await buyer.look()).state == "completed"
