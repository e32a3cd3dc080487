"""The published examples and what is done to them, against the published rules."""

import csv
from pathlib import Path
from typing import Final

import pytest

from ledgerline.documents.einvoice.reading import BYTES_MAX, parsed
from ledgerline.documents.einvoice.refusals import EinvoiceUnreadable
from ledgerline.documents.einvoice.verdict import Severity
from ledgerline.jobs.validation import Validation

EXAMPLES: Final = Path(__file__).parent / "en16931"
EXAMPLE4: Final = (EXAMPLES / "ubl" / "ubl-tc434-example4.xml").read_bytes()
CII: Final = (EXAMPLES / "cii" / "CII_example2.xml").read_bytes()


def _expected() -> list[dict[str, str]]:
    with (EXAMPLES / "expected.tsv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


EXPECTED: Final = _expected()


@pytest.mark.parametrize("row", EXPECTED, ids=[row["file"] for row in EXPECTED])
def test_a_published_example_gets_the_expected_verdict(
    validation: Validation, row: dict[str, str]
) -> None:
    verdict = validation.validate((EXAMPLES / row["file"]).read_bytes())
    assert row["document"] in {"CrossIndustryInvoice", "Invoice"}
    assert verdict.syntax == (
        "UBL 2.1 Invoice" if row["document"] == "Invoice" else "UN/CEFACT CII D16B"
    )
    assert verdict.schema == ()
    assert (len(verdict.fatal), len(verdict.warnings)) == (
        int(row["fatal"]),
        int(row["warnings"]),
    )
    assert verdict.is_valid


def test_there_are_24_examples() -> None:
    files = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.xml")}
    assert {row["file"] for row in EXPECTED} == files
    assert len(files) == 24


TOTAL: Final = b'<cbc:TaxInclusiveAmount currencyID="DKK">4675.00'
SUBTOTAL: Final = b'<cbc:TaxAmount currencyID="DKK">375.00'
# What is changed, into what, and every fatal rule that notices.
MUTATIONS: Final = {
    "total with tax one cent more": (
        TOTAL, TOTAL.replace(b"5.00", b"5.01"), {"BR-CO-15", "BR-CO-16"},
    ),
    "number removed": (b"<cbc:ID>TOSL110</cbc:ID>", b"", {"BR-02"}),
    "unknown currency": (b'currencyID="DKK"', b'currencyID="DKX"', {"BR-CL-03", "BR-CO-15"}),
    "tax half a unit more": (SUBTOTAL, SUBTOTAL.replace(b"5.00", b"5.50"), {"BR-CO-14"}),
    "tax two units more": (
        SUBTOTAL, SUBTOTAL.replace(b"5.00", b"7.00"), {"BR-CO-14", "BR-CO-17", "BR-S-09"},
    ),
    "third decimal": (
        TOTAL, TOTAL.replace(b"5.00", b"5.000"), {"BR-DEC-14", "UBL-DT-01"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_of_an_example_breaks_its_rules(validation: Validation, name: str) -> None:
    old, new, rules = MUTATIONS[name]
    assert old in EXAMPLE4
    verdict = validation.validate(EXAMPLE4.replace(old, new))
    assert {finding.rule for finding in verdict.fatal} == rules
    assert not verdict.is_valid
    assert all(finding.text and finding.place.startswith("/Invoice") for finding in verdict.fatal)


def test_an_error_of_the_schema_names_its_line(validation: Validation) -> None:
    verdict = validation.validate(EXAMPLE4.replace(b"<cbc:ID>TOSL110</cbc:ID>", b""))
    assert verdict.schema[0].startswith("line ")
    assert "IssueDate" in verdict.schema[0]


def test_values_that_no_rule_can_read_are_left_to_the_schema(validation: Validation) -> None:
    verdict = validation.validate(EXAMPLE4.replace(b">4675.00<", b">much<"))
    assert not verdict.is_valid
    assert any("much" in error for error in verdict.schema)


def test_a_failed_assertion_without_a_flag_is_fatal(validation: Validation) -> None:
    verdict = validation.validate(CII.replace(b"<ram:TypeCode>380<", b"<ram:TypeCode>999<"))
    assert {finding.severity for finding in verdict.findings} == {Severity.FATAL}
    assert len(verdict.fatal) > 0


def test_a_national_profile_of_the_standard_is_held_against_the_standard(
    validation: Validation,
) -> None:
    national = b"urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    verdict = validation.validate(CII.replace(b"urn:cen.eu:en16931:2017", national))
    assert verdict.profile == national.decode()
    assert verdict.is_valid
    assert [finding.rule for finding in verdict.warnings] == ["FX-SCH-A-000556"]


def test_a_smaller_profile_of_factur_x_is_held_against_its_own_rules(
    validation: Validation,
) -> None:
    verdict = validation.validate(
        CII.replace(b"urn:cen.eu:en16931:2017", b"urn:factur-x.eu:1p0:minimum")
    )
    assert verdict.rules.startswith("Factur-X MINIMUM, factur-x ")
    assert not verdict.is_valid  # it says far more than that profile may


def test_a_place_is_a_path_without_namespaces(validation: Validation) -> None:
    verdict = validation.validate(EXAMPLE4.replace(b">S<", b">QQ<", 1))
    assert {finding.place for finding in verdict.fatal if finding.rule == "BR-CL-17"} == {
        "/Invoice/TaxTotal/TaxSubtotal/TaxCategory/ID"
    }


def _deep(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


BOMB: Final = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>'
UNREADABLE: Final = {
    "empty": (b"", "not_xml"),
    "text": (b"hello", "not_xml"),
    "cut": (EXAMPLE4[:900], "not_xml"),
    "binary": (bytes(range(256)), "not_xml"),
    "too deep": (_deep(10_000), "not_xml"),
    "entities": (BOMB, "doctype"),
    "file entity": (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', "doctype",
    ),
    "external DTD": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', "doctype"),
    "other XML": (b"<html/>", "unknown_root"),
    "other namespace": (b'<Invoice xmlns="urn:example"/>', "unknown_root"),
    "no PDF": (b"%PDF-1.7 hello", "not_pdf"),
    "too large": (b" " * (BYTES_MAX + 1), "too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_e_invoice_is_refused_with_a_reason(validation: Validation, name: str) -> None:
    raw, reason = UNREADABLE[name]
    with pytest.raises(EinvoiceUnreadable) as refused:
        validation.validate(raw)
    assert refused.value.facts == {"reason": reason}
    assert refused.value.detail


def test_hints_for_schemas_elsewhere_are_taken_out() -> None:
    assert b"xsi:schemaLocation=" in EXAMPLE4
    root = parsed(EXAMPLE4)
    assert [name for element in root.iter() for name in element.attrib if "chemaLoc" in name] == []
