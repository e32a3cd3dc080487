"""The arithmetic of tax: whole minor units, rates in parts per million, one rounding a group.

Nothing is divided twice and nothing rounded is rounded again: a group's tax is rounded from the
exact sum, and its lines share the rounded result. Sources: Council Directive 2006/112/EC leaves the
method to the states; EN 16931 BR-CO-13 to BR-CO-17 ask that totals are sums of rounded groups.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor
from typing import ClassVar, Final

from ledgerline.base.errors import Rejected
from ledgerline.base.money import apportion, round_half_away
from ledgerline.catalog.model import PPM, TaxBehavior


class Mode(StrEnum):
    """How a fraction of a minor unit goes away; ``UP`` is away from zero, ``DOWN`` toward it."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


class Target(StrEnum):
    """Which side of a tax-inclusive amount is rounded; the other is what remains."""

    TAX = "tax"
    NET = "net"


@dataclass(frozen=True, slots=True)
class Rounding:
    """How one seller rounds in one place."""

    mode: Mode = Mode.HALF_UP
    target: Target = Target.TAX


USUAL: Final = Rounding()


@dataclass(frozen=True, slots=True)
class Amounts:
    """Net, tax and gross of a line or a group: ``net + tax == gross``, all of them signed."""

    net: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one treatment: their totals, and the lines in the order given."""

    rate_ppm: int
    total: Amounts
    lines: tuple[Amounts, ...]


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """A line before tax: its amount as its price states it, and the treatment it is grouped by.

    ``treatment`` is whatever keeps groups apart on a document (place, type, category); lines of one
    treatment and one rate are one group.
    """

    amount: int
    treatment: str
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Taxed:
    """A document's amounts: lines in the order given, groups by first appearance, and the total."""

    lines: tuple[Amounts, ...]
    groups: Mapping[tuple[str, int], Amounts]
    total: Amounts


class CreditBeyondLine(Rejected):
    """More would be credited than the line was charged."""

    code: ClassVar[str] = "credit_beyond_line"


def group(
    amounts: Sequence[int],
    rate_ppm: int,
    *,
    behavior: TaxBehavior,
    rounding: Rounding = USUAL,
) -> Group:
    """Tax the lines of one treatment together: round once, then share the tax out to the lines.

    Shape: one line an amount, same order, signs may differ. Each line's tax is within one unit of
    exact and their sum is the group's. Negating every amount negates every result.
    """
    stated = sum(amounts)
    contained = behavior is TaxBehavior.INCLUSIVE
    tax = _tax(stated, rate_ppm, contained=contained, rounding=rounding)
    whole = PPM + rate_ppm if contained else PPM
    taxes = apportion(tax, [Fraction(amount * rate_ppm, whole) for amount in amounts])
    return Group(
        rate_ppm=rate_ppm,
        total=_amounts(stated, tax, contained=contained),
        lines=tuple(
            _amounts(amount, part, contained=contained)
            for amount, part in zip(amounts, taxes, strict=True)
        ),
    )


def tax_lines(
    lines: Sequence[TaxableLine], *, behavior: TaxBehavior, rounding: Rounding = USUAL
) -> Taxed:
    """Tax a document: one group for each treatment and rate, the total as the sum of the groups."""
    members: dict[tuple[str, int], list[int]] = {}
    for position, line in enumerate(lines):
        members.setdefault((line.treatment, line.rate_ppm), []).append(position)
    taxed: dict[int, Amounts] = {}
    groups: dict[tuple[str, int], Amounts] = {}
    for key, positions in members.items():
        amounts = [lines[position].amount for position in positions]
        done = group(amounts, key[1], behavior=behavior, rounding=rounding)
        groups[key] = done.total
        taxed.update(zip(positions, done.lines, strict=True))
    return Taxed(
        lines=tuple(taxed[position] for position in range(len(lines))),
        groups=groups,
        total=_sum(groups.values()),
    )


def credit_share(
    tax_total: int, gross: int, *, cum_before: int, cum_after: int, mode: Mode = Mode.HALF_UP
) -> int:
    """Give the tax of one credit: how far it moves the line's credited tax.

    ``gross`` is the line as charged and ``tax_total`` its tax; ``cum_before`` and ``cum_after`` are
    what is credited of it without and with this credit, in the sign of the line. With a line's net
    in the place of its gross, the same serves credits stated net. Credits that reach ``gross`` sum
    to ``tax_total`` exactly, however many they are. Raises ``CreditBeyondLine``.
    """
    sign = -1 if gross < 0 else 1
    if sign * cum_after > sign * gross:
        raise CreditBeyondLine(
            "more would be credited than was charged", charged=gross, credited=cum_after
        )
    assert 0 <= sign * cum_before <= sign * cum_after, (gross, cum_before, cum_after)
    if gross == 0:
        return 0
    after = rounded(Fraction(tax_total * cum_after, gross), mode)
    return after - rounded(Fraction(tax_total * cum_before, gross), mode)


def rounded(exact: Fraction, mode: Mode) -> int:
    """Round to a whole number of minor units; every mode treats both signs alike."""
    return _ROUNDINGS[mode](exact)


def _tax(stated: int, rate_ppm: int, *, contained: bool, rounding: Rounding) -> int:
    assert 0 <= rate_ppm <= PPM, rate_ppm
    if not contained:
        return rounded(Fraction(stated * rate_ppm, PPM), rounding.mode)
    if rounding.target is Target.NET:
        return stated - rounded(Fraction(stated * PPM, PPM + rate_ppm), rounding.mode)
    return rounded(Fraction(stated * rate_ppm, PPM + rate_ppm), rounding.mode)


def _toward_zero(exact: Fraction) -> int:
    return ceil(exact) if exact < 0 else floor(exact)


def _away_from_zero(exact: Fraction) -> int:
    return floor(exact) if exact < 0 else ceil(exact)


# ``round`` of a fraction is exact and goes half to even.
_ROUNDINGS: Final[Mapping[Mode, Callable[[Fraction], int]]] = {
    Mode.HALF_UP: round_half_away,
    Mode.HALF_EVEN: round,
    Mode.DOWN: _toward_zero,
    Mode.UP: _away_from_zero,
}


def _amounts(stated: int, tax: int, *, contained: bool) -> Amounts:
    if contained:
        return Amounts(net=stated - tax, tax=tax, gross=stated)
    return Amounts(net=stated, tax=tax, gross=stated + tax)


def _sum(parts: Iterable[Amounts]) -> Amounts:
    every = tuple(parts)
    return Amounts(
        net=sum(part.net for part in every),
        tax=sum(part.tax for part in every),
        gross=sum(part.gross for part in every),
    )
