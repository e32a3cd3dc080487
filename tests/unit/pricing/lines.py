"""Terms and billed lines that the pricing tests begin with."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final
from uuid import UUID

from ledgerline.base.calendar import Period
from ledgerline.base.ids import PriceId
from ledgerline.base.money import Currency
from ledgerline.catalog.model import TaxBehavior, TaxTreatment
from ledgerline.pricing.model import (
    NO_DISCOUNT,
    USUAL,
    BilledLine,
    Correction,
    LineCredit,
    LineKind,
    Piece,
    PricedLine,
    Rounding,
    Taxation,
    Terms,
)
from ledgerline.pricing.rules.credit import deferred_part, earned_until
from ledgerline.pricing.rules.price import price
from ledgerline.pricing.tax.arithmetic import group

JANUARY: Final = Period(date(2026, 1, 1), date(2026, 2, 1))
SEPTEMBER: Final = Period(date(2026, 9, 1), date(2026, 10, 1))
TERMS: Final = Terms(
    price_id=PriceId(UUID(int=1)),
    plan_code="individual_monthly",
    plan_name="Individual",
    currency=Currency("EUR"),
    unit=Fraction(1099),
    quantity=1,
    behavior=TaxBehavior.INCLUSIVE,
    tax_category="digital_services",
    tax_rate_ppm=0,
    discount=NO_DISCOUNT,
)


def terms(unit: int, *, rate_ppm: int = 0, exclusive: bool = False, quantity: int = 1) -> Terms:
    """State a price in minor units, with its tax inside unless ``exclusive``."""
    return replace(
        TERMS,
        unit=Fraction(unit),
        quantity=quantity,
        tax_rate_ppm=rate_ppm,
        behavior=TaxBehavior.EXCLUSIVE if exclusive else TaxBehavior.INCLUSIVE,
    )


def piece(of: Terms, *, period: Period, grid: Period, kind: LineKind = LineKind.RECURRING) -> Piece:
    """Ask for a stretch of the base plan."""
    return Piece(kind=kind, component="base", terms=of, period=period, grid=grid)


def priced(
    of: Terms, *, period: Period, grid: Period, kind: LineKind = LineKind.RECURRING
) -> PricedLine:
    """Price a document of one line."""
    [line] = price((piece(of, period=period, grid=grid, kind=kind),)).lines
    return line


def billed(
    line: PricedLine,
    *,
    corrections: Sequence[Correction] = (),
    credited_tax: int = 0,
    reserved: Sequence[Correction] = (),
) -> BilledLine:
    """Bill a priced line and say what was given back of it already."""
    return BilledLine(
        kind=line.kind,
        behavior=line.terms.behavior,
        quantity=line.terms.quantity,
        period=line.period,
        grid=line.grid,
        grid_minor=line.grid_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        gross_minor=line.gross_minor,
        mode=line.terms.rounding.mode,
        credited_tax_minor=credited_tax,
        corrections=tuple(corrections),
        reserved=tuple(reserved),
    )


def bought(amount: int, period: Period) -> BilledLine:
    """Bill a whole period at a price with its tax inside, of a rate of nothing."""
    return billed(priced(terms(amount), period=period, grid=period))


def over(period: Period, gross_minor: int) -> Correction:
    """Give a sum back over a period."""
    return Correction(period.start, period.end, gross_minor)


def credited(line: BilledLine, credit: LineCredit, *, on: date) -> BilledLine:
    """Count a credit that is booked on a day."""
    part = deferred_part(line, credit, booked_on=on)
    one = Correction(
        start=credit.start,
        end=credit.end,
        gross_minor=credit.gross_minor,
        deferred_net_minor=part,
        booked_on=on,
    )
    return replace(
        line,
        corrections=(*line.corrections, one),
        credited_tax_minor=credit.cum_tax_minor,
    )


def days(start: str, end: str) -> Period:
    """Write a period as two ISO dates."""
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def deferred(line: BilledLine, *, on: date) -> int:
    """Return how much of a line's net is deferred when ``on`` begins, after its corrections."""
    left = line.net_minor - earned_until(line.net_minor, line.period, on)
    for one in line.corrections:
        if one.booked_on <= on:
            left -= one.deferred_net_minor + earned_until(-one.deferred_net_minor, one.deferral, on)
    return left


def rated(*rates: int) -> Taxation:
    """Tax at a rate, or at a rate made up of several."""
    return Taxation(TaxTreatment.STANDARD, sum(rates), rates if len(rates) > 1 else ())


def inclusive(gross: int, rate_ppm: int, *, rounding: Rounding = USUAL) -> tuple[int, int]:
    """Divide one amount that contains its tax into (net, tax)."""
    [line] = group(
        (gross,), rated(rate_ppm), behavior=TaxBehavior.INCLUSIVE, rounding=rounding
    ).lines
    return line.net, line.tax


def exclusive(net: int, rate_ppm: int, *, rounding: Rounding = USUAL) -> tuple[int, int]:
    """Add tax to one amount without it, giving (tax, gross)."""
    [line] = group((net,), rated(rate_ppm), behavior=TaxBehavior.EXCLUSIVE, rounding=rounding).lines
    return line.tax, line.gross
