"""Build the movements: what versions change on a day, added up by customer, and named."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, month_start, within

_WHO: Final = ("seller_code", "customer_id", "currency")


def build(sources: Sources, params: Params) -> Table:
    """Return the movements of the months, as far as today."""
    changes = _changes(sources["subscription_version"], params)
    daily = changes.group_by(*_WHO, "booked_on").agg(
        delta_e4=row.change_e4.sum().cast("int64"), is_late=row.is_late.max()
    )
    standing = daily.filter(row.delta_e4 != 0)
    until_then = ibis.window(group_by=_WHO, order_by="booked_on", preceding=None, following=0)
    held = standing.mutate(after_e4=row.delta_e4.sum().over(until_then).cast("int64")).mutate(
        before_e4=row.after_e4 - row.delta_e4
    )
    named = held.mutate(kind=_kind(held)).join(
        _largest(changes, held), [*_WHO, "booked_on"], how="inner"
    )
    booked = named.mutate(booked_month=month_start(row.booked_on))
    return booked.filter(within(row.booked_month, params.months)).select(
        *_WHO, "booked_on", "booked_month", "kind", "reason", "market_code", "plan_code",
        "before_e4", "delta_e4", "after_e4",
    )  # fmt: skip


def _changes(version: Table, params: Params) -> Table:
    """Return by how much each version differs from the one before it."""
    today = ibis.date(params.today.year, params.today.month, params.today.day)
    of_component = ibis.window(group_by=("subscription_id", "component"), order_by="valid_start")
    begun = version.filter(version.valid_start <= today)
    differing = begun.mutate(
        change_e4=row.mrr_e4 - row.mrr_e4.lag(default=0).over(of_component),
        booked_on=row.valid_start,
    )
    return differing.filter(row.change_e4 != 0)


def _largest(changes: Table, daily: Table) -> Table:
    """Return what changed a customer's day most, of what changed it in its own direction."""
    whole = daily.select(*_WHO, "booked_on", "delta_e4")
    along = changes.drop("is_late").join(whole, [*_WHO, "booked_on"], how="inner")
    size = along.mutate(size_e4=-row.change_e4.abs()).filter(
        (row.change_e4 > 0) == (row.delta_e4 > 0)
    )
    order = ibis.window(
        group_by=(*_WHO, "booked_on"), order_by=("size_e4", "subscription_id", "component")
    )
    ranked = size.mutate(place=ibis.row_number().over(order))
    return ranked.filter(row.place == 0).select(
        *_WHO, "booked_on", "reason", "market_code", "plan_code"
    )


def _kind(held: Table) -> Value:
    """Name a movement; what is tested first wins."""
    of_customer = ibis.window(group_by=_WHO)  # who returns to one seller may be new at another
    of_day = ibis.window(group_by=("customer_id", "booked_on"))
    leaves, comes = held.after_e4 == 0, held.before_e4 == 0
    swapped = (leaves.cast("int64").max().over(of_day) == 1) & (
        comes.cast("int64").max().over(of_day) == 1
    )
    return ibis.cases(
        (held.is_late, "correction"),
        (swapped & leaves, "transfer_out"),
        (swapped & comes, "transfer_in"),
        (comes & (held.booked_on == held.booked_on.min().over(of_customer)), "new"),
        (comes, "reactivation"),
        (leaves, "churn"),
        (held.delta_e4 > 0, "expansion"),
        else_="contraction",
    )
