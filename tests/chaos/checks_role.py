"""The last process of a run: every invariant of the audit, on the finished books."""

import socket

from ledgerline.datasets.audit import audit
from tests.chaos.chance import Chance
from tests.chaos.place import Place
from tests.chaos.running import opened


async def check(place: Place, _slot: int, _chance: Chance, _socket: socket.socket) -> None:
    """Write down what the audit finds."""
    async with opened(place, "check") as (run, _):
        for one in await audit(run):
            place.append(
                "audit.ndjson",
                {
                    "id": one.invariant.id, "text": one.invariant.text, "count": one.broken,
                    "rows": str(list(one.rows)[:5]),
                },
            )  # fmt: skip
