"""Build the lines: joined to the transfers that booked them, which say on which day."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, extended, month_start, stacked, within

RENEWAL = "renewal"
_BILLED = ("issue_net", "issue_tax")
_VOIDED = ("void_net", "void_tax")
_CREDITED = ("credit_net", "credit_earned", "credit_tax")


def build(sources: Sources, params: Params) -> Table:
    """Return lines, voided lines and credits whose booking falls into the months."""
    credited = _credits(sources, params).mutate(kind=ibis.literal("credit"))
    return stacked(_lines(sources, params), credited)


def _bookings(sources: Sources, params: Params, purposes: tuple[str, ...]) -> Table:
    """Return the day on which each source was booked with some purposes, or voided with others."""
    transfer = sources["transfer"]
    booked = transfer.filter(
        transfer.purpose.isin(purposes), within(transfer.booked_month, params.months)
    )
    return booked.group_by("source_id", is_void=row.purpose.isin(_VOIDED)).agg(
        booked_on=row.booked_on.min(), booked_month=row.booked_month.min()
    )


def _lines(sources: Sources, params: Params) -> Table:
    booked = _bookings(sources, params, _BILLED + _VOIDED)
    invoice, line = sources["invoice"], sources["invoice_line"].drop("currency", "kind")
    issued = booked.join(invoice, booked.source_id == invoice.invoice_id)
    bought = issued.filter(~issued.is_void, issued.cause != RENEWAL).select("invoice_id")
    key = ("invoice_id",)
    begun = extended(issued, _first_paid(bought, sources), key, {"first_paid_on": None})
    dated = extended(begun, _paid_on(bought, sources), key, {"paid_book_on": None})
    found = dated.join(line, "invoice_id").mutate(
        kind=ibis.ifelse(row.is_void, "void", "line"),
        sign=ibis.ifelse(row.is_void, -1, 1).cast("int64"),
    )
    return found.select(
        "line_id",
        "seller_code",
        "customer_id",
        "market_code",
        "currency",
        "tax_category",
        "tax_rate_ppm",
        "service_start",
        "service_end",
        "booked_on",
        "booked_month",
        "kind",
        net_minor=row.net_minor * row.sign,
        tax_minor=row.tax_minor * row.sign,
        deferred_minor=row.net_minor * row.sign,
        earns_from_on=_earns_from(),
        supplied_on=_supplied(),
        root_line_id=row.line_id,
        document_id=row.invoice_id,
        category=row.plan_code,
        original_month=month_start(row.issued_on),
    )


def _first_paid(bought: Table, sources: Sources) -> Table:
    """Return the day on which each invoice was first paid that was bought."""
    paid = sources["invoice_paid"].join(bought, "invoice_id").group_by("invoice_id")
    return paid.agg(first_paid_on=row.paid_utc_on.min())


def _paid_on(bought: Table, sources: Sources) -> Table:
    """Return the book day on which an invoice was first paid for: credit may be put by before."""
    money = ibis.ifelse(row.source_kind == "payment", row.effective_on, ibis.null("date"))
    dated = sources["allocation"].join(bought, "invoice_id").mutate(money_on=money)
    days = dated.group_by("invoice_id").agg(
        money_on=row.money_on.min(), any_on=row.effective_on.min()
    )
    return days.select("invoice_id", paid_book_on=ibis.coalesce(row.money_on, row.any_on))


def _earns_from() -> Value:
    """Return the day from which lines earn: what is bought, once it is paid; what is void, never.

    What is renewed does so at once.
    """
    return ibis.cases(
        (row.is_void, ibis.null("date")),
        (row.cause == RENEWAL, row.issued_utc_on),
        else_=row.first_paid_on,
    )


def _supplied() -> Value:
    """Return the book day of the supply: what is bought, once it is paid, of money or for nothing.

    What is renewed is supplied when it is billed; what was never paid, not at all.
    """
    return ibis.cases(
        (row.cause == RENEWAL, row.booked_on),
        (row.is_void | row.first_paid_on.isnull(), ibis.null("date")),
        else_=ibis.coalesce(row.paid_book_on, row.first_paid_on),
    )


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
        original_month=month_start(row.root_issued_on),
    )
