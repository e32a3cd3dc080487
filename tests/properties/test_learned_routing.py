"""The model of routing holds for all outcomes, in every worker."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.ml.score.routing.best_of import PPM, drawn, whole
from ledgerline.ml.score.routing.deltas import TICK_SECONDS, Delta, Segment
from ledgerline.ml.score.routing.router import Router, Settings
from pspsim.draws import Draws

ACCOUNTS: Final = ("aster", "boreal", "cobalt", "dahlia")
SEGMENTS: Final = tuple(
    Segment(market, "central", brand, "credit")
    for market in ("DE", "AT")
    for brand in ("visa", "mastercard")
)
deltas = st.lists(
    st.builds(
        lambda tick, segment, account, approved, refused: Delta(
            tick=tick,
            segment=segment,
            account=account,
            tries=approved + refused,
            approved=approved,
        ),
        st.integers(0, 9), st.sampled_from(SEGMENTS), st.sampled_from(ACCOUNTS),
        st.integers(0, 40), st.integers(0, 40),
    ),
    max_size=30,
)  # fmt: skip


@given(deltas, st.randoms(use_true_random=False), st.integers(0, 9))
def test_workers_that_read_the_same_deltas_are_in_the_same_state(
    told: list[Delta], chance: object, cut: int
) -> None:
    # given one worker that reads everything at once
    one = Router()
    one.absorb(told, upto=9)
    # and one that reads it in two parts, each in another order
    shuffled = list(told)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    other = Router()
    other.absorb([delta for delta in shuffled if delta.tick <= cut], upto=cut)
    other.absorb([delta for delta in shuffled if delta.tick > cut], upto=9)
    # then they believe and choose exactly the same
    for segment in SEGMENTS:
        for account in ACCOUNTS:
            assert one.believed(segment, account) == other.believed(segment, account)
        assert one.weigh(segment, ACCOUNTS) == other.weigh(segment, ACCOUNTS)


@given(deltas, st.lists(st.sampled_from(ACCOUNTS), min_size=1, unique=True))
def test_propensities_are_whole_and_keep_the_floor(told: list[Delta], open_ones: list[str]) -> None:
    router = Router()
    router.absorb(told, upto=9)
    shares = router.weigh(SEGMENTS[0], tuple(open_ones)).propensities
    assert list(shares) == open_ones
    assert sum(shares.values()) == PPM
    assert min(shares.values()) >= int(Settings().floor / len(open_ones) * PPM)


@given(st.lists(st.floats(1e-9, 1), min_size=1, max_size=8))
def test_any_shares_become_ppm_that_sum_to_the_whole(shares: list[float]) -> None:
    total = sum(shares)
    ppm = whole({str(no): share / total for no, share in enumerate(shares)})
    assert sum(ppm.values()) == PPM
    assert min(ppm.values()) >= 0


def test_generated_decisions_break_no_rule(*, long_form: bool) -> None:
    """A hundred thousand of them, a million in the long form."""
    draws, router, sent = Draws(7), Router(), 0
    count = 1_000_000 if long_form else 100_000
    for no in range(count):
        tick = no // 100
        if no % 100 == 0 and tick:
            router.absorb(router.take_deltas(before=tick), upto=tick - 1)
        segment = SEGMENTS[draws.below(len(SEGMENTS), "segment", no)]
        eligible = tuple(one for one in ACCOUNTS if draws.ppm("open", one, no) < 800_000)
        if not eligible:
            continue
        weighed = router.weigh(segment, eligible)
        chosen = drawn(weighed.propensities, str(no))
        # what is chosen could be, with the probability that is kept of it
        assert chosen in eligible
        assert weighed.propensities.keys() == set(eligible)
        assert sum(weighed.propensities.values()) == PPM
        assert weighed.propensities[chosen] > 0
        approved = draws.ppm("approved", no) < 850_000 - 50_000 * ACCOUNTS.index(chosen)
        router.see(segment, chosen, approved=approved, at=tick * TICK_SECONDS)
        sent += 1
    assert sent > count // 2
