"""Credit of customers: what is left, what gave it, what took of it, and paying it out."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api import lists
from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.shapes import ListQuery, Money, Page, money, utc
from ledgerline.base.ids import PREFIXES, CustomerId, bucket_of, encode
from ledgerline.customers import views as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.ledger import views
from ledgerline.ledger.rows import CreditView, LotUseView, LotView


class Credit(Struct, frozen=True, kw_only=True):
    """What a seller owes a customer in one currency: the next invoice uses it before any card."""

    seller: str
    balance: Money


class CreditUse(Struct, frozen=True, kw_only=True):
    """What an ``invoice`` took, or a ``refund`` paid out; the other of the two is null.

    With minus it came back, because the invoice became void.
    """

    invoice: str | None
    refund: str | None
    amount: Money
    on: date


class CreditLot(Struct, frozen=True, kw_only=True):
    """Credit that a credit note gave: ``left`` is ``given`` less the ``uses``.

    What expires first is used first; what has no ``expires_on`` stays until it is used.
    """

    id: str
    object: str = "credit_lot"
    livemode: bool
    seller: str
    credit_note: str
    given: Money
    left: Money
    expires_on: date | None
    uses: list[CreditUse]
    created: datetime


async def of_customers(call: Call, ids: Sequence[CustomerId]) -> dict[CustomerId, list[Credit]]:
    """Read what some customers can use up; who has nothing is left out."""
    if not ids:
        return {}
    async with call.run.reading() as read:
        rows = await views.credit(
            read, buckets=[bucket_of(one) for one in ids], customer_ids=list(ids)
        )
    return {
        customer_id: [_credit(row) for row in of_customer]
        for customer_id, of_customer in groupby(rows, key=lambda row: row.customer_id)
    }


async def list_(call: Call) -> Answer:
    """List what gave a customer credit, with what was taken of each."""
    customer_id = call.id("customer")
    bucket = bucket_of(customer_id)
    async with call.run.reading() as read:
        if await customers.customer(read, bucket=bucket, id=customer_id) is None:
            raise CustomerNotFound("there is no such customer")
        lots = await views.lots(
            read, bucket=bucket, customer_id=customer_id, before=lists.before(call),
            limit=call.query.limit + 1,
        )  # fmt: skip
        uses = await views.lot_uses(read, bucket=bucket, lot_ids=[lot.id for lot in lots])
    of_lot = {id: list(some) for id, some in groupby(uses, key=lambda one: one.lot_id)}
    return lists.page(call, lots, shape=lambda lot: _lot(call, lot, of_lot.get(lot.id, [])))


def _credit(row: CreditView) -> Credit:
    return Credit(seller=row.seller_code, balance=money(row.balance_minor, row.currency))


def _lot(call: Call, row: LotView, uses: Sequence[LotUseView]) -> CreditLot:
    return CreditLot(
        id=encode(PREFIXES["credit_lot"], row.id),
        livemode=call.livemode,
        seller=row.seller_code,
        credit_note=encode(PREFIXES["credit_note"], row.source_id),
        given=money(row.amount_minor, row.currency),
        left=money(row.remaining_minor, row.currency),
        expires_on=row.expires_on,
        uses=[
            CreditUse(
                invoice=_encoded("invoice", one.invoice_id),
                refund=_encoded("refund", one.refund_id),
                amount=money(one.amount_minor, row.currency),
                on=one.effective_on,
            )
            for one in uses
        ],
        created=utc(row.created_at),
    )


def _encoded(kind: str, id: UUID | None) -> str | None:
    return None if id is None else encode(PREFIXES[kind], id)


OPERATIONS: Final = (
    Operation(
        name="list_customer_credit", method="GET", path="/v1/customers/{id}/credit",
        summary="List what gave a customer credit, and what was used of it", handle=list_,
        gives={200: Page[CreditLot]}, query=ListQuery,
    ),
)  # fmt: skip
