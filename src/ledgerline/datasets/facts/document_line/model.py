"""Build the lines: joined to the transfers that booked them, which say on which day."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import month_number, month_of, stacked

RENEWAL = "renewal"
_BILLED = ("issue_net", "issue_tax")
_VOIDED = ("void_net", "void_tax")
_CREDITED = ("credit_net", "credit_earned", "credit_tax")


def build(sources: Sources, params: Params) -> Table:
    """Return lines, voided lines and credits whose booking falls into the months."""
    billed = _lines(sources, params, _BILLED)
    voided = _lines(sources, params, _VOIDED)
    return stacked(
        billed.mutate(kind=ibis.literal("line")).drop("cause"),
        voided.mutate(
            kind=ibis.literal("void"),
            net_minor=-row.net_minor,
            tax_minor=-row.tax_minor,
            deferred_minor=-row.deferred_minor,
            earns_from_on=ibis.null("date"),
            supplied_on=ibis.ifelse(row.cause == RENEWAL, row.booked_on, ibis.null("date")),
        ).drop("cause"),
        _credits(sources, params).mutate(kind=ibis.literal("credit")),
    )


def _bookings(sources: Sources, params: Params, purposes: tuple[str, ...]) -> Table:
    """Return the day on which each source was booked with one of some purposes."""
    transfer = sources["transfer"]
    booked = transfer.filter(
        transfer.purpose.isin(purposes), transfer.booked_month.isin(params.months)
    )
    return booked.group_by("source_id").agg(
        booked_on=booked.booked_on.min(), booked_month=booked.booked_month.min()
    )


def _lines(sources: Sources, params: Params, purposes: tuple[str, ...]) -> Table:
    booked = _bookings(sources, params, purposes)
    invoice = _earning(sources)
    line = sources["invoice_line"].drop("currency", "kind")
    found = booked.join(invoice, booked.source_id == invoice.invoice_id).join(line, "invoice_id")
    return found.select(
        "line_id",
        "seller_code",
        "customer_id",
        "market_code",
        "currency",
        "tax_category",
        "tax_rate_ppm",
        "net_minor",
        "tax_minor",
        "service_start",
        "service_end",
        "earns_from_on",
        "cause",
        "booked_on",
        "booked_month",
        supplied_on=ibis.ifelse(row.cause == RENEWAL, row.booked_on, row.paid_book_on),
        root_line_id=row.line_id,
        document_id=row.invoice_id,
        category=row.plan_code,
        deferred_minor=row.net_minor,
        original_month=month_of(month_number(row.issued_on)),
    )


def _earning(sources: Sources) -> Table:
    """Return invoices with the day from which they earn: what is bought, once it is paid.

    Which day that was in the books is told by what paid it, ``paid_book_on``.
    """
    invoice, paid = sources["invoice"], sources["invoice_paid"]
    renewed = invoice.filter(invoice.cause == RENEWAL).mutate(
        earns_from_on=row.issued_utc_on, paid_book_on=ibis.null("date")
    )
    bought = invoice.filter(invoice.cause != RENEWAL)
    first_paid = (
        paid.join(bought.select("invoice_id"), "invoice_id")
        .group_by("invoice_id")
        .agg(earns_from_on=row.paid_utc_on.min())
    )
    waiting = bought.anti_join(first_paid, "invoice_id").mutate(
        earns_from_on=ibis.null("date"), paid_book_on=ibis.null("date")
    )
    begun = bought.join(first_paid, "invoice_id")
    paid_on = _paid_on(sources["allocation"])
    free = begun.anti_join(paid_on, "invoice_id").mutate(paid_book_on=row.earns_from_on)
    settled = begun.join(paid_on, "invoice_id")
    return stacked(renewed, waiting, *(one.select(*renewed.columns) for one in (free, settled)))


def _paid_on(allocation: Table) -> Table:
    """Return the book day on which an invoice was first paid for: credit may be put by before."""
    money = ibis.ifelse(row.source_kind == "payment", row.effective_on, ibis.null("date"))
    dated = allocation.mutate(money_on=money)
    days = dated.group_by("invoice_id").agg(
        money_on=row.money_on.min(), any_on=row.effective_on.min()
    )
    return days.select("invoice_id", paid_book_on=ibis.coalesce(row.money_on, row.any_on))


def _credits(sources: Sources, params: Params) -> Table:
    booked = _bookings(sources, params, _CREDITED)
    credit = sources["line_credit"].drop("booked_on")
    found = booked.join(credit, booked.source_id == credit.credit_note_id)
    return found.select(
        "line_id",
        "seller_code",
        "customer_id",
        "market_code",
        "currency",
        "tax_category",
        "tax_rate_ppm",
        "booked_on",
        "booked_month",
        "root_line_id",
        net_minor=-row.net_minor,
        tax_minor=-row.tax_minor,
        deferred_minor=-row.deferred_minor,
        service_start=row.earn_start,
        service_end=row.credit_end,
        earns_from_on=row.issued_utc_on,
        supplied_on=row.booked_on,
        document_id=row.credit_note_id,
        category=row.plan_code,
        original_month=month_of(month_number(row.root_issued_on)),
    )
