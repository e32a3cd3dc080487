"""Who a buyer is, over the API: said, changed, and named by documents in the version of the day."""

from datetime import date
from typing import Any, Final

import pytest

from tests.flow_world import World
from tests.scenarios.api_client import Api, buy, new_buyer

BERLIN: Final[dict[str, Any]] = {
    "line1": "Allee 1", "line2": None, "postal_code": "10115", "city": "Berlin", "region": None,
    "country": "DE",
}  # fmt: skip


async def test_a_customer_is_created_with_all_that_a_document_needs(api: Api) -> None:
    loose: dict[str, Any] = {**BERLIN, "line1": " Allee 1 ", "line2": " "}
    made = await api.post(
        "/v1/customers",
        {
            "market": "DE", "name": "Muster GmbH", "billing_address": loose,
            "tax_ids": [
                {"type": "eu_vat", "value": "de 123 456 789"}, {"type": "us_ein", "value": "1"},
                {"type": "kr_brn", "value": "123-45-67890"},
            ],
            "tax_status": "business",
            "place_evidence": [{"kind": "ip_country", "country": "FR"}],
        },
    )  # fmt: skip
    assert made.status == 201, made
    assert made.body["billing_address"] == BERLIN
    assert made.body["tax_ids"] == [
        {"type": "eu_vat", "value": "DE123456789", "check": "format_ok"},
        {"type": "us_ein", "value": "1", "check": "format_bad"},
        {"type": "kr_brn", "value": "1234567890", "check": "unchecked"},
    ]
    assert made.body["tax_status"] == "business"
    assert made.body["place_evidence"] == [
        {"kind": "billing_country", "country": "DE"}, {"kind": "ip_country", "country": "FR"},
    ]  # fmt: skip
    assert (await api.get(f"/v1/customers/{made.body['id']}")).body == made.body


async def test_a_change_writes_the_next_version_and_a_stale_one_is_refused(api: Api) -> None:
    # given a customer
    path, first = await _customer(api, name="Erika", email="erika@example.com")
    # when what may change changes, and the rest is left out
    changed = await api.patch(
        path, {"version": 1, "name": "Erika Muster", "billing_address": BERLIN, "email": None}
    )
    # then only that is changed
    assert changed.status == 200, changed
    assert changed.body == {
        **first, "version": 2, "name": "Erika Muster", "billing_address": BERLIN, "email": None,
        "place_evidence": [{"kind": "billing_country", "country": "DE"}],
    }  # fmt: skip
    assert (await api.get(path)).body == changed.body
    # and who did not see that is refused, whichever way the version is said
    stale = await api.patch(path, {"version": 1, "locale": "fr-FR"})
    assert stale.refusal == (409, "version_stale")
    assert stale.body["facts"] == {"seen": 1, "current": 2}
    assert (await api.patch(path, {"locale": "fr-FR"}, If_Match='"1"')).refusal == (
        409, "version_stale",
    )  # fmt: skip
    assert (await api.get(path)).body == changed.body
    # and who did may go on
    again = await api.patch(path, {"locale": "fr-FR"}, If_Match='"2"')
    assert (again.status, again.body["version"], again.body["locale"]) == (200, 3, "fr-FR")


async def test_a_change_of_nothing_writes_nothing(api: Api, world: World) -> None:
    path, first = await _customer(api, name="Erika", billing_address=BERLIN)
    same = await api.patch(path, {"version": 1, "name": " Erika ", "billing_address": BERLIN})
    assert (same.status, same.body) == (200, first)
    written = "SELECT count(*) FROM event WHERE kind = 'customer.changed'"
    before = await world.value(written)
    await api.patch(path, {"version": 1})
    assert await world.value(written) == before


