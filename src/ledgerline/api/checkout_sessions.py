"""Checkout sessions: an order that waits for its buyer on a page of ours."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.quotes import AddOns, CouponText, QuoteBody, order_of
from ledgerline.api.shapes import Code, CustomerIdText, ReturnUrl, utc, utc_or_none
from ledgerline.base.ids import PREFIXES, CheckoutId, bucket_of, encode
from ledgerline.flows.close_checkout import close_checkout
from ledgerline.flows.open_checkout import NewCheckout, open_checkout
from ledgerline.purchases import views
from ledgerline.purchases.model import CheckoutNotFound
from ledgerline.purchases.rows import CheckoutView
from ledgerline.rules.checkout import checkout_state
from ledgerline.web.links import checkout_path


class CheckoutSessionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be bought on the page, and where its buyer goes on to afterwards."""

    customer: CustomerIdText
    plan: Code
    quantity: int = 1
    add_ons: AddOns = []
    coupon: CouponText | None = None
    trial: bool = True
    return_url: ReturnUrl | None = None


class ExpireBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said."""


class CheckoutSession(Struct, frozen=True, kw_only=True):
    """An order that waits for its buyer at ``url``, an address below the origin of this API.

    ``status`` is what its page shows: ``open``, ``processing``, ``action_required``, ``pending``,
    ``declined``, ``unavailable``, ``completed`` or ``expired``. ``purchase`` is the last one that
    it led to.
    """

    id: str
    object: str = "checkout_session"
    livemode: bool
    status: str
    url: str
    customer: str
    plan: str
    quantity: int
    purchase: str | None
    return_url: str | None
    created: datetime
    expires: datetime
    closed: datetime | None


async def create(call: Call) -> Answer:
    """Open a session."""
    body: CheckoutSessionBody = call.body
    quoted = QuoteBody(
        customer=body.customer, plan=body.plan, quantity=body.quantity, add_ons=body.add_ons,
        coupon=body.coupon, trial=body.trial,
    )  # fmt: skip
    new = NewCheckout(order_of(quoted), body.return_url)
    session_id = await open_checkout(call.run, call.psps, new, command=call.command)
    shown = _shape(call, await _read(call, session_id))
    return Answer(201, shown, location=f"{_PATH}/{shown.id}")


async def get(call: Call) -> Answer:
    """Read one session."""
    return Answer(200, _shape(call, await _read(call, _which(call))))


async def expire(call: Call) -> Answer:
    """Close a session: its page takes no order any more."""
    session_id = CheckoutId(_which(call))
    await close_checkout(call.run, session_id, command=call.command)
    return Answer(200, _shape(call, await _read(call, session_id)))


async def _read(call: Call, session_id: UUID) -> CheckoutView:
    async with call.run.reading() as read:
        row = await views.checkout(read, bucket=bucket_of(session_id), id=session_id)
    if row is None:
        raise CheckoutNotFound("there is no such checkout session")
    return row


def _shape(call: Call, row: CheckoutView) -> CheckoutSession:
    purchase = row.purchase_id
    return CheckoutSession(
        id=encode(PREFIXES[_KIND], row.id),
        livemode=call.livemode,
        status=checkout_state(row, now=call.run.now()),
        url=checkout_path(call.run.keyring.kek, row.id),
        customer=encode(PREFIXES["customer"], row.customer_id),
        plan=row.plan_code,
        quantity=row.quantity,
        purchase=None if purchase is None else encode(PREFIXES["purchase"], purchase),
        return_url=row.return_url,
        created=utc(row.created_at),
        expires=utc(row.expires_at),
        closed=utc_or_none(row.closed_at),
    )


def _about(call: Call) -> UUID:
    return read_id("customer", call.body.customer)


def _which(call: Call) -> UUID:
    return call.id(_KIND)


_KIND: Final = "checkout_session"
_PATH: Final = "/v1/checkout_sessions"
OPERATIONS: Final = (
    Operation(
        name="create_checkout_session", method="POST", path=_PATH,
        summary="Open a page on which a customer buys", handle=create,
        gives={201: CheckoutSession}, body=CheckoutSessionBody, keyed=Keyed.OPTIONAL, about=_about,
    ),
    Operation(
        name="get_checkout_session", method="GET", path=f"{_PATH}/{{id}}",
        summary="Read a checkout session", handle=get, gives={200: CheckoutSession},
    ),
    Operation(
        name="expire_checkout_session", method="POST", path=f"{_PATH}/{{id}}/expire",
        summary="Close a checkout session", handle=expire, gives={200: CheckoutSession},
        body=ExpireBody, keyed=Keyed.OPTIONAL, about=_which,
    ),
)  # fmt: skip
