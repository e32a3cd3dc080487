"""What must hold of the summary."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources

_KEY: Final = ("begun_month", "seller_code", "market_code", "currency")
_WITHIN: Final = 28


def _unlike_episodes(sources: Sources, params: Params) -> Table:
    """Hold what was opened and recovered against single episodes."""
    weeks, found = sources["dunning_recovery_week"], sources["dunning_recovery"]
    of_weeks = weeks.filter(weeks.begun_month.isin(params.months))
    episodes = found.filter(found.begun_month.isin(params.months))
    opened = differences(of_weeks.mutate(amount_minor=row.opened_minor), episodes, by=_KEY)
    recovered = differences(
        of_weeks.mutate(amount_minor=row.recovered_28d_minor),
        episodes.filter(episodes.recovered_days <= _WITHIN),
        by=_KEY,
    )
    return ibis.union(opened, recovered)


CHECKS: Final = (
    Check("dunning_recovery_week_episodes", "weeks add up to their episodes", _unlike_episodes),
)
