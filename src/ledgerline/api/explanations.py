"""How an amount came to be, in a line that anybody can compute again. Minor units throughout."""

from fractions import Fraction
from typing import Final, NamedTuple

from ledgerline.api.shapes import How
from ledgerline.base.calendar import Period
from ledgerline.base.money import round_half_away
from ledgerline.catalog.model import PPM, TaxBehavior
from ledgerline.pricing.model import PricedLine

_CENTS: Final = 100
_PPM_PER_PERCENT: Final = 10_000


class Priced(NamedTuple):
    """What a line's amounts were computed from; ``period`` is a piece of ``grid``."""

    unit_minor: int
    quantity: int
    discount_minor: int
    grid_minor: int
    period: Period
    grid: Period
    tax_rate_ppm: int
    behavior: TaxBehavior
    net_minor: int
    tax_minor: int
    gross_minor: int


def of_line(line: PricedLine) -> Priced:
    """Take the inputs out of a priced line."""
    terms = line.terms
    return Priced(
        unit_minor=terms.unit_minor,
        quantity=terms.quantity,
        discount_minor=line.discount_minor,
        grid_minor=line.grid_minor,
        period=line.period,
        grid=line.grid,
        tax_rate_ppm=terms.tax_rate_ppm,
        behavior=terms.behavior,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        gross_minor=line.gross_minor,
    )


def explain(line: Priced) -> How:
    """Explain a charge: price × quantity − discount, then days, then tax."""
    discount = f" − {line.discount_minor}" if line.discount_minor else ""
    full = f"{line.unit_minor} × {line.quantity}{discount} = {line.grid_minor}"
    tax = explain_tax(line.net_minor, line.gross_minor, line.tax_rate_ppm, line.behavior)
    if line.period == line.grid:
        return How(rule="price.full", formula=full, tax=tax)
    days = explain_days(line.grid_minor, piece=line.period, grid=line.grid)
    return How(rule="proration.day", formula=f"{full}; {days}", tax=tax)


def explain_days(minor: int, *, piece: Period, grid: Period) -> str:
    """Explain the part of a period's amount by days, counted back from the period's end."""
    first = _rounded(minor, Fraction((grid.end - piece.start).days, grid.days), grid)
    if piece.end == grid.end:
        return first
    second = _rounded(minor, Fraction((grid.end - piece.end).days, grid.days), grid)
    parts = [int(text.rpartition(" ")[2]) for text in (first, second)]
    return f"{first}; {second}; {parts[0]} − {parts[1]} = {parts[0] - parts[1]}"


def explain_tax(net_minor: int, gross_minor: int, rate_ppm: int, behavior: TaxBehavior) -> str:
    """Explain the tax in or on an amount; rounded half away from zero."""
    rate = percent(rate_ppm)
    if behavior is TaxBehavior.INCLUSIVE:
        whole = percent(rate_ppm + PPM)
        exact = Fraction(gross_minor * rate_ppm, PPM + rate_ppm)
        return f"{gross_minor} × {rate}/{whole} = {_result(exact)}"
    return f"{net_minor} × {rate}/100 = {_result(Fraction(net_minor * rate_ppm, PPM))}"


def percent(rate_ppm: int) -> str:
    """Write a rate in percent with no more decimals than it needs: 255000 is "25.5"."""
    whole, rest = divmod(rate_ppm, _PPM_PER_PERCENT)
    decimals = f"{rest:04}".rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)


def fraction_text(rate_ppm: int) -> str:
    """Write a rate as a decimal: 190000 is "0.19"."""
    whole, rest = divmod(rate_ppm, PPM)
    decimals = f"{rest:06}".rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)


def _rounded(minor: int, share: Fraction, grid: Period) -> str:
    left = share * grid.days
    return f"{minor} × {left}/{grid.days} = {_result(minor * share)}"


def _result(exact: Fraction) -> str:
    """Write the exact value to two decimals and the rounded one, or just the whole number."""
    if exact.denominator == 1:
        return str(exact.numerator)
    cents = round_half_away(abs(exact) * _CENTS)
    sign = "-" if exact < 0 else ""
    return f"{sign}{cents // _CENTS}.{cents % _CENTS:02} → {round_half_away(exact)}"
