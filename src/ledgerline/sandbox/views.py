"""What pages show of a sandbox."""

from typing import Final

from ledgerline.base.db import ReadTx
from ledgerline.base.statements import statements
from ledgerline.sandbox.rows import InstructionView

_SQL: Final = statements(__name__)


async def instructions(read: ReadTx, *, limit: int) -> list[InstructionView]:
    """Read what is to be done, and then what was, newest first."""
    return await read.rows(_SQL["instructions"], InstructionView, limit=limit)
