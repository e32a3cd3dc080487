"""What must hold of the log of choices of when to try again."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources

WHOLE: Final = 1_000_000


def _no_distribution(sources: Sources, params: Params) -> Table:
    """Find choices whose probabilities are none: one time is chosen, or it is the end."""
    log = sources["retry_decision_log"]
    of_choice = (
        log.filter(log.begun_month.isin(params.months))
        .mutate(chosen=ibis.ifelse(row.is_chosen, 1, 0))
        .group_by("decision_id", "track")
        .agg(
            all_ppm=row.propensity_ppm.sum().cast("int64"),
            chosen_count=row.chosen.sum().cast("int64"),
        )
    )
    is_choice = (row.all_ppm == WHOLE) & (row.chosen_count == 1) & (row.track != "end")
    is_end = (row.all_ppm == 0) & (row.chosen_count == 0) & (row.track == "end")
    return of_choice.filter(~(is_choice | is_end))


def _unlike_plans(sources: Sources, params: Params) -> Table:
    """Hold choices against the revisions of plans that failed tries gave: one each."""
    log, plan, one = sources["retry_decision_log"], sources["retry_plan"], ibis.literal(1, "int64")
    chosen = log.filter(log.begun_month.isin(params.months)).select("decision_id", "attempt_id")
    revised = plan.filter(plan.begun_month.isin(params.months), plan.attempt_id.notnull())
    return differences(
        chosen.distinct().mutate(amount_minor=one),
        revised.mutate(amount_minor=one),
        by=("attempt_id",),
    )


CHECKS: Final = (
    Check("retry_decision_log_whole", "probabilities of a choice come to 1", _no_distribution),
    Check("retry_decision_log_plans", "every revision after a try is one choice", _unlike_plans),
)
