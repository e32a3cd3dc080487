"""What must hold of the customers in the base."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.mrr_movements.audits import in_force
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.subscriber_counts.audits import closing

_BY: Final = ("seller_code", "currency", "close_month")


def _unlike_the_versions(sources: Sources, params: Params) -> Table:
    """Compare who is in the base at a month's end with whose versions have a price."""
    counted = closing(sources["paying_customers"], params, day="day_on")
    version = sources["subscription_version"]
    paying = in_force(version.filter(version.mrr_e4 > 0), params)
    distinct = paying.select("customer_id", *_BY).distinct()
    return differences(
        counted.mutate(amount_minor=row.closing_count),
        distinct.mutate(amount_minor=ibis.literal(1, "int64")),
        by=_BY,
    )


def _unlinked(sources: Sources, params: Params) -> Table:
    """Find days that do not begin where the one before ended, or do not add up."""
    of_book = ibis.window(group_by=("seller_code", "currency"), order_by="day_on")
    linked = sources["paying_customers"].mutate(
        last_count=row.closing_count.lag(default=0).over(of_book)
    )
    moved = (
        row.first_time_count
        + row.returned_count
        + row.transferred_count
        + row.corrected_count
        - row.ended_count
    )
    return linked.filter(
        row.day_month.isin(params.months),
        (row.opening_count != row.last_count)
        | (row.opening_count + moved != row.closing_count)
        | (row.closing_count < 0),
    ).select("day_on", "seller_code", "currency", "last_count", "opening_count", "closing_count")


CHECKS: Final = (
    Check(
        "paying_customers_base",
        "who is in the base at a month's end is whose subscriptions have a price then",
        _unlike_the_versions,
    ),
    Check("paying_customers_chain", "each day begins where the one before ended", _unlinked),
)
