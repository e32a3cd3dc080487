"""The connector itself: builds requests, delegates reading."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, assert_never
from urllib.parse import quote

from typing_extensions import override

from ledgerline.payments.adapters.sandbox import outcomes, reading, wire
from ledgerline.payments.adapters.standard_webhooks import verified_id
from ledgerline.payments.model import (
    AccountAccess,
    Action,
    ChargeKind,
    EvidenceKind,
    Lookup,
    Outcome,
    Psp,
    PspReply,
    PspRequest,
    Reading,
    SentAttempt,
    SentRefund,
    TransportFailure,
    VerifiedEvent,
)

_CHARGES: Final = "/v1/charges"
_REFUNDS: Final = "/v1/refunds"


class Sandbox(Psp):
    """Speak the native dialect; without state, so one value serves all accounts."""

    @override
    def build(self, what: Action, access: AccountAccess) -> PspRequest:
        match what:
            case SentAttempt():
                return _order(_CHARGES, access, key=what.reference, order=_charge(what))
            case SentRefund():
                return _order(_REFUNDS, access, key=what.reference, order=_refund(what))
            case Lookup():
                path = _CHARGES if what.kind is ChargeKind.CHARGE else _REFUNDS
                query = quote(what.reference, safe="")
                return PspRequest(
                    "GET", f"{path}?reference={query}", (_authorization(access),), b""
                )
            case _:
                assert_never(what)

    @override
    def read(self, what: Action, reply: PspReply | TransportFailure) -> Reading:
        if isinstance(what, Lookup):
            return reading.of_lookup(what, reply)
        return reading.of_answer(what, reply)

    @override
    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, access: AccountAccess, *, now: datetime
    ) -> VerifiedEvent:
        event_key = verified_id(headers, raw, secrets=access.webhook_secrets, now=now)
        event = wire.decode_event(raw)
        if event is None:
            return VerifiedEvent(
                event_key=event_key,
                event_type=reading.UNREADABLE,
                kind=None,
                reference=None,
                reading=None,
            )
        if event.type not in outcomes.EVENTS:
            return VerifiedEvent(
                event_key=event_key, event_type=event.type, kind=None, reference=None, reading=None
            )
        kind, status = outcomes.EVENTS[event.type]
        held: reading.Held | None
        if kind is ChargeKind.CHARGE:
            held = wire.convert(event.data, wire.Charge)
        else:
            held = wire.convert(event.data, wire.Refund)
        if held is None:
            return VerifiedEvent(
                event_key=event_key, event_type=event.type, kind=kind, reference=None, reading=None
            )
        # a type that its own object contradicts proves nothing
        outcome = reading.outcome_of(held) if held.status == status else Outcome.UNKNOWN
        read = reading.of_held(held, outcome, kind=EvidenceKind.WEBHOOK)
        return VerifiedEvent(
            event_key=event_key,
            event_type=event.type,
            kind=kind,
            reference=held.reference,
            reading=read,
        )


def _charge(what: SentAttempt) -> wire.ChargeOrder:
    return wire.ChargeOrder(
        reference=what.reference,
        amount=what.amount.minor,
        currency=what.amount.currency,
        payment_token=what.psp_token,
        initiator=what.initiator,
        description=f"payment {what.payment_id}",
    )


def _refund(what: SentRefund) -> wire.RefundOrder:
    return wire.RefundOrder(
        reference=what.reference,
        charge=what.charge_ref,
        amount=what.amount.minor,
        currency=what.amount.currency,
    )


def _order(
    path: str, access: AccountAccess, *, key: str, order: wire.ChargeOrder | wire.RefundOrder
) -> PspRequest:
    headers = (
        _authorization(access),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", key),
    )
    return PspRequest("POST", path, headers, wire.encode(order))


def _authorization(access: AccountAccess) -> tuple[str, str]:
    return ("Authorization", f"Bearer {access.api_secret}")
