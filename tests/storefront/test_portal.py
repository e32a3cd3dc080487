"""The portal over HTTP: what a customer does there is what the flows do, to the minor unit."""

import io
import zipfile
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from ledgerline.base.ids import PREFIXES, encode
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.numbering import number_all
from tests.storefront.buyer import Buyer
from tests.storefront.site import Site
from tests.storefront.visitor import Visitor

FREE: Final = "US"  # where no law asks for a challenge
BROKE: Final = "tok_decline_insufficient_funds_1"


def _id(kind: str, id: UUID) -> str:
    return encode(PREFIXES[kind], id)


async def _visitor(site: Site, shopper: Shopper) -> Visitor:
    visitor = Visitor(site)
    await visitor.enter(_id("customer", shopper.customer_id))
    return visitor


async def _bought(
    site: Site, world: World, plan: str = "individual_monthly", market: str = FREE
) -> tuple[Visitor, Bought, str]:
    shopper = await world.shopper(market)
    bought = await world.buy(shopper, plan)
    return await _visitor(site, shopper), bought, _id("subscription", bought.subscription_id)


async def _cost(world: World, bought: Bought) -> str:
    """Say what the purchase was, as pages write it."""
    minor = await world.value("SELECT total_minor FROM invoice WHERE id = %s", bought.invoice_id)
    return f"${minor / 100:.2f}"


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("<bdi>", "").replace("</bdi>", "")


async def test_the_first_page_says_what_is_paid_when(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world)
    text = _plain(visitor.text)
    cost = await _cost(world, bought)
    for said in ("Individual, monthly", "Active", f"Next payment: {cost} on January 31, 2026"):
        assert said in text, said
    assert "Visa •••• 42" in text
    assert f"/portal/cancel/{subscription}" in text
    german = await visitor.look("/portal?lang=de")
    assert "Nächste Zahlung" in german.text
    assert "Nächste Zahlung" in (await visitor.look("/portal")).text  # it is kept
    assert 'dir="rtl"' in (await visitor.look("/portal?lang=ar")).text


async def test_a_trial_does_not_say_that_its_plan_costs_nothing(site: Site) -> None:
    session = await site.session(market=FREE, trial=True)
    assert (await Buyer(site, session["url"]).pay("ok")).state == "completed"
    visitor = Visitor(site)
    home = _plain((await visitor.enter(session["customer"])).text)
    assert "Next payment: $11.99 on January" in home
    plan = home.partition('href="/portal/plan/')[2].partition('"')[0]
    listed = _plain((await visitor.look(f"/portal/plan/{plan}")).text)
    for text in (home, listed):
        assert "$0.00" not in text
    # nor is anything changed before the trial is over
    assert "at once" not in listed
    to = f"/portal/plan/{plan}/family_monthly"
    await visitor.look(to)
    assert "The change is planned." in (await visitor.post(to)).text


async def test_another_language_asks_for_the_same(site: Site, world: World) -> None:
    visitor, _, _ = await _bought(site, world)
    page = await visitor.look("/portal/papers?year=2025&lang=de")
    assert 'href="?year=2025&amp;lang=fr"' in page.text


async def test_a_change_costs_what_it_was_said_to(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world)
    listed = await visitor.look(f"/portal/plan/{subscription}")
    to = f"/portal/plan/{subscription}/family_monthly"
    assert to in listed.text
    proposed = await world.preview(bought, "family_monthly")
    page = await visitor.look(to)
    due = f"${proposed.due_minor / 100:.2f}"
    assert f"Pay {due} and change" in _plain(page.text)
    form = visitor.form(to)
    done = await visitor.post(to)
    assert "Your plan was changed." in done.text
    assert "Family" in done.text
    # the same form again changes and charges nothing
    again = await visitor.send("POST", to, form)
    assert (again.status, again.headers["location"]) == (303, "/portal?done=changed")
    assert "Change plan" in (await visitor.look(to)).text
    paid = [row for row in await world.invoices(bought.subscription_id) if row[0] == "change"]
    assert paid == [("change", "paid", proposed.proposal.charged_minor)]


