"""Read single values of a catalog's text: codes, zones, currencies, lengths, amounts, shares."""

import re
from fractions import Fraction
from typing import Final

from ledgerline.base import calendar, money
from ledgerline.base.calendar import Unit
from ledgerline.base.money import MINOR_MAX, Currency
from ledgerline.catalog.model import PPM, UNIT_DEN_MAX
from ledgerline.catalog.rules.nodes import Spot

CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
CODE_WORDS: Final = "small letters, digits and underscores, from a letter on"
COUNTRY: Final = re.compile(r"[A-Z]{2}")
COUNTRY_WORDS: Final = "two capital letters"
COUPON: Final = re.compile(r"[A-Z0-9]{3,32}")
COUPON_WORDS: Final = "3 to 32 capital letters and digits"
LOCALE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
PERCENT_DECIMALS_MAX: Final = 4  # one part of a million

_TAX_ID: Final = re.compile(r"[A-Z0-9][A-Z0-9 .\-]{2,31}")
_EMAIL: Final = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]+\.[^\s@<>\"]+")
_WEBSITE: Final = re.compile(r"https?://[^\s<>\"]+")
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_UNITS: Final = "day|week|month|year"
_CADENCE: Final = re.compile(rf"([1-9][0-9]{{0,2}}) ({_UNITS})")
_LENGTH: Final = re.compile(rf"([1-9][0-9]{{0,2}}) ({_UNITS})s?")
_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_FINER_MAX: Final = len(str(UNIT_DEN_MAX)) - 1  # decimals below the minor unit


def coded(
    part: Spot, pattern: re.Pattern[str] = CODE, *, wanted: str = CODE_WORDS
) -> dict[str, Spot]:
    """Read a mapping whose keys have one form; others are noted and passed over."""
    found: dict[str, Spot] = {}
    for name, spot in part.entries():
        if pattern.fullmatch(name):
            found[name] = spot
        else:
            spot.note(f"the key {name!r} must be {wanted}")
    return found


def zone(spot: Spot) -> str:
    """Read a time zone that exists."""
    name = spot.text()
    if name and not calendar.zone_exists(name):
        spot.note(f"names an unknown time zone: {name!r}")
    return name


def currency(spot: Spot) -> Currency:
    """Read a currency that exists; stand-in: the empty one."""
    written = spot.text()
    if not written:
        return Currency("")
    try:
        return money.currency(written)
    except money.UnknownCurrency:
        spot.note(f"names an unknown currency: {written!r}")
        return Currency("")


def tax_id(spot: Spot) -> str:
    """Read a tax id as its country writes it."""
    return spot.matching(_TAX_ID, wanted="capital letters and digits")


def email(spot: Spot) -> str:
    """Read an address for mail."""
    return spot.matching(_EMAIL, wanted="an address such as help@example.com")


def website(spot: Spot) -> str:
    """Read the address of a website."""
    return spot.matching(_WEBSITE, wanted="an address such as https://example.com")


def colour(spot: Spot) -> str:
    """Read a colour as small letters; without quotes its ``#`` begins a comment."""
    if not spot.node.value:
        spot.note('must be a colour in quotes, such as "#1f7a5c"')
        return ""
    return spot.matching(_COLOUR, wanted='a colour such as "#1f7a5c"').lower()


def cadence(spot: Spot) -> tuple[int, Unit]:
    """Read how often a plan is billed; stand-in: every month."""
    written = spot.matching(_CADENCE, wanted="a number and a unit such as 1 month")
    count, _, unit = (written or "1 month").partition(" ")
    return int(count), Unit(unit)


def length(spot: Spot) -> tuple[int, Unit]:
    """Read how long a phase lasts; stand-in: one month."""
    written = spot.matching(_LENGTH, wanted="a number and a unit such as 30 days")
    count, _, unit = (written or "1 month").partition(" ")
    return int(count), Unit(unit.removesuffix("s"))


def amount(spot: Spot, unit: Currency) -> int:
    """Read an amount written with exactly the currency's decimals, as minor units above zero."""
    minor = price(spot, unit)
    if minor.denominator != 1:
        spot.note(f"must have {money.exponent(unit)} decimals in {unit}")
        return 0
    return minor.numerator


def price(spot: Spot, unit: Currency) -> Fraction:
    """Read an amount with at least the currency's decimals, as minor units above zero.

    Up to six more say a share of the minor unit. Stand-in: zero.
    """
    written = spot.matching(_DECIMAL, wanted="an amount in plain digits such as 11.99")
    if not written or not unit:
        return Fraction(0)
    decimals = money.exponent(unit)
    _, _, fraction = written.partition(".")
    if not decimals <= len(fraction) <= decimals + _FINER_MAX:
        finer = f", or up to {_FINER_MAX} more for a share of its minor unit"
        spot.note(f"must have {decimals} decimals in {unit}{finer}, not {written!r}")
        return Fraction(0)
    minor = Fraction(int(written.replace(".", "")), 10 ** (len(fraction) - decimals))
    if not 0 < minor <= MINOR_MAX:
        spot.note(f"must be above zero and not above {MINOR_MAX} minor units, not {written!r}")
        return Fraction(0)
    return minor


def percent(spot: Spot) -> int:
    """Read a percentage of up to 100 as parts per million: ``25.5`` is 255 000."""
    written = spot.matching(_DECIMAL, wanted="a percentage in plain digits such as 25.5")
    whole, _, fraction = written.partition(".")
    if not written:
        return 0
    if len(fraction) > PERCENT_DECIMALS_MAX:
        spot.note(f"must have at most {PERCENT_DECIMALS_MAX} decimals, not {written!r}")
        return 0
    ppm = int(whole + fraction.ljust(PERCENT_DECIMALS_MAX, "0"))
    if ppm > PPM:
        spot.note(f"must be at most 100, not {written!r}")
        return 0
    return ppm
