"""What must hold of the tax return."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import stacked

_GIVEN: Final = ("issue_net",)
_TAKEN: Final = ("void_net", "credit_net", "credit_earned")


def _unlike_the_books(sources: Sources, params: Params) -> Table:
    """Compare the tax of each rate and month with what moved the account."""
    declared = sources["tax_return"]
    moved = balance(sources["transfer"], "tax_payable")
    by = ("seller_code", "currency", "part_code", "tax_month")
    return differences(
        declared.filter(declared.tax_month.isin(params.months)).mutate(
            amount_minor=row.tax_minor,
            part_code=row.market_code + ":" + row.tax_rate_ppm.cast("string"),
        ),
        moved.filter(row.booked_month.isin(params.months)).mutate(
            amount_minor=-row.amount_minor, tax_month=row.booked_month
        ),
        by=by,
    )


def _unlike_the_base(sources: Sources, params: Params) -> Table:
    """Compare the bases of each month with what the ledger has of lines and credits without tax."""
    declared, transfer = sources["tax_return"], sources["transfer"]
    moved = transfer.filter(
        transfer.booked_month.isin(params.months), transfer.purpose.isin((*_GIVEN, *_TAKEN))
    ).mutate(tax_month=row.booked_month)
    is_given = moved.purpose.isin(_GIVEN)
    return differences(
        declared.filter(declared.tax_month.isin(params.months)).mutate(
            amount_minor=row.taxable_minor
        ),
        moved.mutate(amount_minor=ibis.ifelse(is_given, row.amount_minor, -row.amount_minor)),
        by=("seller_code", "currency", "tax_month"),
    )


def _unlike_the_documents(sources: Sources, params: Params) -> Table:
    """Compare base and tax of each market and month with the totals of what was issued."""
    declared = sources["tax_return"]
    invoice = sources["invoice"].select(
        "seller_code", "market_code", "currency", source_id="invoice_id", amount_minor="total_minor"
    )
    credit = sources["line_credit"].select(
        "seller_code", "market_code", "currency", source_id="credit_note_id",
        amount_minor="gross_minor",
    )  # fmt: skip
    issued = _in_books(sources, params, ("issue_net", "issue_tax")).join(invoice, "source_id")
    voided = _in_books(sources, params, ("void_net", "void_tax")).join(invoice, "source_id")
    credited = _in_books(sources, params, ("credit_net", "credit_earned", "credit_tax")).join(
        credit, "source_id"
    )
    return differences(
        declared.filter(declared.tax_month.isin(params.months)).mutate(
            amount_minor=row.taxable_minor + row.tax_minor
        ),
        stacked(
            issued,
            *(one.mutate(amount_minor=-row.amount_minor) for one in (voided, credited)),
        ),
        by=("seller_code", "market_code", "currency", "tax_month"),
    )


def _in_books(sources: Sources, params: Params, purposes: tuple[str, ...]) -> Table:
    transfer = sources["transfer"]
    booked = transfer.filter(
        transfer.booked_month.isin(params.months), transfer.purpose.isin(purposes)
    )
    return booked.group_by("source_id").agg(tax_month=row.booked_month.min())


def _unlike_what_waits(sources: Sources, _params: Params) -> Table:
    """Compare all that is pending with lines that wait for their payment to this day."""
    declared, line = sources["tax_return"], sources["document_line"]
    return differences(
        declared.filter(declared.is_pending).mutate(amount_minor=row.taxable_minor + row.tax_minor),
        line.filter(line.supplied_on.isnull()).mutate(amount_minor=row.net_minor + row.tax_minor),
        by=("seller_code", "market_code", "currency"),
    )


CHECKS: Final = (
    Check("tax_return_ledger", "a month owes the tax that the ledger has", _unlike_the_books),
    Check(
        "tax_return_base",
        "the bases of a month are what the ledger has of its lines and credits without tax",
        _unlike_the_base,
    ),
    Check(
        "tax_return_documents",
        "base and tax of a market and month are the totals of its documents",
        _unlike_the_documents,
    ),
    Check(
        "tax_return_pending",
        "what is pending over all months is what waits for its payment",
        _unlike_what_waits,
    ),
)
