"""Who a buyer is: what is given, checked and in one spelling; and what a change makes of it."""

from collections.abc import Sequence
from typing import Final, TypeVar

from ledgerline.base.countries import COUNTRIES
from ledgerline.customers.model import (
    Address,
    Buyer,
    CustomerChange,
    DocumentIncomplete,
    Keep,
    Kept,
    PersonalTextRefused,
    PlaceEvidence,
    PlaceEvidenceRefused,
    PlaceKind,
    Profile,
    TaxStatus,
    UnknownCountry,
)
from ledgerline.customers.rules.tax_ids import checked
from ledgerline.customers.rules.texts import clean, clean_or_none

T = TypeVar("T")
_ADDRESS: Final = "/billing_address"


def changed(was: Profile, change: CustomerChange) -> Profile:
    """Return what a customer is after a change; equal to ``was`` when nothing changes.

    A name, an address and lists are replaced whole, and the evidence of the billing country
    follows the address. Raises ``PersonalTextRefused``, ``UnknownCountry``, ``TaxIdsRefused``,
    ``PlaceEvidenceRefused`` and ``DocumentIncomplete``.
    """
    buyer = was.buyer
    name, email = change.name, change.email
    address = buyer.address if change.address is Keep.KEEP else spelled(change.address)
    tax_ids = buyer.tax_ids if change.tax_ids is Keep.KEEP else checked(change.tax_ids)
    evidence = _given(buyer) if change.place_evidence is Keep.KEEP else change.place_evidence
    becomes = Buyer(
        name=buyer.name if name is Keep.KEEP else clean_or_none(name, pointer="/name"),
        address=address,
        tax_ids=tax_ids,
        tax_status=_kept(change.tax_status, buyer.tax_status),
        place_evidence=placed(address, evidence),
    )
    refuse_unnamed(becomes)
    return Profile(
        buyer=becomes,
        email=was.email if email is Keep.KEEP else clean_or_none(email, pointer="/email"),
        locale=_kept(change.locale, was.locale),
        metadata=_kept(change.metadata, was.metadata),
        external_id=_kept(change.external_id, was.external_id),
    )


def refuse_unnamed(buyer: Buyer) -> None:
    """Refuse a business that no invoice could name: it has a right to one from its first purchase.

    Raises ``DocumentIncomplete``. Source: Council Directive 2006/112/EC, article 226 (5).
    """
    if buyer.tax_status is not TaxStatus.BUSINESS:
        return
    if not buyer.name:
        raise DocumentIncomplete("an invoice to a business names it", pointer="/name")
    if buyer.address is None:
        raise DocumentIncomplete("an invoice to a business has its address", pointer=_ADDRESS)


def spelled(address: Address | None) -> Address | None:
    """Return an address in one spelling; its country must exist and what it needs be there."""
    if address is None:
        return None
    if address.country not in COUNTRIES:
        raise UnknownCountry(
            "no such country", country=address.country, pointer=f"{_ADDRESS}/country"
        )
    line1 = clean(address.line1, pointer=f"{_ADDRESS}/line1")
    city = clean(address.city, pointer=f"{_ADDRESS}/city")
    if not (line1 and city):
        place = f"{_ADDRESS}/{'city' if line1 else 'line1'}"
        raise PersonalTextRefused("an address has a first line and a city", pointer=place)
    return Address(
        line1=line1,
        line2=clean_or_none(address.line2, pointer=f"{_ADDRESS}/line2"),
        postal_code=clean_or_none(address.postal_code, pointer=f"{_ADDRESS}/postal_code"),
        city=city,
        region=clean_or_none(address.region, pointer=f"{_ADDRESS}/region"),
        country=address.country,
    )


def placed(address: Address | None, given: Sequence[PlaceEvidence]) -> tuple[PlaceEvidence, ...]:
    """Join the billing country to the evidence that was given, one piece a kind, by kind."""
    kinds = {one.kind for one in given}
    if len(kinds) != len(given):
        raise PlaceEvidenceRefused("evidence of one kind is given twice")
    if PlaceKind.BILLING_COUNTRY in kinds:
        raise PlaceEvidenceRefused("the billing country follows from the billing address")
    unknown = sorted({one.country for one in given} - COUNTRIES)
    if unknown:
        raise UnknownCountry("no such country", country=unknown[0])
    own = [] if address is None else [PlaceEvidence(PlaceKind.BILLING_COUNTRY, address.country)]
    return tuple(sorted([*own, *given], key=lambda one: one.kind))


def _given(buyer: Buyer) -> list[PlaceEvidence]:
    return [one for one in buyer.place_evidence if one.kind is not PlaceKind.BILLING_COUNTRY]


def _kept(new: T | Kept, was: T) -> T:
    return was if new is Keep.KEEP else new
