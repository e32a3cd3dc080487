"""What must hold of the rates of months."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import month_start

_BY: Final = ("seller_code", "currency", "close_month")


def _unlike_the_base(sources: Sources, params: Params) -> Table:
    """Compare the customers a month began with with those in the base on its first day."""
    months = sources["monthly_retention"]
    this_month = params.today.replace(day=1)
    daily = sources["paying_customers"].mutate(close_month=month_start(row.day_on))
    opened = daily.filter(
        row.day_on == row.close_month,
        row.close_month.isin(params.months),
        row.close_month < ibis.date(this_month.year, this_month.month, 1),
    )
    return differences(
        months.filter(months.close_month.isin(params.months)).mutate(
            amount_minor=row.opening_count
        ),
        opened.mutate(amount_minor=row.opening_count),
        by=_BY,
    )


def _out_of_order(sources: Sources, params: Params) -> Table:
    """Find months that kept more than they began with, or more than there is now."""
    months = sources["monthly_retention"]
    lost = row.lost_voluntary_count + row.lost_nonpayment_count + row.lost_other_count
    return months.filter(
        months.close_month.isin(params.months),
        (row.kept_e4 > row.opening_e4)
        | (row.kept_e4 > row.now_e4)
        | (lost > row.opening_count)
        | ((lost == row.opening_count) != (row.now_e4 == 0)),
    )


CHECKS: Final = (
    Check(
        "monthly_retention_base",
        "a month begins with the customers in the base as the one before ended",
        _unlike_the_base,
    ),
    Check(
        "monthly_retention_order",
        "what is kept is at most what was, and at most what is now",
        _out_of_order,
    ),
)
