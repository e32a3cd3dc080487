"""What must hold of the movements."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import Value, month_number, month_of, months_from, unlike

_PPM_WARNED: Final = 1000  # corrections of a month against what it began with


def in_force(version: Table, params: Params) -> Table:
    """Return each version at the close of every month that it lasts through; today's is today."""
    today = ibis.date(params.today.year, params.today.month, params.today.day)
    last = ibis.literal(params.today.year * 12 + params.today.month, "int64")
    lasts = version.valid_end.isnull() | (version.valid_end > today)
    begun = version.mutate(
        since=month_number(row.valid_start),
        until=ibis.ifelse(lasts, last, month_number(row.valid_end)),
    ).filter(row.valid_start <= today)
    closes = begun.mutate(number=months_from(begun, "since", "until")).mutate(
        close_month=month_of(row.number)
    )
    return closes.filter(row.close_month.isin(params.months))


def _unlike_the_versions(sources: Sources, params: Params) -> Table:
    """Add up movements to each month's end and compare with what is then in force."""
    moved = sources["mrr_movements"].mutate(since=month_number(row.booked_on))
    monthly = (
        moved.group_by("seller_code", "currency", "since")
        .agg(amount_minor=row.delta_e4.sum().cast("int64"))
        .mutate(until=ibis.literal(params.today.year * 12 + params.today.month, "int64"))
    )
    stands = monthly.select(
        "seller_code", "currency", "amount_minor", number=months_from(monthly, "since", "until")
    ).mutate(close_month=month_of(row.number))
    version = in_force(sources["subscription_version"], params)
    return differences(
        stands.filter(row.close_month.isin(params.months)),
        version.mutate(amount_minor=row.mrr_e4),
        by=("seller_code", "currency", "close_month"),
    )


def _unlike_before(sources: Sources, params: Params) -> Table:
    """Find movements that do not begin where the last one of the customer ended, or end below 0."""
    moved = sources["mrr_movements"]
    of_customer = ibis.window(
        group_by=("seller_code", "currency", "customer_id"), order_by="booked_on"
    )
    linked = moved.mutate(last_e4=row.after_e4.lag(default=0).over(of_customer))
    return linked.filter(
        row.booked_month.isin(params.months),
        (row.before_e4 != row.last_e4)
        | (row.before_e4 + row.delta_e4 != row.after_e4)
        | (row.after_e4 < 0)
        | (row.delta_e4 == 0),
    ).select("seller_code", "currency", "customer_id", "booked_on", "last_e4", "before_e4")


def _out_of_order(sources: Sources, params: Params) -> Table:
    """Find kinds that cannot follow what was before them."""
    moved = sources["mrr_movements"]
    of_customer = ibis.window(group_by=("seller_code", "currency", "customer_id"))
    dated = moved.mutate(first_on=row.booked_on.min().over(of_customer))
    is_first = row.booked_on == row.first_on
    rises_from_nothing = row.kind.isin(("new", "reactivation", "transfer_in"))
    falls_to_nothing = row.kind.isin(("churn", "transfer_out"))
    rises = row.kind.isin(("new", "reactivation", "transfer_in", "expansion"))
    wrong = (
        (is_first & ~row.kind.isin(("new", "transfer_in", "correction")))
        | (~is_first & (row.kind == "new"))
        | ((row.kind != "correction") & unlike(rises_from_nothing, row.before_e4 == 0))
        | ((row.kind != "correction") & unlike(falls_to_nothing, row.after_e4 == 0))
        | ((row.kind != "correction") & unlike(rises, row.delta_e4 > 0))
    )
    return dated.filter(row.booked_month.isin(params.months), wrong).select(
        "seller_code", "currency", "customer_id", "booked_on", "kind", "before_e4", "after_e4"
    )


def _corrected_much(sources: Sources, params: Params) -> Table:
    """Find months whose corrections are more than a thousandth of what they began with."""
    moved = sources["mrr_movements"]
    opening: Value = ibis.ifelse(
        row.moved_month < row.booked_month, row.delta_e4, ibis.literal(0, "int64")
    )
    corrected = moved.filter(moved.kind == "correction", moved.booked_month.isin(params.months))
    months = corrected.group_by("seller_code", "currency", "booked_month").agg(
        corrected_e4=row.delta_e4.abs().sum().cast("int64")
    )
    earlier = moved.select(
        "seller_code", "currency", moved_month="booked_month", delta_e4="delta_e4"
    )
    opened = (
        months.join(earlier, ["seller_code", "currency"])
        .group_by("seller_code", "currency", "booked_month", "corrected_e4")
        .agg(opening_e4=opening.sum().cast("int64"))
    )
    return opened.filter(row.corrected_e4 * 1_000_000 > row.opening_e4 * _PPM_WARNED)


CHECKS: Final = (
    Check(
        "mrr_movements_bridge",
        "what moved up to a month's end is what is then in force, by seller and currency",
        _unlike_the_versions,
    ),
    Check(
        "mrr_movements_chain",
        "each movement of a customer begins where the last one ended, and none ends below nothing",
        _unlike_before,
    ),
    Check(
        "mrr_movements_order",
        "a customer's first movement at a seller in a currency is new or a transfer, and after a"
        " churn only a return or a transfer follows",
        _out_of_order,
    ),
    Check(
        "mrr_movements_corrections",
        "corrections of a month are at most a thousandth of what it began with",
        _corrected_much,
        blocks=False,
    ),
)
