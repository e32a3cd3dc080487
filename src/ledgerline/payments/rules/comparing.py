"""Whether a model does worse than the customers it does not decide for, at whatever time one looks.

Customers are dealt to it or held out by a hash, so both groups meet the same charges. What is
compared is the share of first tries that succeed. The interval is a confidence sequence: it holds
at all times at once, so that looking every few seconds does not make chance into a finding.
Source: Robbins' normal mixture, as in Howard, Ramdas, McAuliffe, Sekhon (2021), equation 14, with
the variance as it is found (Waudby-Smith et al., 2024: asymptotic confidence sequences), and never
less than it would be if both groups had one share (as in Miettinen and Nurminen, 1985).
"""

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, localcontext
from typing import Final, NamedTuple

from ledgerline.payments.rows.learning import ArmRow
from ledgerline.payments.rules.routing import PPM
from ledgerline.payments.scores import Kind

LOSS_MAX: Final[Mapping[Kind, int]] = {Kind.ROUTING: 3_000, Kind.RETRY: 10_000}
"""How much less may succeed of what a model decides, in ppm of first tries."""
CELLS_MIN: Final = 100
"""From so many groups of customers on in each arm anything is said."""
ALPHA: Final = Decimal("0.05")
MIXED: Final = Decimal(625)  # losses that it is quickest to find: a deviation of 4 points
_TRIED: Final[Mapping[Kind, str]] = {
    Kind.ROUTING: "first tries approved", Kind.RETRY: "first tries again paid",
}  # fmt: skip


class Loss(NamedTuple):
    """By how much less succeeds where a model decides, in ppm, with a 95 % confidence sequence."""

    ppm: int
    low_ppm: int
    high_ppm: int


class Compared(NamedTuple):
    """What a model decided beside what was held out; no ``loss`` where too few customers tell."""

    acted: ArmRow | None
    held_out: ArmRow | None
    loss: Loss | None


def compared(arms: Sequence[ArmRow], *, version: int) -> Compared:
    """Compare the two arms of a version."""
    found = {arm.acts: arm for arm in arms if arm.version == version}
    acted, held_out = found.get(True), found.get(False)
    if acted is None or held_out is None or min(acted.cells, held_out.cells) < CELLS_MIN:
        return Compared(acted, held_out, None)
    return Compared(acted, held_out, loss_of(acted, held_out))


def loss_of(acted: ArmRow, held_out: ArmRow) -> Loss:
    """Return by how much less succeeds of what was acted on, with bounds that hold at all times."""
    with localcontext(Context(prec=28)):
        both = Decimal(acted.good + held_out.good) / (acted.tries + held_out.tries)
        variance = _variance(acted, both) + _variance(held_out, both)
        weight = 1 / variance + MIXED
        reach = variance * (weight * (weight / (MIXED * ALPHA * ALPHA)).ln()).sqrt()
        loss = _share(held_out) - _share(acted)
        return Loss(*(int(PPM * one) for one in (loss, loss - reach, loss + reach)))


def is_worse(kind: Kind, loss: Loss | None) -> bool:
    """Say whether a model is known to lose more than it may."""
    return loss is not None and loss.low_ppm > LOSS_MAX[kind]


def told(kind: Kind, one: Compared) -> str:
    """Say in a sentence what both arms did, and how far apart that is."""
    if one.acted is None or one.held_out is None:
        return "there is nothing to compare yet"
    both = (
        f"{_TRIED[kind]}: {_percent(one.acted)} of {one.acted.tries:,} where the model decided,"
        f" {_percent(one.held_out)} of {one.held_out.tries:,} held out"
    )
    if one.loss is None:
        return f"{both}; too few customers to compare"
    loss, low, high = (_points(each) for each in one.loss)
    return f"{both}; a loss of {loss} points ({low} to {high}), at most {_points(LOSS_MAX[kind])}"


def _variance(arm: ArmRow, both: Decimal) -> Decimal:
    """Return the variance of a share: at that share or at the one of both arms, the larger one.

    A share near 1 that is high by chance seems to vary little, and would be believed too soon. Of
    tries that all went alike the share is drawn towards a half (Agresti and Coull).
    """
    drawn = Decimal(arm.good + 2) / (arm.tries + 4)
    by_cells = max(_by_cells(arm, _share(arm)), _by_cells(arm, both))
    apart = arm.tries * max(drawn * (1 - drawn), both * (1 - both))
    return max(by_cells, apart) / (arm.tries * arm.tries)


def _by_cells(arm: ArmRow, share: Decimal) -> Decimal:
    """Return how far good tries vary about a share of all, as cells differ."""
    squares = arm.good_squares - 2 * share * arm.products + share * share * arm.squares
    return squares * arm.cells / (arm.cells - 1)


def _share(arm: ArmRow) -> Decimal:
    return Decimal(arm.good) / arm.tries


def _percent(arm: ArmRow) -> str:
    return f"{100 * _share(arm):.2f} %"


def _points(ppm: int) -> str:
    return f"{Decimal(ppm) / 10_000:.2f}"
