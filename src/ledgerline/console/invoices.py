"""Invoices: what is claimed for which days, and how each amount was computed."""

from fractions import Fraction
from typing import Final, NamedTuple

from ledgerline.base.calendar import Period
from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.catalog.model import TaxBehavior
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.customers import PAGE, TOP
from ledgerline.console.filters import saved_of
from ledgerline.invoicing import views
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.shown import InvoicesAsked, LineView
from ledgerline.payments import views as payments
from ledgerline.payments.rows.shown import PaymentsAsked, PaymentView
from ledgerline.pricing.rows import components_in
from ledgerline.rules import explain
from ledgerline.rules.terms import rounding_of
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

_LIVE: Final = ("processing", "succeeded")
_GIVEN_UP: Final = ("failed", "canceled")


class Shown(NamedTuple):
    """A line and the rule, the arithmetic and the tax of its amount."""

    row: LineView
    rule: str
    sentence: str
    tax: str


async def list_(ask: Ask) -> Response:
    """List invoices, the newest first, of all states or of one."""
    state = ask.asked.get("state", "")
    states = [state] if state in set(InvoiceState) else None
    asked = InvoicesAsked(
        before=id_in("invoice", ask.asked.get("after", "")) or TOP, bucket=None, customer_id=None,
        subscription_id=None, months=None, states=states, limit=PAGE + 1,
    )  # fmt: skip
    async with ask.run.reading() as read:
        rows = await views.invoices(read, asked)
    following = encode(PREFIXES["invoice"], rows[PAGE - 1].id) if len(rows) > PAGE else ""
    return ask.page(
        "invoices.html",
        {
            "saved": await saved_of(ask),
            "invoices": [(one, path_of("invoice", one.id)) for one in rows[:PAGE]],
            "state": "" if states is None else state, "states": list(InvoiceState),
            "following": following, "hidden": ask.sealed_for(f"{ask.request.path}/export", state),
            "section": "/console/invoices", "path_of": path_of,
        },
    )  # fmt: skip


async def show(ask: Ask) -> Response:
    """Show an invoice and how it was computed."""
    id = ask.id("invoice")
    bucket = bucket_of(id)
    asked = PaymentsAsked(before=TOP, bucket=bucket, invoice_id=id, states=None, limit=20)
    paying: list[PaymentView] = []
    async with ask.run.reading() as read:
        row = await views.invoice(read, bucket=bucket, id=id)
        if row is None:
            raise PageMissing
        lines = await views.lines(read, bucket=bucket, invoice_id=id)
        notes = await views.credit_notes(read, bucket=bucket, invoice_id=id)
        for states in (_LIVE, _GIVEN_UP):
            paying += await payments.payments(read, asked._replace(states=list(states)))
    return ask.page(
        "invoice.html",
        {
            "row": row,
            "id": encode(PREFIXES["invoice"], id),
            "lines": [_shown(ask, x) for x in lines],
            "notes": notes,
            "payments": paying,
            "path_of": path_of,
            "section": "/console/invoices",
        },
    )


def _shown(ask: Ask, row: LineView) -> Shown:
    explained = explain.Explained(
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
    how = explain.explain(explained)
    return Shown(row, how.rule, explain.sentence(explained, row.currency, ask.say), how.tax)
