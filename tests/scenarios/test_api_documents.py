"""Invoices, payments, receipts and refunds over the API."""

from io import BytesIO

from pypdf import PdfReader

from ledgerline.flows.number_documents import number_documents
from tests.flow_world import World
from tests.scenarios.api_client import Api, buy, new_buyer


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


async def test_a_receipt_is_printed_once_it_has_a_number(api: Api, world: World) -> None:
    # given a payment just made
    bought = await buy(api, await new_buyer(api))
    [receipt] = (await api.get(f"/v1/receipts?customer={bought['customer']}")).body["data"]
    assert (receipt["number"], receipt["number_state"], receipt["pdf"]) == (None, "waiting", None)
    path = f"/v1/receipts/{receipt['id']}"
    # when it is printed before it is numbered, it is refused
    early = await api.get(f"{path}.pdf")
    assert early.refusal == (409, "receipt_not_numbered")
    assert early.headers["Retry-After"] == "1"
    # and afterwards the same bytes come every time
    while await number_documents(world.run):
        pass
    numbered = (await api.get(path)).body
    assert numbered["pdf"] == f"{path}.pdf"
    printed, again = await api.get(numbered["pdf"]), await api.get(numbered["pdf"])
    assert (printed.status, printed.headers["Content-Type"]) == (200, "application/pdf")
    assert printed.body == again.body
    text = PdfReader(BytesIO(printed.body)).pages[0].extract_text()
    for shown in (numbered["number"], "Nordic Tunes AB", "Erika Beispiel", "11.99 EUR", "4242"):
        assert shown in text.replace("\N{ZERO WIDTH SPACE}", ""), (shown, text)


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
    text = PdfReader(BytesIO((await api.get(receipt["pdf"])).body)).pages[0].extract_text()
    assert "5.00 EUR" in text
    assert "0.80 EUR" in text


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
        ("JP", "JPY", 980, "980 JPY"), ("KW", "KWD", 1990, "1.990 KWD"),
    ):  # fmt: skip
        bought = await buy(api, await new_buyer(api, market=market))
        assert bought["total"] == {"amount": amount, "currency": currency}
        while await number_documents(world.run):
            pass
        [receipt] = (await api.get(f"/v1/receipts?customer={bought['customer']}")).body["data"]
        text = PdfReader(BytesIO((await api.get(receipt["pdf"])).body)).pages[0].extract_text()
        assert printed in text
