"""Folding: only what may have changed since the release before is folded anew."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import ibis
import pyarrow as pa
from ibis import Table

from ledgerline.datasets.computing import Computing
from ledgerline.datasets.lake import fitted
from ledgerline.datasets.node import Fold, Node, Params
from ledgerline.datasets.portable import stacked


class Seen(NamedTuple):
    """What an earlier release holds of a fold: its rows, ``before``, of the months until ``until``.

    ``fresh`` are the rows of the log that it has not seen.
    """

    before: Table
    fresh: Table
    until: date


def folded(
    engine: Computing, node: Node, read: Mapping[str, Table], params: Params, *, seen: Seen | None
) -> pa.Table:
    """Return the rows of a table that is folded; all of them where nothing was ``seen``."""
    fold = node.build
    assert isinstance(fold, Fold), node.name
    parts = fold.parts
    if seen is None or parts is None:
        held = {name: engine.compute(table) for name, table in read.items()}
        return fitted(node.contract, fold.rows(held, params))
    log = read[parts.log]
    unsettled = parts.unsettled(log, seen.before, seen.until)
    stirred = stacked(seen.fresh.select(parts.by), unsettled.select(parts.by))
    again = ibis.memtable(engine.compute(stirred.distinct()))
    changed = {**read, parts.log: log.join(again, parts.by)}
    held = {name: engine.compute(table) for name, table in changed.items()}
    made = fitted(node.contract, fold.rows(held, params))
    kept = engine.compute(seen.before.anti_join(again, parts.by))
    return pa.concat_tables([fitted(node.contract, kept), made])
