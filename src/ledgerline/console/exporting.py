"""Lists as files: ids, states and amounts, which no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar
from uuid import UUID

from ledgerline.access.model import Act
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.console.asking import Ask
from ledgerline.console.customers import TOP
from ledgerline.console.shown import decimal_of
from ledgerline.flows.audit_export import audit_export
from ledgerline.invoicing import views as invoices
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.shown import InvoicesAsked, InvoiceView
from ledgerline.payments import views as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.shown import PaymentsAsked, PaymentView
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Response

ROWS_MAX: Final = 10_000
"""How many of the newest rows a file holds; who needs all of them takes the data sets."""
_BATCH: Final = 1_000
_CSV: Final = "text/csv; charset=utf-8"
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\0")
R = TypeVar("R", PaymentView, InvoiceView)
Cells = Sequence[str | int]
_PAYMENT: Final = (
    "payment", "state", "currency", "amount_minor", "amount", "captured_minor", "refunded_minor",
    "tries", "invoice", "customer", "created",
)  # fmt: skip
_INVOICE: Final = (
    "invoice", "number", "state", "cause", "currency", "total_minor", "total", "tax_minor",
    "credited_minor", "issued_on", "customer",
)  # fmt: skip


def cell(value: str | int) -> str | int:
    """Write a cell so that no spreadsheet computes it: a text that begins like a formula is quoted.

    Numbers stay numbers. Source: OWASP, CSV injection.
    """
    if isinstance(value, str) and value.startswith(_DANGEROUS):
        return f"'{value}"
    return value


async def export_payments(ask: Ask) -> Response:
    """Give the newest payments, of all states or of one, as a file."""
    form = await ask.form()
    ask.require_sealed(form, form.get("state", ""))
    states = _states(form, set(PaymentState))
    asked = PaymentsAsked(before=TOP, bucket=None, invoice_id=None, states=states, limit=_BATCH)
    rows = await _all(
        ask, lambda read, before: payments.payments(read, asked._replace(before=before))
    )
    return await _file(ask, "payments", _PAYMENT, [_payment(one) for one in rows])


async def export_invoices(ask: Ask) -> Response:
    """Give the newest invoices, of all states or of one, as a file."""
    form = await ask.form()
    ask.require_sealed(form, form.get("state", ""))
    states = _states(form, set(InvoiceState))
    asked = InvoicesAsked(
        before=TOP, bucket=None, customer_id=None, subscription_id=None, months=None,
        states=states, limit=_BATCH,
    )  # fmt: skip
    rows = await _all(
        ask, lambda read, before: invoices.invoices(read, asked._replace(before=before))
    )
    return await _file(ask, "invoices", _INVOICE, [_invoice(one) for one in rows])


def _states(form: dict[str, str], known: set[str]) -> list[str] | None:
    return [form["state"]] if form.get("state") in known else None


async def _all(ask: Ask, read_page: Callable[[ReadTx, UUID], Awaitable[list[R]]]) -> list[R]:
    found: list[R] = []
    async with ask.run.reading() as read:
        while len(found) < ROWS_MAX:
            page = await read_page(read, found[-1].id if found else TOP)
            found += page
            if len(page) < _BATCH:
                break
    return found


async def _file(ask: Ask, name: str, head: Sequence[str], rows: Iterable[Cells]) -> Response:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    count = 0
    for row in rows:
        writer.writerow([cell(value) for value in row])
        count += 1
    act = Act(actor=ask.actor, name=f"{name}_exported", route=ask.route, after={"rows": count})
    await audit_export(ask.run, act)
    headers = {
        **headers_of("none"), "Content-Disposition": f'attachment; filename="{name}.csv"',
    }  # fmt: skip
    return Response(200, text.getvalue().encode(), _CSV, headers)


def _payment(row: PaymentView) -> Cells:
    return (
        encode(PREFIXES["payment"], row.id), row.state, row.currency, row.amount_minor,
        decimal_of(row.amount_minor, row.currency), row.captured_minor, row.refunded_minor,
        row.tries, encode(PREFIXES["invoice"], row.invoice_id),
        encode(PREFIXES["customer"], row.customer_id), row.created_at.isoformat(),
    )  # fmt: skip


def _invoice(row: InvoiceView) -> Cells:
    return (
        encode(PREFIXES["invoice"], row.id), row.number or "", row.state, row.cause, row.currency,
        row.total_minor, decimal_of(row.total_minor, row.currency), row.tax_minor,
        row.credited_minor, row.issued_on.isoformat(),
        encode(PREFIXES["customer"], row.customer_id),
    )  # fmt: skip
