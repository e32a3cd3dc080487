"""A decision when to try again, computed once more from the table that it names."""

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from ledgerline.ml.replay_timing import KeptTiming, lacks_timing, replay_timing
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rules.advice import DEFAULTS
from ledgerline.payments.rules.plan_rows import candidates, chosen_at
from ledgerline.payments.rules.retry import Tries
from ledgerline.payments.rules.retry_plan import Failure, Policy, begin, revise
from ledgerline.payments.rules.retry_scores import Table, TableModel
from ledgerline.payments.rules.retry_timing import steered, timed
from ledgerline.payments.rules.timing_words import kept_of, told_of
from ledgerline.payments.scores import Mode, Switch, Timing
from tests.unit.payments.samples import METHOD

AT: Final = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
TABLE: Final = Table(
    families=(("hour",), ("weekday", "wait")),
    cells={"base": -900, "0|3": 400, "0|4": -200, "1|2|3": 900, "1|5|4": 700},
    knots=((-8_000, 1_000), (8_000, 999_000)),
)
POLICY: Final = Policy(1, learned_days=(2, 5, 9), learned_collect_days=28, try_cost_minor=60)


def stored(*, key: str = "a try", tries: int = 1, table: Table = TABLE, **more: Any) -> KeptTiming:
    """Decide when a payment is tried again, and keep it as the database does: as JSON."""
    category = DeclineCategory.INSUFFICIENT_FUNDS
    failure = Failure(
        category=category, advised=DEFAULTS[category], tries=Tries(tries), failed_at=AT,
        method_id=METHOD, zone="Europe/Berlin", spread=0,
    )  # fmt: skip
    told: dict[str, Any] = {
        "switch": Switch(Mode.ON, 95, {"EUR": 100_000}), "market": "DE", "brand": "visa",
        "amount_minor": 1_000, "currency": "EUR", "customer": "3", "key": key,
        "model": TableModel(table, version=4, age_seconds=60),
    }  # fmt: skip
    plan = begin(POLICY, failure, is_learned=True)
    fixed = plan if tries == 1 else revise(plan, failure)
    said = timed(fixed, failure, Timing(**(told | more)))
    laid = steered(fixed, said, failure)
    return KeptTiming(
        key=key,
        told=json.loads(json.dumps(told_of(said))),
        learned=json.loads(json.dumps(kept_of(said), sort_keys=True)),
        chosen=chosen_at(laid),
        candidates={
            one["at"]: one["ppm"]
            for one in json.loads(candidates(laid, said.ppm if said.acts else None))
        },
    )


@pytest.mark.parametrize(
    "more",
    [{}, {"tries": 2}, {"amount_minor": 200_000}, {"customer": "30"},
     {"tries": 2, "amount_minor": 40}],
)  # fmt: skip
def test_a_decision_is_computed_once_more_to_the_last_digit(more: dict[str, Any]) -> None:
    kept = [stored(key=f"attempt {no}", **more) for no in range(60)]
    assert [replay_timing(one, TABLE) for one in kept] == [[]] * 60
    assert lacks_timing(kept[0]) is None
    if not more:
        assert {one.learned["explored"] for one in kept} == {True, False}


def test_what_was_changed_afterwards_is_found() -> None:
    kept = stored()
    other = Table(TABLE.families, {**TABLE.cells, "base": -800}, TABLE.knots)
    assert {one.what for one in replay_timing(kept, other)} >= {"chances", "terms"}
    later = max(kept.learned["chances"])
    for name, wrong in (
        ("chosen", later), ("drawn_ppm", 5), ("unlikely", True), ("explored", True),
        ("chances", {**kept.learned["chances"], later: 7}),
    ):  # fmt: skip
        changed = kept._replace(learned={**kept.learned, name: wrong})
        assert name in {one.what for one in replay_timing(changed, TABLE)}, name
    assert [one.what for one in replay_timing(kept._replace(chosen=later), TABLE)] == ["moment"]
    ppm = {**kept.candidates, later: 3}
    assert "logged ppm" in {one.what for one in replay_timing(kept._replace(candidates=ppm), TABLE)}


def test_what_a_decision_lacks_is_said() -> None:
    ignored = stored(model=None)
    assert ignored.learned["ignored"] == "nothing_said"
    assert "not believed" in str(lacks_timing(ignored))
    kept = stored()
    old = {name: part for name, part in kept.learned.items() if name not in {"cost", "explores"}}
    assert lacks_timing(kept._replace(learned=old)) == "explores, cost were not kept yet"
