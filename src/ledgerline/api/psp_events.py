"""Webhooks of providers: verified over the raw bytes, kept, acknowledged."""

from typing import Final

from msgspec import Struct

from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.flows.receive_psp_event import receive_psp_event


class Received(Struct, frozen=True, kw_only=True):
    """A webhook was verified and kept; ``is_new`` is False for a repeat."""

    object: str = "psp_event_receipt"
    is_new: bool


async def receive(call: Call) -> Answer:
    """Keep a webhook; a signature that does not hold is refused and nothing is kept."""
    received = await receive_psp_event(
        call.run, call.psps, account=call.path["account"], headers=call.headers, raw=call.raw
    )
    return Answer(200, Received(is_new=received.new > 0))


OPERATIONS: Final = (
    Operation(
        name="receive_psp_event", method="POST", path="/v1/psp/{account}/events",
        summary="Receive a provider's signed event", handle=receive, gives={200: Received},
        is_open=True, takes_raw=True,
    ),
)  # fmt: skip
