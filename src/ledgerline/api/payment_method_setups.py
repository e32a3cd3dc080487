"""Set-ups: a payment method that is verified with its payer present, and nothing is charged."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api import lists
from ledgerline.api.declines import decline
from ledgerline.api.errors import Decline
from ledgerline.api.next_actions import ConfirmBody, NextAction, setup_action
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.payment_methods import Brand, LastDigits, PspToken
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    Code,
    CursorText,
    CustomerIdText,
    Limit,
    Page,
    ReturnUrl,
    utc,
    utc_or_none,
)
from ledgerline.base.ids import PREFIXES, CustomerId, SetupId, bucket_of, encode
from ledgerline.flows.cancel_setup import cancel_setup
from ledgerline.flows.confirm_setup import confirm_setup
from ledgerline.flows.set_up_method import DATA_CHARACTERS_MAX, NewSetup, set_up_method
from ledgerline.payments import views
from ledgerline.payments.refusals import SetupNotFound
from ledgerline.payments.rows.shown import SetupView

PaymentData = Annotated[
    str, Meta(pattern=r"^\{[ -~]*\}$", min_length=2, max_length=DATA_CHARACTERS_MAX)
]


class SetupBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is set up: a provider's token, data of its fields, or nothing that is known here yet.

    Without a token and data the payer gives everything on a page of the provider; then the account
    may be left out, and one is chosen by the routing rules.
    """

    customer: CustomerIdText
    psp_account: Code | None = None
    token: PspToken | None = None
    payment_data: PaymentData | None = None
    brand: Brand | None = None
    last4: LastDigits | None = None
    return_url: ReturnUrl | None = None
    make_default: bool = False


class CancelSetupBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said."""


class SetupsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of a customer's set-ups."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None


class PaymentMethodSetup(Struct, frozen=True, kw_only=True):
    """One set-up of a payment method; it never charges anything.

    ``status`` is ``sent`` or ``unknown`` until its end is known, ``requires_action`` while its
    payer has to do something (``next_action``), and at last ``succeeded``, ``failed`` (the bank or
    the payer refused, see ``decline``) or ``not_executed``. Only one that succeeded has a
    ``payment_method``.
    """

    id: str
    object: str = "payment_method_setup"
    livemode: bool
    status: str
    customer: str
    psp_account: str
    payment_method: str | None
    make_default: bool
    next_action: NextAction | None
    decline: Decline | None
    created: datetime
    expires: datetime
    canceled: datetime | None
    ended: datetime | None


async def create(call: Call) -> Answer:
    """Set up: 201 once it has ended, however it did; 202 while its payer or its end is awaited."""
    body: SetupBody = call.body
    new = NewSetup(
        customer_id=CustomerId(read_id("customer", body.customer)),
        psp_account=body.psp_account,
        psp_token=body.token,
        payment_data=body.payment_data,
        brand=body.brand,
        last4=body.last4,
        return_url=body.return_url,
        makes_default=body.make_default,
    )
    started = await set_up_method(call.run, call.psps, new, command=call.command)
    row = await _read(call, started.setup_id)
    over = row.ended_at is not None
    shown = _shape(call, row)
    location = f"/v1/payment_method_setups/{shown.id}"
    return Answer(201 if over else 202, shown, location=location, is_final=over)


async def get(call: Call) -> Answer:
    """Read one set-up."""
    return Answer(200, _shape(call, await _read(call, call.id(_KIND))))


async def list_(call: Call) -> Answer:
    """List a customer's set-ups, the newest first."""
    customer_id = call.id("customer")
    async with call.run.reading() as read:
        rows = await views.payment_setups(
            read, bucket=bucket_of(customer_id), customer_id=customer_id,
            before=lists.before(call), limit=call.query.limit + 1,
        )  # fmt: skip
    return lists.page(call, rows, shape=lambda row: _shape(call, row))


async def confirm(call: Call) -> Answer:
    """Go on with a set-up whose payer is back: 200 with what is known now, whatever that is."""
    setup_id = SetupId(call.id(_KIND))
    await confirm_setup(call.run, call.psps, setup_id, result=call.body.result)
    return Answer(200, _shape(call, await _read(call, setup_id)), is_final=False)


async def cancel(call: Call) -> Answer:
    """Give a set-up up: 200 with what is known now; only its provider ends it."""
    setup_id = SetupId(call.id(_KIND))
    await cancel_setup(call.run, call.psps, setup_id, command=call.command)
    row = await _read(call, setup_id)
    return Answer(200, _shape(call, row), is_final=row.ended_at is not None)


async def _read(call: Call, setup_id: UUID) -> SetupView:
    async with call.run.reading() as read:
        row = await views.payment_setup(read, bucket=bucket_of(setup_id), id=setup_id)
    if row is None:
        raise SetupNotFound("there is no such set-up")
    return row


def _shape(call: Call, row: SetupView) -> PaymentMethodSetup:
    method_id, refused = row.payment_method_id, row.state in _ENDED_WITHOUT
    return PaymentMethodSetup(
        id=encode(PREFIXES[_KIND], row.id),
        livemode=call.livemode,
        status=row.state,
        customer=encode(PREFIXES["customer"], row.customer_id),
        psp_account=row.psp_account,
        payment_method=None if method_id is None else encode(PREFIXES["payment_method"], method_id),
        make_default=row.makes_default,
        next_action=setup_action(call, row.id, row.action_sealed, row.action_expires_at),
        decline=decline(row.category) if refused else None,
        created=utc(row.sent_at),
        expires=utc(row.expires_at),
        canceled=utc_or_none(row.canceled_at),
        ended=utc_or_none(row.ended_at),
    )


def _about(call: Call) -> UUID:
    return read_id("customer", call.body.customer)


def _which(call: Call) -> UUID:
    return call.id(_KIND)


_KIND: Final = "payment_method_setup"
_PATH: Final = "/v1/payment_method_setups"
_ENDED_WITHOUT: Final = frozenset({"failed", "not_executed"})
OPERATIONS: Final = (
    Operation(
        name="create_payment_method_setup", method="POST", path=_PATH,
        summary="Set up a payment method without a charge", handle=create,
        gives={201: PaymentMethodSetup, 202: PaymentMethodSetup}, body=SetupBody,
        keyed=Keyed.OPTIONAL, about=_about,
    ),
    Operation(
        name="get_payment_method_setup", method="GET", path=f"{_PATH}/{{id}}",
        summary="Read a set-up of a payment method", handle=get, gives={200: PaymentMethodSetup},
    ),
    Operation(
        name="list_payment_method_setups", method="GET",
        path="/v1/customers/{id}/payment_method_setups",
        summary="List a customer's set-ups of payment methods", handle=list_,
        gives={200: Page[PaymentMethodSetup]}, query=SetupsQuery,
    ),
    Operation(
        name="confirm_payment_method_setup", method="POST", path=f"{_PATH}/{{id}}/confirm",
        summary="Go on with a set-up whose payer is back", handle=confirm,
        gives={200: PaymentMethodSetup}, body=ConfirmBody, keyed=Keyed.OPTIONAL, about=_which,
    ),
    Operation(
        name="cancel_payment_method_setup", method="POST", path=f"{_PATH}/{{id}}/cancel",
        summary="Give a set-up of a payment method up", handle=cancel,
        gives={200: PaymentMethodSetup}, body=CancelSetupBody, keyed=Keyed.OPTIONAL, about=_which,
    ),
)  # fmt: skip
