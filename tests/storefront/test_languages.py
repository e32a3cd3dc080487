"""Every page and mail of a payer in a language that is nobody's: what is in no bracket is a value.

Lines run from the right in it, and its letters are not those of dates and of names.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio
from babel.support import Translations

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.letters import words as letter_words
from ledgerline.letters.render import render
from ledgerline.letters.samples import sample
from ledgerline.mail.model import MailKind
from ledgerline.web import pages
from ledgerline.web.language import NAMES, translations
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.numbering import number_all
from tests.pseudo import Pseudo, outside
from tests.storefront.buyer import Buyer, Seen
from tests.storefront.site import Site
from tests.storefront.test_consents import publish, text
from tests.storefront.visitor import Visitor
from tests.unit.letters.test_letters import SAID as IN_LETTERS
from tests.unit.web.test_catalogs import SAID

FREE: Final = "US"
ASKS: Final = "AU"
SENTENCES: Final = frozenset(part for parts in SAID for part in parts) | IN_LETTERS
TOLD: Final = "Words of the market."
_ASIDE: Final = re.compile(
    r"<(bdi|svg|script|style|head|noscript)\b.*?</\1>|<!--.*?-->"
    r'|<nav class="menu-list".*?</nav>|<summary class="button.*?</summary>'
    r'|<p class="brand">.*?</p>',
    re.DOTALL,
)


@pytest.fixture(autouse=True)
def nobodys() -> Iterator[None]:
    """Let Arabic be the language that is nobody's."""
    _speak(lambda *_: Pseudo(SENTENCES))
    yield
    _speak(translations)


def _speak(found: Callable[..., Translations]) -> None:
    for module in (pages, letter_words):
        setattr(module, "translations", found)  # noqa: B010 - what types forbid
    pages.templates.cache_clear()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def values(world: World) -> AsyncIterator[re.Pattern[str]]:
    """Give what is a name: of plans, sellers and cards, and what the market tells itself."""
    names = [
        name for [name] in await world.rows(
            "SELECT name FROM plan UNION SELECT name FROM seller"
            " UNION SELECT legal_name FROM seller"
        )
    ]  # fmt: skip
    known = sorted({*names, *NAMES.values(), TOLD, "PDF", "Alva"}, key=len, reverse=True)
    yield re.compile("[A-Z]+-[0-9]{4}-[0-9]{6}|" + "|".join(re.escape(one) for one in known))


def _said(page: Seen, values: re.Pattern[str], *, status: int = 200) -> None:
    assert page.status == status, page.text
    assert page.text.count("⟦") > 2, page.text
    _all_said(page.text, values)


def _all_said(text: str, values: re.Pattern[str]) -> None:
    left = [values.sub("", one) for one in outside(text, _ASIDE)]
    assert [one for one in left if re.search("[A-Za-z]{2}", one)] == []


@pytest.mark.parametrize(
    ("card", "state"), [("funds", "declined"), ("challenge", "action_required"),
                        ("pending", "pending"), ("ok", "completed")],
)  # fmt: skip
async def test_a_checkout_says_all_of_it(
    site: Site, world: World, values: re.Pattern[str], card: str, state: str
) -> None:
    for kind in ("terms", "renewal", "withdrawal", "renewal_consent"):
        await publish(world, text(kind, "en", TOLD, market=ASKS))
    session = await site.session(market=ASKS, trial=card == "ok")
    again = {"customer": session["customer"], "plan": session["plan"]}
    other = (await site.api.post("/v1/checkout_sessions", again)).body
    buyer = Buyer(site, session["url"])
    page = await buyer.look("?lang=ar")
    _said(page, values)
    bare = await buyer.filled(page, card)
    refused = await buyer.send("POST", f"{buyer.link}/pay?lang=ar", form=bare)
    _said(refused, values, status=422)
    form = {**refused.hidden, "confirm_terms": "v1", "confirm_renewal_consent": "v1"}
    assert (await buyer.send("POST", f"{buyer.link}/pay?lang=ar", form=form)).status == 303
    ended = await buyer.look("?lang=ar")
    assert ended.state == state
    _said(ended, values)
    _said(await buyer.send("GET", f"{other['url']}?lang=ar"), values)


