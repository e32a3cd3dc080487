"""What EN 16931 cannot say is refused by its name, and every rule finds its planted fault."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from msgspec.structs import replace

from ledgerline.base.errors import Rejected
from ledgerline.catalog.model import TaxBehavior
from ledgerline.documents.einvoice.check import broken, check
from ledgerline.documents.einvoice.cii import cii
from ledgerline.documents.einvoice.refusals import (
    EinvoiceKind,
    EinvoiceNotNumbered,
    En16931Broken,
    En16931Currency,
    En16931Decimals,
    En16931Incomplete,
    En16931Mixed,
)
from ledgerline.documents.einvoice.ubl import ubl
from ledgerline.documents.snapshot import (
    Address,
    Component,
    Document,
    Kind,
    Period,
    Settles,
    Treatment,
)
from tests.corpus import credit_note_of
from tests.unit.documents.einvoice.samples import BUSINESS, BUYER, invoice

S: Final = Treatment.STANDARD
GOOD: Final = invoice([(1199, 190_000, S), (999, 70_000, Treatment.REDUCED)])
REVERSED: Final = invoice([(10_000, 0, Treatment.REVERSE_CHARGE)], buyer=BUSINESS)
CREDIT: Final = credit_note_of(GOOD, GOOD.body.lines, GOOD.body.tax_groups, settles=Settles.REFUND)

Change = Callable[[Document], Document]


def body(**changed: object) -> Change:
    """Change the body of a document."""
    return lambda document: replace(document, body=replace(document.body, **changed))


def seller(**changed: object) -> Change:
    """Change the seller of a document."""
    return lambda document: replace(document, seller=replace(document.seller, **changed))


def totals(**changed: int) -> Change:
    """Change totals of a document."""
    return lambda document: body(totals=replace(document.body.totals, **changed))(document)


def line(at: int = 0, **changed: object) -> Change:
    """Change one line of a document."""

    def changing(document: Document) -> Document:
        lines = list(document.body.lines)
        lines[at] = replace(lines[at], **changed)
        return body(lines=tuple(lines))(document)

    return changing


def group(at: int = 0, **changed: object) -> Change:
    """Change one tax group of a document."""

    def changing(document: Document) -> Document:
        groups = list(document.body.tax_groups)
        groups[at] = replace(groups[at], **changed)
        return body(tax_groups=tuple(groups))(document)

    return changing


def _both(document: Document) -> list[Rejected]:
    refused = []
    for write in (ubl, cii):
        with pytest.raises(Rejected) as one:
            write(document)
        refused.append(one.value)
    return refused


REFUSED: Final[dict[str, tuple[Document, type[Rejected]]]] = {
    "receipt": (body(kind=Kind.RECEIPT)(GOOD), EinvoiceKind),
    "refund receipt": (body(kind=Kind.REFUND_RECEIPT)(GOOD), EinvoiceKind),
    "preview": (replace(GOOD, number=None), EinvoiceNotNumbered),
    "BHD": (invoice([(2990, 100_000, S)], currency="BHD"), En16931Decimals),
    "OMR": (invoice([(1990, 50_000, S)], currency="OMR"), En16931Decimals),
    "KWD": (invoice([(1990, 0, Treatment.ZERO)], currency="KWD"), En16931Decimals),
    "STN": (body(currency="STN")(GOOD), En16931Currency),
    "no currency": (body(currency="XXX")(GOOD), En16931Currency),
    "mixed": (
        invoice([(1199, 190_000, S), (500, 0, Treatment.NOT_SUBJECT)]), En16931Mixed,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_the_standard_cannot_say_is_refused(name: str) -> None:
    document, kind = REFUSED[name]
    assert [type(one) for one in _both(document)] == [kind, kind]


MISSING: Final[dict[str, tuple[Document, set[tuple[str, str]]]]] = {
    "no buyer": (
        body(buyer=None)(GOOD), {("buyer.name", "BR-07"), ("buyer.address", "BR-10")},
    ),
    "buyer without address": (
        body(buyer=replace(BUYER, address=None))(GOOD), {("buyer.address", "BR-10")},
    ),
    "buyer of spaces": (body(buyer=replace(BUYER, name=" \t"))(GOOD), {("buyer.name", "BR-07")}),
    "country of no list": (
        body(buyer=replace(BUYER, address=Address(line1="x", country="XK")))(GOOD),
        {("buyer.address.country", "BR-CL-14")},
    ),
    "seller without tax id": (seller(tax_id=None)(GOOD), {("seller.tax_id", "BR-S-02")}),
    "seller without any id": (
        seller(tax_id=None, registration=None)(GOOD),
        {("seller.tax_id", "BR-S-02"), ("seller.registration", "BR-CO-26")},
    ),
    "reverse charge without the buyer's id": (
        body(buyer=BUYER)(REVERSED), {("buyer.tax_ids", "BR-AE-02")},
    ),
    "reverse charge without a VAT id of the seller": (
        seller(tax_id="12-345")(REVERSED), {("seller.tax_id", "BR-AE-02")},
    ),
    "not subject without a registration": (
        seller(registration=None)(invoice([(1199, 0, Treatment.NOT_SUBJECT)])),
        {("seller.registration", "BR-CO-26")},
    ),
    "due without a day": (body(due_date=None)(GOOD), {("due_date", "BR-CO-25")}),
    "credit note of an unnumbered invoice": (
        credit_note_of(
            replace(GOOD, number=None), GOOD.body.lines, GOOD.body.tax_groups,
            settles=Settles.REFUND,
        ),
        {("references.original.number", "BR-55")},
    ),
    "line without a text": (line(1, text="\u0000 ")(GOOD), {("lines/1/text", "BR-25")}),
    "no lines": (
        body(lines=(), tax_groups=())(GOOD), {("lines", "BR-16"), ("tax_groups", "BR-CO-18")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_is_named_with_its_rule(name: str) -> None:
    document, expected = MISSING[name]
    for refusal in _both(document):
        assert isinstance(refusal, En16931Incomplete)
        missing: Any = refusal.facts["missing"]
        assert {(one["field"], one["rule"]) for one in missing} == expected


def test_a_simplified_invoice_that_names_its_buyer_has_an_e_invoice() -> None:
    assert b">380<" in ubl(body(kind=Kind.SIMPLIFIED_INVOICE)(GOOD))


def test_an_invoice_that_is_paid_needs_no_due_date() -> None:
    paid = totals(paid=2198, payable=0)(body(due_date=None)(GOOD))
    assert b"PrepaidAmount" in ubl(paid)


# GOOD: nets 10.08 and 9.34, taxes 1.91 and 0.65
BROKEN: Final[dict[str, tuple[Document, Change, set[str]]]] = {
    "line net": (GOOD, line(net=1009), {"LL-1", "LL-4", "BR-CO-10"}),
    "line gross": (GOOD, line(gross=1200), {"LL-1", "LL-2"}),
    "discount that is not taken off": (GOOD, line(discount=5), {"LL-2"}),
    "negative discount": (GOOD, line(discount=-1, amount=1198), {"LL-2"}),
    "period backwards": (
        GOOD, line(period=Period(start="2026-03-02", end="2026-03-01")), {"BR-30"},
    ),
    "line without a group": (GOOD, line(rate_ppm=200_000), {"BR-S-01", "LL-4"}),
    "group twice": (
        GOOD, lambda d: body(tax_groups=(*d.body.tax_groups, d.body.tax_groups[0]))(d),
        {"BR-S-01", "BR-CO-13", "BR-CO-14"},
    ),
    "group base": (GOOD, group(base=1009), {"LL-4", "BR-CO-13"}),
    "group tax": (GOOD, group(tax=192), {"LL-4", "BR-CO-14"}),
    "standard without rate": (
        invoice([(1199, 0, S)]), lambda d: d, {"BR-S-05"},
    ),
    "reverse charge with a rate": (
        REVERSED, lambda d: group(rate_ppm=190_000)(line(rate_ppm=190_000)(d)), {"BR-AE-05"},
    ),
    "net": (GOOD, totals(net=1943), {"BR-CO-10", "BR-CO-13", "BR-CO-15"}),
    "tax": (GOOD, totals(tax=257), {"BR-CO-14", "BR-CO-15"}),
    "gross": (GOOD, totals(gross=2199, payable=2199), {"BR-CO-15"}),
    "payable": (GOOD, totals(payable=2197), {"BR-CO-16"}),
    "paid twice": (GOOD, totals(paid=1), {"BR-CO-16"}),
    "negative credit": (GOOD, totals(from_credit=-1, payable=2199), {"LL-5"}),
    "sum of discounts": (GOOD, totals(discount=1), {"LL-2"}),
    "credit note that is paid": (CREDIT, totals(payable=2198), {"LL-5"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_planted_fault_is_found_by_its_rules(name: str) -> None:
    good, change, rules = BROKEN[name]
    document = change(good)
    assert {one.rule for one in broken(document.body)} == rules
    for refusal in _both(document):
        assert isinstance(refusal, En16931Broken)
        found: Any = refusal.facts["broken"]
        assert {one["rule"] for one in found} == rules
        assert all(one["place"] and one["text"] for one in found)


def _off(units: int, *, rate: int = 190_000, currency: str = "EUR", amount: int = 1199) -> set[str]:
    """Say which rules notice a tax so many units off, consistently everywhere."""
    document = invoice([(amount, rate, S)], currency=currency, behavior=TaxBehavior.EXCLUSIVE)
    [only], [its] = document.body.lines, document.body.tax_groups
    tax, gross = only.tax + units, only.gross + units
    changed = line(tax=tax, gross=gross)(group(tax=its.tax + units)(document))
    wrong = totals(tax=tax, gross=gross, payable=gross)(changed)
    return {one.rule for one in broken(wrong.body)}


def test_a_tax_further_off_than_rounding_is_found_where_the_standard_is_blind() -> None:
    assert [_off(units) for units in (-3, -1, 0, 1, 3)] == [{"LL-3"}, set(), set(), set(), {"LL-3"}]
    assert _off(99) == {"LL-3"}
    assert _off(101) == {"LL-3", "BR-CO-17"}


def test_the_tolerance_of_the_standard_is_less_than_one_whole_yen() -> None:
    # 10 % of 1,005 is 100.5, rounded to 101
    assert _off(0, rate=100_000, currency="JPY", amount=1005) == set()
    assert _off(-1, rate=100_000, currency="JPY", amount=1005) == set()
    assert _off(1, rate=100_000, currency="JPY", amount=1005) == {"LL-3", "BR-CO-17"}


def test_below_half_a_percent_the_published_rules_allow_next_to_no_tax() -> None:
    assert _off(0, rate=4_000, amount=10_000) == set()
    assert _off(0, rate=4_000, amount=100_000) == {"BR-CO-17"}


def test_each_tax_of_several_may_be_rounded_for_itself() -> None:
    parts = (
        Component(name="GST", rate_ppm=50_000, tax=55),
        Component(name="QST", rate_ppm=99_750, tax=111),
    )
    document = invoice([(1099, 149_750, S)], behavior=TaxBehavior.EXCLUSIVE)
    assert document.body.tax_groups[0].tax == 165
    changed = group(tax=166, components=parts)(line(tax=166, gross=1265)(document))
    apart = totals(tax=166, gross=1265, payable=1265)(changed)
    assert broken(apart.body) == ()
    joined = group(components=())(apart)
    assert {one.rule for one in broken(joined.body)} == {"LL-3"}


def test_a_document_that_is_right_passes() -> None:
    for document in (GOOD, REVERSED, CREDIT):
        check(document)


def test_a_document_can_be_asked_before_it_has_its_number() -> None:
    check(replace(GOOD, number=None))
