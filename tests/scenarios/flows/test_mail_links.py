"""Links in mails: each opens the portal of its reader once, and is the same each time."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email.message import Message
from typing import Final

import pytest
import pytest_asyncio

from ledgerline.access.model import PortalLinkUsed
from ledgerline.base.ids import bucket_of
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.find_portal_link import find_portal_link
from ledgerline.flows.open_portal import open_portal
from ledgerline.flows.resend_mail import resend_mail
from ledgerline.flows.show_mail import show_mail
from ledgerline.mail import views
from ledgerline.subscriptions.model import GivingBack, Timing
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.mailing import deliver_all
from tests.post_office import TAKEN, PostOffice, post_office

SITE: Final = "https://pay.shop.example"
_LINK: Final = re.compile(rf"{SITE}/portal/open/(plk_[0-9a-z]{{26}}-[a-z2-7]{{52}})")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def live(world: World) -> AsyncIterator[None]:
    """Let the world be one that sends."""
    instant = await world.value("SELECT instant FROM environment")
    await world.write("UPDATE environment SET kind = 'live', instant = NULL")
    yield
    await world.write("DELETE FROM mail WHERE state IN ('waiting', 'sending')")
    await world.write("UPDATE environment SET kind = 'sandbox', instant = %s", instant)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as opened:
        yield opened


async def _bought(world: World) -> tuple[Shopper, Bought]:
    new = NewCustomer("SE", name="Ada", email="ada@mail.example")
    customer_id = await create_customer(world.run, new)
    shopper = Shopper(customer_id, await world.method(customer_id))
    return shopper, await world.buy(shopper)


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def _links(office: PostOffice) -> list[list[str]]:
    """Read the links of each mail, of its text and of its HTML."""
    found = []
    for one in office.messages():
        texts = [_text(part) for part in one.walk() if part.get_content_maintype() == "text"]
        found.append([link for text in texts for link in _LINK.findall(text)])
    return found


async def test_a_mail_that_asks_for_something_opens_the_portal_once(
    world: World, office: PostOffice
) -> None:
    shopper, bought = await _bought(world)
    await deliver_all(world, office.post(site=SITE))
    assert _links(office) == [[], []]  # order and receipt ask for nothing
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    office.taken.clear()
    await deliver_all(world, office.post(site=SITE))
    [[link, same]] = _links(office)
    assert link == same
    row, _ = await find_portal_link(world.run, link)
    assert (row.customer_id, row.leads_to) == (shopper.customer_id, "home")
    assert row.link_expires_at - row.created_at == timedelta(days=7)
    await open_portal(world.run, link)
    with pytest.raises(PortalLinkUsed):
        await open_portal(world.run, link)
    # sent again it has a link of its own
    mail_id = await world.value(
        "SELECT id FROM mail WHERE customer_id = %s AND kind = 'canceled'", shopper.customer_id
    )
    await resend_mail(world.run, mail_id, actor="per_1")
    office.taken.clear()
    await deliver_all(world, office.post(site=SITE))
    [[again, _]] = _links(office)
    assert again != link
    # who only looks at it gets none
    async with world.run.reading() as read:
        held = await views.mail(read, bucket=bucket_of(mail_id), id=mail_id)
    assert held is not None
    shown = await show_mail(world.run, held)
    assert shown is not None
    assert "/portal/open/" not in shown.letter.html
    assert link in str(await show_mail(world.run, held, site=SITE))


async def test_without_a_site_a_mail_leads_to_the_seller(world: World, office: PostOffice) -> None:
    shopper, bought = await _bought(world)
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    await deliver_all(world, office.post())
    assert _links(office) == [[], [], []]
    count = await world.value(
        "SELECT count(*) FROM portal_session WHERE customer_id = %s", shopper.customer_id
    )
    assert count == 0


async def test_a_mail_that_is_tried_again_has_the_same_link(
    world: World, office: PostOffice
) -> None:
    _, bought = await _bought(world)
    await deliver_all(world, office.post(site=SITE))
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    office.taken.clear()
    office.content_reply = "451 later"
    await deliver_all(world, office.post(site=SITE))
    office.content_reply = TAKEN
    await world.write(
        "UPDATE mail SET due_at = now() - interval '1 second' WHERE state = 'waiting'"
    )
    await deliver_all(world, office.post(site=SITE))
    first, second = office.seen[-2:]
    assert first == second


async def test_a_withdrawal_is_confirmed(world: World, office: PostOffice) -> None:
    shopper, bought = await _bought(world)
    await cancel_subscription(
        world.run, bought.subscription_id, timing=Timing.NOW, back=GivingBack.FULL
    )
    await deliver_all(world, office.post(site=SITE))
    [text] = [
        _text(part)
        for one in office.messages()
        for part in one.walk()
        if part.get_content_type() == "text/plain" and "ngrat" in str(one["Subject"])
    ]
    assert f"{world.now.date().day}" in text
    assert "(Europe/Stockholm)" in text
    kinds = await world.rows("SELECT kind FROM mail WHERE customer_id = %s", shopper.customer_id)
    assert ("withdrawn",) in kinds
    assert ("canceled",) not in kinds
