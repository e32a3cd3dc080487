"""Terms and billed lines that the pricing tests begin with."""

from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from ledgerline.base.calendar import Period
from ledgerline.base.ids import PriceId
from ledgerline.base.money import Currency
from ledgerline.catalog.model import TaxBehavior
from ledgerline.pricing.model import NO_DISCOUNT, BilledLine, PricedLine, Terms

SEPTEMBER: Final = Period(date(2026, 9, 1), date(2026, 10, 1))
TERMS: Final = Terms(
    price_id=PriceId(UUID(int=1)),
    plan_code="individual_monthly",
    currency=Currency("EUR"),
    unit_minor=1099,
    quantity=1,
    behavior=TaxBehavior.INCLUSIVE,
    tax_rate_ppm=0,
    discount=NO_DISCOUNT,
)


def terms(unit_minor: int, *, rate_ppm: int = 0, exclusive: bool = False) -> Terms:
    """State a price, with its tax inside unless ``exclusive``."""
    behavior = TaxBehavior.EXCLUSIVE if exclusive else TaxBehavior.INCLUSIVE
    return replace(TERMS, unit_minor=unit_minor, tax_rate_ppm=rate_ppm, behavior=behavior)


def billed(
    line: PricedLine, *, credited_gross: int = 0, credited_tax: int = 0, reserved: int = 0
) -> BilledLine:
    """Bill a priced line and say what was given back of it already."""
    return BilledLine(
        behavior=line.terms.behavior,
        period=line.period,
        grid=line.grid,
        grid_minor=line.grid_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        gross_minor=line.gross_minor,
        credited_gross_minor=credited_gross,
        credited_tax_minor=credited_tax,
        reserved_minor=reserved,
    )


def days(start: str, end: str) -> Period:
    """Write a period as two ISO dates."""
    return Period(date.fromisoformat(start), date.fromisoformat(end))
