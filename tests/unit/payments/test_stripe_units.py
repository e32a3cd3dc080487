"""Amounts as Stripe writes them, for every currency we keep."""

import pytest

from ledgerline.base.money import EXPONENTS, MINOR_MAX, Currency, Money
from ledgerline.payments.adapters.stripe import units

# Stripe, "Supported currencies", "Zero-decimal currencies" and "Special cases".
ZERO_DECIMAL = {
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
}  # fmt: skip
WRITTEN_WITH_ZEROS = {"ISK", "UGX"}
THREE_DECIMAL = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}


@pytest.mark.parametrize("code", sorted(EXPONENTS))
def test_ten_of_every_currency_are_written_in_its_unit_and_read_again(code: str) -> None:
    ten = Money(10 * 10 ** EXPONENTS[code], Currency(code))
    written = units.written(ten)
    if code in ZERO_DECIMAL:
        assert written == "10"
    elif code in THREE_DECIMAL:
        assert written == "10000"
    else:
        assert written == "1000"
    assert units.read(int(written), code.lower()) == ten
    assert int(written) % units.MULTIPLES.get(code, 1) == 0


@pytest.mark.parametrize("code", sorted(EXPONENTS))
def test_the_smallest_amount_is_never_rounded(code: str) -> None:
    least = Money(1, Currency(code))
    written = units.written(least)
    if code == "MGA":
        assert written == "0.01"  # Stripe refuses it: it is no whole number
    else:
        assert units.read(int(written), code.lower()) == least
        assert written == ("100" if code in WRITTEN_WITH_ZEROS else "1")


def test_an_amount_that_is_not_ours_to_keep_is_not_read() -> None:
    assert units.read(150, "isk") is None  # half a króna
    assert units.read(150, "EUR") is None  # Stripe writes currencies in lower case
    assert units.read(150, "xyz") is None
    assert units.read(MINOR_MAX + 1, "eur") is None
    assert units.read(MINOR_MAX, "mga") is None
    assert units.read(-250, "eur") == Money(-250, Currency("EUR"))
    assert units.written(Money(-150, Currency("MGA"))) == "-1.50"
