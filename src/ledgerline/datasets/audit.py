"""Run the queries of ``invariants``: each returns the rows that break its sentence."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, LiteralString, NamedTuple, cast

from ledgerline.base.db import ReadTx
from ledgerline.base.run import Run
from ledgerline.base.statements import Statement

ROWS_MAX: Final = 20  # shown of each broken invariant; all are counted
_HEAD: Final = re.compile(r"-- ([IR]-[0-9]{2}): (.+)\n")


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


@cache
def invariants() -> tuple[Invariant, ...]:
    """Load all invariants in order of id."""
    found = [
        _read(path.name, path.read_text("utf-8"))
        for path in files("ledgerline.datasets").joinpath("invariants").iterdir()
        if path.name.endswith(".sql")
    ]
    return tuple(sorted(found))


async def audit(run: Run) -> list[Violation]:
    """Run every invariant, each in a READ ONLY transaction of its own; empty means all hold.

    One statement sees one snapshot, so flows may go on meanwhile.
    """
    broken = []
    for invariant in invariants():
        async with run.surveying() as read:
            violation = await violation_of(read, invariant)
        if violation is not None:
            broken.append(violation)
    return broken


async def violation_of(read: ReadTx, invariant: Invariant) -> Violation | None:
    """Run one invariant; None means it holds."""
    query = f"""
        SELECT to_jsonb(v)::text AS row, count(*) OVER () AS broken
          FROM ({invariant.query}) AS v
         LIMIT {ROWS_MAX}"""  # noqa: S608 - our own file
    statement = Statement(
        name=invariant.id, text=cast("LiteralString", query), rank=None, refusals={}, arrays={}
    )
    found = await read.rows(statement, _FoundRow)
    if not found:
        return None
    return Violation(invariant, found[0].broken, [json.loads(one.row) for one in found])


def _read(name: str, text: str) -> Invariant:
    head = _HEAD.match(text)
    assert head is not None, f"{name} begins with `-- I-nn: sentence`"
    assert name == f"{head[1]}.sql", (name, head[1])
    return Invariant(head[1], head[2], text[head.end() :])
