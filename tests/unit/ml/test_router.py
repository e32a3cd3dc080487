"""A worker's model: what it believes, how it explores, and what it does about outages."""

import pytest

from ledgerline.ml.score.routing.best_of import PPM
from ledgerline.ml.score.routing.deltas import TICK_SECONDS, Delta, Segment
from ledgerline.ml.score.routing.router import Router, Settings

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
