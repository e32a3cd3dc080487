"""Turn what a mail is about into what it says: plain facts, none of them personal."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from ledgerline.letters.cases import Case
from ledgerline.letters.facts import Facts, Sender
from ledgerline.letters.saying import HARD, NOW, PLANNED, SOFT, TRIAL
from ledgerline.mail.model import MailKind
from ledgerline.subscriptions.model import AgreementKind, SubscriptionState
from ledgerline.subscriptions.rows import AgreementRow

_BRANDS: Final = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express"}


def facts_of(case: Case) -> Facts:
    """Say what was the case when a mail is delivered."""
    item = case.item
    said: dict[str, Any] = {
        "sender": _sender(case),
        "plan": _name(case, item.plan_code),
        "quantity": item.quantity,
        "currency": case.subscription.currency,
        "documents": tuple(str(id) for id in case.documents if id in case.of.numbers),
    }
    numbers = [case.of.numbers[id] for id in case.documents if id in case.of.numbers]
    said |= {"number": numbers[0] if numbers else None}
    return Facts(**{**said, **_money(case), **_own(case)})


def _sender(case: Case) -> Sender:
    seller = case.seller
    place = " ".join(part for part in (seller.postal_code, seller.city) if part)
    lines = (seller.legal_name, seller.line1, seller.line2, place)
    return Sender(
        name=seller.name,
        lines=tuple(line for line in lines if line),
        country=seller.country,
        email=seller.email,
        website=seller.website,
        colour=seller.colour,
    )


def _name(case: Case, code: str) -> str:
    plan = case.of.plans.get(code)
    return code if plan is None else plan.name


def _money(case: Case) -> dict[str, Any]:
    """Say what was paid, owed or given back, and by what."""
    paid, refund, invoice = case.payment, case.refund, case.invoice
    if paid is not None:
        tax = invoice.tax_minor if invoice and invoice.total_minor == paid.amount_minor else 0
        return {"amount": paid.amount_minor, "tax": tax, "method": method(paid.brand, paid.last4)}
    if refund is not None:
        return {"amount": refund.amount_minor, "method": method(refund.brand, refund.last4)}
    if invoice is not None:
        return {"amount": invoice.total_minor, "tax": invoice.tax_minor}
    return {}


def _own(case: Case) -> dict[str, Any]:
    """Say what only mails of this kind say."""
    says = _OWN.get(case.kind)
    return {} if says is None else says(case)


def _moved(case: Case) -> dict[str, Any]:
    return {"on": _on(case, case.row.occurred_at)}


def _issued(case: Case) -> dict[str, Any]:
    assert case.invoice is not None, case.row
    return {"on": case.invoice.issued_on.isoformat()}


def _refused(case: Case) -> dict[str, Any]:
    """Say whether it is tried again, and when."""
    assert case.payment is not None, case.row
    hard = case.payment.awaits_payer
    again = None if hard else case.payment.next_try_at
    return {"variant": HARD if hard else SOFT, "on": _on(case, again)}


def _debit(case: Case) -> dict[str, Any]:
    return {"on": case.told["due_on"], "mandate": case.told.get("mandate_reference")}


def _expiry(case: Case) -> dict[str, Any]:
    card = case.card
    return {
        "on": case.told["renews_on"],
        "method": None if card is None else method(card.brand, card.last4),
    }


def _renewal(case: Case) -> dict[str, Any]:
    """Say when it renews, and what that costs, as it was told."""
    return {"on": case.told["renews_on"], "amount": case.told["amount"]}


def _order(case: Case) -> dict[str, Any]:
    tries = case.subscription.state == SubscriptionState.TRIALING
    agreed = case.of.agreed.get(case.subscription.id, ())
    ordered = min((one.accepted_at for one in agreed), default=None)  # later ones are of changes
    return {
        "variant": TRIAL if tries else "", "on": _next(case),
        "texts": tuple(
            _text(case, one)
            for one in agreed
            if one.kind != AgreementKind.ORDER_BUTTON and one.accepted_at == ordered
        ),
    }  # fmt: skip


def _text(case: Case, agreed: AgreementRow) -> str:
    """Write a text with its version; where its words are not ours, its kind."""
    market, version = case.subscription.market_code, agreed.text_version
    said = case.of.texts.get((market, agreed.kind, agreed.language, version))
    return f"{said or agreed.kind.replace('_', ' ')} ({version})"


def _cancellation(case: Case) -> dict[str, Any]:
    ends_on = case.told.get("ends_on")
    return {"variant": NOW if ends_on is None else PLANNED, "on": ends_on}


def _withdrawal(case: Case) -> dict[str, Any]:
    """Say when it was received, to the minute: the law wants that on a durable medium.

    Source: Directive 2011/83/EU article 11a (4), by Directive (EU) 2023/2673.
    """
    zone = case.recipient.zone
    local = case.row.occurred_at.astimezone(ZoneInfo(zone))
    return {"on": local.date().isoformat(), "at": f"{local:%H:%M} ({zone})"}


def _change(case: Case) -> dict[str, Any]:
    """Say from what to what a plan changes, and when."""
    told = case.told
    said: dict[str, Any] = {"on": told.get("effective_on")}
    if "to" in told:
        said["plan"] = _name(case, told["to"])
    if told.get("from") not in {None, told.get("to")}:
        said["before"] = _name(case, told["from"])
    if "quantity" in told:
        said["quantity"] = told["quantity"]
    return said


def _on(case: Case, at: datetime | None) -> str | None:
    return None if at is None else case.day(at).isoformat()


def _next(case: Case) -> str | None:
    """Return the day of the next charge, as far as one is planned."""
    row = case.subscription
    if row.ends_on is not None or row.next_bill_at is None:
        return None
    return row.billed_through.isoformat()


def method(brand: str, last4: str) -> str:
    """Name what is charged as people know it."""
    return f"{_BRANDS.get(brand, brand.replace('_', ' ').title())} {last4}"


_OWN: Final[Mapping[MailKind, Callable[[Case], dict[str, Any]]]] = {
    MailKind.RECEIPT: _moved,
    MailKind.REFUND: _moved,
    MailKind.CREDIT_PAID_OUT: _moved,
    MailKind.REFUND_RETURNED: _moved,
    MailKind.INVOICE: _issued,
    MailKind.PAYMENT_FAILED: _refused,
    MailKind.PAYMENT_REMINDER: _refused,
    MailKind.PAYMENT_LAST_WARNING: _refused,
    MailKind.DEBIT_ANNOUNCED: _debit,
    MailKind.CARD_EXPIRING: _expiry,
    MailKind.TRIAL_ENDING: _renewal,
    MailKind.RENEWS_SOON: _renewal,
    MailKind.ORDER_CONFIRMED: _order,
    MailKind.CANCELED: _cancellation,
    MailKind.WITHDRAWN: _withdrawal,
    MailKind.PLAN_CHANGED: _change,
    MailKind.CHANGE_SCHEDULED: _change,
}
