"""Build the schedule: cumulated by day and rounded down, so that the months of a line sum to it."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import (
    between,
    days_between,
    month_number,
    month_of,
    month_start,
    months_from,
    share,
    stacked,
    within,
)


def build(sources: Sources, params: Params) -> Table:
    """Return what lines that were booked in the months earn, in whichever month that is."""
    line = sources["document_line"]
    earning = line.filter(
        within(line.booked_month, params.months), line.earns_from_on.notnull(), line.kind != "void"
    )
    both = stacked(_scheduled(earning), _at_once(earning))
    counted = both.mutate(
        booked_month=ibis.ifelse(
            row.earned_month < row.counts_month, row.counts_month, row.earned_month
        )
    )
    return counted.filter(row.earned_minor != 0).select(
        "line_id", "kind", "segment", "root_line_id", "seller_code", "customer_id", "currency",
        "category", "service_start", "service_end", "service_days", "month_days", "earned_month",
        "booked_month", "line_month", "earned_minor",
        is_catch_up=row.earned_month < row.booked_month,
    )  # fmt: skip


def _scheduled(line: Table) -> Table:
    spread = line.filter(line.deferred_minor != 0, line.service_start < line.service_end).mutate(
        service_days=days_between(row.service_start, row.service_end),
        since=month_number(row.service_start),
        until=month_number(row.service_end) + 1,
        line_month=row.booked_month,
        counts_month=month_start(row.earns_from_on),
        segment=ibis.literal("schedule"),
    )
    monthly = spread.mutate(number=months_from(spread, "since", "until")).mutate(
        earned_month=month_of(row.number), next_month=month_of(row.number + 1)
    )
    elapsed = monthly.mutate(
        before=between(days_between(row.service_start, row.earned_month), 0, row.service_days),
        after=between(days_between(row.service_start, row.next_month), 0, row.service_days),
    )
    return elapsed.mutate(
        month_days=row.after - row.before,
        earned_minor=share(row.deferred_minor, row.after, row.service_days)
        - share(row.deferred_minor, row.before, row.service_days),
    ).select(*_COLUMNS)


def _at_once(line: Table) -> Table:
    """Take back at once what was revenue already when the credit was booked."""
    earned = line.filter(line.kind == "credit", line.net_minor != line.deferred_minor)
    return earned.mutate(
        service_days=days_between(row.service_start, row.service_end),
        month_days=ibis.literal(0, "int64"),
        line_month=row.booked_month,
        counts_month=row.booked_month,
        earned_month=row.booked_month,
        segment=ibis.literal("at_once"),
        earned_minor=row.net_minor - row.deferred_minor,
    ).select(*_COLUMNS)


_COLUMNS = (
    "line_id", "kind", "segment", "root_line_id", "seller_code", "customer_id", "currency",
    "category", "service_start", "service_end", "service_days", "month_days", "earned_month",
    "line_month", "counts_month", "earned_minor",
)  # fmt: skip
