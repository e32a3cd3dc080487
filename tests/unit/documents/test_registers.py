"""Registers say what documents say, and nothing in them runs."""

import csv
import io

import pytest
from msgspec.structs import replace

from ledgerline.documents.registers import (
    DOCUMENT_COLUMNS,
    TAX_COLUMNS,
    document_row,
    line,
    percent,
    safe,
    tax_rows,
)
from ledgerline.documents.snapshot import (
    Address,
    Component,
    Document,
    Kind,
    Seller,
    TaxGroup,
    Totals,
    Treatment,
)
from tests.unit.documents.test_snapshot import _body

SELLER = Seller(
    code="nordic", name="Nordic", legal_name="Nordic AB",
    address=Address(line1="Gatan 1", country="SE"),
)  # fmt: skip


def _document(kind: Kind, *, exponent: int = 2) -> Document:
    body = replace(
        _body("text", "=HYPERLINK(1)", 1),
        kind=kind,
        exponent=exponent,
        totals=Totals(net=10_000, tax=1_800, gross=11_800, payable=11_800),
        tax_groups=(
            TaxGroup(
                treatment=Treatment.STANDARD,
                rate_ppm=180_000,
                base=10_000,
                tax=1_800,
                name="GST",
                components=(
                    Component(name="CGST", rate_ppm=90_000, tax=900),
                    Component(name="+SGST", rate_ppm=90_000, tax=900),
                ),
            ),
            TaxGroup(treatment=Treatment.ZERO, rate_ppm=0, base=0, tax=0),
        ),
    )
    return Document(body=body, seller=SELLER, number="NT-2026-000001", seal="aa")


def _read(cells: list[str]) -> list[str]:
    [row] = csv.reader(io.StringIO(line(cells)))
    return row


def test_a_document_is_a_row() -> None:
    row = dict(
        zip(DOCUMENT_COLUMNS, _read(document_row(_document(Kind.INVOICE), position=1)), strict=True)
    )
    assert (row["number"], row["net"], row["tax"], row["gross"], row["payable"]) == (
        "NT-2026-000001", "100.00", "18.00", "118.00", "118.00",
    )  # fmt: skip
    assert row["buyer"] == "'=HYPERLINK(1)"


def test_what_gives_money_back_is_negative() -> None:
    row = document_row(_document(Kind.CREDIT_NOTE), position=1)
    assert row[DOCUMENT_COLUMNS.index("gross")] == "-118.00"
    [first, *_] = tax_rows(_document(Kind.CREDIT_NOTE))
    assert first[TAX_COLUMNS.index("tax")] == "-9.00"


def test_each_tax_that_makes_up_a_rate_is_a_row() -> None:
    rows = [dict(zip(TAX_COLUMNS, one, strict=True)) for one in tax_rows(_document(Kind.INVOICE))]
    assert [(r["component"], r["component_rate_percent"], r["tax"]) for r in rows] == [
        ("CGST", "9", "9.00"), ("'+SGST", "9", "9.00"), ("", "", "0.00"),
    ]  # fmt: skip
    assert [row["base"] for row in rows] == ["100.00", "0.00", "0.00"]


def test_a_receipt_is_no_tax_document() -> None:
    assert list(tax_rows(_document(Kind.RECEIPT))) == []


@pytest.mark.parametrize(("exponent", "gross"), [(0, "11800"), (3, "11.800")])
def test_amounts_have_the_decimals_of_their_currency(exponent: int, gross: str) -> None:
    row = document_row(_document(Kind.INVOICE, exponent=exponent), position=1)
    assert row[DOCUMENT_COLUMNS.index("gross")] == gross


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1", "\r\n=1"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert _read([safe(text)]) == [f"'{text}"]


def test_other_texts_stay_as_they_are() -> None:
    assert [safe(text) for text in ("", "Alva", "1-2", "a=b")] == ["", "Alva", "1-2", "a=b"]


@pytest.mark.parametrize(
    ("ppm", "text"), [(0, "0"), (190_000, "19"), (255_000, "25.5"), (99_750, "9.975")]
)
def test_a_rate_has_no_more_decimals_than_it_needs(ppm: int, text: str) -> None:
    assert percent(ppm) == text
