"""Which fault meets a request: rates in parts per million, drawn per reference and ordinal."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pspsim.draws import PPM, Draws


class Fault(StrEnum):
    """Name everything that can go wrong around a request, an execution or a webhook."""

    UNAUTHORIZED = "unauthorized"
    RATE_LIMIT = "rate_limit"
    RESET_BEFORE = "reset_before"
    TIMEOUT_BEFORE_ACCEPT = "timeout_before_accept"
    HTTP_5XX_BEFORE = "http_5xx_before"
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"
    CUT_REPLY = "cut_reply"
    HTTP_5XX_AFTER = "http_5xx_after"
    SLOW = "slow"
    LOOKUP_5XX = "lookup_5xx"
    REFUND_FAILED = "refund_failed"
    REFUND_PENDING = "refund_pending"
    REFUND_BOUNCES = "refund_bounces"
    DISPUTED = "disputed"
    WEBHOOK_DUP = "webhook_dup"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_REORDER = "webhook_reorder"


Rates = Mapping[Fault, int]
Entity = tuple[str | int, ...]

BEFORE_EXECUTION: Final = frozenset(
    {
        Fault.UNAUTHORIZED,
        Fault.RATE_LIMIT,
        Fault.RESET_BEFORE,
        Fault.TIMEOUT_BEFORE_ACCEPT,
        Fault.HTTP_5XX_BEFORE,
    },
)
# At most one fault of a group meets a request: one draw, compared with the running sum.
_COMMAND: Final = (
    Fault.UNAUTHORIZED,
    Fault.RATE_LIMIT,
    Fault.RESET_BEFORE,
    Fault.TIMEOUT_BEFORE_ACCEPT,
    Fault.HTTP_5XX_BEFORE,
    Fault.TIMEOUT_AFTER_ACCEPT,
    Fault.CUT_REPLY,
    Fault.HTTP_5XX_AFTER,
    Fault.SLOW,
)
_REFUND: Final = (Fault.REFUND_FAILED, Fault.REFUND_PENDING)
_TIMING: Final = (Fault.WEBHOOK_LOST, Fault.WEBHOOK_LATE, Fault.WEBHOOK_REORDER)
_GROUPS: Final = (_COMMAND, _REFUND, _TIMING)


def refusals(rates: Mapping[str, int]) -> list[str]:
    """List what is wrong with ``rates``; empty when they can be used."""
    known = {fault.value for fault in Fault}
    problems = [f"unknown fault {name!r}" for name in rates if name not in known]
    problems += [
        f"rate {name!r} is {rate} ppm, must be 0 to {PPM}"
        for name, rate in rates.items()
        if not 0 <= rate <= PPM
    ]
    for group in _GROUPS:
        total = sum(rates.get(fault, 0) for fault in group)
        if total > PPM:
            problems.append(f"{', '.join(group)} add up to {total} ppm, must be at most {PPM}")
    return problems


def known_rates(rates: Mapping[str, int]) -> dict[Fault, int]:
    """Convert checked ``rates`` to their faults."""
    return {Fault(name): rate for name, rate in rates.items()}


def for_command(draws: Draws, rates: Rates, *, entity: Entity) -> Fault | None:
    """Draw the fault of one charge or refund request."""
    return _first_hit(draws, rates, stream="fault", entity=entity, group=_COMMAND)


def for_refund(draws: Draws, rates: Rates, *, entity: Entity) -> Fault | None:
    """Draw how a refund ends: failed, pending, or None for succeeded."""
    return _first_hit(draws, rates, stream="refund", entity=entity, group=_REFUND)


def for_webhook(draws: Draws, rates: Rates, *, entity: Entity) -> Fault | None:
    """Draw what happens to the timing of one event: lost, late, reordered, or None."""
    return _first_hit(draws, rates, stream="webhook", entity=entity, group=_TIMING)


def happens(draws: Draws, rates: Rates, *, fault: Fault, entity: Entity) -> bool:
    """Draw whether a single ``fault`` happens, independent of the others."""
    rate = rates.get(fault, 0)
    return rate > 0 and draws.ppm(fault.value, *entity) < rate


def _first_hit(
    draws: Draws, rates: Rates, *, stream: str, entity: Entity, group: tuple[Fault, ...]
) -> Fault | None:
    if not any(rates.get(fault) for fault in group):
        return None
    rest = draws.ppm(stream, *entity)
    for fault in group:
        rate = rates.get(fault, 0)
        if rest < rate:
            return fault
        rest -= rate
    return None
