"""What documents say: built once when they are numbered, from what cannot change, and provable."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest
from psycopg import AsyncConnection

from ledgerline.base.ids import PaymentId
from ledgerline.catalog.model import Catalog
from ledgerline.customers.model import Address, CustomerChange, CustomerNotErasable, TaxStatus
from ledgerline.documents.snapshot import Body, Document, Kind, decode, encode
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.build_bodies import build_bodies_in
from ledgerline.flows.change_customer import change_customer
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.read_document import read_document, read_documents_in
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.verify_documents import verify_documents
from ledgerline.invoicing.model import (
    DocumentNotFound,
    DocumentNotNumbered,
    DocumentUnreadable,
)
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.numbering import number_all
from tests.shipped import shipped_catalog

ADDRESS = Address(line1="Musterstraße 1", postal_code="10115", city="Berlin", country="DE")


async def _said(world: World, ids: Sequence[UUID]) -> list[Document]:
    async with world.run.transaction() as tx:
        return [kept.document for kept in await read_documents_in(tx, world.run, ids)]


async def _ids(world: World, table: str, bought: Bought) -> list[UUID]:
    column = "id" if table == "invoice" else "invoice_id"
    rows = await world.rows(
        f"SELECT id FROM {table} WHERE {column} = %s ORDER BY issued_at, id", bought.invoice_id
    )
    return [row[0] for row in rows]


def _paid(bought: Bought) -> PaymentId:
    assert bought.payment_id is not None
    return bought.payment_id


async def _business(world: World) -> Shopper:
    customer_id = await create_customer(
        world.run,
        NewCustomer(
            "DE", name="Beispiel GmbH", address=ADDRESS, tax_ids=(("eu_vat", "DE123456789"),),
            tax_status=TaxStatus.BUSINESS,
        ),
    )  # fmt: skip
    method = NewPaymentMethod(
        customer_id=customer_id, psp_account="aster", psp_token=f"tok_ok_{customer_id}",
        brand="visa", last4="4242",
    )  # fmt: skip
    return Shopper(customer_id, await add_payment_method(world.run, method))


async def test_a_purchase_has_an_invoice_and_a_receipt(world: World) -> None:
    # given
    bought = await world.buy(await world.shopper(), coupon="WELCOME50")
    with pytest.raises(DocumentNotNumbered, match="try again in a moment"):
        await read_document(world.run, bought.invoice_id)
    # when
    await number_all(world.run)
    # then the invoice says what was bought, what was taken off, and how it was paid
    [invoice] = await _said(world, [bought.invoice_id])
    body = invoice.body
    assert (body.kind, body.buyer, body.cause) == (Kind.SIMPLIFIED_INVOICE, None, "purchase")
    [line] = body.lines
    assert (line.text, line.amount, line.discount, line.gross) == (
        "Individual, monthly", 1_199, 600, 599,
    )  # fmt: skip
    assert (body.totals.gross, body.totals.paid, body.totals.payable) == (599, 599, 0)
    [group] = body.tax_groups
    assert (group.rate_ppm, group.base, group.tax) == (190_000, 503, 96)
    [payment] = body.payments
    assert (payment.brand, payment.last4, payment.amount) == ("visa", "4242", 599)
    assert (body.language, body.due_date) == ("de-DE", "2026-01-01")
    # and the receipt proves the payment of it
    [receipt_id] = await _ids(world, "receipt", bought)
    [receipt] = await _said(world, [receipt_id])
    assert receipt.body.kind is Kind.RECEIPT
    assert (receipt.body.lines, receipt.body.tax_groups) == (body.lines, body.tax_groups)
    original = receipt.body.references.original
    assert original is not None
    assert (original.number, original.seal) == (invoice.number, invoice.seal)


async def test_a_renewal_asks_for_what_credit_did_not_pay(world: World) -> None:
    # given a subscriber with some credit left
    shopper = await world.shopper()
    bought = await world.buy(shopper, "family_monthly")
    await world.change(bought, "individual_monthly")
    credit = await world.credit(shopper.customer_id)
    # when it renews
    await world.advance(world.now + timedelta(days=31))
    # then its invoice says what credit paid and what is to pay
    [[invoice_id]] = await world.rows(
        "SELECT id FROM invoice WHERE subscription_id = %s AND cause = 'renewal'",
        bought.subscription_id,
    )
    [invoice] = await _said(world, [invoice_id])
    totals = invoice.body.totals
    assert (totals.gross, totals.from_credit, totals.payable) == (1_199, credit, 1_199 - credit)
    assert (totals.paid, invoice.body.payments) == (0, ())


async def test_a_business_is_named_and_its_credit_note_names_the_invoice(world: World) -> None:
    # given
    shopper = await _business(world)
    bought = await world.buy(shopper, "family_monthly", add_ons=("lossless_monthly",))
    # when a part of it is refunded
    await request_refund(
        world.run,
        world.psps,
        RefundOrder(payment_id=_paid(bought), amount_minor=500, reason="asked"),
    )
    await number_all(world.run)
    # then the invoice names it
    [invoice] = await _said(world, [bought.invoice_id])
    buyer = invoice.body.buyer
    assert invoice.body.kind is Kind.INVOICE
    assert buyer is not None
    assert (buyer.name, buyer.business) == ("Beispiel GmbH", True)
    assert buyer.address is not None
    assert buyer.address.line1 == "Musterstraße 1"
    assert [one.value for one in buyer.tax_ids] == ["DE123456789"]
    assert [line.component for line in invoice.body.lines] == ["base", "lossless"]
    # and the credit note names the buyer, the invoice and its seal
    [note_id] = await _ids(world, "credit_note", bought)
    [note] = await _said(world, [note_id])
    original = note.body.references.original
    assert note.body.kind is Kind.CREDIT_NOTE
    assert original is not None
    assert (original.number, original.seal) == (invoice.number, invoice.seal)
    assert (note.body.buyer, note.body.totals.gross) == (buyer, 500)
    assert sum(line.gross for line in note.body.lines) == 500
    # and the refund's receipt says the same lines
    proofs = await _said(world, await _ids(world, "receipt", bought))
    [back] = [one for one in proofs if one.body.kind is Kind.REFUND_RECEIPT]
    assert back.body.lines == note.body.lines
    assert back.body.totals.paid == 500


def _renamed(catalog: Catalog, word: str) -> Catalog:
    """Say everything that documents say in other words; who is sold what stays."""
    return replace(
        catalog,
        sellers=tuple(
            replace(one, name=f"{one.name} {word}", legal_name=f"{word} AB")
            for one in catalog.sellers
        ),
        plans=tuple(replace(one, name=f"{word} {one.code}") for one in catalog.plans),
        tax_rates=(
            *catalog.tax_rates,
            *(
                replace(one, valid_from=date(2031, 1, 1), rate_ppm=200_000)
                for one in catalog.tax_rates
                if (one.market_code, one.rate_ppm) == ("DE", 160_000)
            ),
        ),
    )


async def _built(world: World, key: bytes) -> dict[UUID, bytes]:
    """Build the bodies of everything that waits for its number, as the numbering will."""
    rows = await world.rows(
        "SELECT s.kind, q.bucket, q.document_id, q.series_id FROM numbering_queue q"
        " JOIN number_series s ON s.id = q.series_id"
    )
    async with world.run.transaction() as tx:
        builder = await build_bodies_in(tx, world.run, [row[:3] for row in rows])
    return {
        row[2]: encode(builder.body(row[0], row[2], series_id=row[3], data_key=key, original=None))
        for row in rows
    }


def _without_place(raw: bytes) -> Body:
    """Leave out what is known only with the number: the original's, and the salt of the key."""
    body = decode(raw)
    original = body.references.original
    if original is not None:
        original = msgspec.structs.replace(original, number=None, seal=None)
    references = msgspec.structs.replace(body.references, original=original)
    return msgspec.structs.replace(body, references=references, salt="")


