"""The arithmetic of tax: whole minor units, rates in parts per million, one rounding a group.

Nothing is divided twice and nothing rounded is rounded again: a group's tax is rounded from the
exact sum, and its lines share the rounded result. Sources: Council Directive 2006/112/EC leaves the
method to the states; EN 16931 BR-CO-13 to BR-CO-17 ask that totals are sums of rounded groups.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ledgerline.base.errors import Rejected
from ledgerline.base.money import RoundingMode, apportion, rounded
from ledgerline.catalog.model import PPM, RoundingComponents, RoundingTarget, TaxBehavior
from ledgerline.pricing.model import USUAL, Rounding, Taxation


@dataclass(frozen=True, slots=True)
class Amounts:
    """Net, tax and gross of a line or a group: ``net + tax == gross``, all of them signed."""

    net: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are taxed alike: their totals, and the lines in the order given.

    ``components`` sum to the tax of ``total``, one for each component of the rate; a rate without
    components has none.
    """

    total: Amounts
    components: tuple[int, ...]
    lines: tuple[Amounts, ...]


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """A line before tax: its amount as its price states it, and what it is grouped by."""

    amount: int
    taxation: Taxation


@dataclass(frozen=True, slots=True)
class Taxed:
    """A document's amounts: lines in the order given, groups by first appearance, and the total."""

    lines: tuple[Amounts, ...]
    groups: Mapping[Taxation, Group]
    total: Amounts


class CreditBeyondLine(Rejected):
    """More would be credited than the line was charged."""

    code: ClassVar[str] = "credit_beyond_line"


def group(
    amounts: Sequence[int],
    taxation: Taxation,
    *,
    behavior: TaxBehavior,
    rounding: Rounding = USUAL,
) -> Group:
    """Tax the lines that are taxed alike together: round once, then share the tax out to the lines.

    Shape: one line an amount, same order, signs may differ. Where a rate is rounded as a whole,
    each line's tax is within one unit of exact; components that are rounded alone move the whole by
    more, and the lines bear that by their size. Negating every amount negates every result.
    """
    stated = sum(amounts)
    rates = taxation.components or (taxation.rate_ppm,)
    assert sum(rates) == taxation.rate_ppm, taxation
    parts = components_of(stated, rates, behavior=behavior, rounding=rounding)
    contained = behavior is TaxBehavior.INCLUSIVE
    tax = sum(parts)
    whole = _whole(taxation.rate_ppm, contained=contained, rounding=rounding)
    exact = [Fraction(amount * taxation.rate_ppm, whole) for amount in amounts]
    if len(parts) > 1 and not is_one(contained=contained, rounding=rounding):
        exact = _moved(exact, tax, amounts)
    return Group(
        total=_amounts(stated, tax, contained=contained),
        components=parts if taxation.components else (),
        lines=tuple(
            _amounts(amount, part, contained=contained)
            for amount, part in zip(amounts, apportion(tax, exact), strict=True)
        ),
    )


def components_of(
    stated: int, rates: Sequence[int], *, behavior: TaxBehavior, rounding: Rounding = USUAL
) -> tuple[int, ...]:
    """Give the tax of each component of a rate, from what the lines of a group state together.

    Shape: one tax a rate in parts per million, same order. Their sum is the tax of the group: who
    knows the sum of a group's lines can say again what its components were.
    """
    rate_ppm = sum(rates)
    assert 0 <= rate_ppm <= PPM, rates
    contained = behavior is TaxBehavior.INCLUSIVE
    if is_one(contained=contained, rounding=rounding):
        tax = _tax(stated, rate_ppm, contained=contained, rounding=rounding)
        if len(rates) == 1:
            return (tax,)
        return apportion(tax, [Fraction(tax * rate, rate_ppm or 1) for rate in rates])
    # The catalog refuses both: there is no share that is equal, no price that contains its tax.
    assert rounding.components is not RoundingComponents.EQUAL or len(set(rates)) == 1, rates
    assert rounding.components is not RoundingComponents.INSIDE or contained, rounding
    assert rounding.target is RoundingTarget.TAX or not contained, rounding
    whole = _whole(rate_ppm, contained=contained, rounding=rounding)
    return tuple(rounded(Fraction(stated * rate, whole), rounding.mode) for rate in rates)


def tax_lines(
    lines: Sequence[TaxableLine], *, behavior: TaxBehavior, rounding: Rounding = USUAL
) -> Taxed:
    """Tax a document: one group for what is taxed alike, the total as the sum of the groups."""
    members: dict[Taxation, list[int]] = {}
    for position, line in enumerate(lines):
        members.setdefault(line.taxation, []).append(position)
    taxed: dict[int, Amounts] = {}
    groups: dict[Taxation, Group] = {}
    for taxation, positions in members.items():
        amounts = [lines[position].amount for position in positions]
        done = group(amounts, taxation, behavior=behavior, rounding=rounding)
        groups[taxation] = done
        taxed.update(zip(positions, done.lines, strict=True))
    return Taxed(
        lines=tuple(taxed[position] for position in range(len(lines))),
        groups=groups,
        total=_sum(done.total for done in groups.values()),
    )


def is_one(*, contained: bool, rounding: Rounding) -> bool:
    """Say whether a rate of several components is rounded as one: a price knows only their sum."""
    separate = rounding.components is RoundingComponents.SEPARATE
    return rounding.components is RoundingComponents.COMBINED or (separate and contained)


def credit_share(
    tax_total: int, gross: int, *, cum_before: int, cum_after: int, mode: RoundingMode
) -> int:
    """Give the tax of one credit: how far it moves the line's credited tax.

    ``gross`` is the line as charged and ``tax_total`` its tax; ``cum_before`` and ``cum_after`` are
    what is credited of it without and with this credit, in the sign of the line; ``mode`` is that
    by which it was charged. With a line's net in the place of its gross, the same serves credits
    stated net. Credits that reach ``gross`` sum to ``tax_total`` exactly, however many they are.
    Raises ``CreditBeyondLine``.
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


def _whole(rate_ppm: int, *, contained: bool, rounding: Rounding) -> int:
    """Return what an amount is a share of: without tax it is the whole of 100 %, with it more."""
    inside = rounding.components is RoundingComponents.INSIDE
    return PPM + rate_ppm if contained and not inside else PPM


def _tax(stated: int, rate_ppm: int, *, contained: bool, rounding: Rounding) -> int:
    if not contained:
        return rounded(Fraction(stated * rate_ppm, PPM), rounding.mode)
    if rounding.target is RoundingTarget.NET:
        return stated - rounded(Fraction(stated * PPM, PPM + rate_ppm), rounding.mode)
    return rounded(Fraction(stated * rate_ppm, PPM + rate_ppm), rounding.mode)


def _moved(exact: Sequence[Fraction], tax: int, amounts: Sequence[int]) -> list[Fraction]:
    """Let lines bear, by their size, how far components that are rounded alone moved their sum.

    Then a line is never taxed beyond its amount as long as the group is not.
    """
    off, size = tax - sum(exact), sum(abs(amount) for amount in amounts)
    return [
        value + off * Fraction(abs(amount), size or 1)
        for value, amount in zip(exact, amounts, strict=True)
    ]


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
