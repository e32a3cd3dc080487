"""The one path of everything that moves money: key, rules, fault before, execution, fault after."""

from hashlib import blake2b
from typing import Final, Protocol

from msgspec import Struct

from pspsim.faults import BEFORE_EXECUTION, Fault
from pspsim.provider import Provider
from pspsim.records import Charge, Executed, FaultMet, Kind, Refund, Status, Stored, encode
from pspsim.replies import Reply, RequestRefused, Send, kind_of

KEY_LENGTH_MAX: Final = 255
_ON_THE_WAY: Final = frozenset({Status.PENDING, Status.REQUIRES_ACTION})


class Command(Protocol):
    """Decide and describe one charge or refund; the path around it is the same for both."""

    @property
    def kind(self) -> Kind:
        """Return which command it is."""

    @property
    def reference(self) -> str:
        """Return the client's name of the command."""

    @property
    def body(self) -> Struct:
        """Return the request as it was understood; equal requests have equal bodies."""

    @property
    def is_fixed(self) -> bool:
        """Tell whether a test token fixed everything, so that no fault is drawn."""

    def check(self) -> None:
        """Refuse what the API forbids now; raises ``RequestRefused``."""

    def fault(self, ordinal: int) -> Fault | None:
        """Decide the fault of the request with this ordinal of its reference."""

    def execute(self, key: str, *, fingerprint: str, server_error: int | None) -> Executed:
        """Decide the outcome as the entry to be recorded."""


def answer(provider: Provider, command: Command, *, key: str) -> Reply:
    """Answer a valid request under its idempotency key, executing it at most once.

    Raises ``RequestRefused`` for what breaks a rule now; nothing is executed or stored then.
    """
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        raise RequestRefused(f"Idempotency-Key must have 1 to {KEY_LENGTH_MAX} characters")
    fingerprint = _fingerprint(command)
    stored = provider.own.stored(key, provider.books.now)
    if stored is not None:
        return _again(provider, command, key=key, fingerprint=fingerprint, stored=stored)
    is_ended = command.reference in provider.own.challenges.canceled
    if is_ended and command.kind is Kind.CHARGE and provider.dialect.ends_references:
        return provider.dialect.problem(409, "canceled")
    command.check()
    ordinal = provider.own.requests[command.kind, command.reference]
    fault = command.fault(ordinal)
    if fault in BEFORE_EXECUTION:
        provider.books.record(FaultMet(provider.name, command.kind, command.reference, fault))
        return before(provider, fault=fault, status=_status(provider, command, ordinal))
    return _first(provider, command, key=key, fingerprint=fingerprint, fault=fault)


def _first(
    provider: Provider, command: Command, *, key: str, fingerprint: str, fault: Fault | None
) -> Reply:
    entity = (provider.name, command.kind, command.reference, key)
    error = None
    if fault is Fault.HTTP_5XX_AFTER:
        error = 500 if command.is_fixed else provider.server_error(*entity)
    entry = command.execute(key, fingerprint=fingerprint, server_error=error)
    provider.books.record(entry)
    provider.counts[_outcome(entry.item)] += 1
    if entry.item.status not in _ON_THE_WAY or provider.dialect.settles_later:
        provider.announce(provider.name, entry.item)
    reply = after(
        provider,
        provider.dialect.executed(provider, provider.own.keys[key]),
        fault=fault,
        entity=entity,
    )
    if fault is Fault.SLOW:
        provider.running.add(key)
        return reply._replace(when_sent=lambda: provider.running.discard(key))
    return reply


def _again(
    provider: Provider, command: Command, *, key: str, fingerprint: str, stored: Stored
) -> Reply:
    if stored.fingerprint != fingerprint:
        return provider.dialect.problem(409, "idempotency_mismatch")
    if key in provider.running:
        return provider.dialect.problem(409, "idempotency_in_progress")
    provider.counts["replays"] += 1
    reply = provider.dialect.repeated(provider, stored)
    if command.is_fixed:
        return reply
    ordinal = provider.own.requests[command.kind, command.reference]
    provider.own.requests[command.kind, command.reference] += 1
    fault = command.fault(ordinal)
    if fault in BEFORE_EXECUTION:
        return before(provider, fault=fault, status=_status(provider, command, ordinal))
    if fault is Fault.HTTP_5XX_AFTER:
        return reply  # what is kept under the key does not change any more
    entity = (provider.name, command.kind, command.reference, ordinal)
    return after(provider, reply, fault=fault, entity=entity)


def _status(provider: Provider, command: Command, ordinal: int) -> int:
    """Draw the status of an error that comes before anything is executed."""
    entity = (provider.name, command.kind, command.reference, ordinal)
    return 500 if command.is_fixed else provider.server_error(*entity)


def before(provider: Provider, *, fault: Fault, status: int) -> Reply:
    """Build the answer to a request that met a fault and was not executed."""
    provider.count_fault(fault)
    if fault is Fault.UNAUTHORIZED:
        return provider.dialect.problem(401, "unauthorized")
    if fault is Fault.RATE_LIMIT:
        return provider.dialect.problem(429, "rate_limited", headers=b"retry-after: 1\r\n")
    if fault is Fault.RESET_BEFORE:
        return Reply(504, b"", send=Send.NOTHING)
    if fault is Fault.TIMEOUT_BEFORE_ACCEPT:
        return provider.hang()
    return provider.dialect.problem(status, "internal_error")


def after(
    provider: Provider, reply: Reply, *, fault: Fault | None, entity: tuple[str | int, ...]
) -> Reply:
    """Let a fault meet the answer to what was executed."""
    if fault is None:
        return reply
    provider.count_fault(fault)
    if fault is Fault.TIMEOUT_AFTER_ACCEPT:
        return provider.hang()
    if fault is Fault.CUT_REPLY:
        return reply._replace(send=Send.HALF)
    if fault is Fault.SLOW:
        return reply._replace(wait_ms=provider.slow_ms(*entity))
    return reply


def _outcome(item: Charge | Refund) -> str:
    if kind_of(item) is Kind.REFUND:
        return f"refunds_{item.status}"
    return "approved" if item.status is Status.SUCCEEDED else item.status.value


def _fingerprint(command: Command) -> str:
    message = command.kind.encode() + encode(command.body)
    return blake2b(message, digest_size=12).hexdigest()
