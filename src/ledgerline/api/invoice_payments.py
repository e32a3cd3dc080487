"""Pay an open invoice now, with its payer present."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api import declines, payments
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.payments import Payment
from ledgerline.api.shapes import Money, PaymentMethodIdText, ReturnUrl, money, utc
from ledgerline.base.ids import PREFIXES, InvoiceId, PaymentMethodId, encode
from ledgerline.flows.pay_invoice import Payable, pay_invoice, preview_payment
from ledgerline.payments.model import AttemptState, PaymentState

_LIVE: Final = frozenset({AttemptState.SENT, AttemptState.UNKNOWN, AttemptState.REQUIRES_ACTION})
_NOTHING_HAPPENED: Final = "the payment was declined: the invoice stays open"


class PayBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what to pay: the method that pays it anyway, or another one of the customer.

    Another one pays from now on, for the subscription and all that it owes. ``return_url`` is where
    the payer comes back to if their bank wants to see them first; without it a bank that does
    refuses.
    """

    payment_method: PaymentMethodIdText | None = None
    return_url: ReturnUrl | None = None
    validate_only: bool = False


class PaymentPreview(Struct, frozen=True, kw_only=True):
    """What paying now would charge."""

    object: str = "payment_preview"
    livemode: bool
    as_of: datetime
    payment: str
    total: Money
    payment_method: str
    brand: str
    last4: str


async def pay(call: Call) -> Answer:
    """Pay: 200 paid, 402 declined, 503 not executed, 202 while nobody knows yet.

    Declined, nothing has happened: the retry calendar goes on as it stood.
    """
    body: PayBody = call.body
    invoice_id = InvoiceId(call.id("invoice"))
    named = body.payment_method
    method_id = None if named is None else PaymentMethodId(read_id("payment_method", named))
    if body.validate_only:
        payable = await preview_payment(call.run, call.psps, invoice_id, method_id=method_id)
        return Answer(200, _preview(call, payable))
    paid = await pay_invoice(
        call.run, call.psps, invoice_id, method_id=method_id, return_url=body.return_url,
        command=call.command,
    )  # fmt: skip
    shown = await payments.show(call, paid.payment_id)
    attempts = shown.attempts or []
    if shown.status == PaymentState.SUCCEEDED:
        return Answer(200, shown)
    if attempts[-1].status in _LIVE:
        return Answer(202, shown, is_final=False)
    declined = await declines.of_invoice(
        call, invoice_id, _NOTHING_HAPPENED, retry_after_seconds=paid.retry_after_seconds
    )
    return Answer(402, declined)


def _preview(call: Call, payable: Payable) -> PaymentPreview:
    return PaymentPreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        payment=encode(PREFIXES["payment"], payable.payment_id),
        total=money(payable.amount.minor, payable.amount.currency),
        payment_method=encode(PREFIXES["payment_method"], payable.method_id),
        brand=payable.brand,
        last4=payable.last4,
    )


def _about(call: Call) -> UUID:
    return call.id("invoice")


OPERATIONS: Final = (
    Operation(
        name="pay_invoice", method="POST", path="/v1/invoices/{id}/pay",
        summary="Pay an open invoice now", handle=pay,
        gives={200: (Payment, PaymentPreview), 202: Payment}, body=PayBody,
        keyed=Keyed.REQUIRED, about=_about,
    ),
)  # fmt: skip
