"""Carry out what is asked of a sandbox; only where the simulator can be reached."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Protocol

from ledgerline.base.errors import Rejected, Unavailable
from ledgerline.base.run import Run
from ledgerline.base.tasks import canceled
from ledgerline.flows.advance_clock import Advanced, advance_clock
from ledgerline.payments.model import Psps
from ledgerline.sandbox import store as sandbox
from ledgerline.sandbox.model import Asked
from ledgerline.sandbox.rows import EndedRow, InstructionRow, ProgressRow

TELL_SECONDS: Final = 1


class Outside(Protocol):
    """What is outside: the provider simulator."""

    async def move_clock(self, instant: datetime) -> None:
        """Move its clock; deliveries that fall due are out when it returns."""
        ...

    async def add_outage(self, account: str, start: datetime, end: datetime) -> None:
        """Let an account not answer from ``start`` until ``end`` of the virtual clock."""
        ...


async def follow_sandbox(run: Run, psps: Psps, outside: Outside) -> bool:
    """Carry out one thing that is asked for; False where nothing is.

    ``run`` has no fixed clock. What a process that died had begun is gone on with, from where the
    clock stands: nothing is done twice. What is refused has failed, with what it said.
    """
    async with run.transaction() as tx:
        row = await sandbox.claim_instruction(tx)
    if row is None:
        return False
    state, said = "done", ""
    try:
        await _carry_out(run, psps, outside, row)
    except (Rejected, Unavailable) as failure:
        state, said = "failed", str(failure)
    async with run.transaction() as tx:
        await sandbox.end_instruction(tx, EndedRow(row.id, state, said))
    return True


async def _carry_out(run: Run, psps: Psps, outside: Outside, row: InstructionRow) -> None:
    environment = await run.environment()
    now = environment.business_time
    if Asked(row.kind) is Asked.OUTAGE:
        assert row.psp_account is not None, row
        await outside.add_outage(row.psp_account, now, row.until)
    elif now < row.until:
        steps: list[Advanced] = []

        def note(so_far: Advanced) -> None:
            steps.append(so_far)

        async with _telling(run, row, steps):
            await advance_clock(run, psps, to=row.until, outside=outside.move_clock, progress=note)
        await _tell(run, row, steps[-1])


@asynccontextmanager
async def _telling(run: Run, row: InstructionRow, steps: list[Advanced]) -> AsyncIterator[None]:
    """Say now and then how far it is, beside the work."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            if steps:
                await _tell(run, row, steps[-1])

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        for failure in await canceled(telling):
            raise failure


async def _tell(run: Run, row: InstructionRow, step: Advanced) -> None:
    progress = ProgressRow(
        id=row.id, reached=step.instant, invoiced=step.invoiced, paid=step.succeeded
    )
    async with run.transaction() as tx:
        await sandbox.tell_progress(tx, progress)
