"""Prove the invariants: our rows against each other, and against the simulator's own book."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli import output, simulator
from ledgerline.datasets.audit import ROWS_MAX, Violation, audit, invariants

_SQL: Final = statements(__name__)
_MAY_STILL_END: Final = frozenset({"requested", "sent", "unknown"})
_BOOKED: Final = frozenset({"succeeded", "late"})


class BookedRow(NamedTuple):
    """An attempt or refund of ours; ``subject_id`` may be executed once (payment, refund)."""

    bucket: int
    id: UUID
    subject_id: UUID
    psp_account: str
    state: str
    currency: str
    amount_minor: int


class ToldRow(NamedTuple):
    """A line of a settlement file that is nothing of ours, by the provider's name of it."""

    psp_account: str
    psp_ref: str


@dataclass(slots=True)
class Comparison:
    """How the simulator's book differs from ours. All but ``open`` and ``told`` must be 0."""

    executions: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    rows: list[dict[str, Any]] = field(default_factory=list)
    open: int = 0  #: executed, and our attempt has not ended yet
    told: int = 0  #: executed, nothing of ours, and people were told by a settlement line

    @property
    def is_broken(self) -> bool:
        """Say whether the books contradict each other."""
        return self.counts.total() > 0

    def add(self, what: str, **facts: object) -> None:
        """Record one difference; the first rows are kept."""
        self.counts[what] += 1
        if len(self.rows) < ROWS_MAX:
            self.rows.append({"difference": what, **facts})


@dataclass(frozen=True, slots=True)
class Proof:
    """What was checked and what is broken; ``comparison`` is None without a simulator."""

    checked: int
    violations: Sequence[Violation]
    comparison: Comparison | None

    @property
    def is_broken(self) -> bool:
        """Say whether anything that must hold does not."""
        return bool(self.violations) or (self.comparison is not None and self.comparison.is_broken)

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        if self.is_broken:
            broken = [one.invariant.id for one in self.violations]
            differing = self.comparison.counts if self.comparison else {}
            return f"BROKEN: {', '.join([*broken, *differing])}"
        books = f", {self.comparison.executions:,} executions match" if self.comparison else ""
        return f"{self.checked} invariants hold{books}"

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        found: dict[str, Any] = {
            "checked": self.checked,
            "violations": [
                {
                    "id": one.invariant.id, "text": one.invariant.text, "count": one.broken,
                    "rows": list(one.rows),
                }
                for one in self.violations
            ],
        }  # fmt: skip
        if self.comparison is not None:
            found["psp"] = {
                "executions": self.comparison.executions, "open": self.comparison.open,
                "told": self.comparison.told,
                "differences": dict(self.comparison.counts), "rows": self.comparison.rows,
            }  # fmt: skip
        return found


async def prove(run: Run, *, control_url: str | None, tell: Callable[[str], None]) -> Proof:
    """Check every invariant and, with a control port, the books of the simulator.

    ``tell`` hears how far it has come.
    """
    total = len(invariants())
    violations, comparison = await asyncio.gather(
        audit(run, lambda checked: tell(f"{checked} of {total} invariants checked")),
        _compare_books(run, control_url),
    )
    return Proof(total, violations, comparison)


async def _compare_books(run: Run, control_url: str | None) -> Comparison | None:
    if control_url is None:
        return None
    async with simulator.control(control_url) as control:
        return await compare(run, control.truth())


async def compare(run: Run, truth: AsyncIterator[Mapping[str, Any]]) -> Comparison:
    """Compare what the simulator executed with what we booked, by our references.

    The book is read first, so an execution that we have not seen yet is one we do not miss. What is
    nothing of ours is no difference once people were told of it.
    """
    executed: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    found = Comparison()
    async for line in truth:
        if line["status"] == "succeeded":
            found.executions += 1
            executed.setdefault((line["kind"], line["reference"]), []).append(line)
    for kind, name in (("charge", "charges"), ("refund", "refunds")):
        async with run.surveying() as read:
            booked = await read.rows(_SQL[name], BookedRow)
            told = set(await read.rows(_SQL["told"], ToldRow, kind=kind))
        own: dict[str, Sequence[Mapping[str, Any]]] = {
            ref: lines for (of, ref), lines in executed.items() if of == kind
        }
        _set_apart({row.id for row in booked}, own, told, found)
        _compare(kind, {str(row.id): row for row in booked}, own, found)
    return found


def _set_apart(
    ours: Collection[UUID],
    executed: dict[str, Sequence[Mapping[str, Any]]],
    told: Collection[ToldRow],
    found: Comparison,
) -> None:
    """Take out what is nothing of ours and stands in a settlement file that people look at."""
    known = {str(one) for one in ours}
    for reference, lines in list(executed.items()):
        named = {ToldRow(line["provider"], line["id"]) for line in lines}
        if reference not in known and named.issubset(told):
            found.told += len(lines)
            del executed[reference]


def _compare(
    kind: str,
    booked: Mapping[str, BookedRow],
    executed: Mapping[str, Sequence[Mapping[str, Any]]],
    found: Comparison,
) -> None:
    once: Counter[UUID] = Counter()
    for reference, lines in executed.items():
        row = booked.get(reference)
        if row is None:
            found.add("executed, unknown to us", kind=kind, reference=reference)
            continue
        once[row.subject_id] += len(lines)
        for what in _differences(row, lines):
            found.add(what, kind=kind, reference=reference, state=row.state)
        found.open += row.state in _MAY_STILL_END
    for subject, times in once.items():
        if times > 1:
            found.add("executed more than once", kind=kind, subject=subject, times=times)
    for reference, row in booked.items():
        if row.state in _BOOKED and reference not in executed:
            found.add("booked, not executed", kind=kind, reference=reference)


def _differences(row: BookedRow, lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if row.state not in _BOOKED | _MAY_STILL_END:
        yield "executed, not booked"
    asked = (row.psp_account, row.amount_minor, row.currency)
    if any((line["provider"], line["amount"], line["currency"]) != asked for line in lines):
        yield "another amount, currency or provider"


def print_problems(proof: Proof) -> None:
    """Print what is broken, invariant by invariant."""
    for one in proof.violations:
        output.show_rows(
            [{"row": row} for row in one.rows],
            as_json=False,
            title=f"{one.invariant.id}: {one.invariant.text} ({one.broken} rows break it)",
        )
    if proof.comparison is not None and proof.comparison.is_broken:
        output.show(dict(proof.comparison.counts), as_json=False)
        output.show_rows(
            [{"row": row} for row in proof.comparison.rows], as_json=False, title="differences"
        )
