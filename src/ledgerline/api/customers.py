"""Customers: create, read, change, list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from ledgerline.api import buyers, lists, notes
from ledgerline.api.buyers import Address, Evidence, Evidences, TaxId, TaxIdBodies
from ledgerline.api.credit import Credit, of_customers
from ledgerline.api.notes import ExternalId, Metadata, Version, seen_of
from ledgerline.api.operations import Answer, Call, Keyed, Operation
from ledgerline.api.refusals import PersonUnreadable
from ledgerline.api.shapes import LIMIT_DEFAULT, Code, CursorText, Limit, Page, utc
from ledgerline.base.ids import PREFIXES, CustomerId, bucket_of, encode
from ledgerline.customers import views
from ledgerline.customers.model import KEEP, CustomerChange, CustomerNotFound, TaxStatus
from ledgerline.customers.rows import CustomerView
from ledgerline.flows.change_customer import change_customer
from ledgerline.flows.create_customer import NewCustomer, create_customer

_MAIL: Final = r"[^@ \u0000-\u001f\u007f-\u009f]+"
Email = Annotated[str, Meta(pattern=f"^{_MAIL}@{_MAIL}$", max_length=254)]
PersonName = Annotated[str, Meta(min_length=1, max_length=300)]
Locale = Annotated[str, Meta(pattern="^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}$")]
Zone = Annotated[str, Meta(pattern="^[A-Za-z0-9_+/-]{1,64}$")]


class CustomerBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer to create; zone and locale are the market's unless given."""

    market: Code
    name: PersonName | None = None
    email: Email | None = None
    time_zone: Zone | None = None
    locale: Locale | None = None
    billing_address: Address | None = None
    tax_ids: TaxIdBodies = []
    tax_status: TaxStatus = TaxStatus.CONSUMER
    place_evidence: Evidences = []
    metadata: Metadata = {}
    external_id: ExternalId | None = None


class CustomerPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a customer, and the version it was read in, unless ``If-Match`` says it.

    What is left out stays, null takes away, lists and metadata are replaced whole. The market and
    the time zone of a customer do not change.
    """

    version: Version | None = None
    name: PersonName | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    locale: Locale | UnsetType = UNSET
    billing_address: Address | UnsetType | None = UNSET
    tax_ids: TaxIdBodies | UnsetType = UNSET
    tax_status: TaxStatus | UnsetType = UNSET
    place_evidence: Evidences | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    external_id: ExternalId | UnsetType | None = UNSET


class CustomersQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which customers; an external id names one at most."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    external_id: ExternalId | None = None


class Customer(Struct, frozen=True, kw_only=True):
    """Who pays; ``version`` is what a change names.

    With ``erased_at`` the customer was erased then: only what tax rests on is left, and every
    write is refused with 410.
    """

    id: str
    object: str = "customer"
    livemode: bool
    version: int
    market: str
    time_zone: str
    locale: str
    name: str | None
    email: str | None
    billing_address: Address | None
    tax_ids: list[TaxId]
    tax_status: str
    place_evidence: list[Evidence]
    credit: list[Credit]
    metadata: Mapping[str, str]
    external_id: str | None
    created: datetime
    erased_at: datetime | None


async def create(call: Call) -> Answer:
    """Create a customer."""
    body: CustomerBody = call.body
    new = NewCustomer(
        market_code=body.market,
        name=body.name,
        email=body.email,
        zone=body.time_zone,
        locale=body.locale,
        address=buyers.address_of(body.billing_address),
        tax_ids=buyers.tax_ids_of(body.tax_ids),
        tax_status=body.tax_status,
        place_evidence=buyers.evidence_given(body.place_evidence),
        metadata=body.metadata,
        external_id=body.external_id,
    )
    customer_id = await create_customer(call.run, new, command=call.command, actor=call.principal)
    shown = await _read(call, customer_id)
    return Answer(
        201, shown, location=f"/v1/customers/{shown.id}", customer_id=CustomerId(customer_id)
    )


async def get(call: Call) -> Answer:
    """Read one customer."""
    return Answer(200, await _read(call, call.id("customer")))


async def list_(call: Call) -> Answer:
    """List customers, or find the one with an external id."""
    query: CustomersQuery = call.query
    if query.external_id is not None:
        found = await notes.owner_of(call, "customer", query.external_id)
        return lists.few(call, [] if found is None else [await _read(call, found)])
    async with call.run.reading() as read:
        rows = await views.customers(read, before=lists.before(call), limit=call.query.limit + 1)
    owed = await of_customers(call, [row.id for row in rows])
    return lists.page(call, rows, shape=lambda row: _shape(call, row, owed.get(row.id, [])))


async def change(call: Call) -> Answer:
    """Change a customer; the same version twice is refused."""
    customer_id = CustomerId(call.id("customer"))
    await change_customer(
        call.run, customer_id, _change(call.body), seen=seen_of(call), actor=call.principal,
        command=call.command,
    )  # fmt: skip
    return Answer(200, await _read(call, customer_id))


def _change(body: CustomerPatch) -> CustomerChange:
    address, tax_ids, given = body.billing_address, body.tax_ids, body.place_evidence
    return CustomerChange(
        name=KEEP if body.name is UNSET else body.name,
        email=KEEP if body.email is UNSET else body.email,
        locale=KEEP if body.locale is UNSET else body.locale,
        address=KEEP if address is UNSET else buyers.address_of(address),
        tax_ids=KEEP if tax_ids is UNSET else buyers.tax_ids_of(tax_ids),
        tax_status=KEEP if body.tax_status is UNSET else body.tax_status,
        place_evidence=KEEP if given is UNSET else buyers.evidence_given(given),
        metadata=KEEP if body.metadata is UNSET else body.metadata,
        external_id=KEEP if body.external_id is UNSET else body.external_id,
    )


async def _read(call: Call, customer_id: UUID) -> Customer:
    async with call.run.reading() as read:
        row = await views.customer(read, bucket=bucket_of(customer_id), id=customer_id)
    if row is None:
        raise CustomerNotFound("there is no such customer")
    owed = await of_customers(call, [row.id])
    return _shape(call, row, owed.get(row.id, []))


def _shape(call: Call, row: CustomerView, owed: list[Credit]) -> Customer:
    if row.wrapped is None and row.erased_at is None:
        raise PersonUnreadable("the key of this customer is gone, and nobody erased it")
    buyer = buyers.opened(
        call.run, row.wrapped, row.buyer_sealed, spot=(row.id, row.version),
        tax_status=row.tax_status, place_evidence=row.place_evidence,
    )  # fmt: skip
    return Customer(
        id=encode(PREFIXES["customer"], row.id),
        livemode=call.livemode,
        version=row.version,
        market=row.market_code,
        time_zone=row.zone,
        locale=row.locale,
        name=buyer.name,
        email=buyers.email(call.run, row.wrapped, row.email_sealed, customer_id=row.id),
        billing_address=buyers.address(buyer),
        tax_ids=buyers.tax_ids(buyer),
        tax_status=buyer.tax_status,
        place_evidence=buyers.evidence(buyer),
        credit=owed,
        metadata=notes.shown(row.metadata),
        external_id=row.external_id,
        created=utc(row.created_at),
        erased_at=None if row.erased_at is None else utc(row.erased_at),
    )


def _about(call: Call) -> UUID:
    return call.id("customer")


OPERATIONS: Final = (
    Operation(
        name="create_customer", method="POST", path="/v1/customers", summary="Create a customer",
        handle=create, gives={201: Customer}, body=CustomerBody, keyed=Keyed.OPTIONAL,

    ),
    Operation(
        name="list_customers", method="GET", path="/v1/customers", summary="List customers",
        handle=list_, gives={200: Page[Customer]}, query=CustomersQuery,
    ),
    Operation(
        name="get_customer", method="GET", path="/v1/customers/{id}", summary="Read a customer",
        handle=get, gives={200: Customer},
    ),
    Operation(
        name="update_customer", method="PATCH", path="/v1/customers/{id}",
        summary="Change a customer", handle=change, gives={200: Customer}, body=CustomerPatch,
        keyed=Keyed.OPTIONAL, about=_about, is_versioned=True,
    ),
)  # fmt: skip
