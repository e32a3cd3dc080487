"""A worker's model: what it believes, how it explores, and what it does about outages."""

import json

import pytest

from ledgerline.ml.score.routing.best_of import PPM
from ledgerline.ml.score.routing.deltas import TICK_SECONDS, Delta, Segment
from ledgerline.ml.score.routing.router import OUTAGE_TICKS, Router, Settings

ACCOUNTS = ("aster", "boreal", "cobalt")
VISA = Segment("DE", "central", "visa", "credit")
OTHER = Segment("FR", "south", "mastercard", "debit")
FLOOR = Settings().floor


def told(tick: int, account: str, approved: int, segment: Segment = VISA) -> Delta:
    return Delta(tick=tick, segment=segment, account=account, tries=100, approved=approved)


def taught(*deltas: Delta) -> Router:
    router = Router()
    router.absorb(deltas, upto=max(one.tick for one in deltas))
    return router


def test_without_outcomes_all_are_chosen_alike() -> None:
    weighed = Router().weigh(VISA, ACCOUNTS)
    assert sum(weighed.propensities.values()) == PPM
    assert sorted(weighed.propensities.values()) == [333_333, 333_333, 333_334]


def test_who_approves_more_is_chosen_more_and_nobody_less_than_the_floor() -> None:
    router = taught(*(told(t, "aster", 95) for t in range(9)),
                    *(told(t, "boreal", 70) for t in range(9)),
                    *(told(t, "cobalt", 70) for t in range(9)))  # fmt: skip
    shares = router.weigh(VISA, ACCOUNTS).propensities
    assert shares["aster"] > 990_000
    assert min(shares.values()) >= int(FLOOR / 3 * PPM)


def test_what_an_approval_costs_counts() -> None:
    router = taught(*(told(t, name, 90) for t in range(30) for name in ACCOUNTS))
    shares = router.weigh(VISA, ACCOUNTS, (100_000, 0, 100_000)).propensities
    assert shares["boreal"] > 990_000


MARKETS = ("AT", "BE", "CH", "CZ", "HU", "LU", "NL")
CHEAPEST_LAST = (4_000, 3_000, 1_000)
"""Costs in ppm: the last account keeps 0.2 % of the amount more than the next."""


def test_where_accounts_are_alike_what_they_cost_decides() -> None:
    # given accounts that approve alike in eight segments, but for chance that favours the dearest
    wide = [VISA, *(Segment(market, "central", "visa", "credit") for market in MARKETS)]
    router = taught(*(told(t, name, 87 if name == "aster" and one is VISA else 86, one)
                      for t in range(30) for name in ACCOUNTS for one in wide))  # fmt: skip
    # then the cheapest is chosen nearly always, and nobody less than the floor
    shares = router.weigh(VISA, ACCOUNTS, CHEAPEST_LAST).propensities
    assert shares["cobalt"] > 990_000
    assert min(shares.values()) >= int(FLOOR / 3 * PPM)


def test_accounts_that_were_long_alike_are_told_apart_when_one_of_them_gets_better() -> None:
    # given a week in which all approve alike
    week = [told(t, name, 86) for t in range(1_000) for name in ACCOUNTS]
    router = taught(*week)
    assert router.weigh(VISA, ACCOUNTS, CHEAPEST_LAST).propensities["cobalt"] > 990_000
    # when the dearest approves six points more in a thousand outcomes
    better = [told(t, name, 92 if name == "aster" else 86)
              for t in range(1_000, 1_010) for name in ACCOUNTS]  # fmt: skip
    router.absorb(better, upto=1_009)
    # then it is chosen
    assert router.weigh(VISA, ACCOUNTS, CHEAPEST_LAST).propensities["aster"] > 900_000


def test_a_state_of_a_release_that_did_not_compare_accounts_is_gone_on_from() -> None:
    router = taught(*(told(t, "aster", 95) for t in range(9)),
                    *(told(t, "boreal", 70) for t in range(9)))  # fmt: skip
    kept = json.loads(router.kept())
    del kept["state"]["odds"], kept["state"]["pooled"]
    restored = Router.restored(json.dumps(kept))
    assert restored.weigh(VISA, ("aster", "boreal")).propensities["aster"] > 990_000
    restored.absorb([told(9, "boreal", 70)], upto=9)
    assert json.loads(restored.kept())["state"].keys() == json.loads(router.kept())["state"].keys()


def test_a_segment_that_nobody_saw_begins_where_others_are() -> None:
    router = taught(*(told(t, "aster", 95) for t in range(9)),
                    *(told(t, "boreal", 70) for t in range(9)))  # fmt: skip
    assert router.believed(OTHER, "aster").logit > router.believed(OTHER, "boreal").logit


