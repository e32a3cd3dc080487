"""The one figure of reconciliation, which never flatters."""

import pytest

from ledgerline.reconciliation.rules.volume import explained_percent


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ([], None),
        ([(0, 0)], None),
        ([(5, 5)], "100.00"),
        ([(999_999, 1_000_000)], "99.99"),
        ([(0, 3)], "0.00"),
        ([(1, 3)], "33.33"),
        ([(5, 5), (1, 2)], "50.00"),
        ([(5, 5), (0, 0)], "100.00"),
        ([(5_005, 10_000)], "50.05"),
    ],
)
def test_least_share_is_told_and_rounded_down(
    sums: list[tuple[int, int]], expected: str | None
) -> None:
    assert explained_percent(sums) == expected
