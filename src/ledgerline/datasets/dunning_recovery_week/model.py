"""Build the summary: episodes by the week in which they opened."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, days_between, within

WITHIN: Final = (7, 14, 28)
_WEEK: Final = 7
_MONDAY: Final = ibis.date(1900, 1, 1)
_CELL: Final = (
    "week_start", "begun_month", "seller_code", "market_code", "currency", "psp_account",
    "decline_class", "strategy_arm", "is_recollection",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return the weeks of episodes whose payments were begun in the months."""
    episode = sources["dunning_recovery"]
    opened = episode.filter(within(episode.begun_month, params.months))
    passed = days_between(_MONDAY, row.opened_on)
    since = passed - passed // _WEEK * _WEEK
    measured = opened.mutate(
        week_start=(row.opened_on - since.as_interval("D")).cast("date"),
        opened_count=ibis.literal(1, "int64"),
        opened_minor=row.amount_minor,
        **{f"recovered_{days}d_count": _within(days, 1) for days in WITHIN},
        **{f"recovered_{days}d_minor": _within(days, row.amount_minor) for days in WITHIN},
    )
    names = [
        f"{name}_{unit}"
        for name in ("opened", *(f"recovered_{days}d" for days in WITHIN))
        for unit in ("count", "minor")
    ]
    summed = measured.group_by(*_CELL).agg(
        **{name: row[name].sum().cast("int64") for name in names}
    )
    return summed.mutate(
        **{
            f"mature_{days}d_on": (row.week_start + ibis.interval(days=_WEEK + days)).cast("date")
            for days in WITHIN
        }
    )


def _within(days: int, amount: Value) -> Value:
    recovered: Value = ibis.coalesce(row.recovered_days, days + 1)
    return ibis.ifelse(recovered <= days, amount, 0)
