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
    if seen is None:
        held = {name: engine.compute(table) for name, table in read.items()}
        return fitted(node.contract, fold.rows(held, params))
    log = read[fold.log]
    stirred = stacked(
        seen.fresh.select(fold.by), fold.unsettled(log, seen.before, seen.until).select(fold.by)
    )
    again = ibis.memtable(engine.compute(stirred.distinct()))
    changed = {**read, fold.log: log.join(again, fold.by)}
    held = {name: engine.compute(table) for name, table in changed.items()}
    made = fitted(node.contract, fold.rows(held, params))
    kept = engine.compute(seen.before.anti_join(again, fold.by))
    return pa.concat_tables([fitted(node.contract, kept), made])
