"""Run the queries of ``invariants``: each returns the rows that break its sentence.

One cannot be said in SQL: its query returns a sample, and ``projections`` says what breaks it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, LiteralString, NamedTuple, cast

from ledgerline.base.db import ReadTx
from ledgerline.base.run import Run
from ledgerline.base.statements import Statement
from ledgerline.datasets.projections import drift

PROJECTIONS: Final = "I-71"  # its query reads a sample, from which the rules rebuild the rows
ROWS_MAX: Final = 20  # shown of each broken invariant; all are counted
_HEAD: Final = re.compile(r"-- ([IR]-[0-9]{2,3}): (.+)\n")


class Invariant(NamedTuple):
    """A sentence that is always true, and the query that finds what breaks it."""

    id: str
    text: str
    query: str


class Violation(NamedTuple):
    """A broken invariant: how many rows break it, and the first of them by column name."""

    invariant: Invariant
    broken: int
    rows: Sequence[Mapping[str, Any]]


class _FoundRow(NamedTuple):
    row: str
    broken: int


class _SampledRow(NamedTuple):
    row: str


@cache
def invariants() -> tuple[Invariant, ...]:
    """Load all invariants in order of id."""
    found = [
        _read(path.name, path.read_text("utf-8"))
        for path in files("ledgerline.datasets").joinpath("invariants").iterdir()
        if path.name.endswith(".sql")
    ]
    return tuple(sorted(found))


async def audit(run: Run, tell: Callable[[int], None] = lambda _: None) -> list[Violation]:
    """Run every invariant, each in a READ ONLY transaction of its own; empty means all hold.

    ``tell`` hears how many were checked. One statement sees one snapshot, so flows may go on
    meanwhile.
    """
    broken = []
    for checked, invariant in enumerate(invariants()):
        tell(checked)
        async with run.surveying() as read:
            violation = await violation_of(read, invariant)
        if violation is not None:
            broken.append(violation)
    return broken


async def violation_of(read: ReadTx, invariant: Invariant) -> Violation | None:
    """Run one invariant; None means it holds."""
    if invariant.id == PROJECTIONS:
        return await audit_projections(read, invariant)
    query = f"""
        SELECT to_jsonb(v)::text AS row, count(*) OVER () AS broken
          FROM ({invariant.query}) AS v
         LIMIT {ROWS_MAX}"""  # noqa: S608 - our own file
    found = await read.rows(_statement(invariant, query), _FoundRow)
    if not found:
        return None
    return Violation(invariant, found[0].broken, [json.loads(one.row) for one in found])


async def audit_projections(read: ReadTx, invariant: Invariant) -> Violation | None:
    """Rebuild the rows of a sample of subscriptions from their logs and lines, and compare."""
    query = f"SELECT to_jsonb(v)::text AS row FROM ({invariant.query}) AS v"  # noqa: S608 - our own file
    sampled = await read.rows(_statement(invariant, query), _SampledRow)
    broken = [found for one in sampled if (found := drift(json.loads(one.row))) is not None]
    return Violation(invariant, len(broken), broken[:ROWS_MAX]) if broken else None


def _statement(invariant: Invariant, query: str) -> Statement:
    return Statement(
        name=invariant.id, text=cast("LiteralString", query), rank=None, refusals={}, arrays={}
    )


def _read(name: str, text: str) -> Invariant:
    head = _HEAD.match(text)
    assert head is not None, f"{name} begins with `-- I-nn: sentence`"
    assert name == f"{head[1]}.sql", (name, head[1])
    return Invariant(head[1], head[2], text[head.end() :])
