"""Invoices, payments, receipts and refunds over the API."""

import json
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
from pypdf import PdfReader

from ledgerline.flows.number_documents import number_documents
from ledgerline.jobs.validation import Validation
from tests.flow_world import World
from tests.scenarios.api_client import Api, add_card, buy, new_buyer


def eur(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "EUR"}


async def test_an_invoice_explains_every_amount(api: Api, world: World) -> None:
    # given a paid purchase whose documents are not numbered yet
    bought = await buy(api, await new_buyer(api))
    path = f"/v1/invoices/{bought['invoice']}"
    waiting = (await api.get(path)).body
    assert (waiting["number"], waiting["number_state"]) == (None, "waiting")
    # when the numbers are stamped
    while await number_documents(world.run):
        pass
    invoice = (await api.get(path)).body
    # then the invoice has one, and its line tells how it was computed
    assert invoice["number"].startswith("NT-2026-")
    assert invoice["number_state"] == "stamped"
    assert (invoice["status"], invoice["cause"]) == ("paid", "purchase")
    assert (invoice["net"], invoice["tax"], invoice["total"]) == (eur(1008), eur(191), eur(1199))
    [line] = invoice["lines"]
    assert line["text"] == "Individual, monthly"
    assert line["period"] == {"start": "2026-01-01", "end": "2026-02-01"}
    assert (line["tax_rate"], line["tax_behavior"]) == ("0.19", "inclusive")
    assert line["how"] == {
        "rule": "price.full", "formula": "1199 × 1 = 1199",
        "tax": "1199 × 19/119 = 191.44 → 191",
    }  # fmt: skip
    listed = (await api.get(f"/v1/invoices?customer={bought['customer']}&status=paid")).body
    assert listed["data"] == [{**invoice, "lines": None, "credit_notes": None}]


async def test_an_invoice_says_how_its_market_rounds(api: Api) -> None:
    # given Japan, where 980 contains 89.09 and a fraction of a yen is dropped
    bought = await buy(api, await new_buyer(api, market="JP"))
    invoice = (await api.get(f"/v1/invoices/{bought['invoice']}")).body
    [line] = invoice["lines"]
    assert line["how"]["tax"] == "980 × 10/110 = 89.09, rounded down → 89"


async def test_a_payment_shows_its_attempts_and_their_evidence(api: Api, world: World) -> None:
    bought = await buy(api, await new_buyer(api))
    payment = (await api.get(f"/v1/payments/{bought['payment']}")).body
    assert payment["status"] == "succeeded"
    assert (payment["total"], payment["captured"]) == (eur(1199), eur(1199))
    [attempt] = payment["attempts"]
    assert (attempt["status"], attempt["initiator"], attempt["ordinal"]) == (
        "succeeded", "customer", 1,
    )  # fmt: skip
    assert attempt["evidence"] == [
        {"kind": "response", "outcome": "succeeded", "recorded": "2026-01-01T00:00:00Z"}
    ]
    truth = {one["id"] for one in await world.simulator.truth()}
    assert attempt["provider_reference"] in truth
    by_invoice = await api.get(f"/v1/payments?invoice={bought['invoice']}&status=succeeded")
    assert by_invoice.body["data"] == [{**payment, "attempts": None}]


async def _number(world: World) -> None:
    while await number_documents(world.run):
        pass


def _text(pdf: bytes) -> str:
    """Return what the first page says, without marks of permitted breaks and special spaces."""
    text = PdfReader(BytesIO(pdf)).pages[0].extract_text()
    return text.replace("\N{ZERO WIDTH SPACE}", "").replace("\N{NO-BREAK SPACE}", " ")


async def test_a_receipt_is_printed_once_it_has_a_number(api: Api, world: World) -> None:
    # given a payment just made
    bought = await buy(api, await new_buyer(api))
    [receipt] = (await api.get(f"/v1/receipts?customer={bought['customer']}")).body["data"]
    assert (receipt["number"], receipt["number_state"], receipt["pdf"]) == (None, "waiting", None)
    # when it is printed before it is numbered, it is refused
    early = await api.get(f"/v1/documents/{receipt['id']}.pdf")
    assert early.refusal == (409, "document_not_numbered")
    assert early.headers["Retry-After"] == "1"
    # and afterwards the same bytes come every time
    await _number(world)
    numbered = (await api.get(f"/v1/receipts/{receipt['id']}")).body
    assert numbered["pdf"] == f"/v1/documents/{receipt['id']}.pdf"
    printed, again = await api.get(numbered["pdf"]), await api.get(numbered["pdf"])
    assert (printed.status, printed.headers["Content-Type"]) == (200, "application/pdf")
    assert printed.body == again.body
    text = _text(printed.body)
    for shown in (numbered["number"], "Nordic Tunes AB", "11,99 €", "4242", "Zahlungsbeleg"):
        assert shown in text, (shown, text)
    letter = await api.get(f"{numbered['pdf']}?paper=us-letter")
    assert letter.body != printed.body


