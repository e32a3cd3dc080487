"""The steps of a model, and what has to be known before each."""

from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.payments.refusals import ModelNotPromoted
from ledgerline.payments.rules.comparing import Compared, Loss
from ledgerline.payments.rules.promotion import (
    DECISIONS_MIN,
    STEPS,
    Condition,
    Replayed,
    Stage,
    conditions,
    rank,
    require_met,
    step_after,
    unmet,
)
from ledgerline.payments.scores import OFF, Kind, Mode, Switch
from tests.unit.payments.test_comparing import arm

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ARM = arm([(10, 9)] * 100, acts=True)
SHADOW = Switch(Mode.SHADOW, 0, {"EUR": 500})
CANARY = Switch(Mode.CANARY, 5)


def _stage(**more: object) -> Stage:
    both = Compared(ARM, ARM._replace(acts=False), Loss(0, -9_000, 9_000))
    stage = Stage(
        kind=Kind.ROUTING,
        since=NOON,
        is_fresh=True,
        known=DECISIONS_MIN,
        violations=0,
        ignored=500,
        replayed=Replayed(20, 0),
        both=both,
    )
    return stage._replace(**more)  # type: ignore[arg-type] # fields by name


def _found(held: Switch, stage: Stage, *, days: int = 7) -> dict[str, Condition]:
    found = conditions(held, stage, now=NOON + timedelta(days=days))
    return {one.condition: one for one in found}


def test_a_model_goes_up_a_step_at_a_time() -> None:
    held, went = OFF, []
    while held.mode is not Mode.ON:
        held = step_after(held)
        went.append((held.mode.value, held.percent))
    assert went == [("shadow", 0), ("canary", 1), ("canary", 5), ("canary", 25), ("on", 95)]
    assert [rank(Switch(*step)) for step in STEPS] == list(range(6))
    assert step_after(SHADOW).explore_below == {"EUR": 500}
    with pytest.raises(ModelNotPromoted, match="the last step"):
        step_after(held)


def test_to_be_looked_at_a_model_only_has_to_be_there() -> None:
    assert conditions(OFF, _stage(known=0), now=NOON) == (
        Condition("fresh", is_met=True, found="yes", needed="counted within 5 minutes"),
    )
    old = _stage(is_fresh=False, kind=Kind.RETRY)
    [found] = conditions(OFF, old, now=NOON)
    assert (found.is_met, found.needed) == (False, "within 45 days")


def test_out_of_shadow_it_comes_after_a_week_of_flawless_decisions() -> None:
    assert unmet(tuple(_found(SHADOW, _stage()).values())) == ()
    for wrong, days, named in (
        ({}, 6, "time"),
        ({"known": DECISIONS_MIN - 1}, 7, "decisions"),
        ({"violations": 1}, 7, "violations"),
        ({"ignored": 600}, 7, "in time"),
        ({"replayed": Replayed(20, 1)}, 7, "replay"),
        ({"replayed": Replayed(4, 0)}, 7, "replay"),
        ({"is_fresh": False}, 7, "fresh"),
    ):
        assert unmet(tuple(_found(SHADOW, _stage(**wrong), days=days).values())) == (named,)


def test_more_customers_ask_for_a_bound_of_what_all_could_lose() -> None:
    both = _stage().both
    for percent, limit in ((1, 60_000), (5, 12_000), (25, 3_157)):
        held = CANARY._replace(percent=percent)
        for over in (0, 1):
            loss = Loss(0, -limit, limit + over)
            found = _found(held, _stage(both=both._replace(loss=loss)), days=3)
            assert found["loss"].is_met is not bool(over)
    needed = _found(CANARY, _stage())["loss"].needed
    assert needed == "at most 1.20 points, for 25 % of all"
    assert not _found(CANARY, _stage(both=both._replace(loss=None)))["loss"].is_met
    retry = _found(CANARY, _stage(kind=Kind.RETRY))["loss"]
    assert (retry.is_met, retry.needed) == (True, "at most 4.00 points, for 25 % of all")


def test_what_is_missing_is_named() -> None:
    found = conditions(SHADOW, _stage(known=0, ignored=0), now=NOON)
    with pytest.raises(ModelNotPromoted) as refused:
        require_met(found)
    assert refused.value.facts["unmet"] == ("time", "decisions")
    assert (
        str(refused.value) == "model_not_promoted: 2 of 6 conditions are not met: time, decisions"
    )
    require_met(conditions(SHADOW, _stage(), now=NOON + timedelta(days=7)))
