"""What must hold of the tax return."""

from typing import Final

from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.node import Check, Params, Sources


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


CHECKS: Final = (
    Check("tax_return_ledger", "a month owes the tax that the ledger has", _unlike_the_books),
)
