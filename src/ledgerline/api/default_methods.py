"""What a customer is charged by unless something else is named."""

from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api.cursors import TOP
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.shapes import LIMIT_MAX, PaymentMethodIdText
from ledgerline.api.subscriptions import LIVE
from ledgerline.base.ids import PREFIXES, CustomerId, PaymentMethodId, bucket_of, encode
from ledgerline.customers import views as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.flows.set_default_method import preview_default_method, set_default_method
from ledgerline.payments import views
from ledgerline.payments.refusals import NoDefaultMethod
from ledgerline.subscriptions import views as subscriptions
from ledgerline.subscriptions.rows import SubscriptionsAsked


class DefaultMethodBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which method is the default from now on.

    Subscriptions that the default before paid follow it, with ``all_subscriptions`` all of them.
    """

    payment_method: PaymentMethodIdText
    all_subscriptions: bool = False
    validate_only: bool = False


class DefaultMethod(Struct, frozen=True, kw_only=True):
    """What a customer is charged by unless something else is named; null for nothing.

    ``subscriptions`` are those that it pays.
    """

    object: str = "default_payment_method"
    livemode: bool
    customer: str
    payment_method: str | None
    subscriptions: list[str]


async def get(call: Call) -> Answer:
    """Read the default method of a customer, and which subscriptions it pays."""
    customer_id = CustomerId(call.id("customer"))
    async with call.run.reading() as read:
        found = await customers.customer(read, bucket=bucket_of(customer_id), id=customer_id)
    if found is None:
        raise CustomerNotFound("there is no such customer")
    return Answer(200, await _show(call, customer_id))


async def put(call: Call) -> Answer:
    """Set it: what the subscriptions that follow owe is tried at once."""
    body: DefaultMethodBody = call.body
    customer_id = CustomerId(call.id("customer"))
    method_id = PaymentMethodId(read_id("payment_method", body.payment_method))
    if body.validate_only:
        ids = await preview_default_method(
            call.run, customer_id, method_id=method_id, every=body.all_subscriptions
        )
        return Answer(200, _shape(call, customer_id, method_id, list(ids)))
    await set_default_method(
        call.run,
        customer_id,
        method_id=method_id,
        every=body.all_subscriptions,
        command=call.command,
    )
    return Answer(200, await _show(call, customer_id))


async def default_of(call: Call, customer_id: UUID) -> PaymentMethodId:
    """Return the default method of a customer; raises ``NoDefaultMethod``."""
    async with call.run.reading() as read:
        found = await views.default_methods(read, customer_ids=[customer_id])
    if not found:
        raise NoDefaultMethod("name a payment method, or make one the customer's default")
    return found[0].payment_method_id


async def _show(call: Call, customer_id: CustomerId) -> DefaultMethod:
    bucket = bucket_of(customer_id)
    async with call.run.reading() as read:
        found = await views.default_methods(read, customer_ids=[customer_id])
        live = await subscriptions.subscriptions(read, _live(call, customer_id))
    if not found:
        return _shape(call, customer_id, None, [])
    method_id = found[0].payment_method_id
    assert found[0].bucket == bucket, found
    ids: list[UUID] = [one.id for one in live if one.payment_method_id == method_id]
    return _shape(call, customer_id, method_id, ids)


def _live(call: Call, customer_id: CustomerId) -> SubscriptionsAsked:
    return SubscriptionsAsked(
        now=call.run.now(),
        before=TOP,
        bucket=bucket_of(customer_id),
        customer_id=customer_id,
        states=sorted(LIVE),
        limit=LIMIT_MAX,
    )


def _shape(
    call: Call, customer_id: CustomerId, method_id: PaymentMethodId | None, ids: list[UUID]
) -> DefaultMethod:
    return DefaultMethod(
        livemode=call.livemode,
        customer=encode(PREFIXES["customer"], customer_id),
        payment_method=None if method_id is None else encode(PREFIXES["payment_method"], method_id),
        subscriptions=[encode(PREFIXES["subscription"], one) for one in sorted(ids)],
    )


def _about(call: Call) -> UUID:
    return call.id("customer")


_PATH: Final = "/v1/customers/{id}/default_payment_method"
OPERATIONS: Final = (
    Operation(
        name="get_default_payment_method", method="GET", path=_PATH,
        summary="Read what a customer is charged by", handle=get, gives={200: DefaultMethod},
    ),
    Operation(
        name="set_default_payment_method", method="POST", path=_PATH,
        summary="Say what a customer is charged by", handle=put, gives={200: DefaultMethod},
        body=DefaultMethodBody, keyed=Keyed.OPTIONAL, about=_about,
    ),
)  # fmt: skip
