"""The log of a release as arrays: who would have chosen what, and nothing of the future."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ledgerline.ml.evaluate.answers import Answer
from ledgerline.ml.evaluate.known import FutureFeature
from ledgerline.ml.evaluate.refusals import Refused, Why
from ledgerline.ml.evaluate.released import LEARNED, LOGGED, RULES, evaluated, of_table

DAY, LATER = date(2026, 3, 2), date(2026, 3, 9)
EMPTY: dict[str, Any] = {"learned_ppm": None, "learned_percent_num": None,
                         "believed_milli_num": None}  # fmt: skip


def candidates(no: int, chosen: str, shares: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a decision, as the log has them."""
    return [
        {
            "decision_id": f"d{no:05}", "candidate_account": account, "customer_id": f"c{no // 2}",
            "payment_id": f"p{no}", "market_code": "DE", "segment": "domestic visa payer",
            "initiator": "customer", "result": "authorised" if no % 5 else "declined_soft",
            "category": None if no % 5 else "do_not_honor", "decided_on": DAY, "ended_on": LATER,
            "is_chosen": account == chosen, "rules_ppm": 1_000_000 * (account == "aster"),
            **EMPTY, **said,
        }
        for account, said in sorted(shares.items())
    ]  # fmt: skip


def of_rules(no: int) -> list[dict[str, Any]]:
    return candidates(
        no, "aster", {"aster": {"propensity_ppm": 1_000_000}, "boreal": {"propensity_ppm": 0}}
    )


def of_model(no: int, chosen: str, *, acts: bool, percent: int = 60) -> list[dict[str, Any]]:
    """Return a decision of which the model was asked, whether it acted for the customer or not."""
    learned = {"aster": 300_000, "boreal": 700_000}
    return candidates(no, chosen, {
        account: {
            "propensity_ppm": ppm if acts else 1_000_000 * (account == "aster"),
            "learned_ppm": ppm, "learned_percent_num": percent,
            "believed_milli_num": 1700 if account == chosen else 1500,
        }
        for account, ppm in learned.items()
    })  # fmt: skip


def log_of(*decisions: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([row for rows in decisions for row in rows])


def shown(size: int = 4_000) -> pa.Table:
    """Return a log in which the model decides for three of five pairs of payments."""
    decisions = []
    chance = np.random.default_rng(1)
    for pair in range(size // 2):
        acts = chance.random() < 0.6
        for no in (2 * pair, 2 * pair + 1):
            by_model = "aster" if chance.random() < 0.3 else "boreal"
            decisions.append(of_model(no, by_model if acts else "aster", acts=acts))
    return log_of(*decisions)


def test_the_draw_of_the_customer_counts_in_the_probability_of_an_account() -> None:
    # given a model that decides for 60 % of the customers, and gives boreal 70 % there
    read = of_table(log_of(of_model(0, "boreal", acts=True), of_model(1, "aster", acts=False)))
    assert read.accounts == ("aster", "boreal")
    assert read.log.logged == pytest.approx(np.array([[0.58, 0.42], [0.58, 0.42]]))
    assert read.policies[LEARNED] == pytest.approx(np.array([[0.3, 0.7], [0.3, 0.7]]))
    assert read.policies[RULES].tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert (read.log.chosen.tolist(), read.asked) == ([1, 0], 2)
    assert read.believed.tolist() == [1.7, 1.7]


def test_in_shadow_only_the_rules_choose() -> None:
    read = of_table(log_of(of_model(0, "aster", acts=False, percent=0)))
    assert read.log.logged.tolist() == [[1.0, 0.0]]
    assert read.policies[LEARNED].tolist() == [[0.3, 0.7]]


def test_a_shadow_alone_says_nothing_of_what_it_would_have_chosen() -> None:
    read = of_table(log_of(*(of_model(no, "aster", acts=False, percent=0) for no in range(3_000))))
    said = evaluated(read).answers
    assert isinstance(said[RULES], Answer)
    assert isinstance(said[LEARNED], Refused)
    assert said[LEARNED].why is Why.UNSUPPORTED


def test_a_log_with_a_hold_out_says_what_both_would_have_earned() -> None:
    said = evaluated(of_table(shown())).answers
    for policy in (LOGGED, RULES, LEARNED):
        found = said[policy]
        assert isinstance(found, Answer)
        assert found.robust.low <= 0.8 <= found.robust.high


def test_a_model_that_was_not_asked_is_not_answered() -> None:
    read = of_table(log_of(*(of_rules(no) for no in range(2_000))))
    said = evaluated(read).answers[LEARNED]
    assert isinstance(said, Refused)
    assert (said.why, read.asked) == (Why.NOT_ASKED, 0)
    assert said.sentence == "the model said nothing of any of these decisions"


def test_an_empty_log_is_read() -> None:
    read = of_table(log_of(of_rules(1)).slice(0, 0))
    assert read.log.size == 0
    assert {type(one) for one in evaluated(read).answers.values()} == {Refused}


def test_what_came_later_changes_nothing_however_it_is_shuffled() -> None:
    table = shown(2_400)
    before = evaluated(of_table(table))
    # when all that was known after the decision, the outcome apart, is shuffled
    order = np.random.default_rng(7).permutation(table.num_rows)
    for name in ("category", "ended_on"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(name), table[name].take(pa.array(order)))
    assert evaluated(of_table(table)) == before


@pytest.mark.parametrize("planted", ["result", "category"])
def test_a_planted_feature_of_the_future_is_caught(planted: str) -> None:
    with pytest.raises(FutureFeature, match=planted):
        of_table(shown(100), context=("market_code", planted))
