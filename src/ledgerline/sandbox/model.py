"""What may be asked of a sandbox, and what is refused."""

from enum import StrEnum
from typing import ClassVar

from ledgerline.base.errors import Rejected


class Asked(StrEnum):
    """What is asked for."""

    ADVANCE = "advance"
    OUTAGE = "outage"


class SandboxBusy(Rejected):
    """Something is being done already; ask again once that has ended."""

    code: ClassVar[str] = "clock_advancing"
