"""What a release says in short: some hundred numbers for pages that cannot open a lake."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

import ibis
import pyarrow as pa
from ibis import Table
from ibis import _ as row

from ledgerline.base.calendar import add_months

MONTHS: Final = 12
ROWS_MAX: Final = 5_000
FUNNEL_DAYS: Final = 30
_PAYING: Final = ("active", "cancelling", "past_due")
_RECOVERED: Final = ("recovered_retry", "recovered_payer")

Compute = Callable[[Table], pa.Table]


def headlines(
    tables: Mapping[str, Table], compute: Compute, *, today: date
) -> dict[str, list[dict[str, object]]]:
    """Return rows by what they tell: of the last twelve months, by seller and currency.

    ``movements`` are of monthly value in ten-thousandths of a minor unit, by month and kind;
    ``before`` is what it was when they begin. ``subscribers`` are who paid at the close of each
    month, and today. ``recovery`` counts renewals whose first try failed. ``funnel`` says what
    became of those that failed within thirty days, by currency and, where one was recovered, by
    which of its further tries. ``plans`` are what is paid now, by market and net price of a period.
    """
    first = add_months(today.replace(day=1), 1 - MONTHS, anchor_day=1)
    asked = {
        "movements": _movements(tables["mrr_movements"], first),
        "before": _before(tables["mrr_movements"], first),
        "subscribers": _subscribers(tables["paying_customers"], first, today),
        "recovery": _recovery(tables["dunning_recovery"], first),
        "funnel": funnel(tables["dunning_recovery"], today),
        "plans": _plans(tables["subscription_version"], today),
    }
    return {name: compute(one.limit(ROWS_MAX)).to_pylist() for name, one in asked.items()}


def _day(on: date) -> ibis.Value:
    return ibis.date(on.year, on.month, on.day)


def _movements(moved: Table, first: date) -> Table:
    return (
        moved.filter(row.booked_month >= _day(first))
        .group_by("seller_code", "currency", "booked_month", "kind")
        .agg(value_e4=row.delta_e4.sum().cast("int64"))
        .order_by("seller_code", "currency", "booked_month", "kind")
    )


def _before(moved: Table, first: date) -> Table:
    return (
        moved.filter(row.booked_month < _day(first))
        .group_by("seller_code", "currency")
        .agg(value_e4=row.delta_e4.sum().cast("int64"))
        .order_by("seller_code", "currency")
    )


def _subscribers(paying: Table, first: date, today: date) -> Table:
    """Return the last day of each month; of this one today."""
    ends = [
        add_months(first, number + 1, anchor_day=1) - date.resolution for number in range(MONTHS)
    ]
    return (
        paying.filter(row.day_on.isin([min(one, today) for one in ends]))
        .select("seller_code", "currency", "day_on", "day_month", "closing_count")
        .order_by("seller_code", "currency", "day_on")
    )


def _recovery(begun: Table, first: date) -> Table:
    counted = begun.filter(row.begun_month >= _day(first), ~row.is_recollection)
    return (
        counted.group_by("begun_month")
        .agg(
            renewals=row.payment_id.count().cast("int64"),
            recovered=row.outcome.isin(_RECOVERED).sum().cast("int64"),
            open=(row.outcome == "open").sum().cast("int64"),
        )
        .order_by("begun_month")
    )


def funnel(begun: Table, today: date) -> Table:
    """Say what became of renewals whose first try failed within ``FUNNEL_DAYS``."""
    since = today - timedelta(days=FUNNEL_DAYS)
    counted = begun.filter(row.opened_on > _day(since), ~row.is_recollection)
    again = ibis.ifelse(row.outcome.isin(_RECOVERED), row.attempt_count - 1, 0)
    return (
        counted.group_by("currency", "outcome", again=again)
        .agg(
            renewals=row.payment_id.count().cast("int64"),
            amount_minor=row.amount_minor.sum().cast("int64"),
        )
        .order_by("currency", "outcome", "again")
    )


def _plans(version: Table, today: date) -> Table:
    holds = version.valid_end.isnull() | (version.valid_end > _day(today))
    now = version.filter(
        row.valid_start <= _day(today), holds, row.status.isin(_PAYING), row.component == "base"
    )
    return (
        now.group_by("plan_code", "market_code", "currency", "net_minor")
        .agg(
            subscriptions=row.subscription_id.count().cast("int64"),
            mrr_e4=row.mrr_e4.sum().cast("int64"),
        )
        .order_by("plan_code", "market_code", "currency", "net_minor")
    )
