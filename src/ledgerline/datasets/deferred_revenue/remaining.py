"""When what is not earned yet will be: within twelve months of each month's end, or later."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import MONTHS, Value, month_number, stacked

LEFT: Final = ("remaining_12m_minor", "remaining_later_minor")
_KEY: Final = ("seller_code", "currency", "category")


def remaining_of(sources: Sources, params: Params, last: int) -> Table:
    """Return by how much both change in each month, up to ``last``; cumulated they are the amounts.

    What a month earns is expected later until twelve months before it, and soon from then on until
    the books have earned it. What waits for its payment has no schedule and is expected soon.
    """
    earned = sources["revenue_schedule"].filter(row.segment == "schedule")
    summed = earned.group_by(*_KEY, "line_month", "booked_month").agg(
        earned_minor=row.earned_minor.sum().cast("int64")
    )
    dated = summed.select(
        *_KEY,
        "earned_minor",
        since=month_number(row.line_month),
        due=month_number(row.booked_month),
        is_earned=_is_earned(params),
    )
    far = dated.filter(row.due - MONTHS > row.since)
    near: Value = ibis.ifelse(row.due - MONTHS > row.since, row.due - MONTHS, row.since)
    done = dated.filter(row.is_earned)
    changes = stacked(
        _change(far, row.since, later=row.earned_minor),
        _change(far, row.due - MONTHS, later=-row.earned_minor),
        _change(dated, near, soon=row.earned_minor),
        _change(done, row.due, soon=-row.earned_minor),
        _unscheduled(sources),
    )
    return changes.filter(row.number <= last)


def _is_earned(params: Params) -> Value:
    until = params.recognised_through
    if until is None:
        return ibis.literal(value=False)
    return row.booked_month <= ibis.date(until.year, until.month, until.day)


def _unscheduled(sources: Sources) -> Table:
    line = sources["document_line"]
    waiting = line.filter((line.kind == "void") | line.earns_from_on.isnull())
    return _change(waiting, month_number(waiting.booked_month), soon=waiting.net_minor)


def _change(table: Table, number: Value, *, soon: Value = None, later: Value = None) -> Table:
    nothing = ibis.literal(0, "int64")
    return table.select(
        *_KEY,
        number=number,
        remaining_12m_minor=nothing if soon is None else soon,
        remaining_later_minor=nothing if later is None else later,
    )
