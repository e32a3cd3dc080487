"""The taxes of a document: lines that are taxed alike, and what the taxes of their rate are."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from msgspec.structs import replace

from ledgerline.base.money import apportion
from ledgerline.catalog.model import TaxBehavior
from ledgerline.documents.parts import MarketPart, RatePart
from ledgerline.documents.snapshot import Component, Line, TaxGroup, Treatment
from ledgerline.pricing.tax.arithmetic import components_of


def groups_of(said: Iterable[tuple[Line, RatePart]], market: MarketPart) -> tuple[TaxGroup, ...]:
    """Sum the lines that are taxed alike, and say again what the taxes of their rate were."""
    return tuple(
        _group(
            lines,
            rate,
            components_of(
                sum(line.amount - line.discount for line in lines),
                [one.rate_ppm for one in rate.components],
                behavior=TaxBehavior(market.behavior),
                rounding=market.rounding,
            )
            if rate.components
            else (),
        )
        for lines, rate in _alike(said)
    )


def share_groups(
    said: Iterable[tuple[Line, RatePart]], of: Sequence[TaxGroup]
) -> tuple[TaxGroup, ...]:
    """Do the same for a credit note, whose taxes are a share of those of its invoice, ``of``."""
    whole = {
        (one.treatment, one.rate_ppm, tuple(part.rate_ppm for part in one.components)): one
        for one in of
    }
    return tuple(
        _group(lines, rate, _shares(lines, whole[_taxation(lines[0], rate)]))
        for lines, rate in _alike(said)
    )


def _shares(lines: Sequence[Line], whole: TaxGroup) -> tuple[int, ...]:
    """Share out the tax of a credit as the taxes of the invoice have their shares in it."""
    tax = sum(line.tax for line in lines)
    exact = [Fraction(tax * one.tax, whole.tax or 1) for one in whole.components]
    return apportion(tax, exact) if exact else ()


def _alike(
    said: Iterable[tuple[Line, RatePart]],
) -> Iterator[tuple[Sequence[Line], RatePart]]:
    """Gather the lines that are taxed alike, in the order of their first one."""
    found: dict[tuple[Treatment, int, tuple[int, ...]], tuple[list[Line], RatePart]] = {}
    for line, rate in said:
        lines, first = found.setdefault(_taxation(line, rate), ([], rate))
        lines.append(line)
        if rate.reason and rate.reason not in (first.reason or ""):
            both = "; ".join(filter(None, (first.reason, rate.reason)))
            found[_taxation(line, rate)] = (lines, replace(first, reason=both))
    yield from found.values()


def _taxation(line: Line, rate: RatePart) -> tuple[Treatment, int, tuple[int, ...]]:
    return line.treatment, line.rate_ppm, tuple(one.rate_ppm for one in rate.components)


def _group(lines: Sequence[Line], rate: RatePart, taxes: Sequence[int]) -> TaxGroup:
    tax = sum(line.tax for line in lines)
    assert not taxes or sum(taxes) == tax, (taxes, tax)
    return TaxGroup(
        treatment=lines[0].treatment,
        rate_ppm=lines[0].rate_ppm,
        base=sum(line.net for line in lines),
        tax=tax,
        name=rate.name,
        reason=rate.reason,
        components=tuple(
            Component(name=one.name, rate_ppm=one.rate_ppm, tax=part)
            for one, part in zip(rate.components, taxes, strict=bool(taxes))
        )
        if taxes
        else (),
    )
