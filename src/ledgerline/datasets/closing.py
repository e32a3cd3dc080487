"""Months that are closed: what was published of them stays as it is, and is proven to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from ibis import Table

from ledgerline.base.calendar import add_months
from ledgerline.datasets.checks import ROWS_SHOWN, unlike
from ledgerline.datasets.computing import Computing
from ledgerline.datasets.contract import ClosedRule, Spread
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.node import Node
from ledgerline.datasets.release import Found, tables_of
from ledgerline.releases.rows import CloseRow, IntervalRow, ReleaseRow


class Closed(NamedTuple):
    """Months that are closed and not restated, and the release in which they stand."""

    months: frozenset[date]
    released: ReleaseRow | None

    def check(
        self, node: Node, engine: Computing, lake: Lake, files: Sequence[str]
    ) -> Found | None:
        """Compare what ``files`` hold of closed months with what the release says of them.

        None where no month is closed, or what is late may change the table. What is restated is
        left out: somebody said why.
        """
        before = tables_of(self.released).get(node.name)
        if not self.months or before is None or not is_locked(node):
            return None
        if not lake.has(node.namespace, node.contract, before):
            return None  # a new version of the table, of which nothing was closed
        kept = lake.files(node.namespace, node.contract, before)
        now, then = (
            self._of(engine.table(sorted(set(these) - set(others)), node.contract.schema()), node)
            for these, others in ((files, kept), (kept, files))
        )
        rows = engine.compute(unlike(now, then))
        return Found(
            name=f"{node.name}_closed",
            sentence="months that are closed are as they were closed",
            blocks=True,
            broken=rows.num_rows,
            rows=rows.slice(0, ROWS_SHOWN).to_pylist(),
        )

    def _of(self, table: Table, node: Node) -> Table:
        return table.filter(table[node.contract.partition].isin(sorted(self.months)))


OPEN: Final = Closed(frozenset(), None)
"""Nothing is closed."""


def closed_months(
    closes: Iterable[CloseRow], released: ReleaseRow | None, *, again: Iterable[date]
) -> Closed:
    """Return which months stay as they are in ``released`` while ``again`` are built again."""
    return Closed(frozenset(one.month for one in closes) - set(again), released)


def is_locked(node: Node) -> bool:
    """Answer whether what is late leaves a closed month of a table as it is.

    What tells of spans that end long after they began is built whole, and is no month's report.
    """
    return (
        node.contract.closed_rule is not ClosedRule.RESTATABLE
        and node.contract.spread is not Spread.WHOLE
    )


def next_to_close(closes: Sequence[CloseRow], first: date) -> date:
    """Return the first month that is not closed; months begin with ``first``."""
    return add_months(closes[-1].month, 1, anchor_day=1) if closes else first


def broken_chain(intervals: Sequence[IntervalRow]) -> int | None:
    """Return the number of the first interval that does not begin where the one before ended.

    One that begins an epoch reads everything and follows anything.
    """
    for before, after in pairwise(intervals):
        joins = (before.epoch, before.until) == (after.epoch, after.since)
        if after.since is not None and (after.no != before.no + 1 or not joins):
            return after.no
    return None


def close_number(
    closes: Sequence[CloseRow], month: date, restated: Mapping[int, Sequence[date]]
) -> int | None:
    """Return which close of ``month`` comes next; None where it stands as it was closed last.

    ``restated`` are the months that each release built again.
    """
    of_month = [one for one in closes if one.month == month]
    if not of_month:
        return 1
    last = of_month[-1]
    again = any(month in months for no, months in restated.items() if no > last.release_no)
    return last.no + 1 if again else None
