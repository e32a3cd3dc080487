"""Tax ids: their one spelling and their form."""

import pytest

from ledgerline.customers.model import TaxId, TaxIdCheck, TaxIdsRefused
from ledgerline.customers.rules.tax_ids import checked

OK, BAD, UNCHECKED = TaxIdCheck.FORMAT_OK, TaxIdCheck.FORMAT_BAD, TaxIdCheck.UNCHECKED


@pytest.mark.parametrize(
    ("kind", "given", "value", "check"),
    [
        ("eu_vat", "DE 123456789", "DE123456789", OK),
        ("eu_vat", "de123456789", "DE123456789", OK),
        ("eu_vat", "DE12345678", "DE12345678", BAD),
        ("eu_vat", "ATU12345678", "ATU12345678", OK),
        ("eu_vat", "AT12345678", "AT12345678", BAD),
        ("eu_vat", "BE0.123.456.789", "BE0123456789", OK),
        ("eu_vat", "BE2123456789", "BE2123456789", BAD),
        ("eu_vat", "EL123456789", "EL123456789", OK),
        ("eu_vat", "GR123456789", "GR123456789", BAD),
        ("eu_vat", "ESX1234567X", "ESX1234567X", OK),
        ("eu_vat", "ES12345678X", "ES12345678X", OK),
        ("eu_vat", "ES123456789", "ES123456789", BAD),
        ("eu_vat", "FRAB123456789", "FRAB123456789", OK),
        ("eu_vat", "IE1234567WA", "IE1234567WA", OK),
        ("eu_vat", "IE1X23456L", "IE1X23456L", OK),
        ("eu_vat", "NL123456789B01", "NL123456789B01", OK),
        ("eu_vat", "NL123456789001", "NL123456789001", BAD),
        ("eu_vat", "XIGD123", "XIGD123", OK),
        ("eu_vat", "XX123456789", "XX123456789", BAD),
        ("gb_vat", "GB 123 4567 89", "GB123456789", OK),
        ("gb_vat", "GB12345678", "GB12345678", BAD),
        ("ch_vat", "CHE-123.456.789 MWST", "CHE123456789MWST", OK),
        ("ch_vat", "CHE-123.456.789", "CHE123456789", BAD),
        ("no_vat", "123 456 789 MVA", "123456789MVA", OK),
        ("us_ein", "12-3456789", "123456789", OK),
        ("us_ein", "123-45-678", "12345678", BAD),
        ("au_abn", "51 824 753 556", "51824753556", OK),
        ("in_gst", "22AAAAA0000A1Z5", "22AAAAA0000A1Z5", OK),
        ("br_cnpj", "12.ABC.345/01DE-35", "12ABC34501DE35", OK),
        ("br_cpf", "123.456.789-09", "12345678909", OK),
        ("kr_brn", "123-45-67890", "1234567890", UNCHECKED),
    ],
)
def test_a_tax_id_has_one_spelling_and_its_form_is_said(
    kind: str, given: str, value: str, check: TaxIdCheck
) -> None:
    assert checked([(kind, given)]) == (TaxId(kind, value, check),)


@pytest.mark.parametrize("value", ["", " - ", "12;34", "1\u0662345", "Ä1", "1" * 41])
def test_what_cannot_be_a_tax_id_is_refused(value: str) -> None:
    with pytest.raises(TaxIdsRefused):
        checked([("eu_vat", value)])


def test_the_same_id_in_two_spellings_is_refused() -> None:
    with pytest.raises(TaxIdsRefused):
        checked([("us_ein", "12-3456789"), ("us_ein", "123456789")])
    assert len(checked([("us_ein", "123456789"), ("kr_brn", "123456789")])) == 2
