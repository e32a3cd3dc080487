"""What a model says of accounts is believed whole or not at all, and rules stand above it."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.payments.model import Initiator
from ledgerline.payments.rules.routing import (
    DEFAULT_RULE,
    MODEL_RULE,
    NO_POLICY,
    PPM,
    Candidate,
    Charge,
    Filtered,
    Policy,
    Rule,
    Then,
    Weights,
    When,
    route,
    usable,
)

CHARGE = Charge(
    key="a payment", market="DE", currency="EUR", amount_minor=1199, initiator=Initiator.CUSTOMER
)
ASTER, BOREAL, COBALT = ALL = tuple(Candidate(one) for one in ("aster", "boreal", "cobalt"))
GOOD = Weights({"aster": 100_000, "boreal": 700_000, "cobalt": 200_000}, age_seconds=5)


def weights(**ppm: Any) -> Weights:
    return Weights(ppm, age_seconds=5)


def test_where_no_rule_decides_the_weights_are_drawn_by() -> None:
    decided = [
        route(replace(CHARGE, key=f"payment {no}"), ALL, NO_POLICY, GOOD) for no in range(2_000)
    ]
    assert {one.rule for one in decided} == {MODEL_RULE}
    assert decided[0].propensities == GOOD.ppm
    seen = Counter(one.chosen for one in decided)
    for account, ppm in GOOD.ppm.items():
        assert abs(seen[account] - 2_000 * ppm / PPM) < 100
    assert all(sorted(one.ordered) == ["aster", "boreal", "cobalt"] for one in decided)


def test_a_rule_that_decides_stands_above_the_weights() -> None:
    rule = Rule("contracted", When(), Then(prefer=("cobalt",)))
    decided = route(CHARGE, ALL, Policy(rules=(rule,), fees={}), GOOD)
    assert (decided.chosen, decided.rule) == ("cobalt", "contracted")


@pytest.mark.parametrize(
    ("_case", "said"),
    [
        ("no number", weights(aster=float("nan"), boreal=PPM, cobalt=0)),
        ("infinite", weights(aster=float("inf"), boreal=0, cobalt=0)),
        ("a fraction", weights(aster=0.5, boreal=0.5, cobalt=0)),
        ("a float that is whole", weights(aster=1e6, boreal=0, cobalt=0)),
        ("true is no number", weights(aster=True, boreal=PPM - 1, cobalt=0)),
        ("text", weights(aster="1000000", boreal=0, cobalt=0)),
        ("below nothing", weights(aster=-1, boreal=PPM, cobalt=1)),
        ("above the whole", weights(aster=PPM + 1, boreal=-1, cobalt=0)),
        ("less than the whole", weights(aster=1, boreal=1, cobalt=1)),
        ("none at all", weights()),
        ("an account is missing", weights(aster=PPM, boreal=0)),
        ("an account that is no choice", weights(aster=PPM, boreal=0, cobalt=0, dahlia=0)),
        ("stale", replace(GOOD, age_seconds=301)),
        ("of the future", replace(GOOD, age_seconds=-1)),
    ],
)  # fmt: skip
def test_weights_that_are_poisoned_are_as_none(_case: str, said: Weights) -> None:
    assert not usable(said, ("aster", "boreal", "cobalt"))
    decided = route(CHARGE, ALL, NO_POLICY, said)
    assert decided == route(CHARGE, ALL, NO_POLICY)
    assert decided.rule == DEFAULT_RULE


def test_weights_of_an_account_that_is_filtered_are_as_none() -> None:
    down = replace(BOREAL, filtered=Filtered.BREAKER_OPEN)
    decided = route(CHARGE, (ASTER, down, COBALT), NO_POLICY, GOOD)
    assert (decided.rule, decided.propensities["boreal"]) == (DEFAULT_RULE, 0)


@given(
    st.dictionaries(
        st.sampled_from(["aster", "boreal", "cobalt", "dahlia"]),
        st.one_of(st.integers(-5, PPM + 5), st.floats(), st.none(), st.text(max_size=2)),
    ),
    st.integers(-10, 1_000),
)
def test_whatever_a_model_says_no_rule_is_broken(ppm: dict[str, Any], age: int) -> None:
    down = replace(COBALT, filtered=Filtered.DISABLED)
    decided = route(CHARGE, (ASTER, BOREAL, down), NO_POLICY, Weights(ppm, age))
    assert set(decided.ordered) == {"aster", "boreal"}
    assert sum(decided.propensities.values()) == PPM
    assert decided.propensities["cobalt"] == 0
