"""What is told of a card: checked where a caller tells it, taken as far as it goes otherwise."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from ledgerline.base.countries import COUNTRIES
from ledgerline.base.crypto import hmac_sha256
from ledgerline.payments.model import CardFacts, Funding
from ledgerline.payments.refusals import CardFactsRefused, InstrumentContradicts
from ledgerline.payments.rows.instruments import InstrumentRow
from ledgerline.payments.rows.payments import PaymentMethodRow

_BIN: Final = re.compile(r"[0-9]{6,8}")
_FUNDINGS: Final[Mapping[str, Funding]] = {one.value: one for one in Funding}
_MONTH: Final = re.compile(r"(?P<year>20[0-9]{2})-(?P<month>0[1-9]|1[0-2])")


def refuse_impossible(card: CardFacts) -> None:
    """Refuse what a caller cannot know of a card; raises ``CardFactsRefused``."""
    if card.issuer_country is not None and card.issuer_country not in COUNTRIES:
        raise CardFactsRefused("no such country", pointer="/card/issuer_country")
    if card.expires is not None and not _MONTH.fullmatch(card.expires):
        raise CardFactsRefused("no such month", pointer="/card/expires")
    if card.bin is not None and not _BIN.fullmatch(card.bin):
        raise CardFactsRefused("a number begins with six to eight digits", pointer="/card/bin")


def refuse_other_card(
    told: CardFacts, last4: str, method: PaymentMethodRow, known: Iterable[InstrumentRow]
) -> None:
    """Refuse what can only be another card than that of a method; raises ``InstrumentContradicts``.

    When a card expires may change, and each provider has a fingerprint of its own: neither is
    compared. The digits that are known of a number may be six or eight.
    """
    if last4 != method.last4:
        raise InstrumentContradicts("the card ends in other digits", pointer="/last4")
    for one in known:
        if told.bin and one.bin and not _agree(told.bin, one.bin):
            raise InstrumentContradicts("its number begins otherwise", pointer="/card/bin")
        if told.funding and one.funding and told.funding != one.funding:
            raise InstrumentContradicts("it is funded otherwise", pointer="/card/funding")
        if told.issuer_country and one.issuer_country and told.issuer_country != one.issuer_country:
            message = "it was issued in another country"
            raise InstrumentContradicts(message, pointer="/card/issuer_country")


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def understood(told: Mapping[str, str | None]) -> CardFacts:
    """Take what a provider tells of a card, by the names of ``CardFacts``.

    What is no such fact is left out and never an error: it says nothing about the money.
    """
    digits, funding, month = told.get("bin"), told.get("funding"), told.get("expires")
    country = told.get("issuer_country")
    return CardFacts(
        fingerprint=told.get("fingerprint") or None,
        bin=digits if digits and _BIN.fullmatch(digits) else None,
        funding=_FUNDINGS.get(funding or ""),
        issuer_country=country if country in COUNTRIES else None,
        expires=month if month and _MONTH.fullmatch(month) else None,
    )


def expires_on(expires: str | None) -> date | None:
    """Return the first day on which a card can no longer be used: the day after its last month."""
    found = _MONTH.fullmatch(expires) if expires else None
    if found is None:
        return None
    year, month = int(found["year"]), int(found["month"])
    return date(year + month // 12, month % 12 + 1, 1)


def last_month(expires_on: date | None) -> str | None:
    """Return the last month in which a card can be used, ``YYYY-MM``, as it is printed on it."""
    if expires_on is None:
        return None
    months = expires_on.year * 12 + expires_on.month - 2
    return f"{months // 12}-{months % 12 + 1:02d}"


def fingerprint_hash(card: CardFacts, *, psp_account: str, key: bytes) -> bytes | None:
    """Hash a provider's word for a card: two methods can be told to be one card, and no more."""
    if card.fingerprint is None:
        return None
    named = f"{psp_account}\x00{card.fingerprint}".encode()
    return hmac_sha256(key, b"card fingerprint\x00" + named)
