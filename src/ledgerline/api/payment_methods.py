"""Payment methods of a customer: store a provider's token, list what can be charged."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api import lists, notes
from ledgerline.api.buyers import Country
from ledgerline.api.notes import ExternalId, Metadata
from ledgerline.api.operations import Answer, Call, Keyed, Operation, nothing_here
from ledgerline.api.shapes import LIMIT_DEFAULT, Code, CursorText, Limit, Page, utc
from ledgerline.base.ids import PREFIXES, CustomerId, PaymentMethodId, bucket_of, encode
from ledgerline.flows.add_instrument import (
    NewInstrument,
    NewMandate,
    add_instrument,
    require_account_in,
)
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.payments import views
from ledgerline.payments.model import NOTHING_KNOWN, CardFacts, Funding
from ledgerline.payments.refusals import MandateNotOffered, PspAccountNotLoaded
from ledgerline.payments.rows.shown import PaymentMethodView
from ledgerline.payments.rules.cards import last_month

LastDigits = Annotated[str, Meta(pattern="^[0-9]{4}$")]
Brand = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$")]
PspToken = Annotated[str, Meta(pattern="^[!-~]{1,255}$")]
Bin = Annotated[str, Meta(pattern="^[0-9]{6,8}$")]
TextVersion = Annotated[str, Meta(pattern="^[!-~]{1,64}$")]
NoticeDays = Annotated[int, Meta(ge=1, le=60)]
Month = Annotated[str, Meta(pattern="^20[0-9]{2}-(?:0[1-9]|1[0-2])$")]


class CardBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a card beside its token; ``expires`` is its last month, ``YYYY-MM``.

    ``network_transaction_id`` is that of the charge which first used the card and ``sca_reference``
    the proof that its payer was authenticated: what a card brings along from another system.
    """

    fingerprint: PspToken | None = None
    bin: Bin | None = None
    funding: Funding | None = None
    issuer_country: Country | None = None
    expires: Month | None = None
    network_transaction_id: PspToken | None = None
    sca_reference: PspToken | None = None


class MandateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a payer accepted with a mandate; ``notice_days`` is what that text agreed to."""

    text_version: TextVersion
    accepted_at: datetime
    notice_days: NoticeDays | None = None


class Mandate(Struct, frozen=True, kw_only=True):
    """What a payer lets be debited, as its provider tells it."""

    status: str
    scheme: str | None
    reference: str | None
    notice_days: int | None
    text_version: str | None
    accepted_at: datetime | None
    last_debit_on: date | None
    lapses_on: date | None


class Card(Struct, frozen=True, kw_only=True):
    """What is known of a card, from whoever stored it and from what charges told of it."""

    bin: str | None
    funding: str | None
    issuer_country: str | None
    expires: str | None


class PaymentMethodBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider's token as its own fields gave it; never a card number."""

    psp_account: Code
    token: PspToken
    brand: Brand
    last4: LastDigits
    card: CardBody | None = None
    mandate: MandateBody | None = None
    metadata: Metadata = {}
    external_id: ExternalId | None = None


class InstrumentBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token of the same card at another account of a provider; never a card number."""

    psp_account: Code
    token: PspToken
    last4: LastDigits
    card: CardBody | None = None


class PaymentMethodsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which payment methods of a customer; an external id names one at most."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    external_id: ExternalId | None = None


class PaymentMethod(Struct, frozen=True, kw_only=True):
    """What can be charged, without the provider's token."""

    id: str
    object: str = "payment_method"
    livemode: bool
    customer: str
    psp_account: str
    psp_accounts: list[str]
    version: int
    brand: str
    last4: str
    card: Card
    mandate: Mandate | None
    metadata: Mapping[str, str]
    external_id: str | None
    created: datetime


class DetachBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said."""


class PaymentMethodDetached(Struct, frozen=True, kw_only=True):
    """A payment method that is charged no more."""

    id: str
    object: str = "payment_method"
    livemode: bool
    detached: bool = True


async def create(call: Call) -> Answer:
    """Store a payment method; the same token twice is refused."""
    body: PaymentMethodBody = call.body
    customer_id = CustomerId(call.id("customer"))
    await _require_loaded(call, body.psp_account)
    new = NewPaymentMethod(
        customer_id=customer_id,
        psp_account=body.psp_account,
        psp_token=body.token,
        brand=body.brand,
        last4=body.last4,
        card=_told(body.card),
        network_id=None if body.card is None else body.card.network_transaction_id,
        sca_ref=None if body.card is None else body.card.sca_reference,
        metadata=body.metadata,
        external_id=body.external_id,
        mandate=_accepted(call, body.psp_account, body.mandate),
    )
    method_id = await add_payment_method(call.run, new, command=call.command)
    async with call.run.reading() as read:
        row = await views.payment_method(read, bucket=bucket_of(method_id), id=method_id)
    assert row is not None, method_id
    return Answer(201, _shape(call, row))


async def add_token(call: Call) -> Answer:
    """Store a token of the same card at another merchant account."""
    body: InstrumentBody = call.body
    method_id = PaymentMethodId(call.id("payment_method"))
    await _require_loaded(call, body.psp_account)
    new = NewInstrument(
        psp_account=body.psp_account,
        psp_token=body.token,
        last4=body.last4,
        card=_told(body.card),
        network_id=None if body.card is None else body.card.network_transaction_id,
        sca_ref=None if body.card is None else body.card.sca_reference,
        mandate=_accepted(call, body.psp_account, None),
    )
    await add_instrument(call.run, method_id, new, command=call.command)
    async with call.run.reading() as read:
        row = await views.payment_method(read, bucket=bucket_of(method_id), id=method_id)
    if row is None:  # it was detached since
        raise nothing_here("payment method")
    return Answer(201, _shape(call, row))


async def detach(call: Call) -> Answer:
    """Detach a payment method; what it paid keeps its last digits."""
    method_id = PaymentMethodId(call.id("payment_method"))
    await detach_payment_method(call.run, method_id, command=call.command)
    return Answer(
        200,
        PaymentMethodDetached(
            id=encode(PREFIXES["payment_method"], method_id), livemode=call.livemode
        ),
    )


async def list_(call: Call) -> Answer:
    """List a customer's payment methods, or find the one with an external id."""
    query: PaymentMethodsQuery = call.query
    customer_id = call.id("customer")
    if query.external_id is not None:
        return await _found(call, customer_id, query.external_id)
    async with call.run.reading() as read:
        rows = await views.payment_methods(
            read, bucket=bucket_of(customer_id), customer_id=customer_id,
            before=lists.before(call), limit=call.query.limit + 1,
        )  # fmt: skip
    return lists.page(call, rows, shape=lambda row: _shape(call, row))


