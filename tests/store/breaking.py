"""How a rule of the schema is broken.

A broken row is the valid row of its table with a few values changed. Where the rule is a key or a
reference, the row gets a fresh id, so that nothing else can refuse it first.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, LiteralString, NamedTuple

from tests.store.valid_rows import (
    BUCKET,
    UNKNOWN,
)

CHECK: Final = "23514"
UNIQUE: Final = "23505"
REFERENCE: Final = "23503"
RESTRICT: Final = "23001"
JULY_2: Final = date(2026, 7, 2)
JULY_31: Final = date(2026, 7, 31)
FRESH: Final = {"id": UNKNOWN}
ELSEWHERE: Final = {"bucket": BUCKET + 1}
"""Another bucket: whatever is referenced does not exist there."""


class Broken(NamedTuple):
    """A row that ``rule`` must refuse with ``sqlstate``."""

    rule: str
    sqlstate: str
    table: str
    changes: dict[str, Any]


class Typed(NamedTuple):
    """A statement that ``rule`` must refuse with ``sqlstate``."""

    rule: str
    sqlstate: str
    statement: LiteralString


def checks(table: str, rule: str, *changes: dict[str, Any]) -> Iterator[Broken]:
    """Break a CHECK once by each of ``changes``."""
    yield from (Broken(f"{table}_{rule}", CHECK, table, change) for change in changes)


def step(before: str, event: str, after: str, **others: object) -> dict[str, Any]:
    """Put a row on a step of its state table."""
    return {"state_before": before, "state_event": event, "state": after, **others}
