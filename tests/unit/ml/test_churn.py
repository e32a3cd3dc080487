"""Who leaves is told by what was known in time, honestly, and the same again."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from ledgerline.ml.evaluate.known import FutureFeature
from ledgerline.ml.train.cells import fitted_chances, sigmoid
from ledgerline.ml.train.churn import (
    BY_CHOICE,
    FAMILIES,
    UNPAID,
    TooFewEnds,
    chances,
    line_through,
    measured,
    train_head,
)
from ledgerline.ml.train.churn_artefact import (
    NoArtefact,
    artefact_of,
    reasons,
    scored,
    silent_of,
    written,
)
from ledgerline.ml.train.facts import Dated, summed, worded
from ledgerline.ml.train.renewals import Said, facts_of, said_of
from ledgerline.payments.rules.artefacts import digest
from tests.unit.ml.renewed import drawn, part, renewals, split

WHEN = datetime(2026, 5, 1, tzinfo=UTC)
TOLD = {
    "release": 7, "since": "2025-01-01", "until": "2026-03-20", "seller": None, "code": "x",
    "renewals": 9_000, "simulated": False, "left_out": {},
}  # fmt: skip
YOUNG_SOLO = renewals(
    1,
    plan=Said(["solo"], np.array([1_000])),
    tenure_days=Dated(np.array([20]), np.array([1_000])),
)
OLD_FAMILY = renewals(
    1,
    plan=Said(["family"], np.array([1_000])),
    tenure_days=Dated(np.array([500]), np.array([1_000])),
)


def test_what_is_there_is_found_calibrated_and_better_than_what_is_simpler() -> None:
    trained = train_head(BY_CHOICE, split())
    assert chances(trained.head, facts_of(YOUNG_SOLO))[0] == pytest.approx(0.5, abs=0.12)
    assert chances(trained.head, facts_of(OLD_FAMILY))[0] == pytest.approx(0.05, abs=0.02)
    one, rate = trained.measured, trained.baselines["base rate"]
    assert one.rows == 4_000
    assert one.log_loss < rate.log_loss
    assert "days with use" not in trained.baselines  # nobody keeps them here
    assert one.ece < 0.03
    assert one.auc.value > 0.57
    assert rate.auc == (0.5, 0.5, 0.5)
    assert sum(each.decisions for each in one.bins) == 4_000


def test_where_nothing_can_be_told_everybody_is_alike() -> None:
    trained = train_head(UNPAID, split())
    believed = chances(trained.head, split().latest.facts)
    assert believed.std() < 0.01
    assert believed.mean() == pytest.approx(0.04, abs=0.01)


@pytest.mark.parametrize("field", ["plan", "tenure_days", "price_days", "failures", "usage"])
def test_what_was_known_later_is_refused(field: str) -> None:
    late = np.array([1_000] * 39 + [1_001])
    planted: dict[str, Any] = {
        field: Said(["solo"] * 40, late) if field == "plan" else Dated(np.arange(40), late)
    }
    with pytest.raises(FutureFeature, match=field):
        facts_of(renewals(40, **planted))


def test_too_few_ends_are_refused() -> None:
    with pytest.raises(TooFewEnds, match=r"by_choice: [0-9]+ ends of 200"):
        train_head(BY_CHOICE, split(200))


def test_the_order_of_beliefs_is_measured_with_ties_as_half() -> None:
    ended = np.array([1.0, 0.0, 1.0, 0.0])
    assert measured(np.array([0.9, 0.1, 0.8, 0.2]), ended).auc.value == 1.0
    assert measured(np.array([0.1, 0.9, 0.2, 0.8]), ended).auc.value == 0.0
    assert measured(np.array([0.5, 0.5, 0.5, 0.5]), ended).auc.value == 0.5
    assert measured(np.array([0.5, 0.5, 0.9, 0.1]), ended).auc.value == 0.875


def test_what_chance_makes_of_a_measure_is_told() -> None:
    # given beliefs that are right, of whom 2,000 renewals tell, and some 70 leave
    chance = np.random.default_rng(11)
    believed = chance.beta(1, 25, 400_000)
    happened = (chance.random(400_000) < believed).astype(np.float64)
    truth = measured(believed, happened).auc.value
    found = [
        measured(believed[no : no + 2_000], happened[no : no + 2_000])
        for no in range(0, 400_000, 2_000)
    ]
    # then nineteen of twenty intervals hold how often pairs are in order
    held = sum(one.auc.low <= truth <= one.auc.high for one in found)
    assert 182 <= held <= 199
    # and they are off by as much as is said of chance
    by_chance = np.mean([one.ece_of_chance for one in found])
    assert np.mean([one.ece for one in found]) == pytest.approx(by_chance, rel=0.1)
    # of one who left no more is known than nothing
    assert measured(believed[:50], np.eye(50)[0]).auc == (0.5, 0.0, 1.0)


def test_the_same_renewals_give_the_same_artefact_and_it_is_read_as_it_was_written() -> None:
    first, again = (
        written({name: train_head(name, split()) for name in FAMILIES}, trained_at=WHEN, told=TOLD)
        for _ in range(2)
    )
    assert first == again
    found = artefact_of(first)
    assert (found.trained_at, found.trained_on) == (WHEN, TOLD)
    assert set(found.heads) == {BY_CHOICE, UNPAID}
    facts = facts_of(YOUNG_SOLO)
    [ppm] = scored(found.heads[BY_CHOICE], facts)
    assert ppm == pytest.approx(500_000, abs=120_000)
    [said] = reasons(found.heads[BY_CHOICE], facts)
    assert "how long they have been here" in said
    assert found.metrics[BY_CHOICE]["model"]["rows"] == 4_000


def test_what_no_card_can_be_written_of_is_refused() -> None:
    # given what somebody wrote, with the SHA-256 of that
    text = written({UNPAID: train_head(UNPAID, split())}, trained_at=WHEN, told=TOLD)
    whole = json.loads(text)
    head, of = whole["heads"][UNPAID], whole["metrics"][UNPAID]
    wrong: list[dict[str, Any]] = [
        {"heads": {}},
        {"heads": {UNPAID: head | {"cells": {"base": 10**400}}}},
        {"heads": {UNPAID: head | {"slope_ppm": 10**30}}},
        {"metrics": {}},
        {"metrics": {UNPAID: of | {"bins": [[1, 2]]}}},
        {"metrics": {UNPAID: of | {"model": of["model"] | {"ece_ppm": "1"}}}},
        {"trained_on": {}},
        {"trained_on": TOLD | {"left_out": {"fees": "few"}}},
    ]
    for other in wrong:
        told = {name: one for name, one in (whole | other).items() if name != "sha256"}
        body = json.dumps(told, sort_keys=True, separators=(",", ":"))
        with pytest.raises(NoArtefact, match="no artefact"):
            artefact_of(json.dumps(told | {"sha256": digest(body)}))


def test_what_is_not_as_it_was_written_is_refused() -> None:
    text = written({UNPAID: train_head(UNPAID, split())}, trained_at=WHEN, told=TOLD)
    told = json.loads(text)
    cell, measure = json.loads(text), json.loads(text)
    cell["heads"][UNPAID]["level_ppm"] += 1
    measure["metrics"][UNPAID]["model"]["ece_ppm"] = 0
    for wrong, why in (
        (cell, "SHA-256"),
        (measure, "SHA-256"),  # what a card says of it counts too
        (told | {"trained_on": TOLD | {"simulated": True}}, "SHA-256"),
        (told | {"kind": "retry"}, "no artefact of churn"),
        (told | {"heads": {UNPAID: {"cells": {"base": 0.5}}}}, "no artefact"),
        (told | {"heads": {UNPAID: told["heads"][UNPAID] | {"cells": {"99|1": 5}}}}, "no artefact"),
        ([], "no artefact"),
    ):
        with pytest.raises(NoArtefact, match=why):
            artefact_of(json.dumps(wrong))
    with pytest.raises(NoArtefact, match="no artefact"):
        artefact_of("nonsense")


@pytest.mark.parametrize(("rate", "spread"), [(0.3, 0.0), (0.3, 0.05), (0.5, 2.0), (0.002, 0.3)])
def test_a_later_month_may_differ_much_from_what_taught(rate: float, spread: float) -> None:
    xs = -4 + spread * (2 * drawn("belief", 4_000) - 1)
    ended = (drawn("ended", 4_000) < rate).astype(np.float64)
    slope, level = line_through(xs, ended)
    assert sigmoid(slope * xs + level).mean() == pytest.approx(ended.mean(), abs=0.002)


@pytest.mark.parametrize("rate", [0.6, 0.95])
def test_a_cell_far_above_all_others_is_fitted_and_no_more(rate: float) -> None:
    facts = {"plan": worded(["rare"] * 1_000 + ["usual"] * 20_000)}
    ended = np.concatenate([np.arange(1_000) % 100 < 100 * rate, np.arange(20_000) % 1_000 < 3])
    cells = fitted_chances((("plan",),), facts, ended.astype(np.float64), shrinkage=1.0)
    believed = sigmoid(summed((("plan",),), cells, facts))
    assert believed[0] == pytest.approx(rate, abs=0.01)
    assert believed[-1] == pytest.approx(0.003, abs=0.001)


def test_what_was_never_seen_adds_nothing() -> None:
    head = train_head(BY_CHOICE, split()).head
    day = np.array([1_000])
    unseen = facts_of(OLD_FAMILY._replace(market=Said(["XX"], day), plan=Said(["new"], day)))
    assert 0 < chances(head, unseen)[0] < 0.2
    # and it is said
    assert {"plan new", "market XX"} <= set(silent_of(head, unseen))
    assert "plan family" not in silent_of(head, facts_of(OLD_FAMILY))


def test_a_band_is_said_in_words() -> None:
    assert said_of("tenure", "0") == "tenure below 45 days"
    assert said_of("tenure", "1") == "tenure from 45 below 100 days"
    assert said_of("failed", "4") == "failed from 140 days or never"
    assert said_of("plan", "solo") == "plan solo"
    assert said_of("tenure", "77") == "tenure 77"


def test_renewals_are_drawn_apart() -> None:
    assert part("one", 300).ended[BY_CHOICE].tolist() != part("two", 300).ended[BY_CHOICE].tolist()
    assert 0.4 < drawn("any", 500).mean() < 0.6
