"""Treatments as EN 16931 codes them, and tax ids as it tells them apart."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from ledgerline.base.countries import COUNTRIES
from ledgerline.documents.snapshot import Buyer, Seller, Treatment


class Category(StrEnum):
    """A category of tax: UNTDID 5305, of which these are used."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    NOT_SUBJECT = "O"


CATEGORY: Final[Mapping[Treatment, Category]] = {
    Treatment.STANDARD: Category.STANDARD,
    Treatment.REDUCED: Category.STANDARD,
    Treatment.ZERO: Category.ZERO,
    Treatment.PRODUCT_EXEMPT: Category.EXEMPT,
    Treatment.CUSTOMER_EXEMPT: Category.EXEMPT,
    Treatment.REVERSE_CHARGE: Category.REVERSE_CHARGE,
    Treatment.NOT_SUBJECT: Category.NOT_SUBJECT,
    Treatment.NOT_COLLECTING: Category.NOT_SUBJECT,
}
REASON_CODE: Final[Mapping[Category, str]] = {
    Category.REVERSE_CHARGE: "VATEX-EU-AE",
    Category.NOT_SUBJECT: "VATEX-EU-O",
}

# ISO 3166-1 as the published rules list it (BR-CL-14), which leave out what is no part of it.
COUNTRIES_LISTED: Final = COUNTRIES - {"XK"}
# What a VAT id may begin with (BR-CO-09): Greece writes EL, Northern Ireland XI.
_PREFIXES: Final = (COUNTRIES_LISTED - {"GR"}) | {"EL", "XI"}
_BETWEEN: Final = re.compile(r"[\s./-]")
_VAT_ID: Final = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,}")
_PREFIX_OF: Final = {"no_vat": "NO"}  # kept without the letters of its country
_VAT_TYPES: Final = frozenset({"eu_vat", "gb_vat", "ch_vat", "no_vat"})


class Identified(NamedTuple):
    """How a party is identified: BT-29, BT-30 or 47, BT-31 or 48, and BT-32."""

    identifier: str | None
    registration: str | None
    vat_id: str | None
    tax_number: str | None


def vat_id(value: str) -> str | None:
    """Spell a VAT id with the letters of its country; None for an id that does not name one."""
    spelled = _BETWEEN.sub("", value).upper()
    if spelled.startswith("GR"):
        spelled = "EL" + spelled[2:]
    known = _VAT_ID.fullmatch(spelled) is not None and spelled[:2] in _PREFIXES
    return spelled if known else None


def identify_seller(seller: Seller, categories: Iterable[Category]) -> Identified:
    """Identify the seller; what is not subject to tax forbids a VAT id (BR-O-02)."""
    vat = vat_id(seller.tax_id) if seller.tax_id else None
    number = seller.tax_id if vat is None else None
    if Category.NOT_SUBJECT in categories:
        vat = None
    registration = seller.registration or None
    identifier = number if vat is None and registration is None else None
    return Identified(identifier, registration, vat, number)


def identify_buyer(buyer: Buyer, categories: Iterable[Category]) -> Identified:
    """Identify the buyer by the first VAT id, else by the first tax id of another kind."""
    vats: list[str] = []
    others: list[str] = []
    for one in buyer.tax_ids:
        spelled = vat_id(_spelled(one.type, one.value)) if one.type in _VAT_TYPES else None
        if spelled is not None:
            vats.append(spelled)
        else:
            others.append(one.value)
    vat = vats[0] if vats and Category.NOT_SUBJECT not in categories else None
    registration = others[0] if others and vat is None else None
    return Identified(None, registration, vat, None)


def _spelled(kind: str, value: str) -> str:
    prefix = _PREFIX_OF.get(kind, "")
    return value if value.upper().startswith(prefix) else prefix + value
