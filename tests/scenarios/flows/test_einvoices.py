"""E-invoices are held against the published rules once they are numbered."""

import pytest

from ledgerline.documents.einvoice.reading import Unread, unreadable
from ledgerline.documents.einvoice.verdict import Finding, Severity, Verdict
from ledgerline.flows.check_einvoices import LOOKS_MAX, check_einvoices
from ledgerline.flows.read_document import read_document
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.invoicing.model import EinvoiceInvalid
from ledgerline.jobs.validation import Validation
from tests.flow_world import World
from tests.numbering import number_all
from tests.scenarios.flows.test_documents import _business, _paid


def _verdict(*findings: Finding) -> Verdict:
    return Verdict(syntax="UBL", profile="", rules="ours", schema=(), findings=tuple(findings))


async def test_every_e_invoice_is_held_against_the_published_rules(fresh_world: World) -> None:
    world = fresh_world
    # given an invoice and a credit note of a business, and a consumer's invoice
    bought = await world.buy(await _business(world), "family_monthly")
    await request_refund(world.run, world.psps, RefundOrder(_paid(bought), 500, "asked"))
    await world.buy(await world.shopper())
    await number_all(world.run)
    # when they are checked
    with Validation() as validation:
        assert await check_einvoices(world.run, validation.validate) == 2
        assert await check_einvoices(world.run, validation.validate) == 0
    # then the business's are accepted, and nobody asked about the consumer's
    assert await world.rows("SELECT state, findings::text FROM einvoice_check") == [
        ("valid", "[]"), ("valid", "[]"),
    ]  # fmt: skip
    kept = await read_document(world.run, bought.invoice_id, as_einvoice=True)
    assert kept.document.number is not None


async def test_what_the_rules_refuse_is_not_handed_out(fresh_world: World) -> None:
    world = fresh_world
    # given
    bought = await world.buy(await _business(world))
    await number_all(world.run)
    fatal = Finding(rule="BR-01", severity=Severity.FATAL, text="lacks it", place="/Invoice")
    mild = Finding(rule="BR-02", severity=Severity.WARNING, text="odd", place="/Invoice")
    # when the rules refuse it
    assert await check_einvoices(world.run, lambda _: _verdict(fatal, mild)) == 1
    # then it is no e-invoice, and stays a document
    with pytest.raises(EinvoiceInvalid, match="refuse"):
        await read_document(world.run, bought.invoice_id, as_einvoice=True)
    assert (await read_document(world.run, bought.invoice_id)).document.number is not None
    [[findings]] = await world.rows("SELECT findings FROM einvoice_check")
    assert {(one["syntax"], one["rule"]) for one in findings} == {
        ("ubl", "BR-01"),
        ("cii", "BR-01"),
    }
    await world.write("DELETE FROM einvoice_check")


async def test_what_cannot_be_checked_is_tried_again_and_stops_no_other(fresh_world: World) -> None:
    world = fresh_world
    # given two invoices, of which the rule engine goes down over one
    bought = await world.buy(await _business(world))
    await world.buy(await _business(world))
    await number_all(world.run)
    kept = await read_document(world.run, bought.invoice_id)
    number = (kept.document.number or "").encode()

    def validate(raw: bytes) -> Verdict:
        if number in raw:
            raise unreadable(Unread.CRASHED)
        return _verdict()

    # when they are checked
    assert await check_einvoices(world.run, validate) == 2
    # then one is accepted, the other waits
    looks = "SELECT state, looks FROM einvoice_check ORDER BY state"
    assert await world.rows(looks) == [("valid", 1), ("waiting", 1)]
    # and when it was tried often enough it is refused, with what happened
    for _ in range(LOOKS_MAX - 1):
        assert await check_einvoices(world.run, validate) == 1
    assert await check_einvoices(world.run, validate) == 0
    assert await world.rows(looks) == [("invalid", LOOKS_MAX), ("valid", 1)]
    with pytest.raises(EinvoiceInvalid, match="refuse") as refused:
        await read_document(world.run, bought.invoice_id, as_einvoice=True)
    assert "einvoice_unreadable" in str(refused.value.facts)
    await world.write("DELETE FROM einvoice_check")


async def test_what_our_own_rules_refuse_by_now_stops_no_other(fresh_world: World) -> None:
    world = fresh_world
    # given an invoice that no e-invoice can say, as if a rule of ours was tightened since
    shown = await world.buy(await world.shopper())
    await world.buy(await _business(world))
    await number_all(world.run)
    await world.write(
        "INSERT INTO einvoice_check VALUES (%s, %s, 'waiting', '[]', 0, NULL)",
        shown.bucket, shown.invoice_id,
    )  # fmt: skip
    # when
    assert await check_einvoices(world.run, lambda _: _verdict()) == 2
    # then it is refused by name, and the other is accepted
    rows = await world.rows("SELECT state, findings::text FROM einvoice_check ORDER BY state")
    assert [state for state, _ in rows] == ["invalid", "valid"]
    assert "en16931_incomplete" in rows[0][1]
    await world.write("DELETE FROM einvoice_check")


async def test_a_warning_refuses_nothing(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await _business(world))
    await number_all(world.run)
    mild = Finding(rule="BR-02", severity=Severity.WARNING, text="odd", place="/Invoice")
    assert await check_einvoices(world.run, lambda _: _verdict(mild)) == 1
    assert await world.value("SELECT state FROM einvoice_check") == "valid"
