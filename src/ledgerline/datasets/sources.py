"""What leaves the database for the data sets: append-only tables, and columns that never change.

A source is read by the fence of the row that drives it. What is joined to that row was committed
with it or before it and is frozen since, so the same interval always reads the same. Amounts are
bigint, ids are text, instants leave as the UTC date on which they fell; sealed columns never leave.
"""

from typing import Final

from ledgerline.datasets.cash_sources import CASH_SOURCES
from ledgerline.datasets.payment_sources import PAYMENT_SOURCES
from ledgerline.datasets.source import Proof, Source
from ledgerline.datasets.source import day as _date
from ledgerline.datasets.source import integer as _int
from ledgerline.datasets.source import month as _month
from ledgerline.datasets.source import name_of as _id
from ledgerline.datasets.source import text as _text
from ledgerline.datasets.source import utc_day as _utc
from ledgerline.datasets.subscription_sources import SUBSCRIPTION_SOURCES

_LINE_KEY: Final = "f.invoice_id::text || ':' || f.line_no"
_ROOT: Final = "l.invoice_id::text || ':' || l.line_no"

INVOICE: Final = Source(
    name="invoice",
    rows="invoice_line AS f JOIN invoice AS i ON i.id = f.invoice_id AND i.bucket = f.bucket",
    where="f.line_no = 1",
    columns={
        "invoice_id": _id("i.id"),
        "customer_id": _id("i.customer_id"),
        "subscription_id": _id("i.subscription_id"),
        "seller_code": _text("i.seller_code"),
        "market_code": _text("i.market_code"),
        "currency": _text("i.currency"),
        "cause": _text("i.cause"),
        "total_minor": _int("i.total_minor"),
        "issued_on": _date("i.issued_on"),
        "due_on": _date("i.due_on"),
        "issued_utc_on": _utc("i.issued_at"),
    },
    money=("total_minor",),
    proof=Proof(
        rows="invoice_line AS f",
        counted="count(*) FILTER (WHERE f.line_no = 1)",
        money={"total_minor": "f.gross_minor"},
    ),
)
INVOICE_PAID: Final = Source(
    name="invoice_paid",
    rows="event AS f JOIN invoice AS i ON i.id = f.aggregate_id AND i.bucket = f.bucket",
    where="f.kind = 'invoice.paid'",
    columns={
        "event_id": _id("f.id"),
        "invoice_id": _id("f.aggregate_id"),
        "paid_utc_on": _utc("f.occurred_at"),
        "issued_month": _month("i.issued_on"),
    },
    months=("issued_month",),  # that in which its lines stand, which earn from now on
)
INVOICE_LINE: Final = Source(
    name="invoice_line",
    rows="invoice_line AS f",
    columns={
        "line_id": _text(_LINE_KEY),
        "invoice_id": _id("f.invoice_id"),
        "plan_code": _text("f.plan_code"),
        "kind": _text("f.kind"),
        "component": _text("f.component"),
        "currency": _text("f.currency"),
        "service_start": _date("f.period_start"),
        "service_end": _date("f.period_end"),
        "net_minor": _int("f.net_minor"),
        "tax_minor": _int("f.tax_minor"),
        "gross_minor": _int("f.gross_minor"),
        "tax_category": _text("f.tax_category"),
        "tax_rate_ppm": _int("f.tax_rate_ppm"),
    },
    money=("net_minor", "tax_minor", "gross_minor"),
)
LINE_CREDIT: Final = Source(
    name="line_credit",
    rows=(
        "line_credit AS f"
        " JOIN credit_note AS n ON n.id = f.credit_note_id AND n.bucket = f.bucket"
        " JOIN invoice_line AS l ON l.period_start = f.period_start AND l.bucket = f.bucket"
        "  AND l.subscription_id = f.subscription_id AND l.item_no = f.item_no AND l.kind = f.kind"
        " JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket"
    ),
    columns={
        "line_id": _text("f.credit_note_id::text || ':' || " + _ROOT + " || ':' || f.seq"),
        "root_line_id": _text(_ROOT),
        "credit_note_id": _id("f.credit_note_id"),
        "customer_id": _id("n.customer_id"),
        "subscription_id": _id("l.subscription_id"),
        "seller_code": _text("n.seller_code"),
        "market_code": _text("i.market_code"),
        "reason": _text("n.reason"),
        "plan_code": _text("l.plan_code"),
        "currency": _text("f.currency"),
        "credit_start": _date("f.credit_start"),
        "credit_end": _date("f.credit_end"),
        "earn_start": _date("greatest(f.credit_start, f.booked_on)"),
        "net_minor": _int("f.net_minor"),
        "tax_minor": _int("f.tax_minor"),
        "gross_minor": _int("f.gross_minor"),
        "deferred_minor": _int("f.deferred_net_minor"),
        "tax_category": _text("l.tax_category"),
        "tax_rate_ppm": _int("l.tax_rate_ppm"),
        "booked_on": _date("f.booked_on"),
        "issued_utc_on": _utc("n.issued_at"),
        "root_issued_on": _date("i.issued_on"),
    },
    money=("net_minor", "tax_minor", "gross_minor", "deferred_minor"),
)
ALLOCATION: Final = Source(
    name="allocation",
    rows="allocation AS f",
    columns={
        "allocation_id": _text("f.invoice_id::text || ':' || f.no"),
        "invoice_id": _id("f.invoice_id"),
        "source_kind": _text("f.source_kind"),
        "applied_minor": _int("f.amount_minor"),
        "effective_on": _date("f.effective_on"),
    },
    money=("applied_minor",),
)
RECOGNITION: Final = Source(
    name="recognition",
    rows="recognition AS f",
    columns={
        "source_id": _id("f.source_id"),
        "seller_code": _text("f.seller_code"),
        "currency": _text("f.currency"),
        "category": _text("f.category"),
        "earned_month": _date("f.month"),
    },
    money=(),
)
TRANSFER: Final = Source(
    name="transfer",
    rows="transfer AS f",
    columns={
        "transfer_id": _text("f.source_id::text || ':' || f.purpose || ':' || f.n"),
        "source_id": _id("f.source_id"),
        "purpose": _text("f.purpose"),
        "seller_code": _text("f.seller_code"),
        "currency": _text("f.currency"),
        "amount_minor": _int("f.amount_minor"),
        "debit_code": _text("f.debit"),
        "credit_code": _text("f.credit"),
        "part_code": _text("f.dim"),
        "booked_on": _date("f.booked_on"),
        "booked_month": _month("f.booked_on"),
    },
    money=("amount_minor",),
    months=("booked_month",),
)
SOURCES: Final = (
    INVOICE, INVOICE_PAID, INVOICE_LINE, LINE_CREDIT, ALLOCATION, RECOGNITION, TRANSFER,
    *PAYMENT_SOURCES,
    *CASH_SOURCES,
    *SUBSCRIPTION_SOURCES,
)  # fmt: skip
