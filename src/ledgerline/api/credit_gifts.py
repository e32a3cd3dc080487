"""Give a customer credit out of goodwill: a part of what they paid becomes theirs to spend."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api.credit_notes import CreditNote, read
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.refunds import MinorUnits
from ledgerline.api.shapes import Money, PaymentIdText, money, utc
from ledgerline.base.ids import PREFIXES, PaymentId, encode
from ledgerline.flows.give_credit import CreditGift, Given, give_credit, preview_credit


class CreditGiftBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a payment becomes credit, with tax, in minor units of its currency."""

    payment: PaymentIdText
    amount: MinorUnits
    validate_only: bool = False


class CreditGiftPreview(Struct, frozen=True, kw_only=True):
    """What a gift would do: ``tax`` is the tax in the ``total``."""

    object: str = "credit_gift_preview"
    livemode: bool
    as_of: datetime
    invoice: str
    tax: Money
    total: Money


async def create(call: Call) -> Answer:
    """Make a part of a payment credit of its customer, or show what that would do.

    It is a reduction of a price that was paid: the credit note is of the invoice, and takes its
    part of the tax with it. The next invoice uses the credit before any card; no money leaves.
    """
    body: CreditGiftBody = call.body
    gift = CreditGift(PaymentId(read_id("payment", body.payment)), body.amount)
    if body.validate_only:
        return Answer(200, _preview(call, await preview_credit(call.run, gift)))
    note_id = await give_credit(call.run, gift, command=call.command)
    shown = await read(call, note_id)
    return Answer(201, shown, location=f"/v1/credit_notes/{shown.id}")


def _preview(call: Call, given: Given) -> CreditGiftPreview:
    currency = str(given.amount.currency)
    return CreditGiftPreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        invoice=encode(PREFIXES["invoice"], given.invoice_id),
        tax=money(given.tax_minor, currency),
        total=money(given.amount.minor, currency),
    )


def _about(call: Call) -> UUID:
    return read_id("payment", call.body.payment)


OPERATIONS: Final = (
    Operation(
        name="give_credit", method="POST", path="/v1/credit_notes",
        summary="Make a part of a payment credit of its customer", handle=create,
        gives={200: CreditGiftPreview, 201: CreditNote}, body=CreditGiftBody,
        keyed=Keyed.REQUIRED, about=_about,
    ),
)  # fmt: skip
