"""Prove the invariants: our own rows against each other, and against the simulator's book."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledgerline.base.run import Run


@dataclass(frozen=True, slots=True)
class Proof:
    """What was checked and what is broken."""

    checked: int

    @property
    def is_broken(self) -> bool:
        return False

    @property
    def sentence(self) -> str:
        return "x"

    def as_json(self) -> dict[str, Any]:
        return {}


async def prove(run: Run, *, control_url: str | None) -> Proof:
    return Proof(0)


def print_problems(proof: Proof) -> None:
    pass
