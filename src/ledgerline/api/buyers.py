"""Who a buyer is, as callers say it and see it."""

from typing import Annotated

from msgspec import Meta, Struct

from ledgerline.api.refusals import PersonUnreadable
from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.ids import CustomerId
from ledgerline.base.run import Run
from ledgerline.customers import model
from ledgerline.customers.model import Buyer, PlaceEvidence, PlaceKind, TaxStatus
from ledgerline.customers.rules.sealing import Spot, evidence_of, open_buyer, open_text
from ledgerline.flows.read_buyer import BUYER, EMAIL

Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
AddressLine = Annotated[str, Meta(min_length=1, max_length=200)]
City = Annotated[str, Meta(min_length=1, max_length=100)]
Region = Annotated[str, Meta(min_length=1, max_length=100)]
PostalCode = Annotated[str, Meta(min_length=1, max_length=20)]
TaxIdType = Annotated[str, Meta(pattern="^[a-z]{2}_[a-z0-9_]{2,20}$")]
TaxIdText = Annotated[str, Meta(min_length=1, max_length=60)]


class Address(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A billing address; ``country`` is two letters (ISO 3166-1)."""

    line1: AddressLine
    line2: AddressLine | None = None
    postal_code: PostalCode | None = None
    city: City
    region: Region | None = None
    country: Country


class TaxIdBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tax id, in any spelling: ``type`` is such as ``eu_vat``, ``gb_vat`` or ``us_ein``."""

    type: TaxIdType
    value: TaxIdText


class TaxId(Struct, frozen=True, kw_only=True):
    """A tax id in its one spelling. ``check``: ``unchecked``, ``format_ok`` or ``format_bad``."""

    type: str
    value: str
    check: str


class Evidence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of evidence of where a buyer is. ``billing_country`` follows from the address."""

    kind: PlaceKind
    country: Country


TaxIdBodies = Annotated[list[TaxIdBody], Meta(max_length=10)]
Evidences = Annotated[list[Evidence], Meta(max_length=10)]


def address_of(body: Address | None) -> model.Address | None:
    """Read an address."""
    if body is None:
        return None
    return model.Address(
        line1=body.line1,
        line2=body.line2,
        postal_code=body.postal_code,
        city=body.city,
        region=body.region,
        country=body.country,
    )


def tax_ids_of(bodies: list[TaxIdBody]) -> tuple[tuple[str, str], ...]:
    """Read tax ids."""
    return tuple((one.type, one.value) for one in bodies)


def evidence_given(bodies: list[Evidence]) -> tuple[PlaceEvidence, ...]:
    """Read evidence of place."""
    return tuple(PlaceEvidence(one.kind, one.country) for one in bodies)


def address(buyer: Buyer) -> Address | None:
    """Show an address."""
    found = buyer.address
    if found is None:
        return None
    return Address(
        line1=found.line1,
        line2=found.line2,
        postal_code=found.postal_code,
        city=found.city,
        region=found.region,
        country=found.country,
    )


def tax_ids(buyer: Buyer) -> list[TaxId]:
    """Show tax ids."""
    return [TaxId(type=one.type, value=one.value, check=one.check) for one in buyer.tax_ids]


def evidence(buyer: Buyer) -> list[Evidence]:
    """Show evidence of place."""
    return [Evidence(kind=one.kind, country=one.country) for one in buyer.place_evidence]


def opened(
    run: Run,
    wrapped: bytes | None,
    sealed: bytes | None,
    *,
    spot: tuple[CustomerId, int],
    tax_status: str,
    place_evidence: str,
) -> Buyer:
    """Open a version of a customer; once erased, only what tax rests on is left of the buyer.

    ``wrapped`` is the customer's key, None once erased. Raises ``PersonUnreadable``: what
    cannot be opened is never shown as if it were not there.
    """
    customer_id, version = spot
    if wrapped is None or sealed is None:
        return Buyer(tax_status=TaxStatus(tax_status), place_evidence=evidence_of(place_evidence))
    try:
        return open_buyer(
            run.keyring.unwrap(wrapped),
            sealed,
            spot=Spot(customer_id, BUYER, version),
            tax_status=tax_status,
            place_evidence=place_evidence,
        )
    except CannotDecrypt as error:
        raise PersonUnreadable("the customer's data cannot be opened here") from error


def email(
    run: Run, wrapped: bytes | None, sealed: bytes | None, *, customer_id: CustomerId
) -> str | None:
    """Open an e-mail address; None when there is none or the customer was erased.

    Raises ``PersonUnreadable``.
    """
    if wrapped is None or sealed is None:
        return None
    try:
        return open_text(run.keyring.unwrap(wrapped), sealed, spot=Spot(customer_id, EMAIL))
    except CannotDecrypt as error:
        raise PersonUnreadable("the customer's data cannot be opened here") from error