async def _business(api: Api, world: World) -> Any:
    """Buy as a business, with an add-on, and number what came of it."""
    customer = {
        "market": "DE", "name": "Beispiel GmbH", "tax_status": "business",
        "billing_address": {
            "line1": "Musterstraße 1", "postal_code": "10115", "city": "Berlin", "country": "DE",
        },
        "tax_ids": [{"type": "eu_vat", "value": "DE123456789"}],
    }  # fmt: skip
    made = await api.post("/v1/customers", customer)
    bought = await buy(api, await add_card(api, made.body["id"]))
    await _number(world)
    return bought


async def test_an_invoice_comes_in_every_form(api: Api, world: World) -> None:
    bought = await _business(api, world)
    # when
    path = f"/v1/documents/{bought['invoice']}"
    document = (await api.get(path)).body
    # then its place is told
    assert (document["object"], document["kind"], document["id"]) == (
        "document", "invoice", bought["invoice"],
    )  # fmt: skip
    assert document["total"] == eur(1199)
    # and its body is what was hashed
    raw = await api.raw(document["body"])
    assert sha256(raw).hexdigest() == document["body_sha256"]
    assert json.loads(raw)["buyer"]["name"] == "Beispiel GmbH"
    # and it is printed
    text = _text((await api.get(document["pdf"])).body)
    for shown in ("Rechnung", document["number"], "Beispiel GmbH", "DE123456789", "11,99 €"):
        assert shown in text, (shown, text)
    # and it is an e-invoice in both syntaxes, one of which a PDF carries inside
    ubl = await api.get(document["xml"])
    assert (ubl.status, ubl.headers["Content-Type"]) == (200, "application/xml")
    assert b"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" in ubl.body
    cii = await api.get(f"{document['xml']}?syntax=cii")
    hybrid = await api.get(f"{document['pdf']}?embed=factur_x")
    with pikepdf.open(BytesIO(hybrid.body)) as pdf:
        assert pdf.attachments["factur-x.xml"].get_file().read_bytes() == cii.body
    with Validation() as validation:
        for xml in (ubl.body, cii.body, hybrid.body):
            verdict = validation.validate(xml)
            assert verdict.is_valid, verdict


async def test_what_no_e_invoice_can_say_is_said(api: Api, world: World) -> None:
    # given a consumer, whom no e-invoice names, and a currency of three decimals
    consumer = await buy(api, await new_buyer(api))
    kuwait = await buy(api, await new_buyer(api, market="KW"))
    await _number(world)
    # then
    for bought, code in ((consumer, "en16931_incomplete"), (kuwait, "en16931_decimals")):
        path = f"/v1/documents/{bought['invoice']}"
        assert (await api.get(path)).body["xml"] is None
        refused = await api.get(f"{path}.xml")
        assert refused.refusal == (422, code)
    receipt = (await api.get(f"/v1/payments/{consumer['payment']}")).body["receipt"]
    assert (await api.get(f"/v1/documents/{receipt}.xml")).refusal == (422, "einvoice_kind")


async def test_the_next_invoice_is_shown_before_it_is_issued(api: Api, world: World) -> None:
    # given
    bought = await _business(api, world)
    before = await world.rows("SELECT count(*) FROM invoice")
    path = f"?subscription={bought['subscription']}"
    # when
    shown = await api.get(f"/v1/document-previews/invoice.json{path}")
    printed = await api.get(f"/v1/document-previews/invoice.pdf{path}")
    # then it says what the renewal will cost, and nothing was issued
    assert shown.body["lines"][0]["period"] == {"start": "2026-02-01", "end": "2026-03-01"}
    assert (shown.body["cause"], shown.body["totals"]["payable"]) == ("renewal", 1199)
    text = _text(printed.body)
    assert "11,99 €" in text
    assert "NT-2026" not in text
    assert await world.rows("SELECT count(*) FROM invoice") == before
    # and a subscription that has ended has none
    await api.post(f"/v1/subscriptions/{bought['subscription']}/cancel", {"when": "now"})
    assert (await api.get(f"/v1/document-previews/invoice.json{path}")).refusal == (
        409, "nothing_to_preview",
    )  # fmt: skip
    for query in ("", f"{path}&invoice={bought['invoice']}"):
        assert (await api.get(f"/v1/document-previews/invoice.json{query}")).refusal == (
            422, "invalid_value",
        )  # fmt: skip


async def test_an_invoice_that_is_not_numbered_is_shown_as_a_preview(
    api: Api, world: World
) -> None:
    bought = await buy(api, await new_buyer(api))
    path = f"?invoice={bought['invoice']}"
    shown = await api.get(f"/v1/document-previews/invoice.json{path}")
    await _number(world)
    issued = json.loads(await api.raw(f"/v1/documents/{bought['invoice']}.json"))
    assert {**shown.body, "salt": ""} == {**issued, "salt": ""}