async def test_a_change_that_would_be_another_by_now_is_shown_again(
    site: Site, world: World
) -> None:
    visitor, bought, subscription = await _bought(site, world)
    to = f"/portal/plan/{subscription}/family_monthly"
    await visitor.look(to)
    form = visitor.form(to)
    await world.advance(world.now + timedelta(days=1))
    shown = await visitor.send("POST", to, form)
    assert (shown.status, "The price has changed" in shown.text) == (422, True)
    assert [row[0] for row in await world.invoices(bought.subscription_id)] == ["purchase"]
    visitor.text = shown.text
    assert "Your plan was changed." in (await visitor.post(to)).text


async def test_a_cheaper_plan_begins_later_and_can_be_taken_back(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world, "family_monthly")
    to = f"/portal/plan/{subscription}/individual_monthly"
    page = await visitor.look(to)
    assert "Nothing is charged now." in page.text
    planned = await visitor.post(to)
    assert "The change is planned." in planned.text
    assert "Individual" in planned.text
    back = await visitor.post(f"/portal/undo/{subscription}")
    assert "your plan goes on as it was" in back.text
    assert "/portal/undo/" not in back.text
    assert {row[1] for row in await world.items(bought)} == {"family_monthly"}


async def test_a_declined_change_changes_nothing_and_says_why(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world)
    await world.write(
        "UPDATE instrument SET psp_token = %s WHERE payment_method_id ="
        " (SELECT payment_method_id FROM subscription WHERE id = %s)",
        f"{BROKE}_{subscription}",
        bought.subscription_id,
    )
    to = f"/portal/plan/{subscription}/family_monthly"
    await visitor.look(to)
    page = await visitor.post(to)
    assert "Your bank declined the card" in page.text
    assert "There is not enough money in the account." in page.text
    assert [row[1] for row in await world.items(bought)] == ["individual_monthly"]


async def test_canceling_takes_two_clicks_and_is_taken_back_by_one(
    site: Site, world: World
) -> None:
    visitor, bought, subscription = await _bought(site, world)
    to = f"/portal/cancel/{subscription}"
    page = await visitor.look(to)
    assert "Individual, monthly stays yours until" in page.text
    assert visitor.actions().count(to) == 1
    done = await visitor.post(to)
    assert "Your plan is canceled." in done.text
    assert "Ends on" in done.text
    kept = await visitor.post(f"/portal/undo/{subscription}")
    assert "Next payment" in kept.text
    assert await world.state(bought.subscription_id) == "active"


async def test_an_end_that_would_be_another_by_now_is_shown_again(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world)
    to = f"/portal/cancel/{subscription}"
    await visitor.look(to)
    form = visitor.form(to)
    await world.advance(world.now + timedelta(days=32))  # another period has begun
    shown = await visitor.send("POST", to, form)
    assert (shown.status, "stays yours until" in shown.text) == (200, True)
    assert "/portal/undo/" not in (await visitor.look("/portal")).text
    assert await world.state(bought.subscription_id) == "active"


async def test_who_withdraws_gets_all_of_it_back(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world)
    to = f"/portal/withdraw/{subscription}"
    assert to in visitor.text
    page = await visitor.look(to)
    cost = await _cost(world, bought)
    assert f"Withdraw and get {cost} back" in _plain(page.text)
    done = await visitor.post(to)
    assert "You have withdrawn." in done.text
    assert await world.state(bought.subscription_id) == "canceled"
    refunds = await world.rows(
        "SELECT amount_minor FROM refund WHERE invoice_id = %s", bought.invoice_id
    )
    assert [f"${minor / 100:.2f}" for (minor,) in refunds] == [cost]


async def test_after_a_fortnight_nobody_withdraws(site: Site, world: World) -> None:
    visitor, _, subscription = await _bought(site, world)
    await world.advance(world.now + timedelta(days=16))
    home = await visitor.look("/portal")
    assert "/portal/withdraw/" not in home.text
    refused = await visitor.look(f"/portal/withdraw/{subscription}")
    assert (refused.status, "Nothing was changed" in refused.text) == (409, True)


