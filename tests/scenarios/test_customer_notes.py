"""Notes on customers over the API and from a shell: sealed, listed, and gone with the customer."""

from collections.abc import AsyncIterator
from typing import Final

import pytest_asyncio

from ledgerline.base.ids import CustomerId, encode
from ledgerline.datasets.audit import audit
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.export_customer import export_customer
from tests.flow_world import World, world
from tests.scenarios.shell import ledgerline, read_json
from tests.storefront.site import Site, site

__all__ = ["site", "world"]
SAID: Final = "called twice, wants a \u2018quiet\u2019 week"


@pytest_asyncio.fixture(loop_scope="session")
async def noted(world: World) -> AsyncIterator[tuple[CustomerId, str]]:
    """Make a customer; give their id, and the path of their notes."""
    id = await world.customer("US")
    yield id, f"/v1/customers/{encode('cus', id)}/notes"


async def test_a_note_over_the_api_is_kept_once_sealed_and_gone_after_an_erasure(
    site: Site, world: World, noted: tuple[CustomerId, str]
) -> None:
    id, path = noted
    first = await site.api.post(path, {"text": f"  {SAID} "}, key="note")
    again = await site.api.post(path, {"text": f"  {SAID} "}, key="note")
    assert (first.status, again.body) == (201, first.body)
    assert (first.body["object"], first.body["text"]) == ("customer_note", SAID)
    # without a key it is another note; pages hold both, each once
    second = await site.api.post(path, {"text": "and again"})
    listed = await site.api.get(f"{path}?limit=1")
    rest = await site.api.get(f"{path}?limit=1&after={listed.body['next']}")
    assert (listed.body["has_more"], rest.body["has_more"]) == (True, False)
    assert sorted(one["id"] for page in (listed, rest) for one in page.body["data"]) == sorted(
        one.body["id"] for one in (first, second)
    )
    # then the log says who wrote them, nothing that is kept holds the words, and they are told
    rows = await world.rows("SELECT n::text FROM customer_note AS n")
    entries = await world.rows(
        "SELECT a.actor, a.customer_id, a::text FROM audit_entry AS a WHERE act = 'noted'"
    )
    assert [(actor, customer) for actor, customer, _ in entries] == [(first.body["author"], id)] * 2
    assert "quiet" not in f"{rows}{entries}"
    [section] = await export_customer(world.run, id, section="notes")
    assert {one["text"] for one in section.rows} == {SAID, "and again"}
    assert await audit(world.run) == []
    # when the customer is erased, they are deleted, and nobody writes another
    await erase_customer(world.run, id, actor="tests")
    assert (await site.api.get(path)).body["data"] == []
    assert (await site.api.post(path, {"text": "late"})).status == 410
    # and who asks again for the first is told that it is gone
    repeated = await site.api.post(path, {"text": f"  {SAID} "}, key="note")
    assert (repeated.status, repeated.body["code"]) == (410, "customer_erased")
    assert await audit(world.run) == []


async def test_what_is_no_note_is_refused(site: Site, noted: tuple[CustomerId, str]) -> None:
    _, path = noted
    for text in ("", " \n ", "x" * 1_001, "\u0634" * 600, "turned \u202e around"):
        refused = await site.api.post(path, {"text": text})
        assert refused.status == 422, text
    card = await site.api.post(path, {"text": "card 4242 4242 4242 4242"})
    assert (card.status, "4242" in str(card.body)) == (422, False)
    assert (await site.api.get(path)).body["data"] == []
    nobody = "/v1/customers/cus_01h455vb4pex5vsknk084sn02q/notes"
    assert (await site.api.get(nobody)).status == 404
    assert (await site.api.post(nobody, {"text": "who"})).status == 404


async def test_a_note_from_a_shell_is_the_same(
    site: Site, world: World, noted: tuple[CustomerId, str]
) -> None:
    id, path = noted
    name = encode("cus", id)
    kept = read_json(
        ledgerline(world.url, "customer", "note", name, SAID, "--as", "mara", "--json")
    )
    assert kept["customer"] == name
    shown = read_json(ledgerline(world.url, "customer", "notes", name, "--json"))
    assert [(one["id"], one["author"], one["text"]) for one in shown["data"]] == [
        (kept["id"], "mara", SAID)
    ]
    [over_api] = (await site.api.get(path)).body["data"]
    assert (over_api["id"], over_api["author"]) == (kept["id"], "mara")
    refused = ledgerline(world.url, "customer", "note", name, "card 4242 4242 4242 4242")
    assert (refused.returncode, "4242 4242" in refused.stderr) == (1, False), refused.stderr
    assert await audit(world.run) == []
