"""How money moved, as documents print it: payments, refunds, and refunds that came back."""

from collections.abc import Mapping

from ledgerline.documents.glyphs import CODE_CHARACTERS_MAX
from ledgerline.documents.snapshot import CameBack, Document, Kind, Payment
from ledgerline.documents.writing import Writing

_BACK = frozenset({Kind.REFUND_RECEIPT, Kind.REFUND_REVERSAL})


def payments(document: Document, writing: Writing) -> Mapping[str, object] | None:
    """List how money moved; None where none did."""
    texts, body = writing.texts, document.body
    if not body.payments:
        return None
    method = texts.method_refund if body.kind in _BACK else texts.method_payment
    return {
        "columns": [method, texts.reference, texts.issued_on, texts.amount],
        "rows": [_payment(payment, writing) for payment in body.payments],
    }


def reversal_totals(document: Document, writing: Writing) -> list[dict[str, object]]:
    """Say how much came back, and what became of it."""
    texts, body = writing.texts, document.body
    back = body.came_back or CameBack()
    parts = [
        (texts.kept_as_credit, back.credit),
        (texts.got_by_dispute, back.offset),
        (texts.still_held, back.held),
    ]
    rows = [(texts.total_came_back, body.totals.paid, True)]
    rows += [(label, amount, False) for label, amount in parts if amount]
    return [
        {"label": label, "rate": "", "value": writing.money(amount), "strong": strong}
        for label, amount, strong in rows
    ]


def corrects_refund(document: Document, writing: Writing) -> str:
    """Say which refund receipt a document corrects."""
    receipt = document.body.references.receipt
    assert receipt is not None, document.body.id
    number = writing.plain(receipt.number or receipt.id)
    said = writing.texts.corrects_refund.replace("{date}", writing.day(receipt.date))
    return said.replace("{number}", number)


def _payment(payment: Payment, writing: Writing) -> dict[str, object]:
    texts = writing.texts
    named = {
        "card": texts.method_card,
        "direct_debit": texts.method_direct_debit,
        "sepa_debit": texts.method_direct_debit,
        "bank_transfer": texts.method_bank_transfer,
    }
    method = named.get(payment.method, payment.method.replace("_", " "))
    shown = payment.brand or method
    digits = f" •••• {payment.last4}" if payment.last4 else ""
    code = payment.authorisation
    return {
        "method": writing.run(f"{shown[:1].upper()}{shown[1:]}{digits}", CODE_CHARACTERS_MAX),
        "reference": writing.code_or_none(payment.reference) or "",
        "authorisation": {"label": texts.authorisation, "value": writing.code(code)}
        if code
        else None,
        "date": writing.day(payment.date),
        "amount": writing.money(payment.amount),
    }
