"""Health of the process: alive, and able to work."""

from typing import Final

from msgspec import Struct

from ledgerline.access import views
from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.refusals import DependencyUnavailable


class Health(Struct, frozen=True, kw_only=True):
    """Whether this process can work."""

    status: str


async def live(_: Call) -> Answer:
    """Say that the process answers; asks nothing else."""
    return Answer(200, Health(status="live"))


async def ready(call: Call) -> Answer:
    """Say whether database and schema are there."""
    async with call.run.reading() as read:
        if not await views.schema_is_present(read):
            raise DependencyUnavailable("the database has no schema: run `ledgerline db upgrade`")
    return Answer(200, Health(status="ready"))


OPERATIONS: Final = (
    Operation(
        name="live", method="GET", path="/livez", summary="Tell whether the process is alive",
        handle=live, gives={200: Health}, is_open=True,
    ),
    Operation(
        name="ready", method="GET", path="/readyz", summary="Tell whether the process can work",
        handle=ready, gives={200: Health}, is_open=True,
    ),
)  # fmt: skip
