"""What must hold of the log of choices of accounts."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources

WHOLE: Final = 1_000_000


def _no_distribution(sources: Sources, params: Params) -> Table:
    """Find choices whose probabilities are none: something is chosen, or nothing could be."""
    log = sources["routing_decision_log"]
    of_choice = (
        log.filter(log.sent_month.isin(params.months))
        .mutate(chosen=ibis.ifelse(row.is_chosen, 1, 0))
        .group_by("decision_id")
        .agg(
            all_ppm=row.propensity_ppm.sum().cast("int64"),
            least_ppm=row.propensity_ppm.min(),
            chosen_count=row.chosen.sum().cast("int64"),
        )
    )
    is_choice = (row.all_ppm == WHOLE) & (row.chosen_count == 1)
    is_none = (row.all_ppm == 0) & (row.chosen_count == 0)
    return of_choice.filter((row.least_ppm < 0) | ~(is_choice | is_none))


def _learned_no_distribution(sources: Sources, params: Params) -> Table:
    """Find choices of which a model, or the rules, say probabilities that are none."""
    log = sources["routing_decision_log"]
    of_choice = (
        log.filter(log.sent_month.isin(params.months))
        .group_by("decision_id")
        .agg(
            learned_ppm=row.learned_ppm.sum().cast("int64"),
            rules_ppm=row.rules_ppm.sum().cast("int64"),
            least_learned_ppm=row.learned_ppm.min(),
            least_rules_ppm=row.rules_ppm.min(),
        )
    )
    is_whole = row.learned_ppm.isnull() | (row.learned_ppm == WHOLE)
    is_ruled = row.rules_ppm.isnull() | row.rules_ppm.isin((0, WHOLE))
    is_below = (row.least_learned_ppm < 0) | (row.least_rules_ppm < 0)
    return of_choice.filter(is_below | ~is_whole | ~is_ruled)


def _impossible(sources: Sources, params: Params) -> Table:
    """Find candidates that were chosen though they could not be, or could be for no reason."""
    log = sources["routing_decision_log"]
    return log.filter(
        log.sent_month.isin(params.months),
        (log.is_chosen & (log.propensity_ppm == 0))
        | (log.reason.notnull() & (log.propensity_ppm > 0)),
    ).select("decision_id", "candidate_account", "propensity_ppm", "reason")


def _unlike_tries(sources: Sources, params: Params) -> Table:
    """Hold what was chosen against the account and probability that the try keeps."""
    log, attempt = sources["routing_decision_log"], sources["attempt"]
    tried = attempt.filter(attempt.sent_month.isin(params.months), attempt.propensity_ppm.notnull())
    return differences(
        log.filter(log.sent_month.isin(params.months), log.is_chosen).mutate(
            psp_account=row.candidate_account, amount_minor=row.propensity_ppm
        ),
        tried.mutate(amount_minor=row.propensity_ppm),
        by=("attempt_id", "psp_account"),
    )


CHECKS: Final = (
    Check("routing_decision_log_whole", "probabilities of a choice come to 1", _no_distribution),
    Check(
        "routing_decision_log_learned",
        "what a model or the rules would do comes to 1",
        _learned_no_distribution,
    ),
    Check("routing_decision_log_possible", "only what could be chosen was", _impossible),
    Check("routing_decision_log_tries", "every try went where it was chosen to", _unlike_tries),
)
