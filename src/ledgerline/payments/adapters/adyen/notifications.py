"""Adyen's webhooks: batches of items, each signed apart, and of each item some fields only.

The signature is base64 of HMAC-SHA256 over eight fields joined by colons, keyed by the bytes that
the hexadecimal key stands for. It covers neither the rest of the item nor a time: what is not
signed decides nothing here, and an old delivery that comes again is known by its event key.

Source: Adyen docs, "Verify HMAC signatures".
"""

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.adyen import disputing, outcomes, wire
from ledgerline.payments.adapters.adyen.amounts import money_of
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused

BODY_BYTES_MAX: Final = 256 * 1024
ITEMS_MAX: Final = 100  # the standard webhook sends six at most; more would only cost time
_SUCCESS: Final = {"true": True, "false": False}


def read(raw: bytes, *, keys: Sequence[bytes], account: str) -> list[VerifiedEvent]:
    """Read a delivery of which every item was signed with one of ``keys``.

    Raises ``SignatureRefused`` for the whole of it where one was not. What was signed for another
    merchant account than ``account`` is kept and names nothing of ours.
    """
    if len(raw) > BODY_BYTES_MAX:
        raise SignatureRefused("the body is too large", reason="oversize")
    delivery = strict_json.decode_signed(raw, wire.Delivery)
    if delivery is None or len(delivery.notification_items) > ITEMS_MAX:
        raise SignatureRefused("no signed items are to be found", reason="body")
    items = [each.item for each in delivery.notification_items]
    for item in items:
        _verify(item, keys)
    return [_event(item, account) for item in items]


def key_of(text: str) -> bytes | None:
    """Return the key that a secret stands for; None where it is not hexadecimal."""
    try:
        return bytes.fromhex(text) or None
    except ValueError:
        return None


def _verify(item: wire.Item, keys: Sequence[bytes]) -> None:
    fields = _signed(item)
    # Nothing is escaped, so a colon could move what is signed from one field into another. Our
    # reference may hold them, since what is before and behind it then still falls into its place.
    if any(":" in field for field in (*fields[:3], *fields[4:])):
        raise SignatureRefused("a signed field holds a colon", reason="fields")
    signed = _bytes(":".join(fields))
    claimed = _bytes(item.additional_data.hmac_signature)
    matches = [
        hmac.compare_digest(claimed, base64.b64encode(hmac.digest(key, signed, sha256)))
        for key in keys
    ]  # all of them: where it stops would tell which key is close
    if not any(matches):
        raise SignatureRefused("no signature matches", reason="signature")


def _signed(item: wire.Item) -> tuple[str, ...]:
    return (
        item.psp_reference,
        item.original_reference,
        item.merchant_account_code,
        item.merchant_reference,
        str(item.amount.value),
        item.amount.currency,
        item.event_code,
        item.success,
    )


def _bytes(text: str) -> bytes:
    """Encode a text of JSON, which may hold half a surrogate: then no signature matches."""
    return text.encode("utf-8", "surrogatepass")


def _event(item: wire.Item, account: str) -> VerifiedEvent:
    event_type, psp_ref = strict_json.word(item.event_code), strict_json.word(item.psp_reference)
    if event_type is None or psp_ref is None or item.success not in _SUCCESS:
        key = sha256(_bytes(":".join(_signed(item)))).hexdigest()
        return VerifiedEvent(
            event_key=key, event_type="unreadable", kind=None, reference=None, reading=None
        )
    is_ours = item.merchant_account_code == account
    reference = strict_json.word(item.merchant_reference) if is_ours else None
    happened = is_ours and _SUCCESS[item.success]
    return VerifiedEvent(
        event_key=f"{event_type}:{psp_ref}:{item.success}",
        event_type=event_type,
        kind=_kind(event_type, item),
        reference=reference,
        reading=_reading(item, psp_ref) if reference is not None else None,
        alarm=outcomes.ALARMS.get(event_type) if happened else None,
        dispute=disputing.read(item, psp_ref=psp_ref) if happened else None,
    )


def _kind(event_type: str, item: wire.Item) -> ChargeKind | None:
    if event_type in outcomes.SETUP_EVENTS and item.amount.value == 0:
        return ChargeKind.SETUP
    if event_type in outcomes.REFUND_EVENTS:
        return ChargeKind.REFUND
    return ChargeKind.CHARGE if event_type in outcomes.CHARGE_EVENTS else None


def _reading(item: wire.Item, psp_ref: str | None) -> Reading | None:
    """Read what is signed: how it ended, and of what amount. Why it was refused is not signed."""
    outcome = outcomes.ENDS.get((item.event_code, _SUCCESS[item.success]))
    if outcome is None:
        return None
    amount = money_of(item.amount.value, item.amount.currency)
    if item.event_code in outcomes.MODIFICATIONS:
        psp_ref = strict_json.word(item.original_reference)
    is_void = outcome is Outcome.NOT_EXECUTED
    category = outcomes.WHY_ENDED.get(item.event_code) if is_void else None
    return Reading(
        Outcome.UNKNOWN if amount is None else outcome,
        EvidenceKind.VOID_CONFIRMED if is_void else EvidenceKind.WEBHOOK,
        psp_ref=psp_ref,
        amount=amount,
        category=DeclineCategory.UNMAPPED if outcome is Outcome.DECLINED else category,
    )
