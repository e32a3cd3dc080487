"""Payments and refunds: how a request becomes a command of the shared path, and cancellations."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from msgspec import UNSET, Struct
from typing_extensions import override

from pspsim.charges import ChargeBody, ChargeCommand, charge_command
from pspsim.commands import KEY_LENGTH_MAX, Command, answer
from pspsim.dialects.gocardless import bodies, events
from pspsim.dialects.gocardless.causes import SCHEMES
from pspsim.dialects.gocardless.errors import invalid, refused
from pspsim.dialects.gocardless.shown import COLLECTED_AFTER
from pspsim.dialects.gocardless.stages import (
    INACTIVE,
    Object,
    find_mandate,
    mandate_status,
    payment_status,
    timestamp,
)
from pspsim.faults import Fault
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.records import Charge, Executed, Kept, Kind, Settled
from pspsim.refunds import RefundBody, RefundCommand, refund_command
from pspsim.replies import Reply, RequestRefused

_REFERENCE_CHARACTERS_MAX: Final = 64


class _Anything(Struct, frozen=True):
    """What a key is held against: a key that was used is used, whatever comes with it."""


@dataclass(frozen=True, slots=True)
class Order(Command):
    """A command of the shared path that asks the state of things only once its key is free."""

    inner: ChargeCommand | RefundCommand
    allowed: Callable[[], None]

    @property
    @override
    def kind(self) -> Kind:
        return self.inner.kind

    @property
    @override
    def reference(self) -> str:
        return self.inner.reference

    @property
    @override
    def body(self) -> Struct:
        return _Anything()

    @property
    @override
    def is_fixed(self) -> bool:
        return self.inner.is_fixed

    @override
    def check(self) -> None:
        self.allowed()
        try:
            self.inner.check()
        except RequestRefused as error:
            raise invalid("refunds", amount=error.message) from error

    @override
    def fault(self, ordinal: int) -> Fault | None:
        return self.inner.fault(ordinal)

    @override
    def execute(self, key: str, *, fingerprint: str, server_error: int | None) -> Executed:
        return self.inner.execute(key, fingerprint=fingerprint, server_error=server_error)


def key_of(provider: Provider, request: Request) -> str:
    """Return the idempotency key of a request, or one of its own where it brings none."""
    key = request.key.decode("latin-1")
    if len(key) > KEY_LENGTH_MAX:
        raise refused("idempotency_key_too_long")
    return key or f"without-key-{len(provider.books.executions)}"


def create_payment(provider: Provider, request: Request) -> Reply:
    """Answer ``POST /payments``; raises ``Refused``."""
    body = bodies.read("payments", request.body, bodies.PaymentBody)
    mandate = find_mandate(provider, body.links.mandate)
    if mandate is None:
        raise refused("link_not_found", "there is no such mandate")
    if body.currency not in SCHEMES:
        raise invalid("payments", currency=f"only {', '.join(SCHEMES)} are simulated")
    key = key_of(provider, request)
    note = {
        "mandate": body.links.mandate,
        "metadata": json.dumps(body.metadata),
        "retry_if_possible": str(body.retry_if_possible).lower(),
        **({} if body.description is None else {"description": body.description}),
        **({} if body.reference is None else {"reference": body.reference}),
        **_charge_date(provider, body.charge_date),
    }
    charge = ChargeBody(
        reference=_reference(body.metadata, key=key),
        amount=body.amount,
        currency=body.currency,
        payment_token=mandate["token"],
        initiator="merchant",
        description=body.description or "",
    )
    try:
        command = charge_command(provider, charge, note=note)
    except RequestRefused as error:
        raise invalid("payments", **{"links.mandate": error.message}) from error

    def allowed() -> None:
        if mandate_status(provider, mandate) in INACTIVE:
            raise refused("mandate_is_inactive")

    return answer(provider, Order(command, allowed), key=key)


def create_refund(provider: Provider, request: Request) -> Reply:
    """Answer ``POST /refunds``; raises ``Refused``."""
    body = bodies.read("refunds", request.body, bodies.RefundBody)
    charge = provider.own.charges.get(body.links.payment)
    if charge is None:
        raise refused("link_not_found", "there is no such payment")
    key = key_of(provider, request)
    note = {
        "metadata": json.dumps(body.metadata),
        **({} if body.reference is None else {"reference": body.reference}),
    }
    held = RefundBody(
        reference=_reference(body.metadata, key=key),
        charge=charge.id,
        amount=body.amount,
        currency=charge.currency,
    )
    command = refund_command(provider, held, note=note)

    def allowed() -> None:
        if payment_status(provider, charge_now(provider, charge)) not in {"confirmed", "paid_out"}:
            raise refused("refund_payment_invalid_state")
        if body.total_amount_confirmation is UNSET:
            raise invalid("refunds", total_amount_confirmation="is required")
        total = provider.own.refunded[charge.id] + body.amount
        if body.total_amount_confirmation != total:
            raise refused("total_amount_confirmation_invalid")

    return answer(provider, Order(command, allowed), key=key)


def charge_now(provider: Provider, charge: Charge) -> Charge:
    """Return a charge as the books have it now."""
    return provider.own.charges[charge.id]


def cancel_payment(provider: Provider, charge: Charge, *, why: str = "payment_cancelled") -> None:
    """Cancel a payment whose bank has not heard of it; raises ``Refused``."""
    if payment_status(provider, charge) != "pending_submission":
        raise refused("cancellation_failed")
    now = provider.books.now
    provider.books.record(Settled(provider.name, Kind.CHARGE, charge.id, now, why))
    provider.announce(provider.name, charge_now(provider, charge))


def cancel_mandate(provider: Provider, mandate: Object) -> Object:
    """Cancel a mandate and what has not been submitted of it; raises ``Refused``."""
    if mandate_status(provider, mandate) == "cancelled":
        raise refused("cancellation_failed")
    cancelled = happened(provider, mandate, "cancelled")
    for charge in list(provider.own.charges.values()):
        is_of_it = provider.own.notes[charge.id]["mandate"] == mandate["id"]
        if is_of_it and payment_status(provider, charge) == "pending_submission":
            cancel_payment(provider, charge, why="mandate_cancelled_by_api")
    return cancelled


def happened(provider: Provider, mandate: Object, action: str, **details: Any) -> Object:
    """Keep what happened to a mandate, and tell of it."""
    before = mandate.get("history", [])
    step = {"action": action, "at": timestamp(provider.books.now), **details}
    changed = {**mandate, "history": [*before, step]}
    provider.books.record(Kept(provider.name, "mandates", mandate["id"], changed))
    provider.announce(provider.name, events.newest_mandate(provider, changed))
    return changed


def _charge_date(provider: Provider, day: str | None) -> dict[str, str]:
    """Read the day a payment is to come on; it cannot be sooner than the banks allow."""
    if day is None:
        return {}
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise invalid("payments", charge_date="must be a date") from None
    if on < (provider.books.now + COLLECTED_AFTER).date():
        raise invalid("payments", charge_date="must be on or after next_possible_charge_date")
    noon = datetime.combine(on, time(12), tzinfo=UTC)
    return {"charge_date": day, "settles_on": noon.isoformat()}


def _reference(metadata: dict[str, str], *, key: str) -> str:
    """Return how the books name an execution: by the client's own word, else by its key."""
    return metadata.get("reference", key)[:_REFERENCE_CHARACTERS_MAX] or key
