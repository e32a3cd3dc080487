"""What is held of a customer: exported, erased, and answered for afterwards."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, LiteralString, cast

from ledgerline.base.ids import PREFIXES, CustomerId, decode
from ledgerline.datasets.audit import audit
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.export_customer import export_customer
from ledgerline.flows.put_psp_account import read_merchants
from pspsim.dialects.native import signature
from tests.flow_world import World
from tests.numbering import number_all
from tests.scenarios.api_client import Api, Buyer, Reply, buy, new_buyer, order

CARD: Final = "4111 1111,1111:1111"
CARD_SHOWN: Final = "4111 11**,****:1111"
CANARIES: Final = (
    "Zanzibar", "Quokka", "qx-canary", "Wombatweg", "Kookaburra", "94737", "DE136695976",
    "crm-quokka", "card-quokka", "sub-quokka", "platypus", "2001:db8::beef", "4111111111111111",
)  # fmt: skip
"""Words that stand nowhere else: name, e-mail, address, tax id, notes, token, IP and card."""
NOTES: Final = {"note": "platypus"}


async def test_of_an_erased_customer_no_table_holds_a_word(api: Api, world: World) -> None:
    # given a customer known by name, who bought, was told of by a webhook and got a part back
    buyer, purchase = await _live(api, world)
    live = await _dump(world)
    assert [
        word for word in ("platypus", "crm-quokka", "qx-canary", "Quokka") if word not in live
    ] == []
    assert CARD not in live
    assert "kookaburra.example" not in live
    before = await world.rows("SELECT id, total_minor FROM invoice ORDER BY id")
    sums = await world.balances()
    # when they are erased
    await number_all(world.run)
    erased = await api.post(f"/v1/customers/{buyer.customer}/erase", {"forfeit_credit": True})
    assert erased.status == 200, erased
    # then no table holds a word of it, in whichever spelling
    dump = await _dump(world)
    assert [line for line in dump.splitlines() for word in _spellings() if word in line] == []
    # and a table that would hold one is noticed
    assert "platypus" in await _dump(world, "SELECT 'platypus'")
    # and what is sealed has lost its key
    assert await world.value("SELECT count(buyer_sealed) FROM customer_version") == 2
    assert await world.value("SELECT count(*) FROM customer_key") == 0
    # while invoices, books and whatever must be true stay as they were
    assert await world.rows("SELECT id, total_minor FROM invoice ORDER BY id") == before
    assert await world.balances() == sums
    assert await audit(world.run) == []
    invoice = await api.get(f"/v1/invoices?customer={buyer.customer}")
    assert [one["total"]["amount"] for one in invoice.body["data"]] == [1199]
    # and what the provider tells late is forgotten once it is applied
    await _tell(api, world, purchase, event_id="evt_late")
    await apply_psp_events(world.run, world.psps)
    dump = await _dump(world)
    assert [line for line in dump.splitlines() for word in _spellings() if word in line] == []
    assert await audit(world.run) == []


async def test_an_erasure_is_shown_first_and_done_once(api: Api, world: World) -> None:
    # given a customer who has ended
    buyer = await _ended(api, world)
    path = f"/v1/customers/{buyer.customer}"
    before = (await api.get(path)).body
    # when the erasure is previewed
    preview = await api.post(f"{path}/erase", {"validate_only": True, "forfeit_credit": True})
    # then it says what would go and what stays, and nothing went
    assert preview.body == {
        "id": buyer.customer, "object": "customer_erasure", "livemode": False, "erased_at": None,
        "deletes": {
            "data_key": 1, "email": 0, "kept_answers": 4, "mails": 0, "mail_block": 0,
            "look_ups": 1, "instruments": 1, "mandates": 0, "set_up_tokens": 0,
            "attempt_tokens": 1, "refund_reasons": 0, "webhook_bodies": 0, "notes": 0,
            "default_method": 0, "operators_words": 0,
        },
        "keeps": {
            "subscriptions": 1, "invoices": 1, "payments": 1, "refunds": 0, "payment_methods": 1,
        },
    }  # fmt: skip
    assert (await api.get(path)).body == before
    # when it is done
    done = await api.post(f"{path}/erase", {"forfeit_credit": True})
    # then it did just that, and says when
    assert done.body == {**preview.body, "erased_at": "2026-01-01T00:00:00Z"}
    shown = (await api.get(path)).body
    assert shown == {
        **before, "erased_at": "2026-01-01T00:00:00Z", "name": None, "version": 2,
    }  # fmt: skip
    listed = (await api.get("/v1/customers")).body["data"]
    assert shown in listed
    # and asked again, the first instant stands and nothing is left to delete
    await world.advance(date(2026, 1, 2))
    again = await api.post(f"{path}/erase", {})
    assert again.body == {
        **done.body, "deletes": dict.fromkeys(done.body["deletes"], 0),
    }  # fmt: skip
    assert (await world.events(_own(buyer)))["customer.erased"] == 1


async def test_nobody_is_erased_while_something_is_not_finished(api: Api, world: World) -> None:
    # given a customer with a live subscription, and one whose charge is not known
    buyer, lost = await new_buyer(api), await new_buyer(api, token="tok_hang_after")
    purchase = await buy(api, buyer)
    assert (await api.post("/v1/purchases", order(lost))).status == 202
    # then the refusal says what to do, in a preview as well
    for asked in ({}, {"validate_only": True}):
        live = await api.post(f"/v1/customers/{buyer.customer}/erase", asked)
        assert live.refusal == (409, "customer_not_erasable")
        assert live.body["facts"] == {
            "reason": "subscription_live", "subscription": purchase["subscription"],
        }  # fmt: skip
        assert "cancel it now" in live.body["detail"]
    unknown = await api.post(f"/v1/customers/{lost.customer}/erase", {})
    assert unknown.body["facts"]["reason"] == "attempt_unsettled"
    # and once it has ended, credit must be given up by name
    ended = f"/v1/subscriptions/{purchase['subscription']}/cancel"
    assert (await api.post(ended, {"when": "now"})).status == 200
    credit = await api.post(f"/v1/customers/{buyer.customer}/erase", {})
    assert credit.body["facts"] == {"reason": "credit_left", "credit": "11.99 EUR"}
    # and nothing was deleted meanwhile
    assert (await api.get(f"/v1/customers/{buyer.customer}")).body["name"] == "Erika Beispiel"
    assert (
        await world.value(
            "SELECT count(*) FROM customer WHERE erased_at IS NOT NULL AND id = ANY(%s)",
            [_own(buyer), _own(lost)],
        )
        == 0
    )


async def test_whoever_writes_for_an_erased_customer_is_told(api: Api, world: World) -> None:
    # given a customer who was erased
    buyer = await new_buyer(api)
    purchase = await buy(api, buyer)
    customer = f"/v1/customers/{buyer.customer}"
    subscription = f"/v1/subscriptions/{purchase['subscription']}"
    assert (await api.post(f"{subscription}/cancel", {"when": "now"})).status == 200
    await number_all(world.run)
    assert (await api.post(f"{customer}/erase", {"forfeit_credit": True})).status == 200
    # when anything is written for them
    card = {"psp_account": "aster", "token": "tok_ok_late", "brand": "visa", "last4": "4242"}
    replies = [
        await api.patch(customer, {"version": 2, "name": "Erika"}),
        await api.post(f"{customer}/payment_methods", card),
        await api.post("/v1/quotes", {"customer": buyer.customer, "plan": "individual_monthly"}),
        await api.post("/v1/purchases", order(buyer)),
        await api.post("/v1/purchases", order(buyer, validate_only=True)),
        await api.post("/v1/refunds", {"payment": purchase["payment"], "reason": "late"}),
        await api.patch(subscription, {"version": 3, "metadata": NOTES}),
    ]
    # then it is refused as gone, and nothing was written
    assert [reply.refusal for reply in replies] == [(410, "customer_erased")] * len(replies)
    assert await world.value("SELECT count(*) FROM instrument WHERE psp_token = 'tok_ok_late'") == 0
    assert await audit(world.run) == []


async def test_an_answer_is_sealed_for_its_customer_and_gone_with_them(
    api: Api, world: World
) -> None:
    # given a customer who was made, bought, and was refused something, each under a key
    made = await api.post("/v1/customers", {"market": "DE", "name": "Erika"}, key="gone-made")
    path = f"/v1/customers/{made.body['id']}"
    card = {"psp_account": "aster", "token": "tok_ok_gone", "brand": "visa", "last4": "4242"}
    method = await api.post(f"{path}/payment_methods", card, key=None)
    buyer = Buyer(made.body["id"], method.body["id"])
    bought = await api.post("/v1/purchases", order(buyer), key="gone-bought")
    twice = await api.post("/v1/purchases", order(buyer), key="gone-refused")
    assert twice.refusal == (409, "purchase_in_progress")
    cancel = f"/v1/subscriptions/{bought.body['subscription']}/cancel"
    ended = await api.post(cancel, {"when": "now"}, key="gone-ended")
    assert ended.status == 200

    async def ask() -> list[Reply]:
        return [
            await api.post("/v1/customers", {"market": "DE", "name": "Erika"}, key="gone-made"),
            await api.post("/v1/purchases", order(buyer), key="gone-bought"),
            await api.post("/v1/purchases", order(buyer), key="gone-refused"),
            await api.post(cancel, {"when": "now"}, key="gone-ended"),
        ]

    # then a repeat gets the kept answer, which is the customer's
    assert [reply.body for reply in await ask()] == [
        made.body, bought.body, twice.body, ended.body,
    ]  # fmt: skip
    assert (
        await world.value(
            "SELECT count(*) FROM idempotency_key WHERE key LIKE 'gone-%%' AND customer_id = %s",
            _own(buyer),
        )
        == 4
    )
    # and once they are erased it is gone, whatever it was
    await number_all(world.run)
    assert (await api.post(f"{path}/erase", {"forfeit_credit": True})).status == 200
    assert [reply.refusal for reply in await ask()] == [(410, "customer_erased")] * 4
    assert (
        await world.value("SELECT count(body) FROM idempotency_key WHERE key LIKE 'gone-%%'") == 0
    )
    # while the key is still known to belong to another question
    other = await api.post("/v1/customers", {"market": "SE"}, key="gone-made")
    assert other.refusal == (422, "idempotency_key_reused")


async def test_an_export_holds_everything_and_says_what_it_means(api: Api, world: World) -> None:
    # given a customer with everything
    customer = await api.post(
        "/v1/customers",
        {"market": "DE", "name": "Erika Beispiel", "email": "erika@example.org", "metadata": NOTES},
    )
    path = f"/v1/customers/{customer.body['id']}"
    card = {"psp_account": "aster", "token": "tok_ok_export", "brand": "visa", "last4": "4242"}
    method = await api.post(f"{path}/payment_methods", card)
    purchase = await buy(api, Buyer(customer.body["id"], method.body["id"]))
    # when it is exported
    reply = await api.get(f"{path}/export")
    # then each section has its rows and explains each of their fields
    assert reply.status == 200
    sections = {one["name"]: one for one in reply.body["sections"]}
    assert len(sections) == 21
    for name, section in sections.items():
        assert section["about"], name
        assert section["kept"], name
        assert all(set(row) == set(section["fields"]) for row in section["rows"]), name
        assert section["next_page"] is None, name
    [own] = sections["customer"]["rows"]
    assert (own["id"], own["email"], own["metadata"]) == (
        customer.body["id"], "erika@example.org", NOTES,
    )  # fmt: skip
    assert [row["name"] for row in sections["versions"]["rows"]] == ["Erika Beispiel"]
    assert [row["id"] for row in sections["payments"]["rows"]] == [purchase["payment"]]
    assert [row["total_minor"] for row in sections["invoices"]["rows"]] == [1199]
    assert "tok_ok_export" not in json.dumps(reply.body)
    # and one section is read page by page
    pages = [
        (await export_customer(world.run, _id(customer.body["id"]), section="agreed", page=page,
                               size=1))[0]
        for page in (1, 2)
    ]  # fmt: skip
    together = [*pages[0].rows, *pages[1].rows]
    assert together == sections["agreed"]["rows"][:2]
    assert pages[0].next_page == (2 if len(sections["agreed"]["rows"]) > 1 else None)
    # and what there is not is refused
    for asked, code in (("section=shoes", "section_not_found"), ("page=0", "invalid_value")):
        assert (await api.get(f"{path}/export?{asked}")).refusal == (422, code)
    nobody = "/v1/customers/cus_01h455vb4pex5vsknk084sn02q/export"
    assert (await api.get(nobody)).refusal == (404, "customer_not_found")


async def test_of_an_erased_customer_the_rest_is_exported(api: Api, world: World) -> None:
    # given a customer who was erased
    buyer = await _ended(api, world)
    path = f"/v1/customers/{buyer.customer}"
    assert (await api.post(f"{path}/erase", {"forfeit_credit": True})).status == 200
    # then the export says when, and holds what the law keeps without a name
    sections = {one["name"]: one for one in (await api.get(f"{path}/export")).body["sections"]}
    [own] = sections["customer"]["rows"]
    assert own["erased_at"] is not None
    assert own["email"] is None
    assert [row["name"] for row in sections["versions"]["rows"]] == [None, None]
    assert len(sections["invoices"]["rows"]) == 1
    assert [row["has_token"] for row in sections["payment_methods"]["rows"]] == [False]


async def _ended(api: Api, world: World) -> Buyer:
    """Make a customer who bought something and ended it at once."""
    made = await api.post("/v1/customers", {"market": "DE", "name": "Erika"})
    buyer = Buyer(made.body["id"], "")
    card = {"psp_account": "aster", "token": f"tok_ok_{made.body['id']}", "brand": "visa",
            "last4": "4242"}  # fmt: skip
    method = await api.post(f"/v1/customers/{buyer.customer}/payment_methods", card)
    buyer = Buyer(made.body["id"], method.body["id"])
    purchase = await buy(api, buyer)
    ended = await api.post(f"/v1/subscriptions/{purchase['subscription']}/cancel", {"when": "now"})
    assert ended.status == 200
    await number_all(world.run)
    return buyer


def _id(text: str) -> CustomerId:
    return CustomerId(decode(PREFIXES["customer"], text))


def _own(buyer: Buyer) -> CustomerId:
    return _id(buyer.customer)


async def _live(api: Api, world: World) -> tuple[Buyer, Any]:
    customer = await api.post(
        "/v1/customers",
        {
            "market": "DE", "name": "Zanzibar Quokka", "email": "qx-canary@kookaburra.example",
            "billing_address": {
                "line1": "Wombatweg 1", "city": "Kookaburra", "postal_code": "94737",
                "country": "DE",
            },
            "tax_ids": [{"type": "eu_vat", "value": "DE136695976"}],
            "metadata": NOTES, "external_id": "crm-quokka",
        },
        key="made-canary",
    )  # fmt: skip
    assert customer.status == 201, customer
    path = f"/v1/customers/{customer.body['id']}"
    method = await api.post(
        f"{path}/payment_methods",
        {
            "psp_account": "aster", "token": "tok_ok_qx-canary", "brand": "visa", "last4": "4242",
            "metadata": NOTES, "external_id": "card-quokka",
        },
    )  # fmt: skip
    assert method.status == 201, method
    buyer = Buyer(customer.body["id"], method.body["id"])
    asked = {
        **order(buyer), "metadata": NOTES, "external_id": "sub-quokka",
        "payer_ip": "2001:db8::beef", "agreements": [{"kind": "terms", "text_version": "1"}],
    }  # fmt: skip
    bought = await api.post("/v1/purchases", asked, key="bought-canary")
    assert bought.status == 201, bought
    await api.patch(path, {"name": "Quokka Zanzibar", "version": 1})
    await _tell(api, world, bought.body, event_id="evt_canary")
    await apply_psp_events(world.run, world.psps)
    refund = await api.post(
        "/v1/refunds",
        {"payment": bought.body["payment"], "amount": 100, "reason": "Quokka asked"},
    )
    assert refund.status == 201, refund
    ended = await api.post(
        f"/v1/subscriptions/{bought.body['subscription']}/cancel", {"when": "now"}
    )
    assert ended.status == 200, ended
    return buyer, bought.body


async def _tell(api: Api, world: World, purchase: Any, *, event_id: str) -> None:
    """Send the provider's event about a purchase, with more in it than we asked for."""
    payment = decode(PREFIXES["payment"], purchase["payment"])
    [(attempt,)] = await world.rows("SELECT id FROM attempt WHERE payment_id = %s", payment)
    charge = next(one for one in await world.simulator.truth() if one["reference"] == str(attempt))
    data = {
        "id": charge["id"], "object": "charge", "reference": charge["reference"],
        "amount": charge["amount"], "currency": charge["currency"], "status": "succeeded",
        "final": True, "created": "2026-01-01T00:00:00Z", "billing_name": "Zanzibar Quokka",
        "receipt_email": "qx-canary@kookaburra.example", "card": CARD,
    }  # fmt: skip
    event = {
        "id": event_id, "type": "charge.succeeded", "created": "2026-01-01T00:00:00Z",
        "data": data,
    }  # fmt: skip
    raw = json.dumps(event).encode()
    reply = await api.send(
        "POST", "/v1/psp/aster/events", raw=raw, headers=await _signed(world, raw, event_id)
    )
    assert (reply.status, reply.body["is_new"]) == (200, True)


async def _signed(world: World, raw: bytes, event_id: str) -> Mapping[str, str]:
    stamp = int(world.run.wall().timestamp())
    [aster] = [one for one in await read_merchants(world.run) if one.code == "aster"]
    secret = aster.secrets["webhook_secret"].reveal()
    return {
        "Authorization": "", "Content-Type": "application/json", "webhook-id": event_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(secret, event_id=event_id, timestamp=stamp, body=raw),
    }  # fmt: skip


def _spellings() -> list[str]:
    """List the canaries as text and as PostgreSQL shows bytes."""
    return [spelling for word in CANARIES for spelling in (word, word.encode().hex())]


async def _dump(world: World, *more: str) -> str:
    """Copy every table out, as a backup does."""
    tables = await world.rows(
        "SELECT quote_ident(relname) FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    assert len(tables) > 40
    parts = []
    for query in (*(f"SELECT * FROM {name}" for (name,) in tables), *more):
        async with world.connection.cursor().copy(
            cast("LiteralString", f"COPY ({query}) TO STDOUT")
        ) as copy:
            parts += [bytes(part).decode() async for part in copy]
    return "".join(parts)
