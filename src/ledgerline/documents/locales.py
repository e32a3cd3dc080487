"""Amounts, days, rates and countries as a language writes them; digits are Latin everywhere.

What Babel gives is kept as it is, with its no-break spaces and its marks of direction: they are
part of how an amount is written.
"""

import copy
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval
from babel.numbers import NumberPattern, get_currency_symbol

from ledgerline.documents.texts import FALLBACK, RIGHT_TO_LEFT, Texts, texts_for

UNIT_PRICE_DECIMALS_MAX: Final = 6  # beyond those of the currency
_DIGITS: Final = "latn"
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_PER_CENT: Final = 10_000  # in millionths
_RATE_DECIMALS: Final = 4
_TERRITORY: Final = re.compile("[A-Za-z]{2}")
_NUMERIC_MONTH: Final = re.compile(r"\d[./]\s?\d")
_HOMES: Final = {"pt": "pt-PT"}  # where the bare language is another country's in CLDR


@dataclass(frozen=True, slots=True, eq=False)
class Locality:
    """A language with its words and its ways to write."""

    babel: Locale
    texts: Texts

    @property
    def language(self) -> str:
        """The language for readers that speak, such as "pt" or "zh"."""
        return self.babel.language

    @property
    def region(self) -> str | None:
        """The country whose form of the language is meant, where that says something."""
        if self.texts.language.startswith("zh-"):
            return {"zh-Hans": "CN", "zh-Hant": "TW"}[self.texts.language]
        return self.babel.territory

    @property
    def right_to_left(self) -> bool:
        """Whether pages of this language are mirrored."""
        return self.texts.language in RIGHT_TO_LEFT

    def money(self, minor: int, currency: str, exponent: int, *, extra: int = 0) -> str:
        """Write minor units with the decimals of the currency, and `extra` more."""
        value = Decimal(minor).scaleb(-exponent - extra)
        pattern = _currency_pattern(self, currency, exponent + extra)
        written = pattern.apply(
            value, self.babel, currency=currency, currency_digits=False, numbering_system=_DIGITS
        )
        return str(written)

    def unit_price(self, num: int, den: int, currency: str, exponent: int) -> str:
        """Write an exact price with as many decimals as it needs, at least the currency's."""
        scaled, extra = num, 0
        while scaled % den and extra < UNIT_PRICE_DECIMALS_MAX:
            scaled, extra = scaled * 10, extra + 1
        rounded = (2 * scaled + den) // (2 * den)
        return self.money(rounded, currency, exponent, extra=extra)

    def number(self, value: int) -> str:
        """Write a whole number with the separators of the language."""
        return str(_decimal(self).apply(Decimal(value), self.babel, numbering_system=_DIGITS))

    def rate(self, ppm: int) -> str:
        """Write a rate with no more decimals than it needs: 255000 is "25,5 %"."""
        return _rate(self, ppm)

    def day(self, day: date) -> str:
        """Write a day with the name of its month."""
        return _day(self, day)

    def span(self, start: date, end: date) -> str:
        """Write the days from `start` up to and without `end`, the last one inclusive."""
        last = max(start, end - timedelta(days=1))
        if last == start:
            return self.day(start)
        if (start.year, start.month) == (last.year, last.month):
            within = format_interval(start, last, "yMMMd", locale=self.babel)
            if not _NUMERIC_MONTH.search(within):
                return within
        return f"{self.day(start)} – {self.day(last)}"

    def country(self, code: str) -> str:
        """Name a country; its two letters where the language has no name."""
        return str(self.babel.territories.get(code, code))


@lru_cache(maxsize=1_000)
def _currency_pattern(locality: Locality, currency: str, decimals: int) -> NumberPattern:
    pattern: NumberPattern = copy.copy(locality.babel.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    symbol = get_currency_symbol(currency, locale=locality.babel)
    # Source: CLDR, alphaNextToNumber: a symbol of letters stands off from the number.
    if symbol[-1:].isalpha():
        positive, negative = pattern.prefix
        pattern.prefix = (_apart(positive), _apart(negative))
    return pattern


def _apart(prefix: str) -> str:
    return prefix + _NO_BREAK if prefix.endswith("¤") else prefix


@lru_cache(maxsize=1_000)
def _percent_pattern(locality: Locality, decimals: int) -> NumberPattern:
    pattern: NumberPattern = copy.copy(locality.babel.percent_formats[None])
    pattern.frac_prec = (decimals, decimals)
    return pattern


@lru_cache(maxsize=10_000)
def _rate(locality: Locality, ppm: int) -> str:
    digits = f"{ppm % _PER_CENT:04}".rstrip("0")
    value = Decimal(ppm).scaleb(-_RATE_DECIMALS - 2)
    pattern = _percent_pattern(locality, len(digits))
    return str(pattern.apply(value, locality.babel, numbering_system=_DIGITS))


@lru_cache(maxsize=10_000)
def _day(locality: Locality, day: date) -> str:
    return format_date(day, "long", locale=locality.babel)


@lru_cache(maxsize=1_000)
def _decimal(locality: Locality) -> NumberPattern:
    pattern: NumberPattern = copy.copy(locality.babel.decimal_formats[None])
    pattern.frac_prec = (0, 0)
    return pattern


@lru_cache(maxsize=1_000)
def locality(locale: str) -> Locality:
    """Choose words and ways to write for a BCP 47 locale.

    Without words of its language both are English: words and dates of two languages never mix.
    """
    texts = texts_for(locale)
    first, *rest = locale.replace("_", "-").split("-")
    own = texts.language.partition("-")[0]
    territory = next((tag.upper() for tag in rest if _TERRITORY.fullmatch(tag)), None)
    if territory is not None and _means(first, own):
        try:
            return Locality(Locale.parse(f"{own}_{territory}"), texts)
        except (UnknownLocaleError, ValueError):
            pass  # a language in a country where CLDR does not know it
    return Locality(Locale.parse(_HOMES.get(texts.language, texts.language), sep="-"), texts)


def _means(subtag: str, language: str) -> bool:
    """Tell a language from one that only falls back to it."""
    if language == FALLBACK:
        return subtag.lower() == FALLBACK
    return texts_for(subtag).language.partition("-")[0] == language
