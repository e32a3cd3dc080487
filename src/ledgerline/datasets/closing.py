"""Months that are closed: what was published of them stays as it is, and is proven to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

import pyarrow as pa

from ledgerline.base.calendar import add_months
from ledgerline.datasets.checks import ROWS_SHOWN, unlike
from ledgerline.datasets.computing import Computing
from ledgerline.datasets.contract import ClosedRule, Spread
from ledgerline.datasets.lake import Lake, table_name
from ledgerline.datasets.node import Node
from ledgerline.datasets.release import Found, tables_of
from ledgerline.releases.rows import CloseRow, IntervalRow, ReleaseRow


class Closed(NamedTuple):
    """Months that stay as they are in a release: they are closed and not restated.

    ``passed`` are months that are not closed, and of which nothing new was extracted: only other
    code can let them come out otherwise, and that is told.
    """

    months: frozenset[date]
    released: ReleaseRow | None
    passed: frozenset[date] = frozenset()

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
        if before.table != table_name(node.namespace, node.contract):
            return None  # a new version of the table, of which nothing was closed
        rows = self._unlike(node, engine, lake, files, months=self.months)
        return Found(
            name=f"{node.name}_closed",
            sentence="months that are closed are as they were closed",
            blocks=True,
            broken=rows.num_rows,
            rows=rows.slice(0, ROWS_SHOWN).to_pylist(),
        )

    def restated(
        self, node: Node, engine: Computing, lake: Lake, files: Sequence[str]
    ) -> tuple[Found, frozenset[date]] | None:
        """Say what other code makes of months that have passed, and in which of them.

        Of another version of the table the columns are compared that both have.
        """
        if not self.passed or not is_locked(node) or node.name not in tables_of(self.released):
            return None
        rows = self._unlike(node, engine, lake, files, months=self.passed)
        found = Found(
            name=f"{node.name}_restated",
            sentence="months that have passed are as they were released, or the release names them",
            blocks=False,
            broken=rows.num_rows,
            rows=rows.slice(0, ROWS_SHOWN).to_pylist(),
        )
        return found, frozenset(rows[node.contract.partition].to_pylist())

    def _unlike(
        self,
        node: Node,
        engine: Computing,
        lake: Lake,
        files: Sequence[str],
        *,
        months: frozenset[date],
    ) -> pa.Table:
        """Return rows of months of which there are more, or fewer, than in the release.

        What ripens is no part of them.
        """
        before = tables_of(self.released)[node.name]
        kept, schema = lake.files(before), lake.schema(before)
        ripe = set(schema.names) - set(node.contract.ripens)
        shared = [name for name in node.contract.columns if name in ripe]
        now, then = (
            engine.table(sorted(set(these) - set(others)), columns).select(*shared)
            for these, others, columns in (
                (files, kept, node.contract.schema()),
                (kept, files, schema),
            )
        )
        month = node.contract.partition
        held = (one.filter(one[month].isin(sorted(months))) for one in (now, then))
        return engine.compute(unlike(*held))


OPEN: Final = Closed(frozenset(), None)
"""Nothing is closed."""


def closed_months(
    closes: Iterable[CloseRow], released: ReleaseRow | None, *, again: Iterable[date]
) -> Closed:
    """Return which months stay as they are in ``released`` while ``again`` are built again."""
    return Closed(frozenset(one.month for one in closes) - set(again), released)


def passed_months(
    closed: Closed, every: Iterable[date], fresh: Iterable[date], *, again: Iterable[date]
) -> Closed:
    """Add which of ``every`` month other code alone can change: over in the release, and settled.

    What is new of a month may change that month and all after it.
    """
    if closed.released is None:
        return closed
    until = min([closed.released.business_day.replace(day=1), *fresh, *again])
    return closed._replace(
        passed=frozenset(one for one in every if one < until and one not in closed.months)
    )


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
