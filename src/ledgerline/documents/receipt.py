"""The receipt: proof of one payment or one refund, not a tax document."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.base.money import Money
from ledgerline.documents.glyphs import FAMILIES, code, printable
from ledgerline.documents.pdf import compile_pdf, template
from ledgerline.documents.texts import RIGHT_TO_LEFT, Texts, texts_for

# Part of a rendering's identity, as RENDERER is: raise it with every change of template or texts.
TEMPLATE_VERSION: Final = 1
LINES_MAX: Final = 1_000

_TEMPLATE: Final = template("receipt.typ")
_PPM_PER_PERCENT: Final = 10_000


class ReceiptKind(StrEnum):
    """What the receipt proves."""

    PAYMENT = "payment"
    REFUND = "refund"


class Paper(StrEnum):
    """The sheet the receipt is laid out for."""

    A4 = "a4"
    LETTER = "us-letter"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One thing paid for or refunded; `period_text` is empty for what has no period."""

    description: str
    period_text: str
    quantity: int
    gross: Money


@dataclass(frozen=True, slots=True)
class SellerView:
    """The legal seller as printed: trade name, registered address, tax id if it has one."""

    name: str
    address_lines: tuple[str, ...]
    tax_id: str | None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """How money moved: "Visa •••• 4242", the provider's reference, the authorisation code."""

    method_text: str
    provider_reference: str
    authorisation_code: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """Everything a receipt prints, decided before.

    Amounts are printed as they are: a refund carries positive amounts, since the words say that
    they were refunded. `net` + `tax` = `total`, all in one currency. `zone` is the IANA zone in
    which the local date of `issued_at` (aware) is taken. `tax_rate_ppm` is absent when no single
    rate applies; `tax_name` ("VAT", "GST") replaces the general word where the market has one.
    """

    seller: SellerView
    customer_name: str | None
    receipt_number: str
    invoice_number: str | None
    kind: ReceiptKind
    issued_at: datetime
    zone: str
    lines: tuple[ReceiptLine, ...]
    net: Money
    tax: Money
    total: Money
    tax_rate_ppm: int | None
    payment: PaymentView
    locale: str
    tax_name: str | None = None
    paper: Paper = Paper.A4


def render_receipt(view: ReceiptView) -> bytes:
    """Draw the receipt as PDF/A-3a and PDF/UA-1; equal views give equal bytes.

    Any text renders: what the fonts cannot print is replaced (see `glyphs.printable`). The
    language is that of `locale`, English where the catalogue has none.
    """
    assert view.issued_at.tzinfo is not None, view.issued_at
    assert view.net + view.tax == view.total, (view.net, view.tax, view.total)
    assert len(view.lines) <= LINES_MAX, len(view.lines)
    return compile_pdf(_TEMPLATE, _content(view), created=view.issued_at)


def amount_text(money: Money) -> str:
    """Write the amount with the currency's own decimals and Latin digits, the code after it."""
    return f"{money.decimal()} {money.currency}"


def rate_text(rate_ppm: int) -> str:
    """Write a rate as a percentage with no more decimals than it needs: 255000 is "25.5 %"."""
    whole, rest = divmod(rate_ppm, _PPM_PER_PERCENT)
    decimals = f"{rest:04}".rstrip("0")
    return f"{whole}.{decimals} %" if decimals else f"{whole} %"


def _content(view: ReceiptView) -> dict[str, object]:
    texts = texts_for(view.locale)
    refund = view.kind is ReceiptKind.REFUND
    kind = texts.refund if refund else texts.payment
    number = code(view.receipt_number)
    day = texts.day(local_date(view.issued_at, view.zone))
    seller = printable(view.seller.name)
    return {
        "families": FAMILIES,
        "language": texts.language,
        "right-to-left": texts.language in RIGHT_TO_LEFT,
        "paper": view.paper,
        "title": _plain(f"{kind} {number}"),
        "kind": kind,
        "number": number,
        "author": _plain(seller),
        "seller": seller,
        "summary": (texts.refunded if refund else texts.paid).replace("{date}", day),
        "parties": _parties(view, texts),
        "details": _details(view, texts, day=day),
        "columns": [texts.description, texts.quantity, texts.amount],
        "lines": [_line(line) for line in view.lines],
        "amounts": [
            {"label": texts.net, "value": amount_text(view.net)},
            {"label": _tax_label(view, texts), "value": amount_text(view.tax)},
        ],
        "total_label": texts.total_refunded if refund else texts.total_paid,
        "total": amount_text(view.total),
        "note": texts.confirms_refund if refund else texts.confirms_payment,
        "page": texts.page,
    }


def _plain(text: str) -> str:
    """Drop the marks of permitted breaks: titles are not set in lines."""
    return text.replace("\N{ZERO WIDTH SPACE}", "")


def _line(line: ReceiptLine) -> dict[str, str]:
    return {
        "description": printable(line.description),
        "period": printable(line.period_text),
        "quantity": str(line.quantity),
        "gross": amount_text(line.gross),
    }


def _tax_label(view: ReceiptView, texts: Texts) -> str:
    name = printable(view.tax_name) if view.tax_name else texts.tax
    return name if view.tax_rate_ppm is None else f"{name} {rate_text(view.tax_rate_ppm)}"


def _parties(view: ReceiptView, texts: Texts) -> list[dict[str, object]]:
    seller: dict[str, object] = {
        "label": texts.seller,
        "name": printable(view.seller.name),
        "rows": [printable(row) for row in view.seller.address_lines],
    }
    if view.seller.tax_id:
        seller["tax_id"] = {"label": texts.tax_id, "value": code(view.seller.tax_id)}
    if not view.customer_name:
        return [seller]
    customer: dict[str, object] = {
        "label": texts.customer,
        "name": printable(view.customer_name),
        "rows": [],
    }
    return [seller, customer]


def _details(view: ReceiptView, texts: Texts, *, day: str) -> list[dict[str, object]]:
    """List what identifies the receipt; `foreign` marks what is not of its language."""
    refund = view.kind is ReceiptKind.REFUND
    method = texts.method_refund if refund else texts.method_payment
    rows: list[tuple[str, str | None, bool]] = [
        (texts.receipt_number, view.receipt_number, True),
        (texts.issued_on, day, False),
        (texts.invoice, view.invoice_number, True),
        (method, view.payment.method_text, True),
        (texts.reference, view.payment.provider_reference, True),
        (texts.authorisation, view.payment.authorisation_code, True),
    ]
    return [
        {"label": label, "value": code(value), "foreign": foreign}
        for label, value, foreign in rows
        if value
    ]
