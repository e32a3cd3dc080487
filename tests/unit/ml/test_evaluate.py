"""What a log says of policies that never ran, where the truth is known, and what it refuses."""

from typing import Any

import numpy as np
import pytest

from ledgerline.ml.evaluate.answers import Answer, Evaluated, evaluate
from ledgerline.ml.evaluate.estimates import folds, predicted, ratios, terms
from ledgerline.ml.evaluate.intervals import by_customer, interval, resampled
from ledgerline.ml.evaluate.known import Feature, FutureFeature, contexts
from ledgerline.ml.evaluate.log import Log, checked
from ledgerline.ml.evaluate.refusals import (
    Refused,
    Why,
    clipped_share,
    effective_size,
    of_log,
    of_policy,
    worst_propensity,
)
from ledgerline.ml.evaluate.segments import least_likely, parts
from tests.unit.ml.logs import APPROVALS, LOGGED, RULES, Drawn, drawn, half_asked

BEST = np.eye(3)[APPROVALS.argmax(axis=1)]
SOFT = np.array([[0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6], [0.4, 0.3, 0.3]])


def asked(found: Drawn, table: Any = SOFT, log: Log | None = None) -> Evaluated:
    return evaluate(log or found.log, {"asked": found.policy(table)}, draws=200)


def why(found: Drawn, table: Any = SOFT, log: Log | None = None) -> Why:
    said = asked(found, table, log).answers["asked"]
    assert isinstance(said, Refused)
    return said.why


def answer(found: Drawn, table: Any = SOFT) -> Answer:
    said = asked(found, table).answers["asked"]
    assert isinstance(said, Answer)
    return said


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    # given a hundred logs of customers whose payments share some of their luck
    held = near = 0
    misses = []
    for seed in range(100):
        found = drawn(3_600, seed=seed)
        said = answer(found, BEST)
        truth = found.truth(found.policy(BEST))
        held += said.robust.low <= truth <= said.robust.high
        near += said.snips.low <= truth <= said.snips.high
        misses.append(said.robust.value - truth)
    # then 95 % of the intervals hold it, within three deviations, and nothing leans
    assert held >= 89
    assert near >= 89
    assert abs(np.mean(misses)) < 0.004


def test_better_policies_are_found_to_be_better() -> None:
    found = drawn(12_000)
    tables = {
        "best": BEST, "soft": SOFT, "logged": LOGGED, "even": np.full((4, 3), 1 / 3),
        "worst": np.eye(3)[APPROVALS.argmin(axis=1)],
    }  # fmt: skip
    policies = {name: found.policy(table) for name, table in tables.items()}
    said = evaluate(found.log, policies, draws=50).answers
    values = {name: one.robust.value for name, one in said.items() if isinstance(one, Answer)}
    assert sorted(tables, key=lambda one: found.truth(policies[one])) == sorted(
        values, key=values.__getitem__
    )


def test_the_logged_policy_is_worth_what_was_seen() -> None:
    found = drawn()
    said = answer(found, LOGGED)
    own = asked(found).own
    assert said.ips.value == said.snips.value == pytest.approx(own)
    assert said.robust.low <= own <= said.robust.high
    assert said.lead.low <= 0 <= said.lead.high
    assert said.size == pytest.approx(6_000)
    assert said.clipped == 0


def test_the_same_question_has_the_same_answer() -> None:
    found = drawn(3_000)
    assert asked(found) == asked(found)


def test_payments_of_one_customer_make_an_answer_less_certain() -> None:
    found = drawn()
    alone = found.log._replace(customers=np.arange(found.log.size))
    said = asked(found, log=alone).answers["asked"]
    assert isinstance(said, Answer)
    whole = answer(found).robust
    assert whole.high - whole.low > said.robust.high - said.robust.low


def test_estimators_are_their_formulas() -> None:
    # given two decisions, the second by an account that the policy likes twice as much
    log = Log(
        customers=np.array([0, 1]), payments=np.array([0, 1]), contexts=np.array([0, 0]),
        logged=np.array([[0.5, 0.5], [0.6, 0.4]]), chosen=np.array([0, 1]),
        approved=np.array([1.0, 0.0]), is_known=np.array([True, True]),
    )  # fmt: skip
    policy, approvals = np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([[0.8, 0.6], [0.8, 0.6]])
    ips, snips, robust, direct = ratios(terms(log, policy, approvals).sum(axis=0))
    # then w = 1 and 2
    assert ips == pytest.approx((1 * 1 + 2 * 0) / 2)
    assert snips == pytest.approx(1 / 3)
    assert direct == pytest.approx((0.7 + 0.64) / 2)
    assert robust == pytest.approx((0.7 + 1 * (1 - 0.8) + 0.64 + 2 * (0 - 0.6)) / 2)


