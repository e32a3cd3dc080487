"""Invoices with their lines, each line with how it was computed."""

from datetime import date, datetime
from fractions import Fraction
from typing import Final

from msgspec import Struct, structs

from ledgerline.api import credit_notes, lists
from ledgerline.api.credit_notes import CreditNote
from ledgerline.api.cursors import TOP
from ledgerline.api.operations import Answer, Call, Operation, read_id
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    CursorText,
    CustomerIdText,
    Days,
    How,
    Limit,
    Money,
    Page,
    States,
    SubscriptionIdText,
    UnitPrice,
    money,
    unit_price,
    utc,
    utc_or_none,
)
from ledgerline.base.calendar import Period
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.catalog.model import TaxBehavior
from ledgerline.invoicing import views
from ledgerline.invoicing.model import InvoiceNotFound, InvoiceState
from ledgerline.invoicing.rows.shown import InvoicesAsked, InvoiceView, LineView
from ledgerline.payments import views as payment_views
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.shown import PaymentsAsked
from ledgerline.payments.rules.prospects import next_try_at
from ledgerline.pricing.rows import components_in
from ledgerline.rules import explain
from ledgerline.rules.terms import rounding_of
from ledgerline.subscriptions import views as subscriptions


class InvoicesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which invoices; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: CustomerIdText | None = None
    subscription: SubscriptionIdText | None = None
    status: States | None = None


class InvoiceLine(Struct, frozen=True, kw_only=True):
    """What is claimed for which service time, and how it was computed."""

    text: str
    component: str
    kind: str
    plan: str
    price: str
    period: Days
    quantity: int
    unit_price: UnitPrice
    discount: Money
    net: Money
    tax: Money
    total: Money
    tax_rate: str
    tax_behavior: str
    credited: Money
    how: How


class Invoice(Struct, frozen=True, kw_only=True):
    """The claim. ``number_state``: ``stamped``, ``waiting``, or ``none`` while it is a mere offer.

    ``customer_version`` is the version of the customer that it names as the buyer.
    ``lines``, ``credit_notes`` and ``next_try_at`` only where one invoice is asked for.
    """

    id: str
    object: str = "invoice"
    livemode: bool
    number: str | None
    number_state: str
    status: str
    cause: str
    customer: str
    customer_version: int
    subscription: str
    seller: str
    market: str
    net: Money
    tax: Money
    total: Money
    from_credit: Money
    credited: Money
    issued_on: date
    due_on: date
    issued: datetime
    paid: datetime | None
    next_try_at: datetime | None = None
    lines: list[InvoiceLine] | None = None
    credit_notes: list[CreditNote] | None = None


async def get(call: Call) -> Answer:
    """Read one invoice with lines and credit notes."""
    invoice_id = call.id("invoice")
    bucket = bucket_of(invoice_id)
    async with call.run.reading() as read:
        row = await views.invoice(read, bucket=bucket, id=invoice_id)
        lines = await views.lines(read, bucket=bucket, invoice_id=invoice_id)
        notes = await views.credit_notes(read, bucket=bucket, invoice_id=invoice_id)
        asked = PaymentsAsked(
            before=TOP, bucket=bucket, invoice_id=invoice_id,
            states=[PaymentState.PROCESSING], limit=1,
        )  # fmt: skip
        payments = await payment_views.payments(read, asked)
    if row is None:
        raise InvoiceNotFound("there is no such invoice")
    shown = _shape(
        call,
        row,
        lines=[_line(one) for one in lines],
        notes=[credit_notes.shape(call, n) for n in notes],
    )
    tries = [utc_or_none(next_try_at(one)) for one in payments]
    return Answer(200, structs.replace(shown, next_try_at=next(iter(tries), None)))


async def list_(call: Call) -> Answer:
    """List invoices, of a customer, of a subscription or of all."""
    query: InvoicesQuery = call.query
    customer_id = None if query.customer is None else read_id("customer", query.customer)
    subscription = query.subscription
    subscription_id = None if subscription is None else read_id("subscription", subscription)
    states = lists.states(query.status, InvoiceState)
    asked = InvoicesAsked(
        before=lists.before(call),
        bucket=None,
        customer_id=customer_id,
        subscription_id=subscription_id,
        months=None,
        states=None,
        limit=query.limit + 1,
    )
    async with call.run.reading() as read:
        if customer_id is None and subscription_id is None:
            rows = await lists.each(
                lists.singly(states),
                lambda some: views.invoices(read, asked._replace(states=some)),
                limit=asked.limit,
            )
        else:
            rows = await _of_owner(call, read, asked._replace(states=states))
    return lists.page(call, rows, shape=lambda row: _shape(call, row))


