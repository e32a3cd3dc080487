"""The clock: what time it is here. A sandbox's clock is moved by the command line."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.refusals import ClockDriverRequired
from ledgerline.api.shapes import Instant, utc
from ledgerline.flows.move_clock import ClockNotVirtual


class AdvanceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the clock of a sandbox should move."""

    to: Instant | None = None
    by: Annotated[str, Meta(max_length=40)] | None = None


class Clock(Struct, frozen=True, kw_only=True):
    """What time it is here; a sandbox has a clock of its own."""

    object: str = "clock"
    livemode: bool
    now: datetime
    is_virtual: bool


async def get(call: Call) -> Answer:
    """Read the clock."""
    virtual = call.run.instant is not None
    return Answer(200, Clock(livemode=call.livemode, now=utc(call.run.now()), is_virtual=virtual))


async def advance(call: Call) -> Answer:
    """Refuse: the providers' clock must move too, and this process cannot reach it."""
    if call.run.instant is None:
        raise ClockNotVirtual("this environment lives in real time")
    raise ClockDriverRequired(
        "use `ledgerline clock advance`: it moves the simulated providers too"
    )


OPERATIONS: Final = (
    Operation(
        name="get_clock", method="GET", path="/v1/clock", summary="Read the clock", handle=get,
        gives={200: Clock},
    ),
    Operation(
        name="advance_clock", method="POST", path="/v1/clock/advance",
        summary="Refused: the clock of a sandbox is moved by `ledgerline clock advance`",
        handle=advance, gives={}, body=AdvanceBody,
    ),
)  # fmt: skip
