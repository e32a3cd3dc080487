"""Where models were not believed, in short: by model and reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ledgerline.payments.rows.learning import FaultRow


class Fault(NamedTuple):
    """For how many decisions a model was not believed, why, and from when to when."""

    kind: str
    why: str
    decisions: int
    since: datetime
    until: datetime


def summed(rows: Sequence[FaultRow]) -> tuple[Fault, ...]:
    """Sum up the faults of ticks; those that were seen last come first."""
    found: dict[tuple[str, str], Fault] = {}
    for row in rows:
        held = found.get((row.kind, row.why))
        found[row.kind, row.why] = Fault(
            kind=row.kind,
            why=row.why,
            decisions=row.decisions + (0 if held is None else held.decisions),
            since=row.seen_at if held is None else min(held.since, row.seen_at),
            until=row.seen_at if held is None else max(held.until, row.seen_at),
        )
    return tuple(sorted(found.values(), key=lambda one: one.until, reverse=True))