async def test_cards_are_added_chosen_and_removed(site: Site, world: World) -> None:
    visitor, bought, _ = await _bought(site, world)
    old = _id(
        "payment_method",
        await world.value(
            "SELECT payment_method_id FROM subscription WHERE id = %s", bought.subscription_id
        ),
    )
    await visitor.look("/portal/cards/new")
    odd = await visitor.post("/portal/cards/new")
    assert (odd.status, "The card could not be read." in odd.text) == (422, True)
    await visitor.look("/portal/cards/new")
    saved = await visitor.post("/portal/cards/new", changed=await visitor.card())
    assert "Your card is saved." in saved.text
    assert await _payer(world, bought) != old
    # back to the old one, and the new one goes
    new = await _payer(world, bought)
    assert f"/portal/cards/{new}/remove" not in saved.text
    chosen = await visitor.post(f"/portal/cards/{old}/use")
    assert "This card pays from now on." in chosen.text
    assert await _payer(world, bought) == old
    removed = await visitor.post(f"/portal/cards/{new}/remove")
    assert "The card was removed." in removed.text
    assert f"/portal/cards/{new}/" not in removed.text


async def _payer(world: World, bought: Bought) -> str:
    return _id(
        "payment_method",
        await world.value(
            "SELECT payment_method_id FROM subscription WHERE id = %s", bought.subscription_id
        ),
    )


async def test_a_card_is_confirmed_at_the_bank_or_refused(site: Site, world: World) -> None:
    visitor, bought, _ = await _bought(site, world, market="DE")
    await visitor.look("/portal/cards/new?lang=en")
    asked = await visitor.post("/portal/cards/new", changed=await visitor.card("challenge"))
    assert "Your bank wants to be sure that it is you." in asked.text
    [watch] = [one for one in asked.text.split('"') if one.endswith("/state")]
    state = await visitor.send("GET", watch)
    assert state.text == "requires_action"
    refused = await visitor.at_bank("fail")
    assert "Your bank declined the card" in refused.text
    await visitor.look("/portal/cards/new")
    await visitor.post("/portal/cards/new", changed=await visitor.card("challenge"))
    before = await _payer(world, bought)
    saved = await visitor.at_bank()
    assert "Your card is saved." in saved.text
    assert await _payer(world, bought) != before


async def test_what_is_issued_is_printed_and_packed_by_year(site: Site, world: World) -> None:
    visitor, bought, _ = await _bought(site, world)
    await number_all(world.run)
    page = await visitor.look("/portal/papers?year=2026")
    invoice = _id("invoice", bought.invoice_id)
    assert f"/portal/documents/{invoice}.pdf" in page.text
    assert "/portal/papers/2026.zip" in page.text
    printed = await visitor.send("GET", f"/portal/documents/{invoice}.pdf")
    assert (printed.status, printed.headers["content-type"]) == (200, "application/pdf")
    session = site.api.session
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    async with session.get(
        f"{site.url}/portal/papers/2026.zip", headers={"Cookie": cookie}
    ) as reply:
        archive = zipfile.ZipFile(io.BytesIO(await reply.read()))
    assert len(archive.namelist()) == 2
    assert all(archive.read(name).startswith(b"%PDF") for name in archive.namelist())
    assert (await visitor.send("GET", "/portal/papers/2025.zip")).status == 404


async def test_credit_is_paid_out_once(site: Site, world: World) -> None:
    shopper = await world.shopper(FREE)
    await world.give_credit(shopper, "duo_monthly")
    visitor = await _visitor(site, shopper)
    page = await visitor.look("/portal/credit")
    [held] = await world.rows(
        "SELECT total_minor FROM credit_note WHERE customer_id = %s", shopper.customer_id
    )
    assert f"Pay ${held[0] / 100:.2f} out" in _plain(page.text)
    form = visitor.form("/portal/credit")
    assert "on its way to you" in (await visitor.post("/portal/credit")).text
    await visitor.send("POST", "/portal/credit", form)
    refunds = await world.rows(
        "SELECT r.amount_minor FROM refund AS r JOIN payment AS p ON p.id = r.payment_id"
        " WHERE p.customer_id = %s",
        shopper.customer_id,
    )
    assert refunds == [held]


