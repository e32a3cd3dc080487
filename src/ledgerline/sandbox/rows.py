"""Row types of the sandbox: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class NewInstructionRow(NamedTuple):
    """Something to be done: until which instant of the virtual clock, and at which account."""

    id: UUID
    kind: str
    until: datetime
    psp_account: str | None
    asked_by: str
    asked_from: datetime


class InstructionRow(NamedTuple):
    """What is to be done now."""

    id: UUID
    kind: str
    until: datetime
    psp_account: str | None


class ProgressRow(NamedTuple):
    """How far it is."""

    id: UUID
    reached: datetime
    invoiced: int
    paid: int


class EndedRow(NamedTuple):
    """How it ended; ``said`` is why it failed."""

    id: UUID
    state: str
    said: str


class InstructionView(NamedTuple):
    """What was asked for, by whom, and how far it is; ``asked_from`` is where the clock stood."""

    id: UUID
    kind: str
    until: datetime
    psp_account: str | None
    asked_by: str
    asked_from: datetime
    state: str
    reached: datetime | None
    invoiced: int
    paid: int
    said: str
