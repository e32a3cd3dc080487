"""What of a model's word is believed, how far it may move traffic, and what it may never do."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from ledgerline.payments.model import Initiator
from ledgerline.payments.rules.learned import (
    SHIFT_MAX,
    STALE_SECONDS,
    Ignored,
    Opinion,
    acts_for,
    any_asks,
    asks,
    bounded,
    certain,
    costs_of,
    fault,
    features_of,
    opinion_of,
    steered,
    written,
)
from ledgerline.payments.rules.opinion_words import sentences
from ledgerline.payments.rules.routing import (
    DEFAULT_RULE,
    LEARNED_RULE,
    PPM,
    Candidate,
    Charge,
    Fee,
    Filtered,
    Policy,
    RouteDecision,
    route,
)
from ledgerline.payments.scores import OFF, Features, Kind, Mode, Scores, Switch

ACCOUNTS = ("aster", "boreal", "cobalt")
EURO = {"EUR": 50_000}
ALL = Switch(Mode.ON, 95, EURO)
TERMS = {
    "aster": {"level": 1700, "account": 120, "recent": -5},
    "boreal": {"level": 1700, "account": -80, "recent": 0},
}
NAN: Any = float("nan")


def scores(ppm: Mapping[str, Any] | None = None, **more: Any) -> Scores:
    told = {"aster": 900_000, "boreal": 90_000, "cobalt": 10_000} if ppm is None else ppm
    kept: dict[str, Any] = {"ppm": told, "tick": 7, "age_seconds": 3, "terms": TERMS}
    return Scores(**(kept | more))


def charge(amount: int = 1199, **more: Any) -> Charge:
    return Charge(
        key="pay", market="DE", currency="EUR", amount_minor=amount,
        initiator=Initiator.CUSTOMER, brand="visa", **more,
    )  # fmt: skip


def decided(*filtered: str) -> RouteDecision:
    candidates = [
        Candidate(one, Filtered.BREAKER_OPEN if one in filtered else None) for one in ACCOUNTS
    ]
    return route(charge(), candidates, Policy(fees={}))


def opinion(
    said: Scores | None = None, switch: Switch = ALL, *, key: str = "a", amount: int = 1199
) -> Opinion:
    customer = next(str(no) for no in range(1000) if acts_for(Kind.ROUTING, ALL, str(no)))
    return opinion_of(
        said, decided(), switch, customer=customer, key=key,
        explores=switch.explores("EUR", amount),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (None, Ignored.NOTHING_SAID),
        (scores(age_seconds=STALE_SECONDS + 1), Ignored.STALE),
        (scores(age_seconds=-1), Ignored.STALE),
        (scores(age_seconds=NAN), Ignored.STALE),
        (scores(took_ms=10_000), Ignored.SLOW),
        (scores(took_ms=NAN), Ignored.SLOW),
        (scores(before={"aster": NAN}), Ignored.OUT_OF_RANGE),
        (scores(before={"aster": -1}), Ignored.OUT_OF_RANGE),
        (scores(tick=NAN), Ignored.OUT_OF_RANGE),
        (scores({"aster": PPM}), Ignored.OTHER_ACCOUNTS),
        (scores({"aster": PPM, "boreal": 0, "dahlia": 0}), Ignored.OTHER_ACCOUNTS),
        (scores({"aster": NAN, "boreal": 0, "cobalt": 0}), Ignored.OUT_OF_RANGE),
        (scores({"aster": 1e6, "boreal": 0, "cobalt": 0}), Ignored.OUT_OF_RANGE),
        (scores({"aster": PPM + 1, "boreal": -1, "cobalt": 0}), Ignored.OUT_OF_RANGE),
        (scores({"aster": PPM, "boreal": 1, "cobalt": 0}), Ignored.NOT_WHOLE),
    ],
)
def test_a_poisoned_score_is_no_score(said: Scores | None, why: Ignored) -> None:
    assert fault(said, ACCOUNTS) is why
    found = opinion(said)
    assert (found.ignored, found.acts) == (why, False)
    assert steered(decided(), found) == decided()
    assert written(found)["ignored"] == why.value
    assert why.value.replace("_", " ") in " ".join(sentences(written(found)))


def test_what_is_whole_is_believed() -> None:
    assert fault(scores(), ACCOUNTS) is None


def test_who_is_drawn_is_drawn_by_what_is_kept() -> None:
    drawn = Counter(opinion(scores(), key=str(no)).chosen for no in range(20_000))
    assert abs(drawn["aster"] - 18_000) < 200
    assert abs(drawn["boreal"] - 1_800) < 200
    steady = {opinion(scores(), key="same").chosen for _ in range(5)}
    assert len(steady) == 1


def test_a_decision_by_the_model_says_so_and_tries_the_others_by_their_likelihood() -> None:
    found = steered(decided(), opinion(scores({"aster": 0, "boreal": PPM, "cobalt": 0})))
    assert (found.rule, found.chosen) == (LEARNED_RULE, "boreal")
    assert found.propensities == {"aster": 0, "boreal": PPM, "cobalt": 0}
    assert set(found.ordered) == set(ACCOUNTS)


def test_nothing_is_tried_with_large_amounts() -> None:
    for no in range(200):
        found = opinion(scores(), key=str(no), amount=50_000)
        assert (found.chosen, found.explored) == ("aster", False)
    assert any(opinion(scores(), key=str(no)).explored for no in range(200))
    # nor in currencies of which nobody said how much is large
    assert not ALL.explores("SEK", 1)
    assert certain({"aster": 400_000, "boreal": 600_000}) == {"aster": 0, "boreal": PPM}


def test_a_model_is_asked_where_no_rule_decides_and_there_is_something_to_choose() -> None:
    assert asks(decided(), ALL)
    assert asks(decided(), Switch(Mode.SHADOW))
    assert not asks(decided(), OFF)
    assert not asks(decided("boreal", "cobalt"), ALL)
    assert not asks(replace(decided(), rule="present"), ALL)
    told = replace(decided(), reasons={"dahlia": Filtered.TOLD_OTHERWISE})
    assert not asks(told, ALL)
    assert decided().rule == DEFAULT_RULE
    assert any_asks([OFF, Switch(Mode.SHADOW)])
    assert not any_asks([OFF])


def test_more_customers_are_let_in_and_a_twentieth_never() -> None:
    names = [str(no) for no in range(4000)]
    arms = [
        {name for name in names if acts_for(Kind.ROUTING, Switch(Mode.CANARY, percent), name)}
        for percent in (1, 5, 25, 95)
    ]
    assert arms[0] < arms[1] < arms[2] < arms[3]
    assert 120 < len(names) - len(arms[3]) < 280
    assert not any(acts_for(Kind.ROUTING, Switch(Mode.SHADOW), name) for name in names)


def test_in_shadow_the_rules_decide_and_what_would_have_been_is_kept() -> None:
    found = opinion(scores(), Switch(Mode.SHADOW, 0, EURO))
    assert steered(decided(), found) == decided()
    kept = written(found)
    assert (kept["mode"], kept["acts"], kept["chosen"]) == ("shadow", False, found.chosen)
    assert kept["ppm"] == scores().ppm
    assert isinstance(kept["terms"], dict)
    assert set(kept["terms"]) == {"aster", "boreal"}


def test_a_share_moves_by_twenty_points_an_hour_at_most() -> None:
    before = {"aster": 50 * PPM, "boreal": 50 * PPM}
    said = scores({"aster": PPM, "boreal": 0, "cobalt": 0}, before=before)
    found = bounded(said.ppm, said, percent=100)
    assert sum(found.values()) == PPM
    assert abs(found["aster"] - 700_000) <= 3
    assert abs(found["boreal"] - 300_000) <= 3
    assert all(abs(found[one] - before.get(one, 0) // 100) <= SHIFT_MAX + 3 for one in found)
    # a quarter of the customers may move four times as far
    assert bounded(said.ppm, said, percent=25) == said.ppm
    assert opinion(said).is_bounded
    # what nobody chose in the last hour has no share that could move
    nobody = scores(said.ppm)
    assert bounded(said.ppm, nobody, percent=100) == said.ppm


def test_an_account_that_is_down_may_lose_everything_at_once() -> None:
    before = {"aster": 80 * PPM, "boreal": 20 * PPM}
    said = scores(
        {"aster": 10_000, "boreal": 980_000, "cobalt": 10_000},
        before=before, down=frozenset({"aster"}),
    )  # fmt: skip
    assert bounded(said.ppm, said, percent=100) == said.ppm


def test_features_are_what_was_known() -> None:
    candidates = [Candidate("aster", funding="debit", issuer_country="FR"), Candidate("boreal")]
    machine = replace(charge(), initiator=Initiator.MERCHANT, issuer_country="DE")
    assert features_of(charge(), candidates, is_again=False) == Features(
        "DE", "abroad", "visa payer", "debit"
    )
    assert features_of(machine, [], is_again=False) == ("DE", "domestic", "visa machine", "")
    assert features_of(charge(), [], is_again=True) == ("DE", "", "visa again", "")


def test_costs_count_where_all_fees_are_known() -> None:
    fees = {"aster": {"EUR": Fee(10, 14_000)}, "boreal": {"EUR": Fee(25, 9_000)}}
    assert costs_of(charge(1000), ("aster", "boreal"), fees) == (24_000, 34_000)
    assert costs_of(charge(1), ("aster", "boreal"), fees) == (900_000, 900_000)
    assert costs_of(charge(), ACCOUNTS, fees) == ()
    assert costs_of(charge(0), ("aster",), fees) == ()


def test_what_is_written_can_always_be_written() -> None:
    poisoned = {"aster": {"level": NAN, "account": 7}, "boreal": {"account": "much"}}
    kept = written(opinion(scores(terms=poisoned)))
    assert isinstance(kept["terms"], dict)
    assert sorted(kept["terms"].values(), key=len) == [{}, {"account": 7}]
    assert json.dumps(kept, allow_nan=False)
    assert sentences(kept)


BY_WHAT: Final = "-2.58 by account, +0.06 by recent."


def test_a_decision_is_told_in_sentences() -> None:
    key = next(str(no) for no in range(99) if opinion(scores(), key=str(no)).chosen == "boreal")
    said = sentences(written(opinion(scores(down=frozenset({"cobalt"})), key=key)))
    assert said == (
        "The model decides here: it is on for 95 % of the customers.",
        "Of what it knew after tick 7: aster 90.0 %, boreal 9.0 %, cobalt 1.0 %; boreal was drawn.",
        "It explored: aster was the most likely one.",
        "By what it believes, boreal is -2.52 points of approval from aster: " + BY_WHAT,
        "It takes cobalt to be down.",
    )
    held = sentences(written(opinion(scores())._replace(acts=False)))
    assert held[0] == "Rules decide: the model does not act for this customer."
    shadow = sentences(written(opinion(scores(), Switch(Mode.SHADOW, 0, EURO))))
    assert shadow[0] == "Rules decide: the model is asked in shadow."
    moved = scores(before={"boreal": PPM})
    assert "Bounds kept its shares near those of the last hour." in sentences(
        written(opinion(moved))
    )


def test_who_is_held_out_of_one_kind_of_model_is_no_likelier_held_out_of_the_other() -> None:
    # given ten thousand customers and two models that decide for all but a twentieth
    on = Switch(Mode.ON, 95)
    held = [
        {no for no in range(10_000) if not acts_for(kind, on, str(no))}
        for kind in (Kind.ROUTING, Kind.RETRY)
    ]
    # then a twentieth of a twentieth is held out of both, not all of it
    assert 10 <= len(held[0] & held[1]) <= 45
