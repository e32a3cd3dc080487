"""Receipts: read and list. What one says and how it is printed is its document."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from ledgerline.api import lists
from ledgerline.api.operations import Answer, Call, Operation, read_id
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    CursorText,
    CustomerIdText,
    Limit,
    Money,
    Page,
    money,
    utc,
)
from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.receipts import views
from ledgerline.receipts.model import ReceiptKind, ReceiptNotFound
from ledgerline.receipts.rows import ReceiptView


class ReceiptsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose receipts."""

    customer: CustomerIdText
    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None


class Receipt(Struct, frozen=True, kw_only=True):
    """The proof of one payment or refund, or that a refund came back.

    It is printed at ``pdf`` once it is numbered. ``kind`` is ``payment``, ``refund``, or
    ``reversal``: that corrects the receipt of a refund whose money did not arrive.
    """

    id: str
    object: str = "receipt"
    livemode: bool
    kind: str
    number: str | None
    number_state: str
    customer: str
    payment: str
    refund: str | None
    invoice: str
    total: Money
    issued: datetime
    pdf: str | None


async def get(call: Call) -> Answer:
    """Read one receipt."""
    receipt_id = call.id("receipt")
    async with call.run.reading() as read:
        row = await views.receipt(read, bucket=bucket_of(receipt_id), id=receipt_id)
    if row is None:
        raise ReceiptNotFound("there is no such receipt")
    return Answer(200, _shape(call, row))


async def list_(call: Call) -> Answer:
    """List a customer's receipts."""
    query: ReceiptsQuery = call.query
    customer_id = read_id("customer", query.customer)
    async with call.run.reading() as read:

        async def of_months(months: list[int]) -> list[ReceiptView]:
            return await views.receipts(
                read, bucket=bucket_of(customer_id), customer_id=customer_id, months=months,
                before=lists.before(call), limit=query.limit + 1,
            )  # fmt: skip

        rows = await lists.by_months(call, customer_id, of_months)
    return lists.page(call, rows, shape=lambda row: _shape(call, row))


def _shape(call: Call, row: ReceiptView) -> Receipt:
    receipt_id = encode(PREFIXES["receipt"], row.id)
    is_refund = row.kind != ReceiptKind.PAYMENT
    return Receipt(
        id=receipt_id,
        livemode=call.livemode,
        kind=row.kind,
        number=row.number,
        number_state="waiting" if row.number is None else "stamped",
        customer=encode(PREFIXES["customer"], row.customer_id),
        payment=encode(PREFIXES["payment"], row.payment_id),
        refund=encode(PREFIXES["refund"], row.subject_id) if is_refund else None,
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
        total=money(row.amount_minor, row.currency),
        issued=utc(row.issued_at),
        pdf=None if row.number is None else f"/v1/documents/{receipt_id}.pdf",
    )


OPERATIONS: Final = (
    Operation(
        name="list_receipts", method="GET", path="/v1/receipts",
        summary="List a customer's receipts", handle=list_, gives={200: Page[Receipt]},
        query=ReceiptsQuery,
    ),
    Operation(
        name="get_receipt", method="GET", path="/v1/receipts/{id}",
        summary="Read a receipt", handle=get, gives={200: Receipt},
    ),
)  # fmt: skip
