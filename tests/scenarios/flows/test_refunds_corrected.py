"""A refund that came back: what its documents told is corrected by one of its own."""

import io
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import pytest
from pypdf import PdfReader

from ledgerline.base.ids import RefundId
from ledgerline.documents import forms
from ledgerline.documents.registers import document_row
from ledgerline.documents.snapshot import CameBack, Document, Kind
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.read_document import read_documents_in
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.flows.verify_documents import verify_documents
from ledgerline.payments.disputes import DisputeEvent
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from tests.disputing import attempt_of, broken, tell
from tests.flow_values import Bought
from tests.flow_world import World
from tests.numbering import number_all

CAME_BACK: Final = Reading(
    Outcome.DECLINED, EvidenceKind.WEBHOOK, psp_ref="re_another", code="account_closed"
)


async def _refunded(world: World, minor: int) -> tuple[Bought, RefundId]:
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, minor, "asked")
    return bought, await request_refund(world.run, world.psps, order)


async def _comes_back(world: World, refund: RefundId) -> None:
    bucket = await world.value("SELECT bucket FROM refund WHERE id = %s", refund)
    await settle_refund(world.run, bucket=bucket, refund_id=refund, reading=CAME_BACK)


async def _documents(world: World, refund: RefundId) -> list[Document]:
    rows = await world.rows(
        "SELECT id FROM receipt WHERE subject_id = %s ORDER BY issued_at, id", refund
    )
    async with world.run.transaction() as tx:
        kept = await read_documents_in(tx, world.run, [row[0] for row in rows])
    found = {one.document.body.kind: one.document for one in kept}
    return [found[Kind.REFUND_RECEIPT], found[Kind.REFUND_REVERSAL]]


async def _faults(world: World) -> list[object]:
    proven = await verify_documents(world.run, rebuild=True)
    assert sum(one.rebuilt for one in proven) == sum(one.documents for one in proven) > 0
    return [fault for one in proven for fault in one.faults]


def _text(document: Document) -> str:
    pages = PdfReader(io.BytesIO(forms.pdf(document))).pages
    return " ".join("\n".join(page.extract_text() for page in pages).split())


async def test_what_came_back_is_printed_and_proven(fresh_world: World) -> None:
    world = fresh_world
    # given a refund whose receipt the customer has
    _, refund = await _refunded(world, 500)
    await number_all(world.run)
    # when it comes back ten days later
    await world.advance(world.now + timedelta(days=10))
    await _comes_back(world, refund)
    await number_all(world.run)
    # then a document corrects the receipt, of the same refund and amount
    told, back = await _documents(world, refund)
    assert back.body.came_back == CameBack(credit=500)
    assert (back.body.totals.paid, back.body.lines, back.body.tax_groups) == (500, (), ())
    corrected = back.body.references.receipt
    assert corrected is not None
    assert (corrected.id, corrected.number, corrected.seal) == (
        told.body.id, told.number, told.seal,
    )  # fmt: skip
    assert back.body.references.refund == told.body.references.refund
    [sent] = back.body.payments
    assert (sent.date, sent.reference) == (
        told.body.issue_date, told.body.payments[0].reference,
    )  # fmt: skip
    # and the PDF says so in the customer's language
    text = _text(back)
    assert told.number is not None
    assert back.number is not None
    for said in (
        "Berichtigung eines Erstattungsbelegs", back.number, told.number,
        "Die Erstattung ist nicht angekommen", "Zurückgekommene Erstattung 5,00",
        "Als Guthaben für künftige Rechnungen 5,00",
    ):  # fmt: skip
        assert said in text, (said, text)
    # and the register of receipts adds up to what was paid
    paid = {document_row(one, position=1)[13] for one in (told, back)}
    assert paid == {"-5.00", "5.00"}
    # and the refund names it, and everything can be proven
    linked: UUID = await world.value(
        "SELECT r.id FROM refund AS f JOIN receipt AS r ON r.id = f.reversal_receipt_id"
        " WHERE f.id = %s AND r.kind = 'reversal'",
        refund,
    )
    assert linked is not None
    assert await _faults(world) == []
    assert await broken(world) == []


async def test_credit_that_was_paid_out_and_came_back_is_credit_again(fresh_world: World) -> None:
    world = fresh_world
    # given credit that was paid out
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    await world.advance(date(2026, 2, 1))
    await world.change(bought, "student_monthly")
    credit = await world.credit(shopper.customer_id)
    await pay_out_credit(world.run, CreditOrder(customer_id=shopper.customer_id, reason="asked"))
    await world.advance(world.now + timedelta(days=2))
    refund: RefundId = await world.value("SELECT id FROM refund WHERE state = 'succeeded'")
    # when the refund comes back
    await _comes_back(world, refund)
    await number_all(world.run)
    # then its document says that it is credit again
    _, back = await _documents(world, refund)
    assert back.body.came_back == CameBack(credit=credit)
    assert await world.credit(shopper.customer_id) == credit
    assert await _faults(world) == []
    assert await broken(world) == []


@pytest.mark.parametrize("stands_before", [False, True])
async def test_it_is_numbered_after_what_it_corrects(
    fresh_world: World, stands_before: bool
) -> None:
    world = fresh_world
    # given a refund that came back before its receipt had a number
    _, refund = await _refunded(world, 500)
    await _comes_back(world, refund)
    second = "kind = 'reversal'"
    await world.write(
        "UPDATE numbering_queue SET issued_at = issued_at - %s"
        f" WHERE document_id IN (SELECT id FROM receipt WHERE ({second}) = %s)",
        timedelta(seconds=1),
        stands_before,
    )
    # when the documents are numbered once
    assert await number_documents(world.run) > 0
    left = "SELECT count(*) FROM numbering_queue"
    assert await world.value(left) == 1
    # then the next time names the number of the receipt
    assert await number_documents(world.run) == 1
    told, back = await _documents(world, refund)
    assert back.body.references.receipt is not None
    assert back.body.references.receipt.number == told.number
    assert await _faults(world) == []


@pytest.mark.parametrize("minor", [600, 1000])
async def test_what_a_dispute_had_given_is_told(fresh_world: World, minor: int) -> None:
    world = fresh_world
    # given a refund, and a dispute of all that was paid
    bought, refund = await _refunded(world, minor)
    await tell(world, await attempt_of(world, bought), DisputeEvent.OPENED, minor=700)
    # when the refund comes back
    await _comes_back(world, refund)
    await number_all(world.run)
    # then its document says how much the dispute had given, and how much is credit
    _, back = await _documents(world, refund)
    over = max(0, minor + 700 - 1199)
    assert back.body.came_back == CameBack(credit=minor - over, offset=over)
    text = _text(back)
    assert f"Durch eine Zahlungsreklamation bereits erhalten {over // 100},{over % 100:02}" in text
    assert await _faults(world) == []
    assert await broken(world) == []