async def test_a_reload_of_the_catalog_changes_no_word_of_what_was_issued(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given documents of every kind that wait for their numbers
    shopper = await _business(world)
    bought = await world.buy(shopper, "family_monthly", add_ons=("lossless_monthly",))
    await world.change(bought, "individual_monthly")
    await request_refund(
        world.run,
        world.psps,
        RefundOrder(payment_id=_paid(bought), amount_minor=300, reason="asked"),
    )
    for market in ("SE", "US", "JP", "KW"):
        await world.buy(await world.shopper(market))
    before = await _built(world, bytes(32))
    # when sellers, plans and rates are said otherwise, twice
    for word in ("first", "second"):
        await load_catalog(world.run, _renamed(shipped_catalog(), word))
        assert await _built(world, bytes(32)) == before
    # and the buyer changes as well
    await change_customer(
        world.run, shopper.customer_id, CustomerChange(name="Andere GmbH", locale="sv-SE"),
        seen=1, actor="test",
    )  # fmt: skip
    # then what is numbered says what it would have said before
    assert await number_all(world.run) == len(before)
    for document_id, raw in before.items():
        kept = await read_document(world.run, document_id)
        assert _without_place(kept.raw) == _without_place(raw)
        assert "second" not in kept.document.seller.name
    # and what is issued from now on says the new words
    later = await world.buy(await world.shopper())
    await number_all(world.run)
    said = (await read_document(world.run, later.invoice_id)).document
    assert said.seller.legal_name == "second AB"
    assert said.body.lines[0].text == "second individual_monthly"
    assert {one.faults == [] for one in await verify_documents(world.run, rebuild=True)} == {True}


async def test_a_receipt_waits_for_the_number_of_its_invoice(fresh_world: World) -> None:
    world = fresh_world
    # given an invoice whose series another worker holds
    bought = await world.buy(await world.shopper())
    [receipt_id] = await _ids(world, "receipt", bought)
    async with await AsyncConnection.connect(world.url) as other:
        await other.execute("SELECT FROM number_series WHERE kind = 'invoice' FOR UPDATE")
        # then the receipt is not numbered before it
        assert await number_documents(world.run) == 0
        await other.rollback()
    # and once it can be, they are numbered in one go, and the receipt names it
    assert await number_documents(world.run) == 2
    [receipt, invoice] = await _said(world, [receipt_id, bought.invoice_id])
    original = receipt.body.references.original
    assert original is not None
    assert original.number == invoice.number is not None


async def test_a_document_that_cannot_be_built_stops_its_own_series_alone(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a business whose data no longer opens, and whoever bought before and after it
    shopper = await _business(world)
    buyers = [
        await world.shopper(),
        shopper,
        await world.shopper(),
        await world.shopper(market="US"),
    ]
    bought = []
    for buyer in buyers:  # ids of one instant are in no order
        world.run = world.run.at(world.now + timedelta(seconds=1))
        bought.append(await world.buy(buyer))
    first, broken, last, other = bought
    [[kept]] = await world.rows(
        "SELECT buyer_sealed FROM customer_version WHERE customer_id = %s", shopper.customer_id
    )
    alter = "UPDATE customer_version SET buyer_sealed = %s WHERE customer_id = %s"
    await world.write("SET session_replication_role = replica")
    await world.write(alter, b"altered" * 8, shopper.customer_id)
    # when
    await number_all(world.run)
    # then what was issued before it has a number, and what the other seller issued
    numbered = "SELECT document_id FROM document_number WHERE document_id = ANY(%s)"
    invoices = [one.invoice_id for one in (first, broken, last, other)]
    assert {row[0] for row in await world.rows(numbered, invoices)} == {
        first.invoice_id, other.invoice_id,
    }  # fmt: skip
    # and when it is mended all have one, in their order
    await world.write(alter, kept, shopper.customer_id)
    await world.write("RESET session_replication_role")
    await number_all(world.run)
    said = await _said(world, invoices[:3])
    assert [one.number for one in said] == sorted(one.number or "" for one in said)


async def test_an_erased_customer_stays_on_what_was_issued(fresh_world: World) -> None:
    world = fresh_world
    # given a business that was invoiced and has gone
    shopper = await _business(world)
    bought = await world.buy(shopper)
    await number_all(world.run)
    await world.cancel(bought)
    # when it is to be erased while its credit note waits for its number, which would name nobody
    with pytest.raises(CustomerNotErasable, match="in a moment") as refused:
        await erase_customer(world.run, shopper.customer_id, actor="test", forfeits_credit=True)
    assert refused.value.facts["reason"] == "document_waits"
    # and once more when it has it
    await number_all(world.run)
    await erase_customer(world.run, shopper.customer_id, actor="test", forfeits_credit=True)
    # then both name it still, for the seller alone
    [note_id] = await _ids(world, "credit_note", bought)
    said = await _said(world, [bought.invoice_id, note_id])
    assert all(one.body.buyer is not None and one.body.buyer.name for one in said)
    assert {one.faults == [] for one in await verify_documents(world.run, rebuild=True)} == {True}


@pytest.mark.parametrize(
    ("plant", "text"),
    [
        (
            """UPDATE document_body SET sealed = (SELECT o.sealed FROM document_body AS o
                WHERE o.document_id <> %(id)s LIMIT 1) WHERE document_id = %(id)s""",
            "cannot be opened",
        ),
        ("DELETE FROM document_body WHERE document_id = %(id)s", "missing"),
        (
            "UPDATE document_number SET display = 'NT-2026-000009' WHERE document_id = %(id)s",
            "the number should read",
        ),
        (
            "UPDATE document_number SET body_hash = sha256('') WHERE document_id = %(id)s",
            "says something else than what",
        ),
        (
            "UPDATE document_number SET hash = sha256('') WHERE document_id = %(id)s",
            "does not follow",
        ),
        ("DELETE FROM document_number WHERE document_id = %(id)s", "gap"),
        ("UPDATE invoice_line SET plan_code = 'duo_monthly'", "say something else now"),
        ("DELETE FROM catalog_part WHERE kind = 'seller'", "seller it names is missing"),
    ],
)
async def test_what_was_altered_is_found_at_its_place(
    plant: str, text: str, fresh_world: World
) -> None:
    world = fresh_world
    # given three numbered invoices with their receipts
    for _ in range(3):
        await world.buy(await world.shopper())
    await number_all(world.run)
    # when one is altered, whatever guards it
    second = await world.value(
        "SELECT d.document_id FROM document_number d JOIN number_series s ON s.id = d.series_id"
        " WHERE s.kind = 'invoice' AND d.position = 2"
    )
    await world.write("CREATE TEMP TABLE before AS SELECT * FROM document_number")
    await world.write("SET session_replication_role = replica")
    await world.write(plant.replace("%(id)s", f"'{second}'"))
    found = await verify_documents(world.run, rebuild="invoice_line" in plant)
    # then it is named
    faults = [fault for one in found for fault in one.faults]
    assert any(text in fault.text for fault in faults), faults
    await world.write("DELETE FROM document_number")  # what must hold of a world holds again
    await world.write("INSERT INTO document_number SELECT * FROM before")


async def test_nothing_is_shown_that_is_none(world: World) -> None:
    bought = await world.buy(await world.shopper(token="tok_decline_do_not_honor"))
    with pytest.raises(DocumentNotNumbered, match="once it is paid"):
        await read_document(world.run, bought.invoice_id)
    with pytest.raises(DocumentNotFound):
        await read_document(world.run, bought.subscription_id)


async def test_a_body_of_another_key_is_not_shown(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    await number_all(world.run)
    await world.write("SET session_replication_role = replica")
    await world.write(
        "UPDATE retention_key SET wrapped = (SELECT wrapped FROM customer_key LIMIT 1)"
    )
    with pytest.raises(DocumentUnreadable):
        await read_document(world.run, bought.invoice_id)
