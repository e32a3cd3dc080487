"""Standard webhooks: items signed field by field, several in one delivery.

Sources: Adyen docs "Webhook structure and types", "Verify HMAC signatures".
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from pspsim.dialects.adyen import answers
from pspsim.dialects.adyen.amounts import shown
from pspsim.provider import Provider, Told
from pspsim.records import Charge, Dispute, DisputeChanged, Refund, Status, encode

_SIGNED = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")
_IMPOSSIBLE = "Insufficient balance on payment"
_DISPUTES = {
    "warn": "NOTIFICATION_OF_CHARGEBACK",
    "open": "CHARGEBACK",
    "win": "CHARGEBACK_REVERSED",
    "lose": "PREARBITRATION_LOST",
    "withdraw": "PREARBITRATION_ISSUER_WITHDRAWN",
}
_REASONS = {"fraud": "10.4", "canceled_recurring": "13.2"}
_STATUSES = {"won": "Won", "lost": "Lost", "needs_response": "Undefended"}


def of_payment(provider: Provider, charge: Charge, *, at: datetime) -> Told:
    """Tell how an authorisation ended; ``reason`` says of a payment its code, card and expiry.

    Where its payer never came back, the offer was closed.
    """
    if charge.status is Status.CANCELED:
        return _closed(provider, charge, at=at)
    reason = answers.reason_of(charge)
    if reason is None:
        year, month = charge.card.expires.split("-")
        code = answers.auth_code(provider.draws, charge)
        text = f"{code}:{answers.last_four(provider.draws, charge)}:{int(month)}/{year}"
    else:
        text = reason.text
    item = {
        "amount": shown(charge.amount, charge.currency),
        "eventCode": "AUTHORISATION",
        "eventDate": _instant(at),
        "merchantAccountCode": provider.own.notes[charge.id]["account"],
        "merchantReference": charge.reference,
        "operations": ["CANCEL", "CAPTURE", "REFUND"] if reason is None else [],
        "paymentMethod": "visa",
        "pspReference": charge.id,
        "reason": text,
        "success": _word(is_true=reason is None),
    }
    return _told(provider, item, answers.additional(provider.draws, charge))


def _closed(provider: Provider, charge: Charge, *, at: datetime) -> Told:
    item = {
        "amount": shown(charge.amount, charge.currency),
        "eventCode": "OFFER_CLOSED",
        "eventDate": _instant(at),
        "merchantAccountCode": provider.own.notes[charge.id]["account"],
        "merchantReference": charge.reference,
        "paymentMethod": "visa",
        "pspReference": charge.id,
        "reason": "",
        "success": _word(is_true=True),
    }
    return _told(provider, item, {})


def of_refund(provider: Provider, refund: Refund, *, at: datetime) -> Told:
    """Tell how a refund or a reversal ended, under the reference it was asked for with."""
    note, charge = provider.own.notes[refund.id], provider.own.charges[refund.charge]
    is_done = refund.status is Status.SUCCEEDED
    item = {
        "amount": shown(refund.amount, refund.currency),
        "eventCode": note["event"],
        "eventDate": _instant(at),
        "merchantAccountCode": note["account"],
        "merchantReference": note["named"],
        "originalReference": charge.id,
        "paymentMethod": "visa",
        "pspReference": refund.id,
        "reason": "" if is_done else _IMPOSSIBLE,
        "success": _word(is_true=is_done),
    }
    more = {"modification.action": "refund"} if note["event"] == "CANCEL_OR_REFUND" else {}
    return _told(provider, item, more)


def of_dispute(provider: Provider, changed: DisputeChanged) -> Told | None:
    """Tell one step of a dispute; that a defense was sent is told to nobody."""
    dispute, charge = changed.item, provider.own.charges[changed.item.charge]
    earlier = [one for one in provider.own.later.changes[:-1] if one.item.id == dispute.id]
    code = _DISPUTES.get(changed.step)
    if changed.step == "lose" and changed.moved and any(one.moved > 0 for one in earlier):
        code = "SECOND_CHARGEBACK"
    elif changed.step == "lose" and not earlier:
        code = "CHARGEBACK"  # and nothing more: it is lost once its time is over
    if code is None:
        return None
    item = {
        "amount": shown(dispute.amount, dispute.currency),
        "eventCode": code,
        "eventDate": _instant(changed.at),
        "merchantAccountCode": provider.own.notes[charge.id]["account"],
        "merchantReference": charge.reference,
        "originalReference": charge.id,
        "paymentMethod": "visa",
        "pspReference": dispute_reference(provider, dispute),
        "reason": dispute.reason,
        "success": _word(is_true=True),
    }
    more = {
        "chargebackReasonCode": _REASONS.get(dispute.reason, "13.1"),
        "defensePeriodEndsAt": _instant(dispute.due_by),
        "disputeStatus": _STATUSES.get(dispute.status, "Pending"),
    }
    return _told(provider, item, more)


def dispute_reference(provider: Provider, dispute: Dispute) -> str:
    """Return the reference that all events of a dispute have."""
    return provider.draws.name("", "adyen-dispute", dispute.id).lstrip("_")[:16].upper()


def of_reversal(provider: Provider, refund: Refund, *, at: datetime) -> Told:
    """Tell that a refund came back, under the reference it was asked for with."""
    note, charge = provider.own.notes[refund.id], provider.own.charges[refund.charge]
    item = {
        "amount": shown(refund.amount, refund.currency),
        "eventCode": "REFUNDED_REVERSED",
        "eventDate": _instant(at),
        "merchantAccountCode": note["account"],
        "merchantReference": note["named"],
        "originalReference": charge.id,
        "paymentMethod": "visa",
        "pspReference": refund.id,
        "reason": "",
        "success": _word(is_true=True),
    }
    return _told(provider, item, {})


def of_change(
    provider: Provider, charge: Charge, event: str, received: dict[str, Any], *, reason: str
) -> Told:
    """Tell what came of a capture or a cancel; with a ``reason`` it changed nothing."""
    item = {
        "amount": shown(charge.amount, charge.currency),
        "eventCode": event,
        "eventDate": _instant(provider.books.now),
        "merchantAccountCode": received["merchantAccount"],
        "merchantReference": received.get("reference", ""),
        "originalReference": charge.id,
        "paymentMethod": "visa",
        "pspReference": received["pspReference"],
        "reason": reason,
        "success": _word(is_true=not reason),
    }
    return _told(provider, item, {})


def joined(told: Sequence[Told]) -> Told:
    """Put the items of several deliveries into one."""
    bodies = [msgspec.json.decode(each.body) for each in told]
    items = [item for body in bodies for item in body["notificationItems"]]
    return Told(told[0].id, encode({"live": "false", "notificationItems": items}))


def signature(secret: str, item: dict[str, Any]) -> str:
    """Sign an item: eight fields, joined by colons and not escaped.

    A key is hexadecimal; any other secret is used as its own bytes.
    """
    try:
        key = bytes.fromhex(secret)
    except ValueError:
        key = secret.encode()
    fields = [item.get(name, "") for name in _SIGNED]
    fields += [item["amount"]["value"], item["amount"]["currency"]]
    fields += [item["eventCode"], item["success"]]
    return b64encode(hmac.digest(key, ":".join(map(str, fields)).encode(), sha256)).decode()


def _told(provider: Provider, item: dict[str, Any], more: dict[str, str]) -> Told:
    secret = provider.world.providers[provider.name].webhook_secret
    signed = {**more, "hmacSignature": signature(secret, item)}
    name = f"{item['eventCode']}:{item['pspReference']}:{item['success']}"
    wrapped = {"NotificationRequestItem": {"additionalData": signed, **item}}
    return Told(name, encode({"live": "false", "notificationItems": [wrapped]}))


def _word(*, is_true: bool) -> str:
    return "true" if is_true else "false"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
