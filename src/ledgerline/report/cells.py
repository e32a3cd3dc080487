"""How a value of a data set is written: the name of its column tells what it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from babel.dates import format_date, format_skeleton
from markupsafe import Markup

from ledgerline.base.money import EXPONENTS
from ledgerline.base.saying import Say, plainly
from ledgerline.charts.markup import tag
from ledgerline.charts.units import Amount, Count, Share, signed
from ledgerline.documents.locales import Locality

Row = Mapping[str, Any]
MONEY: Final = ("_minor", "_e4")
_NUMBERS: Final = (*MONEY, "_ppm", "_num", "_den", "_count", "_days")


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes values in one language; ``say`` says the words of pictures in it."""

    locality: Locality
    say: Say = plainly

    @property
    def count(self) -> Count:
        """The unit of things that are counted."""
        return Count(self.locality, say=self.say)

    @property
    def share(self) -> Share:
        """The unit of parts of a whole."""
        return Share(self.locality, say=self.say)

    def amount(self, currency: str, *, fine: bool = False) -> Amount | Count:
        """Return the unit of a currency; of one that nobody knows, numbers alone."""
        exponent = EXPONENTS.get(currency)
        if exponent is None:
            return Count(self.locality, name=currency, say=self.say)
        return Amount(self.locality, currency, exponent, fine=fine, say=self.say)

    def by_month(self, currency: str) -> Amount | Count:
        """Return the unit of ten-thousandths in pictures, which show whole minor units."""
        unit = self.amount(currency, fine=True)
        return replace(unit, is_rounded=True) if isinstance(unit, Amount) else unit

    def month(self, month: date) -> str:
        """Write a month with its year."""
        return _month(self.locality, month)

    def tick(self, month: date, *, first: bool) -> str:
        """Write a month below a column: the year where it begins."""
        name = str(format_date(month, "LLL", locale=self.locality.babel))
        return f"{name}\n{month.year}" if first or month.month == 1 else name

    def day(self, day: date) -> str:
        """Write a day."""
        return _day(self.locality, day)

    def cell(self, column: str, row: Row) -> str | Markup:
        """Write one value of a row; nothing where it is empty."""
        value = row[column]
        match value:
            case None:
                return ""
            case bool():
                return "yes" if value else "no"
            case int():
                return self._number(column, value, row)
            case date():
                return self.month(value) if column.endswith("_month") else self.day(value)
            case _:
                return tag("code", value) if column.endswith("_id") else str(value)

    def _number(self, column: str, value: int, row: Row) -> str:
        currency = row.get(currency_of(column, row) or "")
        if currency is not None:
            return self.amount(currency, fine=column.endswith("_e4")).written(value)
        if column.endswith("_ppm"):
            return signed(self.locality.rate(value))
        return self.count.written(value)


def is_number(column: str) -> bool:
    """Say whether values of a column go to the right."""
    return column.endswith(_NUMBERS)


def currency_of(column: str, columns: Mapping[str, object]) -> str | None:
    """Name the column that holds the currency of an amount: ``return_tax_minor`` has its own."""
    if not column.endswith(MONEY):
        return None
    own = [each for each in columns if each.endswith("_currency")]
    named = next((each for each in own if column.startswith(each.removesuffix("currency"))), None)
    return named or ("currency" if "currency" in columns else None)


def title_of(name: str) -> str:
    """Write a name as words."""
    words = name.replace("_", " ").replace("mrr", "MRR").replace("psp", "PSP")
    return words[:1].upper() + words[1:]


@lru_cache(maxsize=1_000)
def _month(locality: Locality, month: date) -> str:
    return str(format_skeleton("yMMM", month, locale=locality.babel))


@lru_cache(maxsize=10_000)
def _day(locality: Locality, day: date) -> str:
    return str(format_date(day, "medium", locale=locality.babel))