def test_an_exception_of_one_segment_surfaces_within_three_hundred_outcomes() -> None:
    # given an account that is best everywhere
    wide = [Segment(market, "central", "visa", "credit") for market in ("AT", "CH", "NL")]
    ticks = [
        *(told(t, "aster", 92, one) for t in range(6) for one in wide),
        *(told(t, "boreal", 80, one) for t in range(6) for one in wide),
    ]
    # when three hundred outcomes in one segment say the opposite
    here = [told(t, "aster", 70) for t in range(6, 9)] + [
        told(t, "boreal", 88) for t in range(6, 9)
    ]
    router = taught(*ticks, *here)
    # then the other one is chosen there, and there alone
    assert router.weigh(VISA, ("aster", "boreal")).propensities["boreal"] > 900_000
    assert router.weigh(wide[0], ("aster", "boreal")).propensities["aster"] > 900_000


def test_terms_that_explain_a_belief_sum_to_it() -> None:
    router = taught(told(0, "aster", 95), told(1, "boreal", 60))
    alike = taught(*(told(t, name, 86) for t in range(9) for name in ACCOUNTS))
    for account in ACCOUNTS:
        parts = alike.parts(VISA, account)
        assert sum(parts.values()) == pytest.approx(alike.believed(VISA, account).logit)
    for account in ("aster", "boreal", "never seen"):
        parts = router.parts(VISA, account)
        assert sum(parts.values()) == pytest.approx(router.believed(VISA, account).logit)


def test_an_outage_that_looks_like_refusals_is_probed_and_ends() -> None:
    # given an account that is chosen nearly always
    router = taught(*(told(t, "aster", 95) for t in range(9)),
                    *(told(t, "boreal", 85) for t in range(9)))  # fmt: skip
    pair = ("aster", "boreal")
    before = router.weigh(VISA, pair).propensities["aster"]
    # when it refuses again and again
    for no in range(8):
        router.see(VISA, "aster", approved=False, at=10 * TICK_SECONDS + no)
    # then it is left a twentieth of its share
    assert router.is_down(VISA, "aster")
    assert router.weigh(VISA, pair).propensities["aster"] == pytest.approx(before / 20, rel=0.05)
    # and once it approves again it is back, and the outage has taught next to nothing
    for no in range(8):
        router.see(VISA, "aster", approved=True, at=11 * TICK_SECONDS + no)
    assert not router.is_down(VISA, "aster")
    assert sum(one.tries for one in router.take_deltas(before=99)) <= 12


def test_where_all_are_down_all_are_asked() -> None:
    router = Router()
    for account in ACCOUNTS:
        for no in range(9):
            router.see(VISA, account, approved=False, at=no)
    assert sum(router.weigh(VISA, ACCOUNTS).propensities.values()) == PPM
    assert min(router.weigh(VISA, ACCOUNTS).propensities.values()) > 0


def test_what_is_refused_for_more_than_three_days_is_no_outage_and_is_learned() -> None:
    # given accounts that approve nine charges in ten
    router = taught(*(told(t, name, 90) for t in range(9) for name in ACCOUNTS))
    # when many refusals look like an outage of all, and half of what comes later is approved
    for no in range(9):
        for name in ACCOUNTS:
            router.see(VISA, name, approved=False, at=9 * TICK_SECONDS + no)
    assert all(router.is_down(VISA, name) for name in ACCOUNTS)
    for three_days in range(8):
        tick = 10 + three_days * OUTAGE_TICKS
        for no in range(60):
            for name in ACCOUNTS:
                router.see(VISA, name, approved=no % 2 > 0, at=tick * TICK_SECONDS)
        router.absorb(router.take_deltas(before=tick + 1), upto=tick + OUTAGE_TICKS - 1)
        if not three_days:  # what is refused until then teaches nothing
            assert router.believed(VISA, "aster").approval > 0.8
        router = Router.restored(router.kept())
    # then that is what they do, and it is known
    for name in ACCOUNTS:
        assert not router.is_down(VISA, name)
        assert abs(router.believed(VISA, name).approval - 0.5) < 0.05


def test_a_tick_is_learned_once() -> None:
    router = taught(told(3, "aster", 90))
    with pytest.raises(ValueError, match="3"):
        router.absorb([told(3, "aster", 90)], upto=4)
    with pytest.raises(ValueError, match="9"):
        router.absorb([told(9, "aster", 90)], upto=4)


def test_counts_that_cannot_be_are_refused() -> None:
    impossible = Delta(tick=0, segment=VISA, account="aster", tries=1, approved=2)
    with pytest.raises(ValueError, match="Delta"):
        Router().absorb([impossible], upto=0)


def test_a_choice_is_asked_for_again_without_being_weighed_again() -> None:
    router = Router()
    assert router.weigh(VISA, ACCOUNTS) is router.weigh(VISA, ACCOUNTS)
    assert router.weighings == 1
