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
from pspsim.records import Charge, Refund, Status, encode

_SIGNED = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")
_IMPOSSIBLE = "Insufficient balance on payment"


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
