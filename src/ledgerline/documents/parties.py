"""The two parties of a document, as they are printed."""

from typing import Final, TypeAlias

from ledgerline.documents.snapshot import Address, Body, Buyer, Document, Seller
from ledgerline.documents.writing import Value, Writing

# Where a tax id goes by a name of its own, which nobody there translates.
_NAMED_IDS: Final = {"AU": "ABN", "IN": "GSTIN", "BR": "CNPJ", "MX": "RFC", "NZ": "GST"}
_VAT: Final = frozenset({
    "AE", "AT", "BE", "BG", "BH", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR",
    "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "OM", "PL", "PT", "RO",
    "SA", "SE", "SI", "SK", "ZA",
})  # fmt: skip
# Where the postal code stands after city and region, and not before the city.
_CODE_LAST: Final = frozenset({
    "AE", "AU", "CA", "GB", "HK", "ID", "IE", "IN", "NZ", "SA", "SG", "TH", "TW", "US", "ZA",
})  # fmt: skip
# Where an address goes from the large to the small, written in a language that does so too.
_LARGE_FIRST: Final = {"JP": "ja", "KR": "ko", "CN": "zh", "TW": "zh", "HK": "zh"}

Party: TypeAlias = dict[str, object]


def parties(document: Document, writing: Writing) -> list[Party]:
    """Name the seller, and the buyer if the document names one."""
    return [_seller(document.seller, writing), *_buyer(document.body, writing)]


def _seller(seller: Seller, writing: Writing) -> Party:
    texts = writing.texts
    legal = [] if seller.legal_name == seller.name else [writing.text(seller.legal_name)]
    ids = [
        (_id_label(seller.address.country, writing), seller.tax_id),
        (texts.registration, seller.registration),
    ]
    rows = legal + _address(seller.address, writing)
    return {"label": texts.seller, **_party(seller.name, rows, ids, writing)}


def _buyer(body: Body, writing: Writing) -> list[Party]:
    who = body.buyer
    if who is None or (who.name is None and who.address is None and not who.tax_ids):
        return []
    rows = _address(who.address, writing) if who.address else []
    ids: list[tuple[str, str | None]] = [
        (_buyer_id_label(who, tax_id.type, writing), tax_id.value) for tax_id in who.tax_ids
    ]
    named = _party(who.name or "", rows, ids, writing)
    return [{"label": writing.texts.customer, **named}]


def facts(seller: Seller, writing: Writing) -> list[Value]:
    """List what the foot of every page says of the seller."""
    said = [seller.legal_name, seller.website, seller.email]
    return [writing.code(fact) for fact in said if fact]


def _address(address: Address, writing: Writing) -> list[Value]:
    """Write an address in the order of its country, the country's name last."""
    code, city, region = address.postal_code, address.city, address.region
    if address.country in _CODE_LAST:
        place = " ".join(filter(None, (", ".join(filter(None, (city, region))), code)))
    else:
        place = ", ".join(filter(None, (" ".join(filter(None, (code, city))), region)))
    rows = [address.line1, address.line2, place]
    if _LARGE_FIRST.get(address.country) == writing.place.language:
        rows = [code, "".join(filter(None, (region, city))), address.line1, address.line2]
    return [
        *(writing.text(row) for row in rows if row),
        writing.place.country(address.country),
    ]


def _id_label(country: str, writing: Writing) -> str:
    texts = writing.texts
    return _NAMED_IDS.get(country) or (texts.vat_id if country in _VAT else texts.tax_id)


def _buyer_id_label(who: Buyer, kind: str, writing: Writing) -> str:
    texts = writing.texts
    if kind.endswith("_vat"):
        return texts.vat_id
    country = who.address.country if who.address else ""
    return _NAMED_IDS.get(country, texts.tax_id)


def _party(
    name: str, rows: list[Value], ids: list[tuple[str, str | None]], writing: Writing
) -> Party:
    return {
        "name": writing.text(name),
        "rows": rows,
        "ids": [{"label": label, "value": writing.code(value)} for label, value in ids if value],
    }