async def test_a_record_is_handed_out_and_deleted(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world)
    record = await visitor.send("GET", "/portal/account/record.json")
    assert record.headers["content-disposition"].startswith("attachment")
    assert subscription in record.text
    page = await visitor.look("/portal/account")
    assert "First end your plan" in page.text
    await world.cancel(bought)
    await visitor.look("/portal/credit")
    await visitor.post("/portal/credit")
    await world.advance(world.now + timedelta(hours=1))
    await number_all(world.run)
    await visitor.look("/portal/account")
    gone = await visitor.post("/portal/account/erase")
    assert "You are signed out" in gone.text
    assert await world.value(
        "SELECT erased_at IS NOT NULL FROM customer WHERE id ="
        " (SELECT customer_id FROM subscription WHERE id = %s)",
        bought.subscription_id,
    )
    assert (await visitor.look("/portal")).status == 401


async def test_a_failed_renewal_is_mended_with_a_new_card(site: Site, world: World) -> None:
    shopper = await world.shopper(FREE)
    bought = await world.buy(shopper)
    await world.steal_card(shopper, f"{BROKE}_{bought.invoice_id}")
    at = world.now.date()
    await world.advance(date(at.year, at.month + 1, at.day) + timedelta(days=2))
    visitor = await _visitor(site, shopper)
    assert "is still open" in visitor.text
    assert "Payment open" in visitor.text
    due = next(one for one in visitor.text.split('"') if one.startswith("/portal/pay/"))
    # the old card is declined again, which is said; nothing else happens
    await visitor.look(due)
    refused = await visitor.post(due)
    cost = await _cost(world, bought)
    assert f"Your bank declined {cost}" in _plain(refused.text)
    # a new card, and two clicks
    await visitor.look("/portal/cards/new")
    await visitor.post("/portal/cards/new", changed=await visitor.card())
    await visitor.look(due)
    form = visitor.form(due)
    paid = await visitor.post(due)
    assert f"{cost} is paid." in _plain(paid.text)
    assert (await visitor.send("POST", due, form)).status == 303
    captures = await world.value(
        "SELECT count(*) FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.customer_id = %s AND a.state = 'succeeded'",
        shopper.customer_id,
    )
    assert captures == 2
    assert await world.state(bought.subscription_id) == "active"
    home = await visitor.look("/portal")
    assert "is still open" not in home.text


async def test_who_is_behind_ends_at_once_and_owes_nothing(site: Site, world: World) -> None:
    shopper = await world.shopper(FREE)
    bought = await world.buy(shopper)
    await world.steal_card(shopper, f"{BROKE}_{bought.invoice_id}")
    await world.advance(world.now + timedelta(days=33))
    visitor = await _visitor(site, shopper)
    to = f"/portal/cancel/{_id('subscription', bought.subscription_id)}"
    page = await visitor.look(to)
    assert "What is still open is not charged any more." in page.text
    done = await visitor.post(to)
    assert "Your plan is canceled." in done.text
    assert await world.state(bought.subscription_id) == "canceled"
    assert "You have no plan" in done.text


async def test_a_change_waits_for_the_bank_of_its_payer(site: Site, world: World) -> None:
    visitor, bought, subscription = await _bought(site, world, market="DE")
    await visitor.look("/portal/cards/new?lang=en")
    await visitor.post("/portal/cards/new", changed=await visitor.card("challenge"))
    if "Your bank wants" in visitor.text:
        await visitor.at_bank()
    to = f"/portal/plan/{subscription}/family_monthly"
    await visitor.look(to)
    waits = await visitor.post(to)
    assert "Continue to your bank" in waits.text, waits.text
    paid = await visitor.at_bank()
    assert "is paid." in paid.text
    assert "Family" in (await visitor.look("/portal")).text
    assert [row[1] for row in await world.items(bought)] == ["family_monthly"]
