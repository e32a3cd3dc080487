"""What a model believes is told in points, and parts of a difference sum to it."""

import pytest

from ledgerline.payments.rules.points import approval_percent, points_by_term

ASTER = {"level": 1_700, "account": 300, "recent": -50}
BOREAL = {"level": 1_700, "account": 100, "brand": 40}


def test_an_approval_is_told_in_percent_however_sure() -> None:
    assert approval_percent({}) == 50
    assert approval_percent(ASTER) == pytest.approx(87.55, abs=0.01)
    assert approval_percent({"account": 10**12}) == pytest.approx(100)
    assert approval_percent({"account": -(10**12)}) == pytest.approx(0, abs=1e-9)


def test_parts_of_a_difference_sum_to_it_the_largest_first() -> None:
    whole = approval_percent(ASTER) - approval_percent(BOREAL)
    parts = points_by_term(ASTER, BOREAL, whole=whole)
    assert sum(parts.values()) == pytest.approx(whole)
    assert list(parts) == ["account", "recent", "brand"]  # what both share is left out
    assert parts["account"] > whole > 0 > parts["recent"]
    back = points_by_term(BOREAL, ASTER, whole=-whole)
    assert {name: -points for name, points in back.items()} == parts


def test_where_all_cancels_nothing_is_said() -> None:
    assert points_by_term({"hour": 5}, {"weekday": 5}, whole=0.0) == {}
    assert points_by_term(ASTER, ASTER, whole=0.0) == {}
