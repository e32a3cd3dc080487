"""Tell a world of disputes as a provider would, and read what came of it."""

from datetime import datetime, timedelta
from typing import Any, Final, TypedDict
from uuid import UUID

from typing_extensions import Unpack

from ledgerline.base.ids import DisputeId
from ledgerline.base.money import Currency, Money
from ledgerline.datasets.audit import audit
from ledgerline.flows.record_dispute import DisputeTold, record_dispute
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReading,
    DisputeReason,
    DisputeSource,
    DisputeStage,
)
from tests.flow_values import Bought
from tests.flow_world import World

HOUR: Final = timedelta(hours=1)


async def attempt_of(world: World, bought: Bought) -> UUID:
    """Find the attempt that captured what was bought."""
    found: UUID = await world.value(
        "SELECT settled_attempt_id FROM payment WHERE id = %s", bought.payment_id
    )
    return found


class Said(TypedDict, total=False):
    """What is said of a dispute beside what happened."""

    minor: int | None
    ref: str
    kind: DisputeKind
    reason: DisputeReason
    at: datetime
    due_by: datetime


async def tell(
    world: World, attempt: UUID, event: DisputeEvent, **said: Unpack[Said]
) -> DisputeId | None:
    """Tell of a dispute of an attempt by a webhook; one an event and instant."""
    at, ref, minor = said.get("at", world.now), said.get("ref", "dp_1"), said.get("minor", 1199)
    reading = DisputeReading(
        event=event,
        kind=said.get("kind", DisputeKind.CARD),
        stage=DisputeStage.FORMAL,
        psp_ref=ref,
        charge_ref=None,
        amount=None if minor is None else Money(minor, Currency("EUR")),
        reason=said.get("reason", DisputeReason.NOT_RECEIVED),
        due_by=said.get("due_by"),
        occurred_at=at,
    )
    told = DisputeTold(
        psp_account=await world.value("SELECT psp_account FROM attempt WHERE id = %s", attempt),
        key=f"{ref} {event} {at.isoformat()}",
        source=DisputeSource.WEBHOOK,
        reading=reading,
        reference=str(attempt),
    )
    return await record_dispute(world.run, told)


async def disputed(world: World, payment_id: object) -> tuple[Any, ...]:
    """Read what is captured, refunded, refunding, disputed and lost of a payment."""
    [row] = await world.rows(
        "SELECT captured_minor, refunded_minor, refunding_minor, disputed_minor,"
        " dispute_lost_minor FROM payment WHERE id = %s",
        payment_id,
    )
    return row


async def reasons(world: World) -> list[str]:
    """Read why exceptions are open."""
    rows = await world.rows(
        "SELECT reason FROM money_exception WHERE closed_at IS NULL ORDER BY reason"
    )
    return [reason for (reason,) in rows]


async def broken(world: World) -> list[str]:
    """Audit the world and name what does not hold."""
    return [one.invariant.id for one in await audit(world.run) if one.broken]
