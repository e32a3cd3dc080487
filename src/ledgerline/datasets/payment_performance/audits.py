"""What must hold of the cells of payments."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources


def _unlike_first_tries(sources: Sources, params: Params) -> Table:
    """Hold payments against the first tries of the other table, cell by cell."""
    cells, tries = sources["payment_performance"], sources["attempt_performance"]
    first = tries.filter(tries.sent_month.isin(params.months), tries.ordinal_num == 1)
    return differences(
        cells.filter(cells.begun_month.isin(params.months)).mutate(amount_minor=row.payment_count),
        first.mutate(begun_month=row.sent_month, amount_minor=row.attempt_count),
        by=("begun_month", "seller_code", "market_code", "currency", "psp_account", "initiator",
            "cause", "arm"),
    )  # fmt: skip


def _unlike_tries(sources: Sources, params: Params) -> Table:
    """Hold the number of tries, and what they collected, against the tries themselves."""
    cells, attempt = sources["payment_performance"], sources["attempt"]
    one = ibis.literal(1, "int64")
    of_cells = cells.filter(cells.begun_month.isin(params.months))
    of_tries = attempt.filter(attempt.begun_month.isin(params.months))
    tries = differences(
        of_cells.mutate(amount_minor=row.attempt_count),
        of_tries.mutate(amount_minor=one),
        by=("begun_month", "seller_code", "currency"),
    )
    money = differences(
        of_cells.mutate(amount_minor=row.ok_minor),
        of_tries.mutate(amount_minor=row.captured_minor),
        by=("begun_month", "seller_code", "currency"),
    )
    return ibis.union(tries, money)


CHECKS: Final = (
    Check("payment_performance_first", "one first try a payment", _unlike_first_tries),
    Check("payment_performance_tries", "tries and money are those of the tries", _unlike_tries),
)
