"""A document becomes the content of its page: every text ready to print, in reading order."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from ledgerline.documents.brand import drawable, readable
from ledgerline.documents.faces import REGIONS
from ledgerline.documents.glyphs import Ink
from ledgerline.documents.locales import Locality, locality
from ledgerline.documents.parties import facts, parties
from ledgerline.documents.paying import corrects_refund, payments, reversal_totals
from ledgerline.documents.snapshot import (
    Buyer,
    Document,
    Kind,
    Line,
    Settles,
    TaxGroup,
    Treatment,
)
from ledgerline.documents.texts import Texts
from ledgerline.documents.writing import Value, Writing

CLAIMS: Final = frozenset({Kind.INVOICE, Kind.SIMPLIFIED_INVOICE})
PROOFS: Final = frozenset({Kind.RECEIPT, Kind.REFUND_RECEIPT, Kind.REFUND_REVERSAL})
_FULL: Final = frozenset({Kind.INVOICE, Kind.CREDIT_NOTE})
_TAX_INVOICE: Final = frozenset({
    "AE", "AU", "BH", "IN", "MY", "NZ", "OM", "SA", "SG", "TH", "ZA",
})  # fmt: skip
"""Where an invoice of a registered seller must be called a tax invoice."""

_REGIONS: Final = {
    "JP": "ja",
    "KR": "ko",
    "CN": "zh-Hans",
    "SG": "zh-Hans",
    "HK": "zh-Hant",
    "MO": "zh-Hant",
    "TW": "zh-Hant",
}


def writing_of(document: Document) -> Writing:
    """Choose language and form of letters of a document."""
    place = locality(document.body.language)
    own = place.texts.language
    region = own if own in REGIONS else _region(document)
    return Writing(place, Ink(region=region), document.body.currency, document.body.exponent)


def _region(document: Document) -> str:
    """Choose the form of Chinese characters for a language that has none itself."""
    buyer = document.body.buyer or Buyer()
    for character in buyer.name or "":
        if "\u3041" <= character <= "\u30ff":
            return "ja"
        if "\uac00" <= character <= "\ud7a3":
            return "ko"
    countries = (buyer.address.country if buyer.address else "", document.seller.address.country)
    return next((_REGIONS[code] for code in countries if code in _REGIONS), "zh-Hans")


def content_of(document: Document, writing: Writing) -> Mapping[str, object]:
    """Say everything that the document says; `families` are absent: they are known only then."""
    body, texts, place = document.body, writing.texts, writing.place
    kind = _title(document, texts)
    number = writing.code(document.number) if document.number else texts.preview
    own = writing.plain(document.seller.name)
    groups = _tax_table(document, writing)
    content: dict[str, object] = {
        "language": place.language,
        "region": place.region,
        "rtl": place.right_to_left,
        "colour": readable(document.seller.colour),
        "brand": writing.text(document.seller.name),
        "author": own,
        "title": f"{kind} {writing.plain(document.number or texts.preview)}",
        "kind": kind,
        "number": number,
        "number_label": _number_label(document, texts),
        "preview": document.number is None,
        "summary": _summary(document, writing),
        "parties": parties(document, writing),
        "details": _details(document, writing),
        "columns": _columns(document, writing),
        "lines": [_line(line, document, writing) for line in body.lines],
        "basis": _basis(document, texts),
        "taxes": groups,
        "totals": _totals(document, writing, footed=bool(groups)),
        "payments": payments(document, writing),
        "notes": _notes(document, writing),
        "facts": facts(document.seller, writing),
        "page": texts.page,
    }
    writing.ink.need(content)
    logo = document.seller.logo
    drawn = drawable(logo) if logo else None
    return {**content, "logo": logo if drawn else None, "logo_is": drawn}


def _title(document: Document, texts: Texts) -> str:
    body = document.body
    if body.kind is Kind.INVOICE:
        country = document.seller.address.country
        taxed = document.seller.tax_id is not None and country in _TAX_INVOICE
        return texts.tax_invoice if taxed else texts.invoice
    return {
        Kind.SIMPLIFIED_INVOICE: texts.simplified_invoice,
        Kind.CREDIT_NOTE: texts.credit_note,
        Kind.RECEIPT: texts.payment,
        Kind.REFUND_RECEIPT: texts.refund,
        Kind.REFUND_REVERSAL: texts.reversal,
    }[body.kind]


def _number_label(document: Document, texts: Texts) -> str:
    if document.number is None:
        return ""
    return {
        Kind.CREDIT_NOTE: texts.credit_note_number,
        Kind.RECEIPT: texts.receipt_number,
        Kind.REFUND_RECEIPT: texts.receipt_number,
        Kind.REFUND_REVERSAL: texts.receipt_number,
    }.get(document.body.kind, texts.invoice_number)


def _summary(document: Document, writing: Writing) -> Mapping[str, object]:
    """Say in one line what matters most: an amount and what is to become of it."""
    body, texts = document.body, writing.texts
    totals = body.totals
    gross = writing.money(totals.gross)
    if document.number is None:
        return {"text": "{amount}", "amount": gross, "label": texts.total}
    day = writing.day(body.payments[-1].date if body.payments else body.issue_date)
    if body.kind is Kind.REFUND_RECEIPT:
        refunded = writing.money(totals.paid)
        return {"text": texts.refunded.replace("{date}", day), "amount": refunded}
    issued = writing.day(body.issue_date)
    if body.kind is Kind.REFUND_REVERSAL:
        back = writing.money(totals.paid)
        return {"text": texts.came_back.replace("{date}", issued), "amount": back}
    if body.kind is Kind.CREDIT_NOTE:
        return {"text": texts.credited.replace("{date}", issued), "amount": gross}
    if body.kind is Kind.RECEIPT or (totals.payable == 0 and totals.paid == totals.gross):
        paid = writing.money(totals.paid)
        return {"text": texts.paid.replace("{date}", day), "amount": paid}
    return {"text": _open(document, writing), "amount": writing.money(totals.payable)}


def _open(document: Document, writing: Writing) -> str:
    """Say what is left to pay, and until when."""
    body, texts = document.body, writing.texts
    if body.totals.payable == 0:
        return texts.settled
    if body.due_date is None:
        return texts.due_now
    return texts.due_by.replace("{date}", writing.day(body.due_date))


def _details(document: Document, writing: Writing) -> list[dict[str, Value]]:
    """List what identifies the document, and what it is about."""
    body, texts = document.body, writing.texts
    original = body.references.original
    rows: list[tuple[str, Value | None]] = [
        (texts.issued_on, writing.day(body.issue_date)),
        (texts.due_on, writing.day(body.due_date) if body.due_date else None),
        (texts.invoice, writing.code(original.number) if original and original.number else None),
        (texts.subscription, writing.code_or_none(body.references.subscription)),
        (texts.reason, _reason(body.reason, writing)),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _reason(reason: str | None, writing: Writing) -> Value | None:
    texts = writing.texts
    known = {
        "plan_changed": texts.reason_plan_changed,
        "late_change": texts.reason_plan_changed,
        "canceled": texts.reason_canceled,
        "refund": texts.reason_refund,
        "uncollectible": texts.reason_uncollectible,
    }
    if reason is None or reason in known:
        return known[reason] if reason else None
    # A code of ours says nothing to its reader; a sentence of the seller's does.
    return writing.text(reason) if " " in reason else None


def _priced(document: Document) -> bool:
    """Tell whether any line says more by quantity × unit price than by its amount."""
    return any(
        line.unit is not None and line.unit.num != line.amount * line.unit.den
        for line in document.body.lines
    )


def _columns(document: Document, writing: Writing) -> list[dict[str, str]]:
    texts, body = writing.texts, document.body
    priced = _priced(document)
    rated = body.kind not in PROOFS
    shown = [
        ("description", texts.description, True),
        ("quantity", texts.quantity, True),
        ("unit", texts.unit_price, priced),
        ("rate", texts.tax, rated),
        ("amount", f"{texts.amount} ({body.currency})", True),  # "$" alone is said of many
    ]
    return [{"key": key, "label": label} for key, label, shows in shown if shows]


def _line(line: Line, document: Document, writing: Writing) -> dict[str, object]:
    texts, body = writing.texts, document.body
    net_too = body.kind in _FULL and body.behavior == "inclusive" and line.tax
    unit = line.unit
    return {
        "description": writing.text(line.text),
        "period": _period(line, writing.place),
        "quantity": writing.place.number(line.quantity),
        "unit": writing.unit_price(unit.num, unit.den) if unit else "",
        "rate": writing.place.rate(line.rate_ppm),
        "amount": writing.money(line.amount),
        "net": {"label": texts.net, "value": writing.money(line.net)} if net_too else None,
        "discount": {"label": texts.discount, "value": writing.money(-line.discount)}
        if line.discount
        else None,
    }


def _period(line: Line, place: Locality) -> str:
    if line.kind == "fixed":
        return ""
    start, end = date.fromisoformat(line.period.start), date.fromisoformat(line.period.end)
    return place.span(start, end)


def _basis(document: Document, texts: Texts) -> str:
    body = document.body
    if not body.lines or not any(group.tax for group in body.tax_groups):
        return ""
    return texts.prices_inclusive if body.behavior == "inclusive" else texts.prices_exclusive


def _tax_name(group: TaxGroup, writing: Writing) -> Value:
    return writing.text(group.name) if group.name else writing.texts.tax


def _tax_table(document: Document, writing: Writing) -> Mapping[str, object] | None:
    """List tax by rate; one plain group is said by the totals alone."""
    texts, groups = writing.texts, document.body.tax_groups
    if len(groups) == 1 and not groups[0].components:
        return None
    rows: list[dict[str, object]] = []
    for group in groups:
        rows.append(
            {
                "name": _tax_name(group, writing),
                "rate": writing.place.rate(group.rate_ppm),
                "base": writing.money(group.base),
                "tax": writing.money(group.tax),
                "part": False,
            }
        )
        rows.extend(
            {
                "name": writing.text(component.name),
                "rate": writing.place.rate(component.rate_ppm),
                "base": "",
                "tax": writing.money(component.tax),
                "part": True,
            }
            for component in group.components
        )
    if not rows:
        return None
    return {"columns": [texts.tax, texts.rate, texts.taxable, texts.amount], "rows": rows}


def _total_label(document: Document, texts: Texts) -> str:
    if document.number is None:
        return texts.total
    return {
        Kind.CREDIT_NOTE: texts.total_credited,
        Kind.RECEIPT: texts.total_paid,
        Kind.REFUND_RECEIPT: texts.total_refunded,
    }.get(document.body.kind, texts.total)


def _totals(document: Document, writing: Writing, *, footed: bool) -> list[dict[str, object]]:
    """Add up; `footed` says that a table of rates stands beside."""
    texts, body = writing.texts, document.body
    totals, groups = body.totals, body.tax_groups
    if body.kind is Kind.REFUND_REVERSAL:
        return reversal_totals(document, writing)
    rows: list[tuple[str, Value, int, bool]] = [("", texts.net, totals.net, False)]
    if footed or not groups:
        rows.append(("", texts.tax, totals.tax, False))
    else:
        rate = writing.place.rate(groups[0].rate_ppm)
        rows.append((rate, _tax_name(groups[0], writing), groups[0].tax, False))
    if body.kind in PROOFS and totals.paid != totals.gross:  # of what it is about it proves a part
        rows.append(("", texts.total, totals.gross, False))
        taken = [(texts.from_credit, totals.from_credit), (texts.from_notes, totals.from_notes)]
        rows += [("", label, -amount, False) for label, amount in taken if amount]
        rows.append(("", _total_label(document, texts), totals.paid, True))
    else:
        rows.append(("", _total_label(document, texts), totals.gross, True))
    if body.kind in CLAIMS:
        taken = [
            (texts.from_credit, totals.from_credit),
            (texts.from_notes, totals.from_notes),
            (texts.already_paid, totals.paid),
        ]
        less = [("", label, -amount, False) for label, amount in taken if amount]
        rows += less
        if less:
            rows.append(("", texts.payable, totals.payable, True))
    return [
        {"label": label, "rate": rate, "value": writing.money(amount), "strong": strong}
        for rate, label, amount, strong in rows
    ]


def _notes(document: Document, writing: Writing) -> list[Value]:
    """Say what the law or the reader needs in sentences."""
    body, texts = document.body, writing.texts
    if document.number is None:
        return [texts.preview_note, *_reasons(document, writing)]
    notes: list[Value] = []
    original = body.references.original
    if body.kind is Kind.CREDIT_NOTE and original:
        day = writing.day(original.date)
        said = texts.corrects if original.number else texts.corrects_unnumbered
        number = writing.plain(original.number or "")
        notes.append(said.replace("{date}", day).replace("{number}", number))
    if body.settles is not None:
        notes.append(
            {
                Settles.RECEIVABLE: texts.settles_receivable,
                Settles.CUSTOMER_CREDIT: texts.settles_customer_credit,
                Settles.REFUND: texts.settles_refund,
            }[body.settles]
        )
    notes += _reasons(document, writing)
    if body.kind is Kind.RECEIPT:
        notes.append(texts.confirms_payment)
    if body.kind is Kind.REFUND_RECEIPT:
        notes.append(texts.confirms_refund)
    if body.kind is Kind.REFUND_REVERSAL:
        notes.append(corrects_refund(document, writing))
    return notes


def _reasons(document: Document, writing: Writing) -> list[Value]:
    """Say for every treatment why no tax, or no own tax, was charged."""
    texts = writing.texts
    said = {
        Treatment.REVERSE_CHARGE: texts.reverse_charge,
        Treatment.NOT_COLLECTING: texts.not_collecting,
        Treatment.CUSTOMER_EXEMPT: texts.customer_exempt,
        Treatment.PRODUCT_EXEMPT: texts.product_exempt,
        Treatment.NOT_SUBJECT: texts.not_subject,
    }
    reasons: dict[str, Value] = {}
    for group in document.body.tax_groups:
        if group.treatment in said:
            reasons[said[group.treatment]] = said[group.treatment]
        if group.reason and group.reason not in reasons:
            reasons[group.reason] = writing.text(group.reason)
    return list(reasons.values())
