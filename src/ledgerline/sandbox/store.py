"""Statements of what is asked of a sandbox."""

from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.sandbox.model import SandboxBusy
from ledgerline.sandbox.rows import EndedRow, InstructionRow, NewInstructionRow, ProgressRow

_SQL: Final = statements(__name__, refusals={"sandbox_instruction_open": SandboxBusy})


async def add_instruction(tx: Tx, row: NewInstructionRow) -> int:
    """Ask for something; raises ``SandboxBusy`` while something else is to be done."""
    return await tx.execute(_SQL["add_instruction"], expect=1, **row._asdict())


async def claim_instruction(tx: Tx) -> InstructionRow | None:
    """Take what is to be done, unless somebody is at it."""
    return await tx.row(_SQL["claim_instruction"], InstructionRow)


async def tell_progress(tx: Tx, row: ProgressRow) -> int:
    """Say how far it is."""
    return await tx.execute(_SQL["tell_progress"], **row._asdict())


async def end_instruction(tx: Tx, row: EndedRow) -> int:
    """Say how it ended; 0 where somebody else said so."""
    return await tx.execute(_SQL["end_instruction"], **row._asdict())
