"""Count by day: who enters and leaves each cell, cumulated, and read at every day's close."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, days_of, stacked
from ledgerline.subscriptions.model import BASE

_CELL: Final = ("seller_code", "market_code", "plan_code", "currency", "status")
_COUNTS: Final = ("subscription_count", "customer_count")


def build(sources: Sources, params: Params) -> Table:
    """Return every cell that holds a subscription, at the close of each day of the months."""
    version = sources["subscription_version"]
    moves = _moves(version.filter(version.component == BASE))
    until_then = ibis.window(group_by=_CELL, order_by="at_on", preceding=None, following=0)
    of_cell = ibis.window(group_by=_CELL, order_by="at_on")
    far = ibis.date(9999, 1, 1)
    held = moves.mutate(
        **{name: row[name].sum().over(until_then).cast("int64") for name in _COUNTS},
        until_on=row.at_on.lead(default=far).over(of_cell),
    ).filter(row.subscription_count != 0)
    day = days_of(params.months, until=params.today)
    found = day.join(held, [day.day_on >= held.at_on, day.day_on < held.until_on])
    return found.select("day_on", "day_month", *_CELL, *_COUNTS)


def _moves(version: Table) -> Table:
    """Return by how much each cell changes on a day: subscriptions, and customers who have any."""
    ends = version.filter(version.valid_end.notnull())
    by_customer = (
        stacked(
            version.select(*_CELL, "customer_id", at_on=row.valid_start, change=_one()),
            ends.select(*_CELL, "customer_id", at_on=row.valid_end, change=-_one()),
        )
        .group_by(*_CELL, "customer_id", "at_on")
        .agg(change=row.change.sum().cast("int64"))
    )
    until_then = ibis.window(
        group_by=(*_CELL, "customer_id"), order_by="at_on", preceding=None, following=0
    )
    has = by_customer.mutate(after=row.change.sum().over(until_then).cast("int64"))
    counted = has.mutate(
        present=(row.after > 0).cast("int64") - (row.after - row.change > 0).cast("int64")
    )
    return counted.group_by(*_CELL, "at_on").agg(
        subscription_count=row.change.sum().cast("int64"),
        customer_count=row.present.sum().cast("int64"),
    )


def _one() -> Value:
    return ibis.literal(1, "int64")
