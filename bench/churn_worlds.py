"""Customers of a simulated world as a platform has them: renewals, with what is known of each."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from ledgerline.ml.train.churn import BY_CHOICE, UNPAID, Part
from ledgerline.ml.train.facts import Dated, joined
from ledgerline.ml.train.renewals import NEVER, Renewals, Said, facts_of
from pspsim.leaving import world as worlds
from pspsim.leaving.world import MARKETS, PLANS, Month

_DAYS: Final = 30


def renewals_of(month: Month) -> Renewals:
    """Return the renewals of a month as they were known when they were asked about."""
    today = np.full(len(month.customers), month.no * _DAYS, dtype=np.int64)

    def dated(values: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Dated:
        return Dated(values, today)

    def since(months: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Dated:
        return dated(np.where(months == worlds.NEVER, NEVER, months * _DAYS))

    return Renewals(
        decided_on=today,
        plan=Said([PLANS[no] for no in month.plan], today),
        market=Said([MARKETS[no] for no in month.market], today),
        cadence=Said(["1 month"] * len(today), today),
        tenure_days=dated(month.tenure * _DAYS),
        price_days=since(month.since_price),
        pauses=dated(month.pauses),
        failures=dated(month.failures),
        failure_days=since(month.since_failure),
        usage=dated(month.usage),
        usage_before=dated(month.usage_before),
    )


def part_of(months: Sequence[Month]) -> Part:
    """Return the renewals of some months with how each ended."""
    return Part(
        facts=joined([facts_of(renewals_of(month)) for month in months]),
        ended={
            BY_CHOICE: np.concatenate([month.by_choice for month in months]).astype(np.float64),
            UNPAID: np.concatenate([month.unpaid for month in months]).astype(np.float64),
        },
    )
