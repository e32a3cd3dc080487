"""Lists: newest first by id, page by page, however far back a customer's past goes."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.flow_world import World
from tests.scenarios.api_client import Api, Buyer, buy, new_buyer, order

EVERY_SIX_MONTHS: Final = (date(2026, 7, 1), date(2027, 1, 1), date(2027, 7, 1), date(2028, 1, 1))
REFUNDED: Final = 3
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def refunded(api: Api, world: World, regular: Buyer) -> Buyer:
    """Buy three times, each time with a refund of a part and credit for the rest."""
    await world.advance(date(2028, 7, 1))
    buyer = await new_buyer(api)
    assert buyer.customer != regular.customer
    for _ in range(REFUNDED):
        bought = await buy(api, buyer)
        part = {"payment": bought["payment"], "reason": "goodwill", "amount": 100}
        assert (await api.post("/v1/refunds", part)).status == 201
        path = f"/v1/subscriptions/{bought['subscription']}/cancel"
        assert (await api.post(path, {"when": "now"})).status == 200
    return buyer


@pytest.mark.parametrize("limit", [1, 2, 20])
@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/v1/refunds?customer={}", REFUNDED),
        ("/v1/refunds?status=succeeded&customer={}", REFUNDED),
        ("/v1/refunds?status=failed,processing&customer={}", 0),
        ("/v1/credit-notes?customer={}", 2 * REFUNDED),
        ("/v1/customers/{}/credit?", REFUNDED),
    ],
)
async def test_corrections_and_credit_are_listed_newest_first(
    path: str, count: int, limit: int, api: Api, refunded: Buyer
) -> None:
    found = await pages(api, path.format(refunded.customer), limit=limit)
    assert len(ids(found)) == count
    assert ids(found) == sorted(set(ids(found)), reverse=True)
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)


async def test_corrections_are_a_customers_own(api: Api, refunded: Buyer, regular: Buyer) -> None:
    for what in ("refunds", "credit-notes"):
        [mine] = await pages(api, f"/v1/{what}?customer={refunded.customer}", limit=20)
        assert {one["customer"] for one in mine} == {refunded.customer}
        invoice = mine[0]["invoice"]
        [its] = await pages(api, f"/v1/{what}?invoice={invoice}", limit=20)
        assert its == [one for one in mine if one["invoice"] == invoice]
        for owner in (
            f"customer={regular.customer}",
            f"customer={regular.customer}&invoice={invoice}",
        ):
            assert await pages(api, f"/v1/{what}?{owner}", limit=20) == [[]]
        [every] = await pages(api, f"/v1/{what}?", limit=20)
        assert ids([every]) == ids([mine])  # nobody else has any
    lots = await pages(api, f"/v1/customers/{regular.customer}/credit?", limit=20)
    assert lots == [[]]


async def test_credit_is_what_its_movements_leave(api: Api, refunded: Buyer) -> None:
    # given what gave credit, and the purchases that used some
    [lots] = await pages(api, f"/v1/customers/{refunded.customer}/credit?", limit=20)
    for lot in lots:
        used = sum(use["amount"]["amount"] for use in lot["uses"])
        assert lot["left"]["amount"] == lot["given"]["amount"] - used
    # then the customer has what is left, and the invoices say what they took
    owner = (await api.get(f"/v1/customers/{refunded.customer}")).body
    left = sum(lot["left"]["amount"] for lot in lots)
    assert [one["balance"]["amount"] for one in owner["credit"]] == [left]
    took: Counter[str] = Counter()
    for lot in lots:
        for use in lot["uses"]:
            took[use["invoice"]] += use["amount"]["amount"]
    [invoices] = await pages(api, f"/v1/invoices?customer={refunded.customer}", limit=20)
    assert {
        one["id"]: one["from_credit"]["amount"] for one in invoices if one["id"] in took
    } == took
    assert sum(one["from_credit"]["amount"] for one in invoices) == took.total() > 0
    # and each came from a credit note of the customer
    [notes] = await pages(api, f"/v1/credit-notes?customer={refunded.customer}", limit=20)
    given = {one["id"]: one["total"] for one in notes}
    assert all(given[lot["credit_note"]] == lot["given"] for lot in lots)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/v1/refunds?status=lost", (422, "invalid_value")),
        ("/v1/refunds?customer=pay_1", (422, "wrong_id_kind")),
        ("/v1/credit-notes?invoice=cus_1", (422, "wrong_id_kind")),
        ("/v1/customers/cus_01h455vb4pex5vsknk084sn02q/credit", (404, "customer_not_found")),
        ("/v1/credit-notes/cn_01h455vb4pex5vsknk084sn02q", (404, "not_found")),
    ],
)
async def test_what_cannot_be_listed_is_refused(
    path: str, refusal: tuple[int, str], api: Api
) -> None:
    assert (await api.get(path)).refusal == refusal
