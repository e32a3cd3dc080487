"""Why a line has its amount: one set of sentences for API, command line, console and documents.

A formula is arithmetic that anybody can repeat, in minor units or in the currency's own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ledgerline.base.calendar import Period
from ledgerline.base.money import Currency, Money, RoundingMode, round_half_away, rounded
from ledgerline.base.saying import Say, noted, plainly
from ledgerline.catalog.model import PPM, RoundingComponents, RoundingTarget, TaxBehavior
from ledgerline.pricing.model import USUAL, BilledLine, LineCredit, LineKind, PricedLine, Rounding
from ledgerline.pricing.tax.arithmetic import is_one

_CENTS: Final = 100
_PPM_PER_PERCENT: Final = 10_000

Shown = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Explained:
    """What a line's amounts were computed from; ``period`` is a piece of ``grid``."""

    kind: str
    unit: Fraction
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
    rounding: Rounding = USUAL
    tax_components: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rule by its name, how the amount follows, and how its tax does."""

    rule: str
    formula: str
    tax: str


def of_line(line: PricedLine) -> Explained:
    """Take the inputs out of a priced line."""
    terms = line.terms
    return Explained(
        kind=line.kind,
        unit=terms.unit,
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
        rounding=terms.rounding,
        tax_components=terms.tax_components,
    )


def explain(line: Explained) -> Explanation:
    """Explain a charge: price × quantity − discount, then days, then tax. In minor units."""
    tax = explain_tax(
        line.gross_minor if line.behavior is TaxBehavior.INCLUSIVE else line.net_minor,
        line.tax_rate_ppm,
        line.behavior,
        rounding=line.rounding,
        components=line.tax_components,
    )
    if _last(tax) != line.tax_minor:
        tax = f"{tax}; rounded with the other lines of the document: {line.tax_minor}"
    if line.kind == LineKind.TRIAL:
        return Explanation("trial", f"{line.period.days} days free = 0", tax)
    discount = f" − {line.discount_minor}" if line.discount_minor else ""
    full = f"{_unit(line.unit)} × {line.quantity}{discount} = {line.grid_minor}"
    if line.kind == LineKind.FIXED:
        return Explanation("price.once", full, tax)
    if line.period == line.grid:
        return Explanation("price.full", full, tax)
    days = explain_days(line.grid_minor, piece=line.period, grid=line.grid)
    return Explanation("proration.day", f"{full}; {days}", tax)


def explain_credit(line: BilledLine, credit: LineCredit) -> Explanation:
    """Explain what is given back: what its days are worth, and how much of that is given."""
    piece = Period(credit.start, credit.end)
    days = explain_days(line.grid_minor, piece=piece, grid=line.grid)
    computed = _last(days)
    stated = credit.gross_minor if line.behavior is TaxBehavior.INCLUSIVE else credit.net_minor
    taken = f"; given back of it: {stated}" if stated != computed else ""
    part = f"{line.tax_minor} × {credit.gross_minor}/{line.gross_minor}"
    share = f"{part}{_words(line.mode)} → {credit.tax_minor}"
    return Explanation("credit.day", days + taken, share)


def explain_days(minor: int, *, piece: Period, grid: Period) -> str:
    """Explain the part of a period's amount by days, counted back from the period's end."""
    first = _rounded(minor, (grid.end - piece.start).days, grid)
    if piece.end == grid.end:
        return first
    second = _rounded(minor, (grid.end - piece.end).days, grid)
    parts = [_last(text) for text in (first, second)]
    return f"{first}; {second}; {parts[0]} − {parts[1]} = {parts[0] - parts[1]}"


def explain_tax(
    stated_minor: int,
    rate_ppm: int,
    behavior: TaxBehavior,
    *,
    rounding: Rounding = USUAL,
    components: Sequence[int] = (),
) -> str:
    """Explain the tax in or on an amount, which is stated with its tax if prices contain it.

    ``components`` are the rates that make up a rate; what is rounded alone is explained alone.
    """
    contained = behavior is TaxBehavior.INCLUSIVE
    inside = rounding.components is RoundingComponents.INSIDE
    whole = PPM + rate_ppm if contained and not inside else PPM
    if contained and rounding.target is RoundingTarget.NET:
        net = _share(stated_minor, PPM, whole=whole, mode=rounding.mode)
        rest = stated_minor - _last(net)
        return f"{net}; {stated_minor} − {_last(net)} = {rest}"
    if len(components) < 2 or is_one(contained=contained, rounding=rounding):  # noqa: PLR2004 - one
        return _share(stated_minor, rate_ppm, whole=whole, mode=rounding.mode)
    shares = [_share(stated_minor, one, whole=whole, mode=rounding.mode) for one in components]
    taxes = [_last(share) for share in shares]
    if rounding.components is RoundingComponents.EQUAL:
        return f"{shares[0]}; {len(taxes)} × {taxes[0]} = {sum(taxes)}"
    return f"{'; '.join(shares)}; {' + '.join(map(str, taxes))} = {sum(taxes)}"


def _share(minor: int, ppm: int, *, whole: int, mode: RoundingMode) -> str:
    exact = _result(Fraction(minor * ppm, whole), mode)
    return f"{minor} × {percent(ppm)}/{percent(whole)} = {exact}"


def _last(text: str) -> int:
    """Read the number that an explanation ends in."""
    return int(text.rpartition(" ")[2])


def sentence(line: Explained, currency: str, say: Say = plainly) -> str:
    """Write a line as one sentence of arithmetic in the units of its currency."""

    def shown(minor: int) -> str:
        return show(minor, currency)

    if line.kind == LineKind.TRIAL:
        days = line.period.days
        return say("trial of %(days)s days: %(amount)s", days=days, amount=shown(0))
    price = f"{_exact(line.unit, shown, currency, say)} × {line.quantity}"
    if line.discount_minor:
        discount = shown(line.discount_minor)
        price = say("(%(price)s − %(amount)s discount)", price=price, amount=discount)
    if line.period.days != line.grid.days:
        part = f"{line.period.days}/{line.grid.days}"
        price = say("%(price)s × %(part)s days", price=price, part=part)
    rate = f"{percent(line.tax_rate_ppm)} %"
    if line.rounding.mode in _MODES:
        rate += say(_MODES[line.rounding.mode])
    if line.behavior is TaxBehavior.INCLUSIVE:
        return say(
            "%(price)s = %(gross)s, of it %(tax)s tax at %(rate)s",
            price=price, gross=shown(line.gross_minor), tax=shown(line.tax_minor), rate=rate,
        )  # fmt: skip
    return say(
        "%(price)s = %(net)s + %(tax)s tax at %(rate)s = %(gross)s",
        price=price, net=shown(line.net_minor), tax=shown(line.tax_minor), rate=rate,
        gross=shown(line.gross_minor),
    )  # fmt: skip


def show(minor: int, currency: str) -> str:
    """Show an amount with its currency."""
    return f"{Money(minor, Currency(currency)).decimal()} {currency}"


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


def _unit(unit: Fraction) -> str:
    return str(unit.numerator) if unit.denominator == 1 else f"{unit.numerator}/{unit.denominator}"


def _exact(unit: Fraction, shown: Shown, currency: str, say: Say) -> str:
    if unit.denominator == 1:
        return shown(unit.numerator)
    return say("%(count)s minor units %(currency)s", count=_unit(unit), currency=currency)


def _rounded(minor: int, left: int, grid: Period) -> str:
    return f"{minor} × {left}/{grid.days} = {_result(Fraction(minor * left, grid.days))}"


def _result(exact: Fraction, mode: RoundingMode = RoundingMode.HALF_UP) -> str:
    """Write the exact value to two decimals and the rounded one, or just the whole number."""
    if exact.denominator == 1:
        return str(exact.numerator)
    cents = round_half_away(abs(exact) * _CENTS)
    sign = "-" if exact < 0 else ""
    return f"{sign}{cents // _CENTS}.{cents % _CENTS:02}{_words(mode)} → {rounded(exact, mode)}"


def _words(mode: RoundingMode) -> str:
    """Say how a fraction goes away, unless it is the usual way."""
    return _MODES.get(mode, "")


_MODES: Final = {
    RoundingMode.HALF_EVEN: noted(", a half to even"),
    RoundingMode.DOWN: noted(", rounded down"),
    RoundingMode.UP: noted(", rounded up"),
}
