"""What differs between two releases: rows by key, cells, and totals by month."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from ledgerline.datasets.contract import Contract
from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.lake import Lake, Placed
from ledgerline.datasets.node import Node
from ledgerline.datasets.nodes import node_of, nodes
from ledgerline.datasets.release import tables_of
from ledgerline.releases.rows import ReleaseRow

ADDED: Final = ("_minor", "_e4", "_count")
"""Columns whose sums say something; of others, such as rates, only cells are compared."""
_BEFORE: Final = "release_before"
_AFTER: Final = "release_after"


class Changed(NamedTuple):
    """A row that was added, removed or changed: its key, and each cell before and after."""

    kind: str
    key: Mapping[str, Any]
    cells: Mapping[str, tuple[Any, Any]]


class Total(NamedTuple):
    """The sum of a column in a month, before and after; of amounts, in one currency."""

    month: date
    currency: str | None
    column: str
    before: int
    after: int


class Difference(NamedTuple):
    """What differs in one table. ``rows`` are the first of them, ``totals`` all that differ.

    A table that is in one of the releases alone, or in another version, is not compared: ``why``
    says so.
    """

    name: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    totals: Sequence[Total] = ()
    rows: Sequence[Changed] = ()
    why: str = ""


def diff(
    lake: Lake,
    before: ReleaseRow,
    after: ReleaseRow,
    *,
    name: str | None = None,
    rows_max: int = 0,
) -> list[Difference]:
    """Compare every table of two releases, or one; raises ``TableNotFound``."""
    chosen = nodes() if name is None else [node_of(name)]
    snapshots = tables_of(before), tables_of(after)
    with lake.opened(), duckdb_engine(lake.spill) as engine:
        return [
            _difference(engine, lake, node, snapshots=snapshots, rows_max=rows_max)
            for node in chosen
            if any(node.name in each for each in snapshots)
        ]


def _difference(
    engine: Engine,
    lake: Lake,
    node: Node,
    *,
    snapshots: tuple[Mapping[str, Placed], Mapping[str, Placed]],
    rows_max: int,
) -> Difference:
    contract = node.contract
    old, new = (each.get(node.name) for each in snapshots)
    if old is None or new is None:
        return Difference(node.name, why="it is in one of the releases alone")
    if old == new:
        return Difference(node.name)
    if old.table != new.table:
        return Difference(node.name, why="one of the releases has another version of it")
    for view, placed in ((_BEFORE, old), (_AFTER, new)):
        engine.name(view, lake.files(placed), lake.schema(placed))
    return compared(engine, contract, rows_max=rows_max)


def compared(engine: Engine, contract: Contract, *, rows_max: int) -> Difference:
    """Compare what the engine knows as the releases before and after."""
    added, removed, changed = (_count(engine, sql) for sql in _queries(contract).values())
    return Difference(
        name=contract.name,
        added=added,
        removed=removed,
        changed=changed,
        totals=list(_totals(engine, contract)) if added or removed or changed else (),
        rows=list(_rows(engine, contract, rows_max)) if rows_max else (),
    )


def _queries(contract: Contract) -> dict[str, str]:
    """Return what finds rows of each kind, with every column; of changed ones before and after."""
    keys = ", ".join(contract.key)
    others = [name for name in contract.columns if name not in contract.key]
    all_of = ", ".join(f"a.{name}" for name in contract.columns)
    pairs = [part for name in others for part in (f"b.{name}", f"a.{name} AS {name}_after")]
    both = ", ".join((*(f"a.{name}" for name in contract.key), *pairs))
    differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in others) or "false"
    joined = f"{_AFTER} AS a JOIN {_BEFORE} AS b USING ({keys})"
    return {
        "added": f"SELECT {all_of} FROM {_AFTER} AS a ANTI JOIN {_BEFORE} USING ({keys})",  # noqa: S608 - names of a contract
        "removed": f"SELECT {all_of} FROM {_BEFORE} AS a ANTI JOIN {_AFTER} USING ({keys})",  # noqa: S608 - names of a contract
        "changed": f"SELECT {both} FROM {joined} WHERE {differs}",  # noqa: S608 - names of a contract
    }


def _count(engine: Engine, sql: str) -> int:
    [row] = engine.sql(f"SELECT count(*) AS rows FROM ({sql})").to_pylist()  # noqa: S608 - our own
    return int(row["rows"])


def _rows(engine: Engine, contract: Contract, rows_max: int) -> Iterator[Changed]:
    keys = ", ".join(contract.key)
    others = [name for name in contract.columns if name not in contract.key]
    for kind, sql in _queries(contract).items():
        ordered = f"SELECT * FROM ({sql}) ORDER BY {keys} LIMIT {rows_max}"  # noqa: S608 - our own
        for row in engine.sql(ordered).to_pylist():
            yield Changed(
                kind,
                {name: row[name] for name in contract.key},
                {name: pair for name in others if (pair := _pair(kind, row, name)) is not None},
            )


def _pair(kind: str, row: Mapping[str, Any], name: str) -> tuple[Any, Any] | None:
    match kind:
        case "added":
            return None, row[name]
        case "removed":
            return row[name], None
        case _:
            after = row[f"{name}_after"]
            return None if row[name] == after else (row[name], after)


def _totals(engine: Engine, contract: Contract) -> Iterator[Total]:
    """Give the sums that differ: of each month and currency, column by column."""
    currency = "currency" if "currency" in contract.columns else "NULL"
    month = contract.partition
    for column in contract.columns:
        if column in contract.key or not column.endswith(ADDED):
            continue
        summed = f"""
SELECT month, currency, sum(before)::bigint AS before, sum(after)::bigint AS after FROM (
    SELECT {month} AS month, {currency} AS currency, {column} AS before, 0 AS after FROM {_BEFORE}
    UNION ALL SELECT {month}, {currency}, 0, {column} FROM {_AFTER})
 GROUP BY ALL HAVING sum(before) <> sum(after) ORDER BY month, currency"""  # noqa: S608 - names of a contract
        for row in engine.sql(summed).to_pylist():
            yield Total(
                month=row["month"],
                currency=row["currency"],
                column=column,
                before=row["before"],
                after=row["after"],
            )
