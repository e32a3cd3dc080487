"""Offers go to those whom they keep, as far as an experiment says so, and to nobody else."""

import numpy as np
import pytest

from ledgerline.ml.evaluate.gains import gains
from ledgerline.ml.evaluate.log import Floats
from ledgerline.ml.train.renewals import facts_of
from ledgerline.ml.train.uplift import (
    Arms,
    NotByLot,
    TooFewOffers,
    check_lot,
    chosen,
    learn,
    outlook,
    within_budget,
)
from tests.unit.ml.renewed import drawn, renewals

COUNT = 6_000
AGES = (700 * drawn("a age", COUNT)).astype(np.int64)
FACTS = facts_of(renewals(COUNT))


def arms(effect: Floats) -> Arms:
    """Return an experiment in which an offer keeps so many more, and half take it who stay."""
    is_offered = drawn("lot", COUNT) < 0.5
    stays = drawn("luck", COUNT) < 0.6 + np.where(is_offered, effect, 0.0)
    return Arms(
        facts=FACTS,
        share=0.5,
        is_offered=is_offered,
        stayed=stays.astype(np.float64),
        took=(is_offered & stays & (drawn("takes", COUNT) < 0.5)).astype(np.float64),
        margin=np.full(COUNT, 5_000.0),
        discount=np.full(COUNT, 500.0),
    )


def test_those_are_chosen_whom_it_keeps_and_none_whom_it_wakes() -> None:
    young, old = AGES < 190, AGES >= 380
    of = arms(np.where(young, 0.3, np.where(old, -0.3, 0.0)))
    uplift = learn(of)
    seen = outlook(uplift, FACTS, of.margin, of.discount)
    everybody = np.ones(COUNT, dtype=np.bool_)
    all_worth = chosen(uplift, seen, everybody, np.inf)
    assert all_worth[young].mean() > 0.9
    assert not all_worth[old].any()
    truth = 0.3 * 5_000 - 0.45 * 500
    assert 0.5 * truth < seen.value[young].mean() < 1.1 * truth  # drawn towards nothing
    # within a budget the highest values come first, and who may not is left out
    some = chosen(uplift, seen, AGES > 20, seen.cost.sum() / 10)
    assert seen.cost[some].sum() <= seen.cost.sum() / 10
    assert not some[AGES <= 20].any()
    assert seen.value[some].min() >= np.quantile(seen.value[(AGES > 20) & ~some], 0.9)


def test_where_an_offer_does_nothing_nobody_is_made_it() -> None:
    of = arms(np.zeros(COUNT))
    uplift = learn(of)
    seen = outlook(uplift, FACTS, of.margin, of.discount)
    assert uplift.floor == np.inf
    assert not chosen(uplift, seen, np.ones(COUNT, dtype=np.bool_), np.inf).any()


def test_an_experiment_that_tells_nothing_is_refused() -> None:
    of = arms(np.zeros(COUNT))
    with pytest.raises(TooFewOffers, match="0 ends in an arm"):
        learn(of._replace(stayed=np.ones(COUNT)))


def test_offers_that_were_not_made_by_the_lot_are_refused() -> None:
    of = arms(np.zeros(COUNT))
    with pytest.raises(NotByLot, match="deviations from a lot of 55 %"):
        learn(of._replace(share=0.55))
    # as many as by the lot, and more of the young ones than of the old ones
    old = AGES >= 380
    chosen_by_age = drawn("lot", COUNT) < np.where(
        old, 0.5 - 0.06 * (~old).mean() / old.mean(), 0.56
    )
    assert abs(chosen_by_age.mean() - 0.5) < 0.01
    with pytest.raises(NotByLot):
        learn(of._replace(is_offered=chosen_by_age))
    # and a lot is taken for one
    chance = np.random.default_rng(7)
    for _ in range(50):
        check_lot(of._replace(is_offered=chance.random(COUNT) < 0.5))


def test_a_budget_is_never_exceeded() -> None:
    cost = np.array([4.0, 3.0, 2.0, 1.0])
    may = np.array([True, True, True, False])
    found = within_budget(np.array([1.0, 2.0, 3.0, 4.0]), cost, may, 5.0)
    assert found.tolist() == [False, True, True, False]


def test_an_order_by_the_truth_gains_and_its_reverse_loses() -> None:
    effect = np.where(AGES < 190, 0.3, -0.1)
    of = arms(effect)
    best, worst = (gains(sign * effect, of.is_offered, of.stayed) for sign in (1, -1))
    assert best.qini > 0.02
    assert worst.qini < -0.02
    assert best.auuc > worst.auuc
    by_lot = gains(drawn("any order", COUNT), of.is_offered, of.stayed)
    assert abs(by_lot.qini) < 0.01
    with pytest.raises(ValueError, match="both arms"):
        gains(effect, np.ones(COUNT, dtype=np.bool_), of.stayed)
