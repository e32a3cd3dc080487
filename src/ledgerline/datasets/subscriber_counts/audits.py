"""What must hold of the counts."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.mrr_movements.audits import in_force
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import Value, month_number, month_of, month_start, months_from
from ledgerline.subscriptions.model import BASE

_BY: Final = ("seller_code", "currency", "close_month")


def closing(table: Table, params: Params, *, day: str) -> Table:
    """Return the rows of a daily table at the last day of each month, the last of all being today.

    ``close_month`` is that month.
    """
    today = ibis.date(params.today.year, params.today.month, params.today.day)
    dated = table.mutate(close_month=month_start(row[day]))
    next_day = (row[day] + ibis.interval(days=1)).cast("date")
    return dated.filter(
        row.close_month.isin(params.months),
        (row[day] == today) | (month_number(next_day) != month_number(row[day])),
    )


def _unlike_all(sources: Sources, params: Params) -> Table:
    """Compare all statuses with all subscriptions that began by a month's end."""
    log = sources["subscription_log"]
    began = log.filter(log.kind.isin(("activated", "trial_started"))).group_by(
        "subscription_id", "seller_code", "currency"
    )
    recorded: Value = month_start(row.recorded_on)
    counts_on: Value = ibis.ifelse(row.effective_on < recorded, recorded, row.effective_on)
    first = began.agg(first_on=counts_on.min()).mutate(
        since=month_number(row.first_on),
        until=ibis.literal(params.today.year * 12 + params.today.month, "int64"),
        amount_minor=ibis.literal(1, "int64"),
    )
    listed = first.mutate(number=months_from(first, "since", "until")).mutate(
        close_month=month_of(row.number)
    )
    counted = closing(sources["subscriber_counts"], params, day="day_on")
    return differences(
        counted.mutate(amount_minor=row.subscription_count),
        listed.filter(row.close_month.isin(params.months)),
        by=_BY,
    )


def _unlike_the_paying(sources: Sources, params: Params) -> Table:
    """Compare statuses of who pays with the base versions that have a price."""
    paying = ("active", "cancelling", "past_due")
    counted = closing(sources["subscriber_counts"], params, day="day_on")
    version = sources["subscription_version"]
    priced = in_force(version.filter(version.mrr_e4 > 0), params)
    distinct = priced.select("subscription_id", *_BY).distinct()
    return differences(
        counted.filter(row.status.isin(paying)).mutate(amount_minor=row.subscription_count),
        distinct.mutate(amount_minor=ibis.literal(1, "int64")),
        by=_BY,
    )


def _unbased(sources: Sources, params: Params) -> Table:
    """Find subscriptions that have no base version, or two, at a month's end."""
    version = sources["subscription_version"]
    held = in_force(version.filter(version.component == BASE), params)
    counted = held.group_by("subscription_id", "close_month").agg(versions_count=row.count())
    return counted.filter(row.versions_count != 1)


CHECKS: Final = (
    Check(
        "subscriber_counts_all",
        "the statuses of a day are all subscriptions that began by then",
        _unlike_all,
    ),
    Check(
        "subscriber_counts_paying",
        "what is active, cancelling or past due is what has a price",
        _unlike_the_paying,
    ),
    Check("subscriber_counts_once", "a subscription has one status", _unbased),
)
