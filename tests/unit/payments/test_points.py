"""What a model believes is told in points, and parts of a difference sum to it."""

import pytest

from ledgerline.payments.rules.points import approval_ppm, points, ppm_by_term

ASTER = {"level": 1_700, "account": 300, "recent": -50}
BOREAL = {"level": 1_700, "account": 100, "brand": 40}


def test_an_approval_is_told_however_sure() -> None:
    assert approval_ppm({}) == 500_000
    assert approval_ppm(ASTER) == 875_447
    assert approval_ppm({"account": 10**12}) == 1_000_000
    assert approval_ppm({"account": -(10**12)}) == 0


def test_parts_of_a_difference_sum_to_it_the_largest_first() -> None:
    whole = approval_ppm(ASTER) - approval_ppm(BOREAL)
    parts = ppm_by_term(ASTER, BOREAL, whole=whole)
    assert sum(parts.values()) == pytest.approx(whole, abs=len(parts))
    assert list(parts) == ["account", "recent", "brand"]  # what both share is left out
    assert parts["account"] > whole > 0 > parts["recent"]
    back = ppm_by_term(BOREAL, ASTER, whole=-whole)
    assert {name: -ppm for name, ppm in back.items()} == parts


def test_where_all_cancels_nothing_is_said() -> None:
    assert ppm_by_term({"hour": 5}, {"weekday": 5}, whole=0) == {}
    assert ppm_by_term(ASTER, ASTER, whole=0) == {}


def test_a_difference_has_a_sign_and_two_digits() -> None:
    assert [points(ppm) for ppm in (25_234, -600, 0)] == ["+2.52", "-0.06", "+0.00"]
