"""Receipts: read, list, and print. The printed form is drawn anew, with equal bytes every time."""

import asyncio
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from msgspec import Struct

from ledgerline.api import buyers, lists
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
from ledgerline.base.money import Currency, round_half_away
from ledgerline.base.money import Money as Amount
from ledgerline.documents import receipt as printing
from ledgerline.receipts import views
from ledgerline.receipts.model import ReceiptKind, ReceiptNotFound, ReceiptNotNumbered
from ledgerline.receipts.rows import PrintedView, ReceiptView


class ReceiptsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose receipts."""

    customer: CustomerIdText
    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None


class Receipt(Struct, frozen=True, kw_only=True):
    """The proof of one payment or refund; the printed form is at ``pdf`` once it is numbered."""

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


PDF: Final = "application/pdf"


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


async def print_(call: Call) -> Answer:
    """Print one receipt."""
    receipt_id = call.id("receipt")
    async with call.run.reading() as read:
        rows = await views.printed(read, bucket=bucket_of(receipt_id), id=receipt_id)
    if not rows:
        raise ReceiptNotFound("there is no such receipt")
    if rows[0].number is None:
        raise ReceiptNotNumbered("the receipt waits for its number: try again in a moment")
    view = _printed(call, rows, number=rows[0].number)
    pdf = await asyncio.to_thread(printing.render_receipt, view)
    return Answer(200, pdf, media_type=PDF)


def _shape(call: Call, row: ReceiptView) -> Receipt:
    receipt_id = encode(PREFIXES["receipt"], row.id)
    is_refund = row.kind == ReceiptKind.REFUND
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
        pdf=None if row.number is None else f"/v1/receipts/{receipt_id}.pdf",
    )


def _printed(call: Call, rows: list[PrintedView], *, number: str) -> printing.ReceiptView:
    """Decide what the receipt prints: its own amount, and the share of tax in it."""
    first = rows[0]
    currency = Currency(first.currency)
    total = Amount(first.amount_minor, currency)
    tax = Amount(_tax(rows), currency)
    buyer = buyers.opened(
        call.run, first.wrapped, first.buyer_sealed,
        spot=(first.customer_id, first.customer_version), tax_status=first.tax_status,
        place_evidence=first.place_evidence,
    )  # fmt: skip
    return printing.ReceiptView(
        seller=printing.SellerView(
            first.legal_name, tuple(first.address.split(", ")), first.tax_id
        ),
        customer_name=buyer.name,
        receipt_number=number,
        invoice_number=first.invoice_number,
        kind=printing.ReceiptKind(first.kind),
        issued_at=utc(first.issued_at),
        zone=first.zone,
        lines=_lines(rows, total),
        net=total - tax,
        tax=tax,
        total=total,
        tax_rate_ppm=first.tax_rate_ppm,
        payment=printing.PaymentView(
            f"{first.brand.title()} •••• {first.last4}", first.psp_ref or ""
        ),
        locale=first.locale,
    )


def _tax(rows: list[PrintedView]) -> int:
    """Return the tax in what was paid; credit may have paid the rest of the invoice."""
    charged = sum(row.document_total_minor for row in rows)
    tax = sum(row.document_tax_minor for row in rows)
    return round_half_away(Fraction(tax * rows[0].amount_minor, charged))


def _lines(rows: list[PrintedView], total: Amount) -> tuple[printing.ReceiptLine, ...]:
    shares = total.split([row.document_total_minor for row in rows])
    return tuple(
        printing.ReceiptLine(
            row.plan_name,
            f"{row.period_start} – {row.period_end - timedelta(days=1)}",
            row.quantity,
            share,
        )
        for row, share in zip(rows, shares, strict=True)
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
    Operation(
        name="print_receipt", method="GET", path="/v1/receipts/{id}.pdf",
        summary="Print a receipt", handle=print_, gives={200: bytes}, media_type=PDF,
    ),
)  # fmt: skip
