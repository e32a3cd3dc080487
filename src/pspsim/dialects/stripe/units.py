"""Amounts: what Stripe counts in, and the minor units in which the books and the truth are kept.

Source: Stripe, "Supported currencies".
"""

from typing import Final

from pspsim.dialects.stripe.errors import invalid

_SUPPORTED: Final[str] = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp "
    "byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel "
    "gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd "
    "kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn "
    "nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd "
    "shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst "
    "xaf xcd xcg xof xpf yer zar zmw"
)
CURRENCIES: Final = frozenset(_SUPPORTED.split())
LARGEST: Final = 99_999_999
_THREE_DECIMALS: Final = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
_ZEROS: Final = frozenset({"isk", "ugx"})  # no decimals, written with two that are zero
_WHOLE: Final = frozenset({"mga"})  # written without its minor unit


def minor(amount: int, currency: str) -> int:
    """Convert an amount as it was sent into minor units; raises ``Refused``."""
    if currency not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency}.", param="currency")
    if amount < 1:
        message = "amount must be at least 1"
        raise invalid(message, param="amount", code="parameter_invalid_integer")
    if amount > LARGEST:
        message = f"amount must be at most {LARGEST}"
        raise invalid(message, param="amount", code="amount_too_large")
    if currency in _THREE_DECIMALS and amount % 10:
        raise invalid("amount must be a multiple of 10 in this currency", param="amount")
    if currency in _ZEROS and amount % 100:
        message = "amount must be a multiple of 100 in this currency"
        code = "invalid_charge_amount_no_decimal_compatible"
        raise invalid(message, param="amount", code=code)
    return counted(amount, currency)


def counted(amount: int, currency: str) -> int:
    """Convert what Stripe shows into minor units."""
    if currency in _ZEROS:
        return amount // 100
    return amount * 100 if currency in _WHOLE else amount


def shown(minor_units: int, currency: str) -> int:
    """Convert minor units into what Stripe shows."""
    if currency in _ZEROS:
        return minor_units * 100
    return minor_units // 100 if currency in _WHOLE else minor_units
