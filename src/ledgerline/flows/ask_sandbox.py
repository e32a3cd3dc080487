"""Ask for what only those can do who reach the simulator: another instant, an outage."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledgerline.base.ids import bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.move_clock import ClockMovesForward, check_move
from ledgerline.sandbox import store as sandbox
from ledgerline.sandbox.model import Asked
from ledgerline.sandbox.rows import NewInstructionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What is asked for, until which instant of the virtual clock; an outage is of an account."""

    id: UUID
    kind: Asked
    until: datetime
    by: str
    psp_account: str | None = None


@repeated
async def ask_sandbox(run: Run, asked: Instruction, *, command: Command) -> None:
    """Write down what is asked for; whoever reaches the simulator carries it out.

    With the same ``command`` a repeat changes nothing. Raises ``ClockNotVirtual``,
    ``ClockMovesForward`` and, while something else is to be done, ``SandboxBusy``.
    """
    at = check_move(await run.environment(), asked.until)
    if asked.until == at:
        raise ClockMovesForward("forward only", now=at.isoformat())
    async with run.transaction() as tx:
        if await claim_key_in(tx, bucket=bucket_of(asked.id), command=command, subject_id=asked.id):
            return
        row = NewInstructionRow(
            id=asked.id, kind=asked.kind, until=asked.until, psp_account=asked.psp_account,
            asked_by=asked.by, asked_from=at,
        )  # fmt: skip
        await sandbox.add_instruction(tx, row)
