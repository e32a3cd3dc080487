"""Registers for accountants: documents, and their tax, as rows of CSV that no spreadsheet runs."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from ledgerline.documents.snapshot import Document, Kind, TaxGroup

DOCUMENT_COLUMNS: Final = (
    "number", "kind", "issue_date", "due_date", "seller", "market", "document", "buyer",
    "buyer_tax_ids", "currency", "net", "tax", "gross", "paid",
    "payable", "original_number", "position",
    "series", "seal",
)  # fmt: skip
TAX_COLUMNS: Final = (
    "number", "kind", "issue_date", "seller", "market", "treatment", "tax_name", "rate_percent",
    "component", "component_rate_percent", "currency", "base", "tax", "document",
)  # fmt: skip
TAXED: Final = frozenset({Kind.INVOICE, Kind.SIMPLIFIED_INVOICE, Kind.CREDIT_NOTE})
_NEGATIVE: Final = frozenset({Kind.CREDIT_NOTE, Kind.REFUND_RECEIPT})
_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - these run formulas too
_PPM_PER_PERCENT: Final = 10_000


def line(cells: Sequence[str]) -> str:
    """Write one row of CSV (RFC 4180), every cell quoted: some readers part cells at semicolons."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow(cells)
    return out.getvalue()


def document_row(document: Document, *, position: int) -> list[str]:
    """Tell of a document; what gives money back is negative, so that a column sums up."""
    body, totals = document.body, document.body.totals
    buyer, original = body.buyer, body.references.original
    return [
        safe(document.number or ""),
        body.kind,
        body.issue_date,
        body.due_date or "",
        safe(document.seller.code),
        body.market,
        body.id,
        safe(buyer.name if buyer and buyer.name else ""),
        safe(" ".join(one.value for one in buyer.tax_ids) if buyer else ""),
        body.currency,
        _amount(document, totals.net),
        _amount(document, totals.tax),
        _amount(document, totals.gross),
        _amount(document, totals.paid),
        _amount(document, totals.payable),
        safe(original.number if original and original.number else ""),
        str(position),
        body.series,
        document.seal or "",
    ]


def tax_rows(document: Document) -> Iterator[list[str]]:
    """Tell of the tax of a document: a row a group, or a row for each tax that makes up a rate."""
    if document.body.kind not in TAXED:
        return
    for group in document.body.tax_groups:
        if group.components:
            for place, part in enumerate(group.components):
                base = 0 if place else group.base  # once a group, so that the column sums up
                said = (part.name, percent(part.rate_ppm))
                yield _tax_row(document, group, said, tax=part.tax, base=base)
        else:
            yield _tax_row(document, group, ("", ""), tax=group.tax, base=group.base)


def _tax_row(
    document: Document, group: TaxGroup, component: tuple[str, str], *, tax: int, base: int
) -> list[str]:
    body = document.body
    return [
        safe(document.number or ""),
        body.kind,
        body.issue_date,
        safe(document.seller.code),
        body.market,
        group.treatment,
        safe(group.name or ""),
        percent(group.rate_ppm),
        safe(component[0]),
        component[1],
        body.currency,
        _amount(document, base),
        _amount(document, tax),
        body.id,
    ]


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before such a one.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(_STARTS) else text


def percent(rate_ppm: int) -> str:
    """Write a rate in percent with no more decimals than it needs."""
    whole, rest = divmod(rate_ppm, _PPM_PER_PERCENT)
    decimals = f"{rest:04}".rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)


def _amount(document: Document, minor: int) -> str:
    signed = -minor if document.body.kind in _NEGATIVE else minor
    places = document.body.exponent
    sign, digits = ("-" if signed < 0 else ""), str(abs(signed)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