async def test_a_coupon_is_refused_in_words(site: Site, values: re.Pattern[str]) -> None:
    session = await site.session(market=FREE, plan="family_monthly")
    buyer = Buyer(site, session["url"])
    form = (await buyer.look("?lang=ar")).form("coupon") | {"code": "NOSUCHCODE"}
    _said(await buyer.send("POST", f"{buyer.link}/coupon?lang=ar", form=form), values, status=422)
    gone = await site.api.post(f"/v1/checkout_sessions/{session['id']}/expire", {})
    assert gone.status == 200, gone
    _said(await buyer.look("?lang=ar"), values)


async def _somebody(world: World, shopper: Shopper) -> tuple[str, str, Bought]:
    bought = await world.buy(shopper, "individual_monthly")
    return (
        encode(PREFIXES["customer"], shopper.customer_id),
        encode(PREFIXES["subscription"], bought.subscription_id), bought,
    )  # fmt: skip


async def test_the_portal_says_all_of_it(site: Site, world: World, values: re.Pattern[str]) -> None:
    late = await world.shopper(FREE)
    customer, subscription, bought = await _somebody(world, late)
    await world.steal_card(late, "tok_decline_insufficient_funds_late")
    await world.advance(world.now + timedelta(days=33))
    await number_all(world.run)
    other, held, _ = await _somebody(world, await world.shopper(FREE))
    invoice = encode(
        PREFIXES["invoice"],
        await world.value(
            "SELECT id FROM invoice WHERE subscription_id = %s AND state = 'open'",
            bought.subscription_id,
        ),
    )
    found = {
        customer: (
            "/portal", f"/portal/pay/{invoice}", f"/portal/cancel/{subscription}", "/portal/papers",
        ),
        other: (
            "/portal", f"/portal/plan/{held}", f"/portal/plan/{held}/family_monthly",
            f"/portal/plan/{held}/family_yearly", "/portal/cards", "/portal/cards/new",
            "/portal/credit", "/portal/address", "/portal/account", f"/portal/pause/{held}",
            f"/portal/withdraw/{held}", f"/portal/cancel/{held}", "/portal/papers?year=2025",
        ),
    }  # fmt: skip
    for one, paths in found.items():
        visitor = Visitor(site)
        link = await site.portal(one)
        _said(await visitor.look(f"{link}?lang=ar"), values)
        await visitor.post(link)
        _said(await Visitor(site).look(f"{link}?lang=ar"), values, status=410)
        for path in paths:
            page = await visitor.look(f"{path}{'&' if '?' in path else '?'}lang=ar")
            _said(page, values, status=page.status if page.status == 409 else 200)
        await visitor.look("/portal?lang=ar")
        _said(await visitor.post("/portal/leave"), values)


@pytest.mark.parametrize(
    "done", ["changed", "planned", "kept", "canceled", "withdrawn", "paused", "resumed",
             "addressed", "saved", "default", "removed", "paid_out"],
)  # fmt: skip
async def test_what_was_done_is_said(
    site: Site, world: World, values: re.Pattern[str], done: str
) -> None:
    visitor = Visitor(site)
    shopper = await world.shopper(FREE)
    await visitor.enter(encode(PREFIXES["customer"], shopper.customer_id))
    _said(await visitor.look(f"/portal?done={done}&lang=ar"), values)


async def test_a_fault_says_all_of_it(site: Site, values: re.Pattern[str]) -> None:
    arabic = {"Accept-Language": "ar"}
    visitor = Visitor(site)
    _said(await visitor.look("/portal/nothing", **arabic), values, status=404)
    link = (await site.session())["url"]
    refused = await visitor.send("POST", f"{link}/pay", form={"form": "x"}, headers=arabic)
    _said(refused, values, status=403)


@pytest.mark.parametrize("kind", list(MailKind))
def test_a_mail_says_all_of_it(kind: MailKind) -> None:
    facts = sample(kind)
    names = (facts.plan, facts.before, facts.method, facts.number, facts.mandate, *facts.texts,
             facts.sender.name, *facts.sender.lines, facts.sender.email, facts.sender.website,
             facts.at)  # fmt: skip
    known = sorted((one for one in names if one), key=len, reverse=True)
    values = re.compile("|".join(re.escape(one) for one in known))
    letter = render(kind, facts, locale="ar")
    assert letter.html.count("⟦") > 2
    for part in (letter.html, letter.text, letter.subject):
        _all_said(part, values)
