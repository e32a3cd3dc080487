"""Payment methods of a customer: store a provider's token, list what can be charged."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api import lists
from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.shapes import Code, ListQuery, Page, utc
from ledgerline.base.ids import PREFIXES, CustomerId, bucket_of, encode
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.payments import views
from ledgerline.payments.rows.shown import PaymentMethodView

LastDigits = Annotated[str, Meta(pattern="^[0-9]{4}$")]
Brand = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$")]
PspToken = Annotated[str, Meta(pattern="^[!-~]{1,255}$")]


class PaymentMethodBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider's token as its own fields gave it; never a card number."""

    psp_account: Code
    token: PspToken
    brand: Brand
    last4: LastDigits


class PaymentMethod(Struct, frozen=True, kw_only=True):
    """What can be charged, without the provider's token."""

    id: str
    object: str = "payment_method"
    livemode: bool
    customer: str
    psp_account: str
    brand: str
    last4: str
    created: datetime


async def create(call: Call) -> Answer:
    """Store a payment method; the same token twice is refused."""
    body: PaymentMethodBody = call.body
    customer_id = CustomerId(call.id("customer"))
    new = NewPaymentMethod(
        customer_id=customer_id,
        psp_account=body.psp_account,
        psp_token=body.token,
        brand=body.brand,
        last4=body.last4,
    )
    method_id = await add_payment_method(call.run, new)
    async with call.run.reading() as read:
        row = await views.payment_method(read, bucket=bucket_of(method_id), id=method_id)
    assert row is not None, method_id
    return Answer(201, _shape(call, row))


async def list_(call: Call) -> Answer:
    """List a customer's payment methods."""
    customer_id = call.id("customer")
    place = lists.place(call)
    async with call.run.reading() as read:
        rows = await views.payment_methods(
            read, bucket=bucket_of(customer_id), customer_id=customer_id, before=place.at,
            before_id=place.id, limit=call.query.limit + 1,
        )  # fmt: skip
    return lists.page(call, rows, key=_key, shape=lambda row: _shape(call, row))


def _key(row: PaymentMethodView) -> tuple[datetime, UUID]:
    return row.created_at, row.id


def _shape(call: Call, row: PaymentMethodView) -> PaymentMethod:
    return PaymentMethod(
        id=encode(PREFIXES["payment_method"], row.id),
        livemode=call.livemode,
        customer=encode(PREFIXES["customer"], row.customer_id),
        psp_account=row.psp_account,
        brand=row.brand,
        last4=row.last4,
        created=utc(row.created_at),
    )


_PATH: Final = "/v1/customers/{id}/payment_methods"
OPERATIONS: Final = (
    Operation(
        name="create_payment_method", method="POST", path=_PATH,
        summary="Store a provider's token of a customer", handle=create,
        gives={201: PaymentMethod}, body=PaymentMethodBody,
    ),
    Operation(
        name="list_payment_methods", method="GET", path=_PATH,
        summary="List a customer's payment methods", handle=list_,
        gives={200: Page[PaymentMethod]}, query=ListQuery,
    ),
)  # fmt: skip
