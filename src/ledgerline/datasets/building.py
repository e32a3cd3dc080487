"""A build under way: tables that are written, and what the checks of each found."""

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
from ibis import Table

from ledgerline.datasets.checks import ROWS_SHOWN, standing
from ledgerline.datasets.closing import OPEN, Closed
from ledgerline.datasets.computing import Computing
from ledgerline.datasets.folding import Seen, folded
from ledgerline.datasets.headlines import headlines
from ledgerline.datasets.lake import Lake, Placed, fitted
from ledgerline.datasets.node import Fold, Node, Params
from ledgerline.datasets.release import Found, Plan, raw_of, torn
from ledgerline.datasets.sources import SOURCES
from ledgerline.releases.rows import IntervalRow


class Building:
    """Tables are written as snapshots that no release names yet; readers see none of them."""

    def __init__(
        self,
        engine: Computing,
        lake: Lake,
        intervals: Sequence[IntervalRow],
        wanted: Plan,
        *,
        onto: Mapping[str, Placed],
        today: date,
    ) -> None:
        """Build ``wanted`` on top of the snapshots ``onto``; without any, everything is built."""
        self.plan = wanted
        self.snapshots = dict[str, Placed]()
        self.rows = dict[str, int]()
        self.told = dict[str, list[dict[str, object]]]()
        self.found = list[Found]()
        self.closed: Closed = OPEN
        self.restated = set[date]()
        self._engine, self._lake, self._onto, self._today = engine, lake, onto, today
        self._intervals = intervals
        raw = raw_of(intervals)
        self._tables = {one.name: raw.table(engine, lake, one) for one in SOURCES}
        self._recognised = self._last_recognised()

    def check_raw(self, *, since: int) -> None:
        """Find keys that two rows share: of intervals from ``since`` on, or of all read twice."""
        raw = raw_of(self._intervals)
        if not raw.is_doubled:
            raw = raw_of(one for one in self._intervals if one.no >= since)
        self.found.append(torn(self._engine, self._lake, raw))

    def build(self, node: Node) -> None:
        """Build the months of one table and write them, no more at once than fit into memory."""
        read = {name: self._tables[name] for name in (*node.contract.sources, *node.contract.reads)}
        onto, self.rows[node.name] = self._onto.get(node.name), 0
        for months in self.plan.parts_of(node):
            onto = self.snapshots[node.name] = self._replaced(node, read, months, onto)
        self._tables[node.name] = self._written(node)

    def _replaced(
        self, node: Node, read: Mapping[str, Table], months: Sequence[date], onto: Placed | None
    ) -> Placed:
        """Build some months of a table and write them; a part is let go before the next is made."""
        rows = self._computed(node, read, self._params(node)._replace(months=tuple(months)))
        self.rows[node.name] += rows.num_rows
        return self._lake.replace_months(
            node.namespace, node.contract, rows, months=months, onto=onto
        )

    def _computed(self, node: Node, read: Mapping[str, Table], params: Params) -> pa.Table:
        if isinstance(node.build, Fold):
            return folded(self._engine, node, read, params, seen=self._seen(node, node.build))
        return fitted(node.contract, self._engine.compute(node.build(read, params)))

    def take(self, node: Node, placed: Placed) -> None:
        """Take one table as it was released, to be checked."""
        self.snapshots[node.name] = placed
        self._tables[node.name] = self._written(node)

    def check(self, node: Node) -> None:
        """Find the rows that break what must hold of one table."""
        params = self._params(node)
        for check in (*standing(node), *node.checks):
            rows = self._engine.compute(check.broken(self._tables, params))
            self.found.append(
                Found(
                    name=check.name,
                    sentence=check.sentence,
                    blocks=check.blocks,
                    broken=rows.num_rows,
                    rows=rows.slice(0, ROWS_SHOWN).to_pylist(),
                )
            )
        files = self._lake.files(self.snapshots[node.name])
        kept = self.closed.check(node, self._engine, self._lake, files)
        if kept is not None:
            self.found.append(kept)
        told = self.closed.restated(node, self._engine, self._lake, files)
        if told is not None:
            self.found.append(told[0])
            self.restated |= told[1]

    def _seen(self, node: Node, fold: Fold) -> Seen | None:
        """Return what the release before holds of a fold; None where all is to be folded."""
        known, placed = self.plan.known, self._onto.get(node.name)
        if known is None or placed is None or fold.parts is None:
            return None
        [log] = [one for one in SOURCES if one.name == fold.parts.log]
        fresh = raw_of(one for one in self._intervals if one.no > known.interval_no)
        before = self._lake.files(placed)
        return Seen(
            before=self._engine.table(before, node.contract.schema()),
            fresh=fresh.table(self._engine, self._lake, log),
            until=known.until,
        )

    def tell(self) -> None:
        """Keep what the tables say in short, once they are written."""
        self.told = headlines(self._tables, self._engine.compute, today=self._today)

    def _params(self, node: Node) -> Params:
        return Params(self.plan.months_of(node), self._today, self._recognised)

    def _written(self, node: Node) -> Table:
        files = self._lake.files(self.snapshots[node.name])
        return self._engine.table(files, node.contract.schema())

    def _last_recognised(self) -> date | None:
        months = self._tables["recognition"].earned_month.max()
        found: date | None = self._engine.compute(months.as_table())[0][0].as_py()
        return found
