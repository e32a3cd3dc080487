"""Tax ids: one spelling, and whether that has the form of its type. Nobody is asked."""

import re
from collections.abc import Sequence
from typing import Final

from ledgerline.customers.model import TaxId, TaxIdCheck, TaxIdsRefused

# VAT numbers by the letters they begin with, which for Greece are EL. XI is Northern Ireland.
# Source: European Commission, VIES, "What is the format of a VAT number?".
_EU: Final = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}",
    "DE": r"\d{9}", "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}",
    "ES": r"(?:[A-Z]\d{7}[A-Z\d]|\d{8}[A-Z])", "FI": r"\d{8}", "FR": r"[A-Z\d]{2}\d{9}",
    "HR": r"\d{11}", "HU": r"\d{8}", "IE": r"(?:\d[A-Z\d]\d{5}[A-Z]|\d{7}[A-Z]{2})",
    "IT": r"\d{11}", "LT": r"(?:\d{9}|\d{12})", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}", "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}", "SE": r"\d{12}",
    "SI": r"\d{8}", "SK": r"\d{10}", "XI": r"(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})",
}  # fmt: skip
_FORMS: Final = {
    "au_abn": re.compile(r"\d{11}"),
    "br_cnpj": re.compile(r"[A-Z\d]{12}\d{2}"),
    "br_cpf": re.compile(r"\d{11}"),
    "ch_vat": re.compile(r"CHE\d{9}(?:MWST|TVA|IVA)"),
    "eu_vat": re.compile("|".join(f"{letters}{form}" for letters, form in _EU.items())),
    "gb_vat": re.compile(r"GB(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})"),
    "in_gst": re.compile(r"\d{2}[A-Z]{5}\d{4}[A-Z][A-Z\d]Z[A-Z\d]"),
    "no_vat": re.compile(r"\d{9}MVA"),
    "us_ein": re.compile(r"\d{9}"),
}
_BETWEEN: Final = re.compile(r"[ ./-]")
_SPELLED: Final = re.compile(r"[A-Z\d+*]{1,40}", re.ASCII)


def checked(given: Sequence[tuple[str, str]]) -> tuple[TaxId, ...]:
    """Spell and check tax ids given as (type, value), in their order.

    A type that no form is known of stays unchecked. A form that does not fit is kept and said, not
    refused: the buyer's document shows what the buyer gave. Raises ``TaxIdsRefused``.
    """
    found = tuple(_checked(kind, value) for kind, value in given)
    if len({(one.type, one.value) for one in found}) != len(found):
        raise TaxIdsRefused("the same tax id is given twice")
    return found


def _checked(kind: str, value: str) -> TaxId:
    spelled = _BETWEEN.sub("", value).upper()
    if not _SPELLED.fullmatch(spelled):
        raise TaxIdsRefused("a tax id has 1 to 40 letters and digits", type=kind)
    form = _FORMS.get(kind)
    if form is None:
        return TaxId(kind, spelled, TaxIdCheck.UNCHECKED)
    fits = form.fullmatch(spelled) is not None
    return TaxId(kind, spelled, TaxIdCheck.FORMAT_OK if fits else TaxIdCheck.FORMAT_BAD)
