"""One subscription from its purchase to its end through the API, every amount explained."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ledgerline.catalog.model import ProductKind
from ledgerline.datasets.audit import audit
from ledgerline.flows.number_documents import number_documents
from tests.flow_catalog import Offer, Place, small_catalog
from tests.flow_world import World, open_world
from tests.scenarios.api_client import Api, Buyer, new_buyer, open_api, order


def _lines(invoice: Any) -> list[tuple[str, int, int]]:
    """Give component, total and tax of each line."""
    return [
        (line["component"], line["total"]["amount"], line["tax"]["amount"])
        for line in invoice["lines"]
    ]


async def _invoices(api: Api, customer: str) -> list[Any]:
    """Read every invoice of a customer whole, oldest first."""
    listed = (await api.get(f"/v1/invoices?customer={customer}")).body["data"]
    return [(await api.get(f"/v1/invoices/{one['id']}")).body for one in reversed(listed)]


CATALOG: Final = small_catalog(
    Offer("studio", 3499, fee_minor=4900, add_ons=("hifi",)),
    Offer("small", 1199, add_ons=("hifi",)),
    Offer("hifi", 400, kind=ProductKind.ADD_ON),
    place=Place(rate_ppm=190_000),
)


async def test_a_subscription_is_bought_renewed_changed_refunded_and_canceled(
    fresh_database_url: str, tmp_path: Path
) -> None:
    at = datetime(2026, 1, 1, 9, tzinfo=UTC)
    async with (
        open_world(fresh_database_url, tmp_path, at=at, catalog=CATALOG) as world,
        open_api(world.run, world.psps) as api,
    ):
        buyer = await new_buyer(api, market="XX")
        path = await _bought(api, buyer)
        await world.advance(datetime(2026, 2, 1, tzinfo=UTC))
        await _renewed_without_the_fee(api, buyer)
        await world.advance(datetime(2026, 2, 15, 9, tzinfo=UTC))
        await _changed_as_its_preview_said(api, path)
        await _partly_refunded(api, buyer)
        await world.advance(datetime(2026, 3, 1, 9, tzinfo=UTC))
        newest = (await _invoices(api, buyer.customer))[-1]
        assert (newest["total"]["amount"], newest["from_credit"]["amount"]) == (1599, 1150)
        await world.advance(datetime(2026, 3, 11, 9, tzinfo=UTC))
        await _ended(api, buyer, path)
        await _explained(api, world, buyer.customer)


async def _bought(api: Api, buyer: Buyer) -> str:
    """Buy a plan with its fee and an add-on: one invoice, one charge, one rounding of the tax."""
    asked = order(buyer, plan="studio", add_ons=[{"plan": "hifi"}])
    bought = await api.post("/v1/purchases", asked)
    assert bought.status == 201, bought
    [first] = await _invoices(api, buyer.customer)
    assert _lines(first) == [("base", 3499, 559), ("hifi", 400, 64), ("setup", 4900, 782)]
    assert first["tax"]["amount"] == 1405  # 8799 × 19/119 = 1404.88, given to the lines
    [payment] = (await api.get(f"/v1/payments?customer={buyer.customer}")).body["data"]
    assert payment["captured"]["amount"] == 8799
    return f"/v1/subscriptions/{bought.body['subscription']}"


async def _renewed_without_the_fee(api: Api, buyer: Buyer) -> None:
    renewal = (await _invoices(api, buyer.customer))[1]
    assert (renewal["cause"], renewal["status"]) == ("renewal", "paid")
    assert _lines(renewal) == [("base", 3499, 559), ("hifi", 400, 64)]
    assert renewal["tax"]["amount"] == 623


async def _changed_as_its_preview_said(api: Api, path: str) -> None:
    change = {"plan": "small", "when": "now"}
    preview = await api.post(f"{path}/change", {**change, "validate_only": True}, key=None)
    given, charged = preview.body["lines"]
    assert given["how"]["formula"] == "3499 × 14/28 = 1749.50 → 1750"
    assert (given["total"]["amount"], charged["total"]["amount"]) == (-1750, 600)
    assert preview.body["credit_after"]["amount"] == 1150
    changed = await api.post(f"{path}/change", change)
    assert (changed.status, changed.body["plan"]) == (200, "small")
    held = [one["component"] for one in changed.body["items"] if one["ends_on"] is None]
    assert held == ["hifi", "base"]  # what goes with both plans goes on


async def _partly_refunded(api: Api, buyer: Buyer) -> None:
    renewal = (await _invoices(api, buyer.customer))[1]
    [payment] = (await api.get(f"/v1/payments?invoice={renewal['id']}")).body["data"]
    body = {"payment": payment["id"], "amount": 500, "reason": "an outage"}
    refunded = await api.post("/v1/refunds", body)
    assert (refunded.status, refunded.body["status"]) == (201, "succeeded")


async def _ended(api: Api, buyer: Buyer, path: str) -> None:
    ended = await api.post(f"{path}/cancel", {"when": "now"})
    assert (ended.status, ended.body["status"]) == (200, "canceled")
    newest = (await _invoices(api, buyer.customer))[-1]
    assert newest["credited"]["amount"] == 812 + 271  # 1199 and 400 × 21/31


async def _explained(api: Api, world: World, customer: str) -> None:
    """Assert that every document adds up, has its number, and that the books are clean."""
    while await number_documents(world.run):
        pass
    for invoice in await _invoices(api, customer):
        assert invoice["number_state"] == "stamped"
        assert sum(total for _, total, _ in _lines(invoice)) == invoice["total"]["amount"]
        assert sum(tax for *_, tax in _lines(invoice)) == invoice["tax"]["amount"]
        assert all(line["how"]["formula"] for line in invoice["lines"])
        notes = sum(note["total"]["amount"] for note in invoice["credit_notes"])
        assert notes == invoice["credited"]["amount"]
    assert await audit(world.run) == []
