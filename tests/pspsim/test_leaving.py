"""Worlds of customers: the same ones again, alike in every size, and null where nothing matters."""

import numpy as np
import pytest

from pspsim.leaving.crowd import Crowd
from pspsim.leaving.offers import offered
from pspsim.leaving.world import Kind, LeavingWorld


def test_a_customer_is_the_same_whoever_else_is_there() -> None:
    few, many = Crowd(5, 10), Crowd(5, 1_000)
    assert np.array_equal(few.uniform("luck", 3), many.uniform("luck", 3)[:10])
    assert not np.array_equal(few.uniform("luck", 3), few.uniform("luck", 4))
    drawn = many.uniform("luck", 3)
    assert 0 < drawn.min() < 0.01
    assert 0.99 < drawn.max() < 1
    assert abs(many.normal("height").std() - 1) < 0.1
    assert abs(np.corrcoef(drawn, many.uniform("other"))[0, 1]) < 0.1


@pytest.mark.parametrize("kind", list(Kind))
def test_some_leave_each_month_and_are_seen_no_more(kind: Kind) -> None:
    world = LeavingWorld(kind, seed=1, size=4_000, months=4)
    gone = set[int]()
    for month in world.played():
        assert not gone & set(month.customers.tolist())
        ended = month.by_choice | month.unpaid
        assert not (month.by_choice & month.unpaid).any()
        assert 0.01 < ended.mean() < 0.35
        gone |= set(month.customers[ended].tolist())
    again = [month.customers.tolist() for month in LeavingWorld(
        kind, seed=1, size=4_000, months=4
    ).played()]  # fmt: skip
    assert again[-1] == month.customers.tolist()


def test_in_the_null_world_nothing_tells_who_leaves_and_no_offer_matters() -> None:
    world = LeavingWorld(Kind.NULL, seed=2, size=2_000, months=1)
    [month] = world.played()
    assert np.ptp(world.chance_by_choice(month)) == 0
    assert np.ptp(world.chance_unpaid(month)) == 0
    made = offered(world, month, seed=2, share=0.5)
    assert np.array_equal(made.leaves_with, made.leaves_without)
    assert made.took.any()
    assert not (made.took & made.left).any()


def test_an_offer_keeps_some_and_wakes_others() -> None:
    world = LeavingWorld(Kind.ADDITIVE, seed=3, size=4_000, months=1)
    [month] = world.played()
    made = offered(world, month, seed=3, share=0.5)
    moved = made.leaves_without - made.leaves_with
    assert moved.min() < 0 < moved.max()
    assert 0.45 < made.is_offered.mean() < 0.55