async def _of_owner(call: Call, read: ReadTx, asked: InvoicesAsked) -> list[InvoiceView]:
    """Read a page of the invoices of a customer or a subscription, which are its customer's."""
    if asked.subscription_id is not None:
        bucket = bucket_of(asked.subscription_id)
        owner = await subscriptions.owner(read, bucket=bucket, id=asked.subscription_id)
        if owner is None or asked.customer_id not in {None, owner.customer_id}:
            return []
        asked = asked._replace(customer_id=owner.customer_id)
    assert asked.customer_id is not None, asked
    of = asked._replace(bucket=bucket_of(asked.customer_id))
    return await lists.by_months(
        call,
        asked.subscription_id or asked.customer_id,
        lambda months: views.invoices(read, of._replace(months=months)),
    )


def _shape(
    call: Call,
    row: InvoiceView,
    *,
    lines: list[InvoiceLine] | None = None,
    notes: list[CreditNote] | None = None,
) -> Invoice:
    return Invoice(
        id=encode(PREFIXES["invoice"], row.id),
        livemode=call.livemode,
        number=row.number,
        number_state=credit_notes.number_state(row.number, is_waiting=row.is_waiting),
        status=row.state,
        cause=row.cause,
        customer=encode(PREFIXES["customer"], row.customer_id),
        customer_version=row.customer_version,
        subscription=encode(PREFIXES["subscription"], row.subscription_id),
        seller=row.seller_code,
        market=row.market_code,
        net=money(row.net_minor, row.currency),
        tax=money(row.tax_minor, row.currency),
        total=money(row.total_minor, row.currency),
        from_credit=money(row.credit_used_minor, row.currency),
        credited=money(row.credited_minor, row.currency),
        issued_on=row.issued_on,
        due_on=row.due_on,
        issued=utc(row.issued_at),
        paid=utc_or_none(row.paid_at if row.state == InvoiceState.PAID else None),
        lines=lines,
        credit_notes=notes,
    )


def _line(row: LineView) -> InvoiceLine:
    how = explain.explain(
        explain.Explained(
            kind=row.kind,
            unit=Fraction(row.unit_num, row.unit_den),
            quantity=row.quantity,
            discount_minor=row.discount_minor,
            grid_minor=row.grid_minor,
            period=Period(row.period_start, row.period_end),
            grid=Period(row.grid_start, row.grid_end),
            tax_rate_ppm=row.tax_rate_ppm,
            behavior=TaxBehavior(row.tax_behavior),
            net_minor=row.net_minor,
            tax_minor=row.tax_minor,
            gross_minor=row.gross_minor,
            rounding=rounding_of(row.rounding_mode, row.rounding_target, row.rounding_components),
            tax_components=tuple(one.rate_ppm for one in components_in(row.tax_components)),
        )
    )
    return InvoiceLine(
        text=row.plan_name,
        component=row.component,
        kind=row.kind,
        plan=row.plan_code,
        price=encode(PREFIXES["price"], row.price_id),
        period=Days(row.period_start, row.period_end),
        quantity=row.quantity,
        unit_price=unit_price(row.unit_num, row.unit_den, row.currency),
        discount=money(row.discount_minor, row.currency),
        net=money(row.net_minor, row.currency),
        tax=money(row.tax_minor, row.currency),
        total=money(row.gross_minor, row.currency),
        tax_rate=explain.fraction_text(row.tax_rate_ppm),
        tax_behavior=row.tax_behavior,
        credited=money(row.credited_minor, row.currency),
        how=How(rule=how.rule, formula=how.formula, tax=how.tax),
    )


OPERATIONS: Final = (
    Operation(
        name="list_invoices", method="GET", path="/v1/invoices", summary="List invoices",
        handle=list_, gives={200: Page[Invoice]}, query=InvoicesQuery,
    ),
    Operation(
        name="get_invoice", method="GET", path="/v1/invoices/{id}",
        summary="Read an invoice with lines, explanations and credit notes", handle=get,
        gives={200: Invoice},
    ),
)  # fmt: skip
