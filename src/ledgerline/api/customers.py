"""Customers: create, read, list."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api import lists
from ledgerline.api.operations import Answer, Call, Keyed, Operation
from ledgerline.api.shapes import Code, ListQuery, Page, utc
from ledgerline.base.crypto import CannotDecrypt
from ledgerline.base.ids import PREFIXES, CustomerId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.customers import views
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerView
from ledgerline.flows.create_customer import KEY_SHARD, NewCustomer, create_customer, open_text

Email = Annotated[str, Meta(pattern="^[^@ ]+@[^@ ]+$", max_length=254)]
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


class Customer(Struct, frozen=True, kw_only=True):
    """Who pays; name and e-mail are gone once erased."""

    id: str
    object: str = "customer"
    livemode: bool
    market: str
    time_zone: str
    locale: str
    name: str | None
    email: str | None
    created: datetime


async def create(call: Call) -> Answer:
    """Create a customer."""
    body: CustomerBody = call.body
    new = NewCustomer(
        market_code=body.market,
        name=body.name,
        email=body.email,
        zone=body.time_zone,
        locale=body.locale,
    )
    customer_id = await create_customer(call.run, new, command=call.command)
    shown = await _read(call, customer_id)
    return Answer(201, shown, location=f"/v1/customers/{shown.id}")


async def get(call: Call) -> Answer:
    """Read one customer."""
    return Answer(200, await _read(call, call.id("customer")))


async def list_(call: Call) -> Answer:
    """List customers."""
    place = lists.place(call)
    async with call.run.reading() as read:
        rows = await views.customers(
            read, before=place.at, before_id=place.id, limit=call.query.limit + 1
        )
    return lists.page(call, rows, key=_key, shape=lambda row: _shape(call, row))


def personal(
    run: Run, wrapped: bytes | None, sealed: bytes | None, *, column: str, customer_id: CustomerId
) -> str | None:
    """Open a sealed text; None when there is none or the customer was erased."""
    if wrapped is None or sealed is None:
        return None
    try:
        return open_text(run, wrapped, sealed, column=column, customer_id=customer_id)
    except CannotDecrypt:
        return None


async def _read(call: Call, customer_id: UUID) -> Customer:
    async with call.run.reading() as read:
        row = await views.customer(read, bucket=bucket_of(customer_id), id=customer_id)
    if row is None:
        raise CustomerNotFound("there is no such customer")
    return _shape(call, row)


def _key(row: CustomerView) -> tuple[datetime, UUID]:
    return row.created_at, row.id


def _shape(call: Call, row: CustomerView) -> Customer:
    name, email = (
        personal(call.run, row.wrapped, sealed, column=column, customer_id=row.id)
        for column, sealed in (("name", row.name_sealed), ("email", row.email_sealed))
    )
    return Customer(
        id=encode(PREFIXES["customer"], row.id),
        livemode=call.livemode,
        market=row.market_code,
        time_zone=row.zone,
        locale=row.locale,
        name=name,
        email=email,
        created=utc(row.created_at),
    )


OPERATIONS: Final = (
    Operation(
        name="create_customer", method="POST", path="/v1/customers", summary="Create a customer",
        handle=create, gives={201: Customer}, body=CustomerBody, keyed=Keyed.OPTIONAL,
        shard=lambda _: KEY_SHARD,
    ),
    Operation(
        name="list_customers", method="GET", path="/v1/customers", summary="List customers",
        handle=list_, gives={200: Page[Customer]}, query=ListQuery,
    ),
    Operation(
        name="get_customer", method="GET", path="/v1/customers/{id}", summary="Read a customer",
        handle=get, gives={200: Customer},
    ),
)  # fmt: skip
