"""Lists: newest first by id, page by page, however far back a customer's past goes."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.flow_world import World
from tests.scenarios.api_client import Api, Buyer, new_buyer, order

EVERY_SIX_MONTHS: Final = (date(2026, 7, 1), date(2027, 1, 1), date(2027, 7, 1), date(2028, 1, 1))
BOUGHT: Final = len(EVERY_SIX_MONTHS) + 1
"""A customer who comes back for a month each time: two years, most of whose months are empty."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def regular(api: Api, world: World) -> Buyer:
    buyer = await new_buyer(api)
    for instant in (None, *EVERY_SIX_MONTHS):
        if instant is not None:
            await world.advance(instant)
        bought = await api.post("/v1/purchases", order(buyer))
        assert bought.status == 201, bought
        ended = await api.post(
            f"/v1/subscriptions/{bought.body['subscription']}/cancel", {"when": "period_end"}
        )
        assert ended.status == 200, ended
    await new_buyer(api)
    return buyer


async def pages(api: Api, path: str, *, limit: int) -> list[list[dict[str, Any]]]:
    """Read a list to its end."""
    found, after = [], ""
    while True:
        reply = await api.get(f"{path}&limit={limit}{after}")
        assert reply.status == 200, reply
        found.append(reply.body["data"])
        if not reply.body["has_more"]:
            return found
        after = f"&after={reply.body['next']}"


def ids(found: Sequence[Sequence[dict[str, Any]]]) -> list[str]:
    return [one["id"] for page in found for one in page]


@pytest.mark.parametrize("limit", [1, 2, 5, 20])
@pytest.mark.parametrize("what", ["invoices", "payments", "receipts", "subscriptions"])
async def test_a_customers_list_goes_back_over_empty_months(
    what: str, limit: int, api: Api, regular: Buyer
) -> None:
    # when a customer's list is read to its end, however long its pages are
    found = await pages(api, f"/v1/{what}?customer={regular.customer}", limit=limit)
    # then each row was there once, the newest first, and only the last page may be short
    assert len(ids(found)) == BOUGHT
    assert ids(found) == sorted(set(ids(found)), reverse=True)
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)


async def test_a_subscriptions_invoices_are_its_own(api: Api, regular: Buyer) -> None:
    listed = await pages(api, f"/v1/subscriptions?customer={regular.customer}", limit=20)
    for subscription in ids(listed):
        path = f"/v1/invoices?subscription={subscription}"
        [invoices] = await pages(api, path, limit=20)
        assert [one["subscription"] for one in invoices] == [subscription]
        both = await pages(api, f"{path}&customer={regular.customer}", limit=20)
        assert both == [invoices]
    other = await new_buyer(api)
    path = f"/v1/invoices?subscription={ids(listed)[0]}&customer={other.customer}"
    nobodys = await pages(api, path, limit=20)
    assert nobodys == [[]]


@pytest.mark.parametrize(
    ("path", "status", "count"),
    [
        ("/v1/subscriptions?customer={}", "canceled", BOUGHT - 1),
        ("/v1/subscriptions?customer={}", "active,canceled", BOUGHT),
        ("/v1/subscriptions?customer={}", "past_due", 0),
        ("/v1/invoices?customer={}", "paid", BOUGHT),
        ("/v1/invoices?customer={}", "open,void", 0),
        ("/v1/payments?customer={}", "succeeded,failed", BOUGHT),
        ("/v1/payments?customer={}", "failed", 0),
        ("/v1/subscriptions?", "canceled,active", BOUGHT),
        ("/v1/payments?", "succeeded,processing", BOUGHT),
        ("/v1/invoices?", "paid,open", BOUGHT),
        ("/v1/invoices?", "open", 0),
    ],
)
async def test_a_list_by_status_has_those_and_no_others(
    path: str, status: str, count: int, api: Api, regular: Buyer
) -> None:
    found = await pages(api, f"{path.format(regular.customer)}&status={status}", limit=2)
    assert len(set(ids(found))) == len(ids(found)) == count
    assert ids(found) == sorted(ids(found), reverse=True)
    assert {one["status"] for page in found for one in page} <= set(status.split(","))


async def test_an_invoices_payments_are_its_own(api: Api, regular: Buyer) -> None:
    [invoices] = await pages(api, f"/v1/invoices?customer={regular.customer}", limit=20)
    for invoice in invoices:
        [paid] = await pages(api, f"/v1/payments?invoice={invoice['id']}", limit=20)
        assert [one["invoice"] for one in paid] == [invoice["id"]]
