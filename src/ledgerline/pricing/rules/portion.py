"""The money of a piece of a period, so that the pieces of a period always sum to its price."""

from fractions import Fraction

from ledgerline.base.calendar import Period
from ledgerline.base.money import round_half_away


def portion(amount_minor: int, *, piece: Period, grid: Period) -> int:
    """Return the part of ``amount_minor`` (the price of ``grid``) that ``piece`` costs.

    By calendar days counted back from the end of the grid period: the value of a suffix is rounded
    and a piece is the difference of two suffixes, so any partition sums to the whole. A piece that
    touches the end costs ``amount × days / days of the period``, which a customer can recompute.
    """
    assert grid.start <= piece.start <= piece.end <= grid.end, (piece, grid)
    if piece == grid:
        return amount_minor
    return _suffix(amount_minor, piece.start.toordinal(), grid) - _suffix(
        amount_minor, piece.end.toordinal(), grid
    )


def _suffix(amount_minor: int, start: int, grid: Period) -> int:
    left = grid.end.toordinal() - start
    return round_half_away(Fraction(amount_minor * left, grid.days))