def test_sums_of_customers_are_resampled_whole() -> None:
    sums = by_customer(np.array([7, 7, 9]), np.array([[1.0], [2.0], [4.0]]))
    assert sums.tolist() == [[3.0], [4.0]]
    assert set(resampled(sums, draws=50).ravel()) == {6.0, 7.0, 8.0}
    assert interval(1.0, np.arange(101.0)) == (1.0, 2.5, 97.5)
    assert interval(50.0, np.arange(101.0), least=50.0) == (50.0, -48.0, 148.0)


def test_predictions_come_from_other_times_and_other_customers() -> None:
    found = drawn(3_000)
    of_fold = folds(found.log.customers)
    assert sorted(set(of_fold)) == [0, 1, 2, 3, 4]
    for customer in (0, 250, 999):
        assert len(set(of_fold[found.log.customers == customer])) == 1
    # when the outcomes of one fold are turned round, what is predicted for it stays
    turned = found.log._replace(
        approved=np.where(of_fold == 2, 1 - found.log.approved, found.log.approved)
    )
    before, after = predicted(found.log), predicted(turned)
    assert np.array_equal(before[of_fold == 2], after[of_fold == 2])
    assert not np.array_equal(before[of_fold == 3], after[of_fold == 3])


def test_customers_who_pay_again_and_again_are_in_five_blocks_too() -> None:
    # given customers who have all come before a fifth of the decisions was made
    customers = np.arange(6_000) % 500
    of_fold = folds(customers)
    assert np.bincount(of_fold).tolist() == [1_200] * 5
    assert all(len(set(of_fold[customers == one])) == 1 for one in (0, 250, 499))
    # then what is predicted of one is learned from others, so a feature that lies is found
    found = drawn()
    log = found.log._replace(customers=customers, contexts=found.log.approved.astype(np.int64))
    assert why(found, log=log) is Why.FUTURE


def test_chance_is_not_taken_for_a_lead() -> None:
    # given a hundred logs in which it makes no difference what is chosen
    held = misled = 0
    for seed in range(100):
        found = half_asked(seed)
        said = answer(found, RULES)
        held += said.lead.low <= 0 <= said.lead.high
        misled += any(one.stands_out for one in said.parts)
    assert held >= 92
    assert misled <= 10


def test_what_was_never_refused_is_not_certain() -> None:
    found = half_asked(1, approval=1.0)
    said = answer(found, RULES)
    assert said.robust.value > 0.99
    assert said.lead.low < 0 < said.lead.high


def test_without_decisions_nothing_is_answered() -> None:
    found = drawn(3_000)
    nothing = found.log.rows(np.zeros(3_000, dtype=np.bool_))
    said = evaluate(nothing, {"asked": nothing.logged})
    assert said.answers["asked"] == Refused(Why.FEW, 0.0, 1_000.0)


