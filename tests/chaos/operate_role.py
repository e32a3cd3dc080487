"""Operators who look at a provider's own page for what no machine can find out any more.

Where nothing can be asked, or only while a key is kept, what was never executed has no other end:
that nobody finds it is no evidence, that two people looked is.
"""

import json
import socket
from typing import Final
from uuid import UUID

from ledgerline.flows.approve_evidence import approve_evidence
from ledgerline.flows.propose_evidence import Proposal, propose_evidence
from ledgerline.payments.rules.evidence import Ending, Subject
from tests.chaos.chance import Chance
from tests.chaos.place import Place
from tests.chaos.running import opened

ABSENT: Final = "absent.json"


async def operate(place: Place, _slot: int, _chance: Chance, _socket: socket.socket) -> None:
    """End the attempts and refunds that the harness found in no provider's book."""
    absent = json.loads(place.path(ABSENT).read_text())
    async with opened(place, "operate", size=2) as (run, _):
        here = await run.at_clock()
        for reference, subject in absent:
            proposal = Proposal(
                subject=Subject(subject),
                subject_id=UUID(reference),
                ending=Ending.NOT_EXECUTED,
                note="their page shows nothing under this reference",
                by="alva",
            )
            await approve_evidence(here, await propose_evidence(here, proposal), by="bo")
