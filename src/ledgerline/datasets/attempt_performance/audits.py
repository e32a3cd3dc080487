"""What must hold of the cells of tries."""

from collections.abc import Sequence
from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.attempt_performance.model import RESULTS
from ledgerline.datasets.checks import differences
from ledgerline.datasets.facts.attempt.model import SUBMITTED
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import Value


def _unlike_evidence(sources: Sources, params: Params) -> Table:
    """Hold what was collected against the evidence that proves it."""
    cells, end = sources["attempt_performance"], sources["attempt_end"]
    return differences(
        cells.filter(cells.sent_month.isin(params.months)).mutate(
            amount_minor=row.authorised_minor + row.adopted_minor
        ),
        end.filter(end.sent_month.isin(params.months)).mutate(amount_minor=row.captured_minor),
        by=("sent_month",),
    )


def _unlike_succeeded(sources: Sources, params: Params) -> Table:
    """Hold the number of authorised tries against those that ended well."""
    cells, end, one = (
        sources["attempt_performance"], sources["attempt_end"], ibis.literal(1, "int64"),
    )  # fmt: skip
    won = end.filter(end.sent_month.isin(params.months), end.outcome == "succeeded")
    return differences(
        cells.filter(cells.sent_month.isin(params.months)).mutate(
            amount_minor=row.authorised_count + row.adopted_count
        ),
        won.mutate(amount_minor=one),
        by=("sent_month",),
    )


def _torn(sources: Sources, params: Params) -> Table:
    """Find cells whose parts do not come to the whole."""
    cells = sources["attempt_performance"]
    parts, submitted = _added(cells, RESULTS), _added(cells, SUBMITTED)
    return cells.filter(
        cells.sent_month.isin(params.months),
        (cells.attempt_count != parts) | (cells.submitted_count != submitted),
    )


def _added(cells: Table, names: Sequence[str]) -> Value:
    total: Value = ibis.literal(0, "int64")
    for name in names:
        total += cells[f"{name}_count"]
    return total


CHECKS: Final = (
    Check("attempt_performance_money", "what was collected is proven", _unlike_evidence),
    Check(
        "attempt_performance_authorised",
        "authorised and adopted are the tries that succeeded",
        _unlike_succeeded,
    ),
    Check("attempt_performance_parts", "every try is counted in one part", _torn),
)
