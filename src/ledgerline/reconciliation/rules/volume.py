"""How much of what moved is explained, as one figure."""

from collections.abc import Iterable

_BASIS_POINTS = 10_000


def explained_percent(sums: Iterable[tuple[int, int]]) -> str | None:
    """Return the least share of (explained, turnover) as percent with two decimals.

    Each pair is of one currency: what is missing in one is not made good by another. Rounded
    down, so that 100.00 is said of nothing less. None where nothing moved.
    """
    shares = [explained * _BASIS_POINTS // turnover for explained, turnover in sums if turnover]
    if not shares:
        return None
    whole, rest = divmod(min(shares), 100)
    return f"{whole}.{rest:02}"
