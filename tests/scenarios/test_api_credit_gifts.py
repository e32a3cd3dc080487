"""Credit out of goodwill over the API: previewed, given once, and used by the next invoice."""

from collections.abc import AsyncIterator

import pytest_asyncio

from ledgerline.base.ids import PREFIXES, encode
from tests.flow_world import World, world
from tests.storefront.site import Site, site

__all__ = ["site", "world"]
PATH = "/v1/credit_notes"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def paid(world: World) -> AsyncIterator[tuple[str, str]]:
    """Sell something; give the payment and the customer."""
    shopper = await world.shopper("DE")
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    yield (
        encode(PREFIXES["payment"], bought.payment_id),
        encode(PREFIXES["customer"], shopper.customer_id),
    )


async def test_a_gift_is_what_its_preview_said(site: Site, paid: tuple[str, str]) -> None:
    payment, customer = paid
    body = {"payment": payment, "amount": 119}
    seen = await site.api.post(PATH, {**body, "validate_only": True})
    assert (seen.status, seen.body["total"]["amount"], seen.body["tax"]["amount"]) == (200, 119, 19)
    first = await site.api.post(PATH, body, key="gift")
    again = await site.api.post(PATH, body, key="gift")
    assert (first.status, again.body) == (201, first.body)
    assert (first.body["reason"], first.body["settles"]) == ("goodwill", "customer_credit")
    assert first.body["invoice"] == seen.body["invoice"]
    lots = (await site.api.get(f"/v1/customers/{customer}/credit")).body["data"]
    assert [(one["left"]["amount"], one["credit_note"]) for one in lots] == [
        (119, first.body["id"])
    ]


async def test_no_more_is_given_than_was_paid(site: Site, paid: tuple[str, str]) -> None:
    payment, _ = paid
    for amount in (0, 99_999):
        seen = await site.api.post(PATH, {"payment": payment, "amount": amount}, key=f"k{amount}")
        assert seen.status == 422, seen
    none = {"payment": "pay_01h455vb4pex5vsknk084sn02q", "amount": 1}
    assert (await site.api.post(PATH, none, key="none")).status == 404