def test_too_few_decisions_are_refused() -> None:
    assert why(drawn(900)) is Why.FEW
    # two of a hundred, however many there are
    found = drawn(6_000, logged=np.tile([0.98, 0.01, 0.01], (4, 1)))
    assert of_policy(found.log, found.policy(np.tile([0.0, 0.5, 0.5], (4, 1)))) is not None
    assert effective_size(np.array([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)
    assert effective_size(np.zeros(3)) == 0


def test_what_was_never_chosen_is_not_answered() -> None:
    found = drawn(logged=np.tile([0.5, 0.5, 0.0], (4, 1)))
    assert why(found) is Why.UNSUPPORTED
    # a hundredth of all choices is let pass
    assert isinstance(answer(found, np.tile([0.495, 0.496, 0.009], (4, 1))), Answer)


def test_what_rests_on_rare_choices_is_not_answered() -> None:
    found = drawn(60_000, logged=np.tile([0.96, 0.02, 0.02], (4, 1)))
    assert why(found, np.tile([0.5, 0.5, 0.0], (4, 1))) is Why.CLIPPED
    assert clipped_share(np.array([40.0, 20.0, 20.0])) == pytest.approx(0.25)


def test_planted_propensities_are_caught() -> None:
    # given choices that follow other probabilities than those that are logged
    followed = LOGGED * [0.8, 1.0, 1.0] + LOGGED[:, :1] * [0.0, 0.2, 0.0]
    found = drawn(followed=followed)
    assert why(found) is Why.PROPENSITIES
    assert worst_propensity(drawn().log) < 3.29


def test_right_propensities_pass_their_test() -> None:
    refused = sum(worst_propensity(drawn(3_000, seed=seed).log) > 3.29 for seed in range(200))
    assert refused <= 3


def test_outcomes_that_are_not_known_are_missing_and_too_many_are_refused() -> None:
    found = drawn()
    few = np.arange(6_000) % 200 != 0
    # whatever stands where the outcome is not known counts for nothing
    some = found.log._replace(is_known=few, approved=np.where(few, found.log.approved, np.nan))
    said = asked(found, log=some)
    assert (said.counted, said.missing) == (5_970, 30)
    assert isinstance(said.answers["asked"], Answer)
    late = found.log._replace(is_known=np.arange(6_000) % 50 != 0)
    assert why(found, log=late) is Why.IMMATURE


def test_more_than_one_decision_of_a_payment_is_refused() -> None:
    found = drawn()
    assert why(found, log=found.log._replace(payments=np.arange(6_000) // 2)) is Why.STEPS


def test_a_planted_feature_that_knows_the_outcome_is_caught() -> None:
    # given a feature that says when it was known, a day too late
    found, decided = drawn(), np.zeros(6_000, dtype=np.int64)
    told = ["yes" if one else "no" for one in found.log.approved]
    late = Feature("settled", told, known_at=decided + 1)
    with pytest.raises(FutureFeature, match="settled"):
        contexts([late], decided)
    # and one that lies about it: what it explains is too good to be known before
    lying = contexts([late._replace(known_at=decided)], decided)
    assert why(found, log=found.log._replace(contexts=lying.numbers)) is Why.FUTURE


def test_contexts_are_combinations_of_what_was_known() -> None:
    decided = np.array([5, 5, 5, 5])
    features = [
        Feature("market", ["DE", "DE", "SE", "DE"], decided),
        Feature("brand", ["visa", "mc", "visa", "visa"], decided - 1),
    ]
    found = contexts(features, decided)
    assert found.numbers[0] == found.numbers[3]
    assert len(set(found.numbers)) == 3
    assert found.names[found.numbers[1]] == "DE mc"


def test_segments_stand_out_that_differ_and_hardly_any_other() -> None:
    # given forty segments, in the first of which a policy is a fifth ahead
    chance = np.random.default_rng(5)
    found = drawn(24_000)
    log = found.log._replace(contexts=np.arange(24_000) % 40)
    wrong = 0
    for _ in range(20):
        ahead = chance.normal(0, 0.5, 24_000) + np.where(log.contexts == 0, 0.2, 0)
        said = parts(log, ahead, np.zeros(24_000))
        assert said[0].stands_out
        assert said[0].lead.value == pytest.approx(0.2, abs=0.08)
        wrong += sum(one.stands_out for one in said[1:])
    assert wrong <= 8
    # small ones are not looked at, and nothing stands out of nothing
    assert parts(log.rows(np.arange(24_000) < 50), np.zeros(50), np.zeros(50)) == []
    assert not any(one.stands_out for one in parts(log, np.zeros(24_000), np.zeros(24_000)))
    assert least_likely([0.001, 0.04, 0.2, 0.5]) == 0.04


def test_a_log_that_misses_its_own_value_is_refused() -> None:
    # given choices that follow other probabilities, in one context more and in another less, so
    # that each account was chosen as often as it was to be
    half, most, least = [0.5, 0.5, 0.0], [0.95, 0.05, 0.0], [0.05, 0.95, 0.0]
    found = drawn(logged=np.tile(half, (4, 1)), followed=[most, least, half, half])
    assert of_log(found.log, predicted(found.log)) is None
    assert why(found, np.tile(half, (4, 1))) is Why.OWN_VALUE


def test_a_log_that_is_none_is_a_defect() -> None:
    found = drawn(30)
    with pytest.raises(ValueError, match="come to 1"):
        checked(found.log._replace(logged=found.log.logged / 2))
    never = found.log._replace(logged=np.tile([1.0, 0.0, 0.0], (30, 1)))
    with pytest.raises(ValueError, match="could not be"):
        checked(never)