async def test_a_credit_note_is_shown_before_it_is_issued(api: Api, world: World) -> None:
    # given
    bought = await _business(api, world)
    path = f"?payment={bought['payment']}&amount=500"
    # when
    shown = await api.get(f"/v1/document-previews/credit-note.json{path}")
    printed = await api.get(f"/v1/document-previews/credit-note.pdf{path}")
    # then it says what a refund would give back, and nothing was given back
    assert shown.body["totals"] == {"net": 420, "tax": 80, "gross": 500}
    assert "5,00 €" in _text(printed.body)
    payment = (await api.get(f"/v1/payments/{bought['payment']}")).body
    assert (payment["refunded"], payment["refunding"]) == (eur(0), eur(0))
    # and what is then refunded is what was shown
    body = {"payment": bought["payment"], "amount": 500, "reason": "asked"}
    await api.post("/v1/refunds", body)
    await _number(world)
    [note] = (await api.get(f"/v1/credit-notes?invoice={bought['invoice']}")).body["data"]
    issued = json.loads(await api.raw(f"/v1/documents/{note['id']}.json"))
    for field in ("lines", "tax_groups", "totals", "references", "buyer", "settles"):
        assert shown.body[field] == issued[field], field
    # and more than is left is refused as the refund would be
    beyond = await api.get(f"/v1/document-previews/credit-note.json{path.replace('500', '900')}")
    assert beyond.refusal == (422, "refund_exceeds_captured")


async def test_a_refund_is_checked_made_and_documented(api: Api, world: World) -> None:
    # given a paid purchase
    bought = await buy(api, await new_buyer(api))
    body = {"payment": bought["payment"], "amount": 500, "reason": "goodwill"}
    # when a refund is only checked, all that is left unless told
    whole = {"payment": bought["payment"], "reason": "goodwill", "validate_only": True}
    checked = await api.post("/v1/refunds", whole, key=None)
    assert (checked.status, checked.body["total"]) == (200, eur(1199))
    # and then 5.00 is given back
    made = await api.post("/v1/refunds", body, key="goodwill")
    assert made.status == 201
    assert made.headers["Location"] == f"/v1/refunds/{made.body['id']}"
    assert (made.body["status"], made.body["total"]) == ("succeeded", eur(500))
    # then a repeat gives nothing more, and it reads the same
    again = await api.post("/v1/refunds", body, key="goodwill")
    assert (again.body, again.headers["Idempotent-Replayed"]) == (made.body, "true")
    assert (await api.get(f"/v1/refunds/{made.body['id']}")).body == made.body
    payment = (await api.get(f"/v1/payments/{bought['payment']}")).body
    assert (payment["refunded"], payment["refunding"]) == (eur(500), eur(0))
    [note] = (await api.get(f"/v1/invoices/{bought['invoice']}")).body["credit_notes"]
    assert (note["id"], note["total"]) == (made.body["credit_note"], eur(500))
    # and its receipt is printed with its own amount and tax
    while await number_documents(world.run):
        pass
    receipt = (await api.get(f"/v1/receipts/{made.body['receipt']}")).body
    assert (receipt["kind"], receipt["refund"], receipt["total"]) == (
        "refund", made.body["id"], eur(500),
    )  # fmt: skip
    text = _text((await api.get(receipt["pdf"])).body)
    assert "5,00 €" in text
    assert "0,80 €" in text


async def test_more_than_was_captured_is_never_given_back(api: Api, world: World) -> None:
    bought = await buy(api, await new_buyer(api))
    for amount, refusal in (
        (1200, (422, "refund_exceeds_captured")),
        (0, (422, "invalid_value")),
        (-1, (422, "invalid_value")),
        (2**53, (422, "invalid_value")),
    ):
        for validate_only in (False, True):
            body = {
                "payment": bought["payment"], "amount": amount, "reason": "x",
                "validate_only": validate_only,
            }  # fmt: skip
            assert (await api.post("/v1/refunds", body)).refusal == refusal
    refunds = [one for one in await world.simulator.truth() if one["kind"] == "refund"]
    assert 1200 not in [one["amount"] for one in refunds]


async def test_a_failed_payment_has_nothing_to_refund(api: Api) -> None:
    buyer = await new_buyer(api, token="tok_decline_expired_card")
    declined = await api.post(
        "/v1/purchases",
        {
            "customer": buyer.customer, "plan": "individual_monthly", "trial": False,
            "payment_method": buyer.payment_method,
        },
    )  # fmt: skip
    assert declined.body["decline"]["retry"] == "other_method"
    body = {"payment": declined.body["payment"], "reason": "x"}
    refused = await api.post("/v1/refunds", body)
    assert refused.refusal == (409, "payment_not_refundable")


async def test_amounts_have_the_decimals_of_their_currency(api: Api, world: World) -> None:
    # given customers in Japan (no decimals) and Kuwait (three)
    for market, currency, amount, printed in (
        ("JP", "JPY", 980, "￥980"), ("KW", "KWD", 1990, "1.990"),
    ):  # fmt: skip
        bought = await buy(api, await new_buyer(api, market=market))
        assert bought["total"] == {"amount": amount, "currency": currency}
        while await number_documents(world.run):
            pass
        [receipt] = (await api.get(f"/v1/receipts?customer={bought['customer']}")).body["data"]
        text = _text((await api.get(receipt["pdf"])).body)
        assert printed in text, text
