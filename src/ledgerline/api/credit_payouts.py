"""Pay a customer's credit out to the means it came from."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api.operations import Answer, Call, Keyed, Operation
from ledgerline.api.refunds import MinorUnits, Reason, Refund, shown
from ledgerline.api.shapes import Money, money, utc
from ledgerline.base.ids import PREFIXES, CustomerId, encode
from ledgerline.flows.pay_out_credit import CreditOrder, PaidOut, pay_out_credit, preview_pay_out

CurrencyText = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
SellerText = Annotated[str, Meta(min_length=1, max_length=64)]


class CreditPayoutBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much to pay out, in minor units: all that can be, unless given.

    ``currency`` and ``seller`` say which credit is meant, where a customer has several.
    """

    reason: Reason
    amount: MinorUnits | None = None
    currency: CurrencyText | None = None
    seller: SellerText | None = None
    validate_only: bool = False


class CreditPayout(Struct, frozen=True, kw_only=True):
    """The refunds that pay credit out; each goes through a payment that was captured."""

    object: str = "credit_payout"
    livemode: bool
    customer: str
    refunds: list[Refund]


class PayoutPart(Struct, frozen=True, kw_only=True):
    """What one payment would give back."""

    payment: str
    seller: str
    total: Money


class CreditPayoutPreview(Struct, frozen=True, kw_only=True):
    """What a pay-out would give back, payment by payment."""

    object: str = "credit_payout_preview"
    livemode: bool
    as_of: datetime
    customer: str
    parts: list[PayoutPart]


async def create(call: Call) -> Answer:
    """Commit the refunds of a pay-out: 202, since a worker sends them."""
    body: CreditPayoutBody = call.body
    customer_id = CustomerId(call.id("customer"))
    order = CreditOrder(
        customer_id=customer_id,
        reason=body.reason,
        amount_minor=body.amount,
        currency=body.currency,
        seller_code=body.seller,
    )
    if body.validate_only:
        return Answer(200, _preview(call, await preview_pay_out(call.run, order), customer_id))
    ids = await pay_out_credit(call.run, order, command=call.command)
    return Answer(
        202,
        CreditPayout(
            livemode=call.livemode,
            customer=encode(PREFIXES["customer"], customer_id),
            refunds=[await shown(call, one) for one in ids],
        ),
    )


def _preview(call: Call, parts: list[PaidOut], customer_id: CustomerId) -> CreditPayoutPreview:
    return CreditPayoutPreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        customer=encode(PREFIXES["customer"], customer_id),
        parts=[part_of(one) for one in parts],
    )


def part_of(one: PaidOut) -> PayoutPart:
    """Show what a payment gives back of credit."""
    return PayoutPart(
        payment=encode(PREFIXES["payment"], one.payment_id),
        seller=one.seller_code,
        total=money(one.amount_minor, one.currency),
    )


def _about(call: Call) -> UUID:
    return call.id("customer")


OPERATIONS: Final = (
    Operation(
        name="pay_out_credit", method="POST", path="/v1/customers/{id}/credit/payouts",
        summary="Pay a customer's credit out", handle=create,
        gives={200: CreditPayoutPreview, 202: CreditPayout}, body=CreditPayoutBody,
        keyed=Keyed.REQUIRED, about=_about,
    ),
)  # fmt: skip
