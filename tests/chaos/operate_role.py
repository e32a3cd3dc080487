"""An operator who looks at a provider's own page for what no machine can find out any more.

Where nothing can be asked, or only while a key is kept, what was never executed has no other end:
that nobody finds it is no evidence, that a person looked is.
"""

import json
import socket
from typing import Final
from uuid import UUID

from ledgerline.base.ids import AttemptId, RefundId, bucket_of
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from tests.chaos.chance import Chance
from tests.chaos.place import Place
from tests.chaos.running import opened

ABSENT: Final = "absent.json"
_READING: Final = Reading(Outcome.NOT_EXECUTED, EvidenceKind.OPERATOR, code="nothing_there")


async def operate(place: Place, _slot: int, _chance: Chance, _socket: socket.socket) -> None:
    """End the attempts and refunds that the harness found in no provider's book."""
    absent = json.loads(place.path(ABSENT).read_text())
    async with opened(place, "operate", size=2) as (run, _):
        here = await run.at_clock()
        for reference in absent["attempts"]:
            id = AttemptId(UUID(reference))
            await settle_attempt(here, [Evidence(bucket_of(id), id, _READING)])
        for reference in absent["refunds"]:
            refund = RefundId(UUID(reference))
            await settle_refund(here, bucket=bucket_of(refund), refund_id=refund, reading=_READING)
