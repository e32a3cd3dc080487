"""The postbox: mails of a sandbox are looked at, run nothing, and are there nowhere else."""

import re
from email import message_from_bytes
from typing import Any, NamedTuple

import aiohttp
import pytest_asyncio

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.flows.create_customer import NewCustomer, create_customer
from tests.flow_values import Shopper
from tests.flow_world import World
from tests.mailing import deliver_all
from tests.storefront.site import Site


class Got(NamedTuple):
    """An answer of a page."""

    status: int
    headers: Any
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


async def _get(site: Site, path: str, method: str = "GET") -> Got:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, site.url + path) as answer,
    ):
        return Got(answer.status, answer.headers, await answer.read())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def receipt(world: World) -> str:
    """Let somebody buy, and name their receipt's mail."""
    new = NewCustomer("SE", name="<script>x</script>", email="ada@mail.example", locale="ar-EG")
    customer_id = await create_customer(world.run, new)
    await world.buy(Shopper(customer_id, await world.method(customer_id)))
    silent = await world.shopper()
    await world.buy(silent)
    await deliver_all(world)
    found = await world.value(
        "SELECT id FROM mail WHERE customer_id = %s AND kind = 'receipt'", customer_id
    )
    return encode(PREFIXES["mail"], found)


async def test_mails_are_listed_with_whom_they_went_to_and_why_not(
    site: Site, receipt: str
) -> None:
    every = await _get(site, "/mail")
    assert every.status == 200
    assert f"/mail/{receipt}" in every.text
    assert "ada@mail.example" in every.text
    assert "skipped: no address" in every.text
    shown = await _get(site, "/mail?state=shown")
    assert "no address" not in shown.text
    assert (await _get(site, "/mail?state=lost&before=")).status == 200
    assert (await _get(site, "/mail?customer=cus_1")).status == 404


async def test_a_mail_is_shown_in_a_frame_that_runs_and_loads_nothing(
    site: Site, receipt: str
) -> None:
    page = await _get(site, f"/mail/{receipt}")
    assert page.status == 200
    assert re.search(r"<iframe [^>]*\bsandbox\b", page.text)
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    inside = await _get(site, f"/mail/{receipt}/html")
    policy = inside.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert 'dir="rtl"' in inside.text


async def test_a_mail_and_its_files_are_downloaded(site: Site, receipt: str) -> None:
    file = await _get(site, f"/mail/{receipt}/eml")
    assert file.headers["Content-Disposition"] == f'attachment; filename="{receipt}.eml"'
    read = message_from_bytes(file.body)
    assert read["To"] == "ada@mail.example"
    pdf = await _get(site, f"/mail/{receipt}/files/0")
    assert pdf.body.startswith(b"%PDF")
    assert (await _get(site, f"/mail/{receipt}/files/9")).status == 404


async def test_what_is_not_there_says_so(site: Site, receipt: str) -> None:
    for path in ("/mail/x", "/mail/mail_01h455vb4pex5vsknk084sn02q", f"/mail/{receipt}/other"):
        assert (await _get(site, path)).status == 404
    assert (await _get(site, "/mail", "POST")).status == 404
    assert (await _get(site, "/mail", "HEAD")).body == b""


async def test_a_live_installation_has_no_such_pages(
    world: World, site: Site, receipt: str
) -> None:
    instant = await world.value("SELECT instant FROM environment")
    await world.write("UPDATE environment SET kind = 'live', instant = NULL")
    try:
        assert (await _get(site, "/mail")).status == 404
        assert (await _get(site, f"/mail/{receipt}/eml")).status == 404
    finally:
        await world.write("UPDATE environment SET kind = 'sandbox', instant = %s", instant)