async def _found(call: Call, customer_id: UUID, external_id: str) -> Answer:
    method_id = await notes.owner_of(call, "payment_method", external_id)
    if method_id is None:
        return lists.few(call, [])
    async with call.run.reading() as read:
        row = await views.payment_method(read, bucket=bucket_of(method_id), id=method_id)
    assert row is not None, method_id
    return lists.few(call, [_shape(call, row)] if row.customer_id == customer_id else [])


def _told(card: CardBody | None) -> CardFacts:
    if card is None:
        return NOTHING_KNOWN
    return CardFacts(
        fingerprint=card.fingerprint,
        bin=card.bin,
        funding=card.funding,
        issuer_country=card.issuer_country,
        expires=card.expires,
    )


async def _require_loaded(call: Call, account: str) -> None:
    """Refuse an account of which this process cannot say whether it charges cards or mandates."""
    if not call.psps.is_loaded(account):
        async with call.run.transaction() as tx:
            await require_account_in(tx, account)
        raise PspAccountNotLoaded("restart this process, so that it knows it", account=account)


def _accepted(call: Call, account: str, body: MandateBody | None) -> NewMandate | None:
    """Return what is known of a mandate, where an account debits by mandates; else refuse it."""
    if call.psps.capabilities(account).debits is None:
        if body is not None:
            raise MandateNotOffered("this account charges no mandates", account=account)
        return None
    if body is None:
        return NewMandate()
    return NewMandate(
        text_version=body.text_version,
        accepted_at=body.accepted_at,
        notice_days=body.notice_days,
    )


def _mandate(row: PaymentMethodView) -> Mandate | None:
    if row.mandate_state is None:
        return None
    return Mandate(
        status=row.mandate_state,
        scheme=row.mandate_scheme,
        reference=row.mandate_reference,
        notice_days=row.notice_days,
        text_version=row.text_version,
        accepted_at=None if row.accepted_at is None else utc(row.accepted_at),
        last_debit_on=row.last_debit_on,
        lapses_on=row.lapses_on,
    )


def _shape(call: Call, row: PaymentMethodView) -> PaymentMethod:
    return PaymentMethod(
        id=encode(PREFIXES["payment_method"], row.id),
        livemode=call.livemode,
        customer=encode(PREFIXES["customer"], row.customer_id),
        psp_account=row.psp_account,
        psp_accounts=row.psp_accounts,
        version=row.version,
        brand=row.brand,
        last4=row.last4,
        card=Card(
            bin=row.bin,
            funding=row.funding,
            issuer_country=row.issuer_country,
            expires=last_month(row.expires_on),
        ),
        mandate=_mandate(row),
        metadata=notes.shown(row.metadata),
        external_id=row.external_id,
        created=utc(row.created_at),
    )


def _about(call: Call) -> UUID:
    return call.id("customer")


def _about_method(call: Call) -> UUID:
    return call.id("payment_method")


_PATH: Final = "/v1/customers/{id}/payment_methods"
OPERATIONS: Final = (
    Operation(
        name="create_payment_method", method="POST", path=_PATH,
        summary="Store a provider's token of a customer", handle=create,
        gives={201: PaymentMethod}, body=PaymentMethodBody, keyed=Keyed.OPTIONAL, about=_about,
    ),
    Operation(
        name="list_payment_methods", method="GET", path=_PATH,
        summary="List a customer's payment methods", handle=list_,
        gives={200: Page[PaymentMethod]}, query=PaymentMethodsQuery,
    ),
    Operation(
        name="create_instrument", method="POST", path="/v1/payment_methods/{id}/instruments",
        summary="Store a token of the same card at another account", handle=add_token,
        gives={201: PaymentMethod}, body=InstrumentBody, keyed=Keyed.OPTIONAL,
        about=_about_method,
    ),
    Operation(
        name="detach_payment_method", method="POST", path="/v1/payment_methods/{id}/detach",
        summary="Detach a payment method", handle=detach, gives={200: PaymentMethodDetached},
        body=DetachBody, keyed=Keyed.OPTIONAL, about=_about_method,
    ),
)  # fmt: skip
