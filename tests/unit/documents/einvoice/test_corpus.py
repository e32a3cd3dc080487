"""Documents by the thousand: each is refused by name, or written so that the rules accept it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest

from ledgerline.documents.einvoice.categories import CATEGORY, Category
from ledgerline.documents.einvoice.check import check
from ledgerline.documents.einvoice.cii import cii
from ledgerline.documents.einvoice.reading import parsed
from ledgerline.documents.einvoice.refusals import En16931Broken
from ledgerline.documents.einvoice.ubl import ubl
from ledgerline.documents.snapshot import Document, Kind
from ledgerline.jobs.validation import LIMITS, Validation
from tests.corpus import corpus

COUNT: Final = 2_100
SAMPLE: Final = 150


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return list(corpus(COUNT))


@pytest.fixture(scope="module")
def sayable(documents: list[Document]) -> list[Document]:
    """Give the documents that pass the pre-flight."""
    return [document for document in documents if _refusal(document) is None]


def _refusal(document: Document) -> En16931Broken | None:
    try:
        check(document)
    except En16931Broken as refusal:
        return refusal
    return None


def test_the_same_seed_gives_the_same_documents(documents: list[Document]) -> None:
    assert list(corpus(20)) == documents[:20]
    assert list(corpus(20, seed="another")) != documents[:20]


def test_the_corpus_has_what_it_promises(documents: list[Document]) -> None:
    bodies = [document.body for document in documents]
    assert {body.kind for body in bodies} == {Kind.INVOICE, Kind.CREDIT_NOTE}
    assert {body.currency for body in bodies} == {
        "EUR", "GBP", "SEK", "PLN", "CHF", "USD", "JPY",
    }  # fmt: skip
    assert {body.behavior for body in bodies} == {"inclusive", "exclusive"}
    assert len({body.language for body in bodies}) >= 12
    groups = [group for body in bodies for group in body.tax_groups]
    assert {CATEGORY[group.treatment] for group in groups} == set(Category)
    assert any(group.components for group in groups)
    lines = [line for body in bodies for line in body.lines]
    assert any(line.discount for line in lines)
    assert any(line.net < 0 for line in lines)
    assert any(len(body.tax_groups) > 2 for body in bodies)
    assert any(len(body.lines) > 10 for body in bodies)
    for name in ("from_credit", "from_notes", "paid", "payable"):
        assert any(getattr(body.totals, name) for body in bodies), name


def test_only_a_yen_rounded_away_is_beyond_the_standard(documents: list[Document]) -> None:
    refusals = [(one, _refusal(one)) for one in documents]
    refused = [(one, refusal) for one, refusal in refusals if refusal is not None]
    assert 0 < len(refused) < COUNT // 50
    for document, refusal in refused:
        broken: Any = refusal.facts["broken"]
        assert document.body.currency == "JPY"
        assert {one["rule"] for one in broken} == {"BR-CO-17"}


def _number(text: str) -> Fraction:
    return Fraction(Decimal(text))


def test_every_line_is_quantity_times_price_less_allowance_exactly(
    sayable: list[Document],
) -> None:
    told: Counter[str] = Counter()
    for document in sayable:
        root = parsed(ubl(document))
        for line in _lines(root):
            quantity, net, price = _number(line[0]), _number(line[1]), _number(line[2])
            allowance = _number(line[3]) if len(line) > 3 else Fraction(0)
            assert quantity * price - allowance == net, document.body.id
            assert price >= 0
            assert allowance >= 0
            told["allowance"] += allowance > 0
            told["quantity"] += abs(quantity) > 1
            told["negative"] += quantity < 0
    assert min(told[name] for name in ("allowance", "quantity", "negative")) > 20


def _lines(root: Any) -> Iterator[list[str]]:
    for line in root.xpath("//*[local-name()='InvoiceLine' or local-name()='CreditNoteLine']"):
        yield [
            found[0].text
            for path in (
                "*[local-name()='InvoicedQuantity' or local-name()='CreditedQuantity']",
                "*[local-name()='LineExtensionAmount']",
                "*[local-name()='Price']/*[local-name()='PriceAmount']",
                "*[local-name()='AllowanceCharge']/*[local-name()='Amount']",
            )
            if (found := line.xpath(path))
        ]


def test_totals_of_the_xml_are_those_of_the_body(sayable: list[Document]) -> None:
    for document in sayable:
        body = document.body
        unit = 10**body.exponent
        root = parsed(cii(document))
        sums = {
            element.tag.partition("}")[2]: _number(element.text) * unit
            for element in root.xpath(
                "//*[local-name()='SpecifiedTradeSettlementHeaderMonetarySummation']/*"
            )
        }
        totals = body.totals
        assert sums["TaxBasisTotalAmount"] == totals.net
        assert sums["TaxTotalAmount"] == totals.tax
        assert sums["GrandTotalAmount"] == totals.gross
        prepaid = totals.from_credit + totals.from_notes + totals.paid
        assert sums.get("TotalPrepaidAmount", 0) == prepaid
        owed = totals.gross if body.kind is Kind.CREDIT_NOTE else totals.payable
        assert sums["DuePayableAmount"] == owed


def _faults(validation: Validation, documents: Sequence[Document]) -> list[tuple[str, ...]]:
    faults: list[tuple[str, ...]] = []
    for document in documents:
        for write in (ubl, cii):
            verdict = validation.validate(write(document))
            if not verdict.is_valid:
                rules = tuple(one.rule for one in verdict.fatal)
                faults.append((document.body.id, write.__name__, *verdict.schema[:1], *rules))
    return faults


def test_schema_and_rules_accept_what_is_written(
    validation: Validation, sayable: list[Document], *, long_form: bool
) -> None:
    """Hold a sample against the published rules, or all of them in the long form."""
    if not long_form:
        step = len(sayable) // SAMPLE
        assert _faults(validation, sayable[::step]) == []
        return
    limits = LIMITS._replace(deadline_seconds=60)
    with Validation(workers=2, limits=limits) as two, ThreadPoolExecutor(2) as threads:
        parts = [sayable[at : at + 50] for at in range(0, len(sayable), 50)]
        assert [one for found in threads.map(lambda part: _faults(two, part), parts)
                for one in found] == []  # fmt: skip
        assert two.started > 2  # 2 × 2,100 files are more than two processes may check