async def test_a_change_is_done_once_under_its_key(api: Api) -> None:
    path, _ = await _customer(api, name="Erika")
    body = {"version": 1, "name": "Erika Muster"}
    first = await api.patch(path, body, Idempotency_Key="change-once")
    again = await api.patch(path, body, Idempotency_Key="change-once")
    assert (first.status, again.status, again.body) == (200, 200, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await api.patch(path, {**body, "name": "E"}, Idempotency_Key="change-once")
    assert other.refusal == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"market": "FR"}, "unknown_field", "/market"),
        ({"time_zone": "Europe/Paris"}, "unknown_field", "/time_zone"),
        ({"version": 0}, "invalid_value", "/version"),
        ({"locale": None}, "invalid_value", "/locale"),
        ({"name": "a\u0000b"}, "invalid_value", "/name"),
        ({"name": "a\u202eb"}, "personal_text_refused", "/name"),
        ({"email": "nobody"}, "invalid_value", "/email"),
        ({"tax_status": "charity"}, "invalid_value", "/tax_status"),
        ({"billing_address": {**BERLIN, "country": "ZZ"}}, "unknown_country", None),
        (
            {"billing_address": {**BERLIN, "country": "de"}}, "invalid_value",
            "/billing_address/country",
        ),
        (
            {"billing_address": {**BERLIN, "line1": "x" * 201}}, "invalid_value",
            "/billing_address/line1",
        ),
        (
            {"billing_address": {**BERLIN, "line1": "  "}}, "personal_text_refused",
            "/billing_address/line1",
        ),
        ({"billing_address": {"country": "DE"}}, "invalid_value", "/billing_address/line1"),
        ({"billing_address": {**BERLIN, "box": "1"}}, "unknown_field", "/billing_address/box"),
        (
            {"billing_address": {**BERLIN, "city": "4242 4242 4242 4242"}},
            "card_number_refused", "/billing_address/city",
        ),
        ({"tax_ids": [{"type": "eu_vat", "value": "?"}]}, "tax_ids_refused", "/tax_ids"),
        ({"tax_ids": [{"type": "us_ein", "value": "1"}] * 2}, "tax_ids_refused", "/tax_ids"),
        ({"tax_ids": [{"type": "us_ein", "value": "1"}] * 11}, "invalid_value", "/tax_ids"),
        (
            {"place_evidence": [{"kind": "billing_country", "country": "DE"}]},
            "place_evidence_refused", "/place_evidence",
        ),
        (
            {"place_evidence": [{"kind": "dream", "country": "DE"}]}, "invalid_value",
            "/place_evidence/0/kind",
        ),
        ({"metadata": {"a": 1}}, "invalid_value", "/metadata"),
        ({"metadata": {"": "a"}}, "invalid_value", "/metadata"),
        ({"metadata": {"k" * 41: "a"}}, "invalid_value", "/metadata"),
        ({"metadata": {"k": "v" * 501}}, "invalid_value", "/metadata"),
        ({"metadata": {f"k{n}": "" for n in range(51)}}, "invalid_value", "/metadata"),
        ({"external_id": "with space"}, "invalid_value", "/external_id"),
        ({"external_id": "x" * 256}, "invalid_value", "/external_id"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_changes_nothing(
    api: Api, change: dict[str, Any], code: str, pointer: str | None
) -> None:
    path, first = await _customer(api, name="Erika")
    reply = await api.patch(path, {"version": 1, **change})
    assert (reply.status, reply.body["code"]) == (422, code), reply
    if pointer is not None:
        found = [one["pointer"] for one in reply.body["errors"]]
        assert found[0].startswith(pointer)
    assert (await api.get(path)).body == first


@pytest.mark.parametrize("if_match", ["", "*", '"x"', '"0"', 'W/"1"', "2"])
async def test_a_version_is_said_once_and_plainly(api: Api, if_match: str) -> None:
    path, _ = await _customer(api)
    reply = await api.patch(path, {"version": 1, "name": "E"}, If_Match=if_match)
    assert reply.refusal == (422, "invalid_value")
    assert (await api.patch(path, {"name": "E"})).refusal == (422, "invalid_value")


async def test_a_customer_who_is_not_there_or_erased_cannot_change(api: Api) -> None:
    nobody = "/v1/customers/cus_01h455vb4pex5vsknk084sn02q"
    assert (await api.patch(nobody, {"version": 1})).refusal == (404, "customer_not_found")
    path, _ = await _customer(
        api, name="Erika", tax_status="business", billing_address=BERLIN, metadata={"a": "b"}
    )
    assert (await api.post(f"{path}/erase", {})).status == 200
    refused = await api.patch(path, {"version": 2, "name": "E"})
    assert refused.refusal == (410, "customer_erased")
    # what tax rests on is still there, and nothing personal
    left = (await api.get(path)).body
    assert (left["name"], left["billing_address"], left["tax_ids"]) == (None, None, [])
    assert left["tax_status"] == "business"
    assert left["place_evidence"] == [{"kind": "billing_country", "country": "DE"}]


async def test_an_invoice_names_the_version_of_its_day(api: Api, world: World) -> None:
    # given a customer who bought, and another subscription of a family that ended
    buyer = await new_buyer(api)
    bought = await buy(api, buyer)
    path, subscription = f"/v1/customers/{buyer.customer}", bought["subscription"]
    assert await _versions(api, subscription) == [1]
    # when the customer changes twice, the second time to nothing new
    assert (await api.patch(path, {"version": 1, "billing_address": BERLIN})).status == 200
    assert (await api.patch(path, {"version": 2, "billing_address": BERLIN})).status == 200
    shown = (await api.get(f"/v1/subscriptions/{subscription}")).body
    assert shown["customer_version"] == 2
    # then the next invoice names the new version, and the old one keeps its own
    await world.advance(date.fromisoformat(shown["period"]["end"]))
    assert await _versions(api, subscription) == [2, 1]
    # and a change of plan names the one of its day too
    assert (await api.patch(path, {"version": 2, "name": "Erika Neu"})).status == 200
    changed = await api.post(
        f"/v1/subscriptions/{subscription}/change", {"plan": "family_monthly", "when": "now"}
    )
    assert changed.status == 200, changed
    assert await _versions(api, subscription) == [3, 2, 1]


async def _customer(api: Api, **fields: object) -> tuple[str, dict[str, Any]]:
    made = await api.post("/v1/customers", {"market": "DE", **fields})
    assert made.status == 201, made
    return f"/v1/customers/{made.body['id']}", made.body


async def _versions(api: Api, subscription: str) -> list[int]:
    """List which version of the customer each invoice names, newest first."""
    invoices = (await api.get(f"/v1/invoices?subscription={subscription}")).body["data"]
    return [one["customer_version"] for one in invoices]
