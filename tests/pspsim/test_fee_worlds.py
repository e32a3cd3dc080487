"""Worlds of fees: the same for every reader, and of the kind they say."""

from itertools import islice

import pytest

from pspsim.fees.contracts import MICRO, Rounding, Terms
from pspsim.fees.world import FeeWorld, Kind, Settled

DAYS, A_DAY = 120, 25


def drawn(kind: Kind, seed: int = 3) -> list[Settled]:
    return list(FeeWorld(kind, seed=seed, days=DAYS, a_day=A_DAY).lines())


@pytest.mark.parametrize("kind", Kind)
def test_the_same_seed_is_the_same_world(kind: Kind) -> None:
    found = drawn(kind)
    assert found == drawn(kind)
    assert found != drawn(kind, seed=4)
    assert len(found) == DAYS * A_DAY
    for one in found:  # rounding of a line, a batch or three parts, and no more
        assert abs(one.agreed_minor * MICRO - one.agreed_micro) <= 1_500_000


def test_where_all_is_as_agreed_nothing_is_dearer() -> None:
    for seed in range(3):
        assert all(one.line.fee_minor == one.agreed_minor for one in drawn(Kind.NULL, seed))


@pytest.mark.parametrize("kind", [Kind.DRIFTING, Kind.ADVERSARIAL])
def test_elsewhere_some_lines_are_dearer_for_a_while(kind: Kind) -> None:
    world = FeeWorld(kind, seed=3, days=DAYS, a_day=A_DAY)
    spans = {one.no: (one.since, one.until) for one in world.overcharges}
    wrong = [one for one in world.lines() if one.overcharge is not None]
    assert 20 < len(wrong) < DAYS * A_DAY / 3
    for one in wrong:
        assert one.line.fee_minor > one.agreed_minor
        since, until = spans[one.overcharge or 0]
        assert since <= one.line.settled_on < until


def test_contracts_have_bounds_and_tiers_and_change_on_first_days() -> None:
    terms = Terms(10_000, 20 * MICRO, least_minor=25, most_minor=60)
    assert [terms.exact(amount) // MICRO for amount in (100, 1_000, 9_999)] == [25, 30, 60]
    months = set[int]()
    for seed in range(6):
        world = FeeWorld(Kind.DRIFTING, seed=seed, days=DAYS, a_day=A_DAY)
        for days in world.announced.values():
            assert all(day.day == 1 for day in days)
            months |= {day.month for day in days}
        fixed, ppm = world.card("aster", "EUR")
        assert (fixed >= 0, ppm > 0) == (True, True)
    assert months
    assert set(Rounding) == {"line", "batch", "legs"}


def test_funding_is_not_always_said_where_worlds_are_hard() -> None:
    said = {one.line.funding for one in islice(drawn(Kind.ADVERSARIAL), 500)}
    assert "" in said
    assert "" not in {one.line.funding for one in islice(drawn(Kind.DRIFTING), 500)}
