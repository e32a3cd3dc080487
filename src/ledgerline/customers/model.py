"""Values of customers and their refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import ClassVar, Final, Literal

from ledgerline.base.errors import Rejected


class TaxStatus(StrEnum):
    """Whether the buyer buys as a business."""

    CONSUMER = "consumer"
    BUSINESS = "business"


class TaxIdCheck(StrEnum):
    """What is known of a tax id: nothing, or whether it has the form that ids of its type have."""

    UNCHECKED = "unchecked"
    FORMAT_OK = "format_ok"
    FORMAT_BAD = "format_bad"


class PlaceKind(StrEnum):
    """What speaks for the country a buyer is in."""

    BILLING_COUNTRY = "billing_country"
    IP_COUNTRY = "ip_country"
    ISSUER_COUNTRY = "issuer_country"
    PHONE_COUNTRY = "phone_country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A billing address; ``country`` is two letters (ISO 3166-1)."""

    line1: str
    line2: str | None = None
    postal_code: str | None = None
    city: str
    region: str | None = None
    country: str


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax id in its one spelling: capitals and digits, nothing between them."""

    type: str
    value: str
    check: TaxIdCheck


@dataclass(frozen=True, slots=True)
class PlaceEvidence:
    """One piece of evidence of where a buyer is: what says so, and the country it says."""

    kind: PlaceKind
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """What a document needs to name a buyer, and what tax follows from."""

    name: str | None = None
    address: Address | None = None
    tax_ids: tuple[TaxId, ...] = ()
    tax_status: TaxStatus = TaxStatus.CONSUMER
    place_evidence: tuple[PlaceEvidence, ...] = ()


class Keep(Enum):
    """Stands for what a change leaves as it is, since None means that there is none."""

    KEEP = auto()


KEEP: Final = Keep.KEEP
Kept = Literal[Keep.KEEP]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything of a customer that may change; the market and the zone do not."""

    buyer: Buyer
    email: str | None
    locale: str
    metadata: Mapping[str, str]
    external_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChange:
    """What becomes of a customer. ``tax_ids`` are (type, value), not yet checked.

    ``place_evidence`` leaves out the billing country, which follows from the address.
    """

    name: str | Kept | None = KEEP
    email: str | Kept | None = KEEP
    locale: str | Kept = KEEP
    address: Address | Kept | None = KEEP
    tax_ids: tuple[tuple[str, str], ...] | Kept = KEEP
    tax_status: TaxStatus | Kept = KEEP
    place_evidence: tuple[PlaceEvidence, ...] | Kept = KEEP
    metadata: Mapping[str, str] | Kept = KEEP
    external_id: str | Kept | None = KEEP


class CustomerNotFound(Rejected):
    """There is no such customer."""

    code: ClassVar[str] = "customer_not_found"


class VersionStale(Rejected):
    """It was changed since the version that the caller saw: read it again."""

    code: ClassVar[str] = "version_stale"


class CustomerErased(Rejected):
    """The customer was erased: nothing of it can be changed, bought or given back."""

    code: ClassVar[str] = "customer_erased"


class CustomerNotErasable(Rejected):
    """Something of the customer has to end before it can be erased."""

    code: ClassVar[str] = "customer_not_erasable"


class SectionNotFound(Rejected):
    """An export of a customer has no such section; ``sections`` lists those it has."""

    code: ClassVar[str] = "section_not_found"


class UnknownZone(Rejected):
    """The time zone is not in the IANA database."""

    code: ClassVar[str] = "unknown_zone"


class UnknownCountry(Rejected):
    """The two letters name no country."""

    code: ClassVar[str] = "unknown_country"


class PersonalTextRefused(Rejected):
    """A name or address holds control or direction-override characters, or is too long."""

    code: ClassVar[str] = "personal_text_refused"


class TaxIdsRefused(Rejected):
    """The same tax id is given twice, or one has no letter or digit."""

    code: ClassVar[str] = "tax_ids_refused"


class DocumentIncomplete(Rejected):
    """What a document of this buyer must say is missing."""

    code: ClassVar[str] = "document_incomplete"


class PlaceEvidenceRefused(Rejected):
    """Evidence of one kind is given twice, or is the billing country, which the address says."""

    code: ClassVar[str] = "place_evidence_refused"


class TrialAlreadyUsed(Rejected):
    """The customer has had the one trial of this product family."""

    code: ClassVar[str] = "trial_already_used"
