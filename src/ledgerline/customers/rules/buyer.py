"""Who a buyer is: what is given, checked and in one spelling; and what a change makes of it."""

from collections.abc import Sequence
from typing import TypeVar

from ledgerline.base.countries import COUNTRIES
from ledgerline.customers.model import (
    Address,
    Buyer,
    CustomerChange,
    Keep,
    Kept,
    PersonalTextRefused,
    PlaceEvidence,
    PlaceEvidenceRefused,
    PlaceKind,
    Profile,
    UnknownCountry,
)
from ledgerline.customers.rules.tax_ids import checked
from ledgerline.customers.rules.texts import clean, clean_or_none

T = TypeVar("T")


def changed(was: Profile, change: CustomerChange) -> Profile:
    """Return what a customer is after a change; equal to ``was`` when nothing changes.

    A name, an address and lists are replaced whole, and the evidence of the billing country
    follows the address. Raises ``PersonalTextRefused``, ``UnknownCountry``, ``TaxIdsRefused`` and
    ``PlaceEvidenceRefused``.
    """
    buyer = was.buyer
    address = buyer.address if change.address is Keep.KEEP else spelled(change.address)
    tax_ids = buyer.tax_ids if change.tax_ids is Keep.KEEP else checked(change.tax_ids)
    evidence = _given(buyer) if change.place_evidence is Keep.KEEP else change.place_evidence
    return Profile(
        buyer=Buyer(
            name=buyer.name if change.name is Keep.KEEP else clean_or_none(change.name),
            address=address,
            tax_ids=tax_ids,
            tax_status=_kept(change.tax_status, buyer.tax_status),
            place_evidence=placed(address, evidence),
        ),
        email=was.email if change.email is Keep.KEEP else clean_or_none(change.email),
        locale=_kept(change.locale, was.locale),
        metadata=_kept(change.metadata, was.metadata),
        external_id=_kept(change.external_id, was.external_id),
    )


def spelled(address: Address | None) -> Address | None:
    """Return an address in one spelling; its country must exist and what it needs be there."""
    if address is None:
        return None
    if address.country not in COUNTRIES:
        raise UnknownCountry("no such country", country=address.country)
    line1, city = clean(address.line1), clean(address.city)
    if not (line1 and city):
        raise PersonalTextRefused("an address has a first line and a city")
    return Address(
        line1=line1,
        line2=clean_or_none(address.line2),
        postal_code=clean_or_none(address.postal_code),
        city=city,
        region=clean_or_none(address.region),
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
